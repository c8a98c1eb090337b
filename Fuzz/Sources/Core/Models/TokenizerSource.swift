/// Stands for the program's own, which the model files of this name bring along: only tokenizers are built here.
public enum TokenizerSource: Sendable {
  case gguf(GGUFFile)
  case folder(String)
}
