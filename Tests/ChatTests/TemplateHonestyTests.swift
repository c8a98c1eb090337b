import Core
import Foundation
import TestSupport
import Testing

/// What a model reads is its own template's text, or the user is told that it is not.
@Suite struct TemplateHonestyTests {
  @Test func everyTemplateIsWrittenRightOrItIsSaid() throws {
    guard let root = Fixtures.root?.appendingPathComponent("templates") else { return }
    let names = try FileManager.default.contentsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".jinja") }
    let all = try #require(
      Fixtures.json("templates/conversations.json")?["conversations"] as? [String: [[String: String]]])
    var right = 0, said = 0
    for file in names {
      let name = String(file.dropLast(6))
      let jinja = try String(contentsOfFile: root.path + "/" + file, encoding: .utf8)
      guard let expected = Fixtures.json("templates/\(name).expected.json") else { continue }
      guard let choice = try? ChatTemplate.choice(name: nil, jinja: jinja, vocabulary: { _ in true }) else { continue }
      guard choice.note == nil else {
        said += 1
        continue
      }
      for item in expected["cases"] as? [[String: Any]] ?? [] {
        guard let conversation = item["conversation"] as? String, let messages = all[conversation], item["tools"] == nil
        else { continue }
        let rendered = try? choice.template.render(
          messages.map { Message(Role(rawValue: $0["role"] ?? "") ?? .user, $0["content"] ?? "") },
          addGenerationPrompt: item["add_generation_prompt"] as? Bool ?? false,
          bos: expected["bos_token"] as? String, eos: expected["eos_token"] as? String)
        #expect(rendered?.text == item["text"] as? String, "\(name), \(conversation)")
      }
      right += 1
    }
    #expect(right >= 17 && said >= 10)
  }

  @Test func aTemplateOfNoFamilyIsSaid() throws {
    let strange = "{% for m in messages %}<<{{ m.role }}>>{{ m.content }}{% endfor %}"
    let choice = try ChatTemplate.choice(name: nil, jinja: strange) { $0.hasPrefix("<|im_") }
    #expect(choice.template == .chatml)
    #expect(choice.note?.contains("of no family") == true)
    #expect(throws: TemplateError.self) { try ChatTemplate.choice(name: nil, jinja: strange) { _ in false } }
    let named = try ChatTemplate.choice(name: "raw", jinja: strange) { _ in false }
    #expect(named.template == .raw && named.note == nil)
  }

  @Test func aModelWithoutTemplateIsRefused() {
    #expect(throws: TemplateError.self) { try ChatTemplate.choose(name: nil, jinja: nil) { _ in true } }
  }

  @Test(arguments: [
    (ChatTemplate.chatml, "user\nq<|im_end|>\n<|im_start|>assistant\n", "a<|im_end|>", "\n"),
    (.llama2, "<s>[INST] q [/INST]", " a </s>", ""),
    (.llama3, "q<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", "a<|eot_id|>", ""),
    (.gemma, "q<end_of_turn>\n<start_of_turn>model\n", "a<end_of_turn>", "\n"),
    (.phi3, "q<|end|>\n<|assistant|>\n", "a<|end|>", "\n"),
    (.zephyr, "q</s>\n<|assistant|>\n", "a</s>", "\n"),
    (.vicuna, " USER: q ASSISTANT:", " a</s>", ""),
    (.mistral, "<s>[INST] q [/INST]", "a</s>", " "),
  ])
  func whatAReplyIsLearntAs(_ template: ChatTemplate, _ before: String, _ learnt: String, _ after: String) throws {
    let rendered = try template.render(
      [Message(.user, "q"), Message(.assistant, "a")], addGenerationPrompt: false, learnt: [1])
    let plain = try template.render([Message(.user, "q"), Message(.assistant, "a")], addGenerationPrompt: false)
    #expect(rendered.text == plain.text)
    let first = try #require(rendered.segments.firstIndex { $0.isLearnt })
    let last = try #require(rendered.segments.lastIndex { $0.isLearnt })
    #expect(rendered.segments[..<first].map(\.text).joined().hasSuffix(before))
    #expect(rendered.segments[first...last].map(\.text).joined() == learnt)
    #expect(rendered.segments[(last + 1)...].map(\.text).joined() == after)
    // What is masked before it is what a reply is asked with.
    let asked = try template.render([Message(.user, "q")])
    #expect(rendered.segments[..<first].map(\.text).joined() == asked.text)
    #expect(learnt.hasSuffix(template.endToken(eos: nil)))
  }
}
