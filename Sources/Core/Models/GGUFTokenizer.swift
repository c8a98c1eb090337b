/// A tokenizer between the files of Hugging Face and the keys of GGUF.
enum GGUFTokenizer {
  static func huggingFaceFiles(_ file: GGUFFile) -> [(name: String, text: String)] { [] }
}
