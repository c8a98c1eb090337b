/// The cuts that names of `tokenizer.ggml.pre` stand for, as llama.cpp has them.
enum GGUFPreTokenizers {
  /// The cut that a name of `tokenizer.ggml.pre` stands for, and whether it is Llama 3's, which has more to it.
  static func preTokenizer(_ name: String) -> ((any PreTokenizer), isLlama3: Bool)? {
    let gpt2 = ScannerPreTokenizer(scanner: GPT2Scanner())
    switch name {
    case "gpt-2", "phi-2", "jina-es", "jina-de", "mellum", "modern-bert": return (gpt2, false)
    case "smollm", "starcoder", "refact", "command-r", "codeshell":
      return (PreTokenizerSequence(stages: [ScannerPreTokenizer(scanner: DigitScanner()), gpt2]), false)
    case "llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral":
      return (ScannerPreTokenizer(scanner: CL100KScanner(digits: 3)), true)
    case "dbrx", "smaug-bpe": return (ScannerPreTokenizer(scanner: CL100KScanner(digits: 3)), false)
    case "qwen2", "stablelm2", "deepseek-r1-qwen":
      return (ScannerPreTokenizer(scanner: CL100KScanner(digits: 1)), false)
    case "default":
      let stages: [any PreTokenizer] = [
        ScannerPreTokenizer(scanner: PunctuationRunScanner()), gpt2,
        ScannerPreTokenizer(scanner: RunScanner(bits: UnicodeClasses.number)),
        ScannerPreTokenizer(scanner: DigitTripleScanner()),
      ]
      return (PreTokenizerSequence(stages: stages), false)
    default: return nil
    }
  }
}
