import Chat
import Core
import Trainer

import TUI

/// States that look like real use, for frames and properties. Every figure in them is invented.
enum Samples {
  static func chat(_ size: Size) -> AppState {
    var state = AppState(size: size)
    state.clock = "12:04"
    state.themes = ["midnight", "paper", "terminal"]
    state.chat.model = .ready
    state.chat.modelName = "SmolLM2-135M-Instruct"
    state.chat.quantization = "Q8_0"
    state.chat.contextUsed = 312
    state.chat.contextSize = 2048
    state.chat.tokensPerSecond = 184
    state.chat.messages = [
      ChatMessage(id: "1", role: .user, text: "What is the capital of France?"),
      ChatMessage(
        id: "2", role: .assistant, text: "The capital of France is Paris.", tokenCount: 8, seconds: 0.05),
      ChatMessage(id: "3", role: .user, text: "And why do tokens matter? 用一句话回答。"),
      ChatMessage(
        id: "4", role: .assistant,
        text: "Tokens are the units a model reads and writes: the fewer it needs for a text, the cheaper.",
        sibling: 1, siblings: 3, tokenCount: 24, seconds: 0.13),
      ChatMessage(id: "5", role: .user, text: "Show me BPE in a few lines."),
      ChatMessage(
        id: "6", role: .assistant,
        text: """
          A merge replaces the **most frequent** pair by one new token:

          ```python
          def merge(ids, pair, new):
              out, i = [], 0
              while i < len(ids):
                  if tuple(ids[i:i+2]) == pair:
                      out.append(new); i += 2
          ```
          """),
    ]
    state.chat.messages[5].streaming = true
    state.chat.busy = true
    state.composer.insert("Now write it without the loop, and explain the cost")
    state.tokens.tokenizerName = "gpt2"
    state.tokens.tokenizerOwner = .model(0)
    state.tokens.result = tokens(
      ["Now", " write", " it", " without", " the", " loop", ",", " and", " explain", " the", " cost"])
    state.tokens.result.origin = state.tokensOrigin
    state.train.run = run(steps: 610, of: 1000)
    return state
  }

  static func tokens(_ texts: [String]) -> TokenizedText {
    let tokenizer = WordTokenizer(words: texts)
    // Words always become tokens.
    let encoding = (try? tokenizer.encodeWithOffsets(texts.joined())) ?? Encoding()
    let bytes = Array(texts.joined().utf8)
    return TokenizedText(
      bytes: bytes, encoded: EncodedText(bytes, encoding), characters: texts.joined().count, tokenizer: tokenizer)
  }

  static func run(steps: Int, of total: Int) -> RunView {
    var run = RunView(name: "sft-07")
    run.apply(
      .start(
        .init(
          run: "sft-07", recipe: "sft", out: "runs/sft-07", totalSteps: total, resumedAt: 0, parameters: 1_400_000,
          trainableParameters: 1_400_000, trainTokens: 500_000, tokensPerStep: 2048, vocabularySize: 4096)))
    for step in 1...steps {
      // A falling curve with noise that is the same everywhere.
      let noise = Double((step * 7919) % 101) / 101 - 0.5
      let loss = 1.35 + 2.3 / (1 + Double(step) / 40) + 0.18 * noise
      run.apply(
        .step(
          .init(
            step: step, epoch: Double(step) / 244, tokens: step * 2048, loss: loss, perplexity: 4.1 + noise,
            lr: 4.8e-5, gradNorm: 0.83 + noise / 4, tokensPerSecond: 8412 + noise * 400,
            elapsedSeconds: Double(step) * 0.49, memoryBytes: 1_200_000_000)))
      if step % 50 == 0 {
        run.apply(.validation(.init(step: step, loss: loss + 0.1 - 0.18 * noise, perplexity: 4.3, best: true)))
      }
      if step % 200 == 0 {
        run.apply(
          .sample(.init(step: step, prompt: "ROMEO:", text: " But soft, what light\nthrough yonder window breaks?")))
      }
    }
    return run
  }
}
