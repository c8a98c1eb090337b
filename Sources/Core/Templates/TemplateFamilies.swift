/// The usual families, by name.
extension ChatTemplate {
  /// `<|im_start|>role … <|im_end|>`: SmolLM2, Qwen, and most models since.
  public static let chatml = chatML(name: "chatml")

  /// ChatML with SmolLM2's own system prompt where none is given.
  public static let smollm2 = chatML(
    name: "smollm2", system: "You are a helpful AI assistant named SmolLM, trained by Hugging Face")

  static func chatML(name: String, system: String? = nil) -> ChatTemplate {
    let frame = Frame(["<|im_start|>", .role, "\n"], ["<|im_end|>\n"])
    var template = ChatTemplate(
      name: name, system: .turn(frame), user: frame, assistant: frame, tool: frame,
      generationPrompt: ["<|im_start|>assistant\n"])
    template.defaultSystem = system
    template.defaultBOS = "<|im_start|>"
    template.defaultEOS = "<|im_end|>"
    return template
  }

  public static let llama2: ChatTemplate = {
    var template = ChatTemplate(
      name: "llama2", system: .insideFirstUser(Frame(["<<SYS>>\n"], ["\n<</SYS>>\n\n"])),
      user: Frame([.bos, "[INST] "], [" [/INST]"]), assistant: Frame([" "], [" ", .eos]), generationPrompt: [])
    template.trims = true
    template.keepsSpaceAfterSystem = true
    template.alternates = true
    return template
  }()

  public static let llama3: ChatTemplate = {
    let frame = Frame(["<|start_header_id|>", .role, "<|end_header_id|>\n\n"], ["<|eot_id|>"])
    var template = ChatTemplate(
      name: "llama3", start: [.bos], system: .turn(frame), user: frame, assistant: frame, tool: frame,
      generationPrompt: ["<|start_header_id|>assistant<|end_header_id|>\n\n"])
    template.trims = true
    template.defaultBOS = "<|begin_of_text|>"
    template.defaultEOS = "<|eot_id|>"
    return template
  }()

  /// Gemma 3; the system prompt opens the first user turn.
  public static let gemma: ChatTemplate = {
    var template = ChatTemplate(
      name: "gemma", start: [.bos], system: .insideFirstUser(Frame([], ["\n\n"])),
      user: Frame(["<start_of_turn>user\n"], ["<end_of_turn>\n"]),
      assistant: Frame(["<start_of_turn>model\n"], ["<end_of_turn>\n"]),
      generationPrompt: ["<start_of_turn>model\n"])
    template.trims = true
    template.alternates = true
    template.defaultBOS = "<bos>"
    template.defaultEOS = "<eos>"
    return template
  }()

  /// Gemma 1 and 2, whose templates refuse a system prompt.
  public static let gemma1: ChatTemplate = {
    var template = gemma.renamed("gemma1")
    template.system = .refused
    return template
  }()

  /// Phi-3-mini as it was published first: without a place for a system prompt.
  public static let phi3: ChatTemplate = {
    var template = ChatTemplate(
      name: "phi3", start: [.bos], system: .leftOut,
      user: Frame(["<|user|>\n"], ["<|end|>\n<|assistant|>\n"]), assistant: Frame([], ["<|end|>\n"]),
      generationPrompt: [])
    template.defaultEOS = "<|endoftext|>"
    return template
  }()

  /// Later Phi-3 and Phi-3.5, with a system turn.
  public static let phi3System: ChatTemplate = {
    var template = ChatTemplate(
      name: "phi3-system", system: .turn(Frame(["<|system|>\n"], ["<|end|>\n"])),
      user: Frame(["<|user|>\n"], ["<|end|>\n"]), assistant: Frame(["<|assistant|>\n"], ["<|end|>\n"]),
      generationPrompt: ["<|assistant|>\n"])
    template.ending = [.eos]
    template.defaultEOS = "<|endoftext|>"
    return template
  }()

  /// Phi-4-mini: as Phi-3, on one line.
  public static let phi4: ChatTemplate = {
    let frame = Frame(["<|", .role, "|>"], ["<|end|>"])
    var template = ChatTemplate(
      name: "phi4", system: .turn(frame), user: frame, assistant: frame, tool: frame,
      generationPrompt: ["<|assistant|>"])
    template.ending = [.eos]
    template.defaultEOS = "<|endoftext|>"
    return template
  }()

  /// Zephyr and TinyLlama-chat.
  public static let zephyr = ChatTemplate(
    name: "zephyr", system: .turn(Frame(["<|system|>\n"], [.eos, "\n"])), user: Frame(["<|user|>\n"], [.eos, "\n"]),
    assistant: Frame(["<|assistant|>\n"], [.eos, "\n"]), generationPrompt: ["<|assistant|>\n"])

  public static let vicuna: ChatTemplate = {
    var template = ChatTemplate(
      name: "vicuna", system: .opening(Frame([], [])), user: Frame([" USER: "], []),
      assistant: Frame([" ASSISTANT: "], [.eos]), generationPrompt: [" ASSISTANT:"])
    template.defaultSystem = "A chat between a curious user and an artificial intelligence assistant."
    template.trimsTurnsOnly = true
    template.stops = ["USER:"]
    return template
  }()

  public static let alpaca: ChatTemplate = {
    var template = ChatTemplate(
      name: "alpaca", system: .turn(Frame([], ["\n\n"])), user: Frame(["### Instruction:\n"], ["\n\n"]),
      assistant: Frame(["### Response:\n"], [.eos, "\n\n"]), generationPrompt: ["### Response:\n"])
    template.trimsTurnsOnly = true
    template.stops = ["### Instruction:"]
    return template
  }()

  /// Mistral 7B Instruct v0.1, which refuses a system prompt.
  public static let mistral: ChatTemplate = {
    var template = ChatTemplate(
      name: "mistral", start: [.bos], system: .refused, user: Frame(["[INST] "], [" [/INST]"]),
      assistant: Frame([], [.eos, " "]), generationPrompt: [])
    template.alternates = true
    return template
  }()

  /// Mistral's later templates, where the system prompt opens the first user turn.
  public static let mistralSystem: ChatTemplate = {
    var template = mistral.renamed("mistral-system")
    template.system = .insideFirstUser(Frame([], ["\n\n"]))
    return template
  }()

  /// No template: the messages' text as it stands, one after the other. For base models.
  public static let raw: ChatTemplate = {
    let frame = Frame([], [])
    return ChatTemplate(
      name: "raw", system: .turn(frame), user: frame, assistant: frame, tool: frame, generationPrompt: [])
  }()

  /// All families, in the order a picker shows them.
  public static let all: [ChatTemplate] = [
    chatml, smollm2, llama2, llama3, gemma, gemma1, phi3, phi3System, phi4, zephyr, vicuna, alpaca, mistral,
    mistralSystem, raw,
  ]

  /// A family by its name, or one of the names it goes by ("llama-2-chat", "Phi-3-mini", "qwen2.5").
  public static func named(_ name: String) -> ChatTemplate? {
    let key = String(name.lowercased().filter { $0.isLetter || $0.isNumber })
    if let family = all.first(where: { $0.name.filter { $0 != "-" } == key }) { return family }
    return aliases[key]
  }

  private static let aliases: [String: ChatTemplate] = [
    "chatmlplain": chatml, "smollm": smollm2, "smollm2135minstruct": smollm2,
    "qwen": qwen, "qwen2": qwen, "qwen25": qwen, "llama2chat": llama2, "llama3instruct": llama3, "llama31": llama3,
    "gemmait": gemma1, "gemma2": gemma1, "gemma3": gemma, "gemma3it": gemma, "phi3mini": phi3, "phi35": phi3System,
    "phi4mini": phi4, "tinyllama": zephyr, "tinyllamachat": zephyr, "mistral7binstructv01": mistral, "none": raw,
  ]

  /// ChatML with Qwen2.5's own system prompt where none is given.
  static let qwen = chatML(
    name: "qwen2", system: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")
}
