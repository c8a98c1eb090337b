import Chat
import Core
import Testing

@Suite struct ExportTests {
  @Test func jsonLinesComeBack() throws {
    var c = Conversation()
    c.system = "Be \"brief\"."
    c.append(.user, "line\nbreak \u{1B}[0m 鸟")
    c.append(.assistant, "yes")
    let line = ConversationExport.jsonLine(c)
    #expect(line.hasSuffix("\n") && line.dropLast().allSatisfy { $0 != "\n" && $0 != "\u{1B}" })
    let back = try ConversationExport.parse(jsonLines: line + "\n" + line)
    #expect(back.count == 2)
    #expect(back[0].messages == c.messages)
  }

  @Test func looseMessagesAreOneConversation() throws {
    let text = #"{"role": "user", "content": "a"}"# + "\n" + #"{"role": "assistant", "content": "b"}"#
    #expect(try ConversationExport.parse(jsonLines: text).map(\.path.count) == [2])
  }

  @Test func saysWhichLineIsWrong() {
    let error = #expect(throws: StoreError.self) {
      try ConversationExport.parse(jsonLines: "\n{\"role\": \"king\", \"content\": \"a\"}", name: "a.jsonl")
    }
    #expect(error?.description.hasPrefix("Line 2 of a.jsonl") == true)
    #expect(throws: StoreError.self) { try ConversationExport.parse(jsonLines: "{oops") }
  }

  @Test func markdownHasAHeadingATurn() {
    var c = Conversation()
    c.append(.user, "Hello there")
    c.append(.assistant, "Hi")
    #expect(ConversationExport.markdown(c) == "# Hello there\n\n## You\n\nHello there\n\n## Assistant\n\nHi\n")
  }

  @Test func findsCodeBlocks() {
    let text = """
      Text
      ```swift
      let a = 1

      let b = "```"
      ```
        ~~~
        indented
        ```
        ~~~
      ```inline` no fence
      ````
      open to the end
      """
    #expect(
      CodeBlock.all(in: text) == [
        CodeBlock(language: "swift", text: "let a = 1\n\nlet b = \"```\""),
        CodeBlock(language: "", text: "indented\n```"),
        CodeBlock(language: "", text: "open to the end"),
      ])
    #expect(CodeBlock.all(in: "none").isEmpty)
  }
}
