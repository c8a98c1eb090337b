import Core

/// What the screen asks of the world outside it. The state machine only says so; ``App`` does it, and tests look on.
public enum Effect: Sendable, Equatable {
  case quit, suspend, redraw
  case setMouse(Bool)
  case externalEditor(String)
  case copy(String, what: String)
  case showTranscript

  case send(String)
  case stopReply
  case regenerate(message: String)
  case edit(message: String, text: String)
  /// Another version of a reply: the same up to a token, then another one, and on from there.
  case branch(message: String, token: Int, id: TokenID)
  /// How the conversation is written, by a template's name; nil: the model's own.
  case setTemplate(String?)
  case switchSibling(message: String, by: Int)
  case setSystem(String)
  case setSampling(GenerateParameters)
  case showRaw(Bool)
  /// What else a token of a reply might have been.
  case showAlternatives(message: String, token: Int)

  case findModels, loadModel(String)
  /// What begins with a typed path, for a list; and opening what it leads to, if it is what the list holds.
  case listPaths(String, Picker.Purpose), openPath(String, Picker.Purpose)
  case listConversations, openConversation(String), newConversation
  /// Those that have the words in their titles or messages.
  case findConversations(String)
  case renameConversation(String, to: String), deleteConversation(String)
  /// A message with all that follows it; and taking back the last deletion of any kind.
  case deleteMessage(String), undoDeletion
  case findTokenizers, loadTokenizer(String)
  /// A file to look at in the Tokens pane.
  case readText(String)
  /// One more to compare with; those of last time; what to remember for the next.
  case addTokenizer(String), openComparison, rememberComparison
  case trainTokenizer(TokenizerTrainingOptions, data: String, out: String, isPaced: Bool)
  case stopTokenizer, paceTokenizer(Bool), saveTokenizer(String)

  case startRun([String: String])
  case listRuns, openRun(String), resumeRun(String)
  case run(RunCommand)

  case setTheme(String)
}

public enum RunCommand: Sendable, Equatable {
  case pause, resume, stop, checkpoint, evaluate, sample
  case learningRate(Double)
}
