/// Where a key acts. The focused part's own bindings are looked at first, then the global ones.
public enum Scope: String, Sendable, CaseIterable {
  case global, input, chat, train, tokens

  public var title: String {
    switch self {
    case .global: "Everywhere"
    case .input: "Input box"
    case .chat: "Chat log"
    case .train: "Train"
    case .tokens: "Tokens"
    }
  }
}

/// Everything a user can do, by name. Help, palette and key bar are generated from ``info``; `config.toml` remaps by
/// the raw value.
public enum Action: String, Sendable, CaseIterable {
  // Everywhere
  case help, palette, focusNext = "focus-next", focusPrevious = "focus-previous", zoom
  case workspaceChat = "workspace-chat", workspaceTrain = "workspace-train", workspaceTokens = "workspace-tokens"
  case resetLayout = "reset-layout", grow = "grow-pane", shrink = "shrink-pane"
  case chooseModel = "choose-model", conversations, newConversation = "new-conversation"
  case chooseTemplate = "choose-template", systemPrompt = "system-prompt", sampling = "sampling-settings", newRun =
    "new-run", chooseRun = "choose-run"
  case chooseTokenizer = "choose-tokenizer", find, findNext = "find-next", findPrevious = "find-previous"
  case nextTheme = "next-theme", chooseTheme = "choose-theme", mouse = "toggle-mouse", redraw, suspend, interrupt, quit
  case scrollUp = "scroll-up", scrollDown = "scroll-down"
  // Input box
  case send, newline, stop, externalEditor = "external-editor"
  case lineStart = "line-start", lineEnd = "line-end", wordLeft = "word-left", wordRight = "word-right"
  case deleteWordLeft = "delete-word-left", deleteWordRight = "delete-word-right"
  case deleteToStart = "delete-to-start", deleteToEnd = "delete-to-end", undo, redo
  // Chat log
  case messageNext = "message-next", messagePrevious = "message-previous", logTop = "log-top", logBottom = "log-bottom"
  case regenerate, editMessage = "edit-message", siblingPrevious = "sibling-previous", siblingNext = "sibling-next"
  case copyReply = "copy-reply", copyCode = "copy-code", xray, tokenBefore = "token-before", tokenAfter = "token-after",
    alternatives, raw, transcript, backToInput = "back-to-input"
  case deleteMessage = "delete-message", undoDeletion = "undo-deletion"
  // Train
  case pauseRun = "pause-run", stopRun = "stop-run", checkpoint, evaluate, sample, smoother, rougher
  case logScale = "log-scale", xAxis = "x-axis", perplexity, crosshairLeft = "crosshair-left"
  case crosshairRight = "crosshair-right", zoomIn = "zoom-in", zoomOut = "zoom-out", learningRate = "learning-rate"
  case resumeRun = "resume-run", acknowledge = "acknowledge-alert", nextSample = "next-sample", talkToRun =
    "talk-to-run"
  // Tokens
  case tokenLeft = "token-left", tokenRight = "token-right", tokenUp = "token-up", tokenDown = "token-down"
  case firstToken = "first-token", lastToken = "last-token"
  case hexBytes = "hex-bytes", whitespace, showIDs = "show-ids", editText = "edit-text", openText = "open-text"
  case sampleText = "sample-text", followSource = "follow-source"
  case mergeSteps = "merge-steps", stepForward = "step-forward", stepBack = "step-back", playSteps = "play-steps"
  case whySplit = "why-split", leaveView = "leave-view", vocabulary
  case compareTokenizers = "compare-tokenizers", nextDifference = "next-difference"
  case previousDifference = "previous-difference", addTokenizer = "add-tokenizer"
  case removeTokenizer = "remove-tokenizer", trainTokenizer = "train-tokenizer"
  case stopTokenizer = "stop-tokenizer", saveTokenizer = "save-tokenizer", surprisal
}

/// What help, palette and key bar say about an action.
public struct ActionInfo: Sendable {
  public var scope: Scope
  /// One or two words for the key bar.
  public var label: String
  /// A line for help and palette.
  public var title: String
  /// Default keys, the one to show first.
  public var keys: [String]

  init(_ scope: Scope, _ label: String, _ title: String, _ keys: String...) {
    self.scope = scope
    self.label = label
    self.title = title
    self.keys = keys
  }
}

extension Action {
  public var scope: Scope { info.scope }

  public var info: ActionInfo {
    switch scopeGroup {
    case .global: globalInfo
    case .input: inputInfo
    case .chat: chatInfo
    case .train: trainInfo
    case .tokens: tokensInfo
    }
  }

  private var scopeGroup: Scope {
    switch self {
    case .send, .newline, .stop, .externalEditor, .lineStart, .lineEnd, .wordLeft, .wordRight, .deleteWordLeft,
      .deleteWordRight, .deleteToStart, .deleteToEnd, .undo, .redo:
      .input
    case .messageNext, .messagePrevious, .logTop, .logBottom, .regenerate, .editMessage, .siblingPrevious,
      .siblingNext, .copyReply, .copyCode, .xray, .tokenBefore, .tokenAfter,
      .alternatives, .raw, .transcript, .backToInput, .deleteMessage, .undoDeletion:
      .chat
    case .pauseRun, .stopRun, .checkpoint, .evaluate, .sample, .smoother, .rougher, .logScale, .xAxis, .perplexity,
      .crosshairLeft, .crosshairRight, .zoomIn, .zoomOut, .learningRate, .resumeRun, .acknowledge,
      .nextSample, .talkToRun:
      .train
    case .tokenLeft, .tokenRight, .tokenUp, .tokenDown, .firstToken, .lastToken, .hexBytes, .whitespace, .showIDs,
      .editText, .openText, .sampleText, .followSource, .mergeSteps, .stepForward, .stepBack, .playSteps, .whySplit,
      .leaveView, .vocabulary, .compareTokenizers, .nextDifference, .previousDifference, .addTokenizer,
      .removeTokenizer, .trainTokenizer, .stopTokenizer, .saveTokenizer, .surprisal:
      .tokens
    default: .global
    }
  }

  private var globalInfo: ActionInfo {
    switch self {
    case .help: ActionInfo(.global, "help", "Show what every key does", "F1", "?")
    case .palette: ActionInfo(.global, "commands", "Find any command by name", "Ctrl-P", ":")
    case .focusNext: ActionInfo(.global, "next pane", "Move to the next pane", "Tab")
    case .focusPrevious: ActionInfo(.global, "previous pane", "Move to the pane before", "Shift-Tab")
    case .zoom: ActionInfo(.global, "zoom", "Let the focused pane fill the screen, and back", "Alt-z", "z")
    case .workspaceChat: ActionInfo(.global, "chat", "Chat alone", "F2", "Alt-1")
    case .workspaceTrain: ActionInfo(.global, "train", "Training alone", "F3", "Alt-2")
    case .workspaceTokens: ActionInfo(.global, "tokens", "Tokens alone", "F4", "Alt-3")
    case .resetLayout: ActionInfo(.global, "all panes", "Show all panes together, at their first sizes", "Alt-0", "0")
    case .grow: ActionInfo(.global, "wider", "Give the focused pane more room", "Alt-=", "Alt-+")
    case .shrink: ActionInfo(.global, "narrower", "Give the focused pane less room", "Alt--")
    case .chooseModel: ActionInfo(.global, "model", "Choose the model to chat with", "Ctrl-O")
    case .conversations: ActionInfo(.global, "conversations", "Open, search, rename or delete a conversation", "Ctrl-R")
    case .newConversation: ActionInfo(.global, "new chat", "Start a new conversation", "Ctrl-N")
    case .systemPrompt: ActionInfo(.global, "system prompt", "Write what the model is told before the chat", "Ctrl-S")
    case .chooseTemplate:
      ActionInfo(
        .global, "template", "Choose how the conversation is written: a chat template, or the text alone", "Alt-m")
    case .sampling: ActionInfo(.global, "sampling", "Set temperature, top-k, top-p and their like", "Alt-s")
    case .newRun: ActionInfo(.global, "new run", "Start a training run", "Ctrl-T")
    case .chooseRun: ActionInfo(.global, "runs", "Show another training run", "Alt-r")
    case .chooseTokenizer: ActionInfo(.global, "tokenizer", "Choose the tokenizer to look through", "Alt-t")
    case .find: ActionInfo(.global, "find", "Find a text in the conversation", "/", "Ctrl-F")
    case .findNext: ActionInfo(.global, "next match", "Go to the next match", "n")
    case .findPrevious: ActionInfo(.global, "match before", "Go to the match before", "N")
    case .nextTheme: ActionInfo(.global, "theme", "Change to the next theme", "F8")
    case .chooseTheme: ActionInfo(.global, "themes", "Choose a theme by name")
    case .mouse: ActionInfo(.global, "mouse", "Give the mouse back to the terminal, or take it again", "F9")
    case .redraw: ActionInfo(.global, "redraw", "Draw the whole screen again", "Ctrl-L")
    case .suspend: ActionInfo(.global, "suspend", "Back to the shell; fg returns", "Ctrl-Z")
    case .interrupt: ActionInfo(.global, "interrupt", "Stop the reply; twice quits", "Ctrl-C")
    case .quit: ActionInfo(.global, "quit", "Leave Glassbox; a run is checkpointed first", "Ctrl-Q")
    case .scrollUp: ActionInfo(.global, "scroll up", "Scroll the conversation up a page", "PageUp")
    case .scrollDown: ActionInfo(.global, "scroll down", "Scroll the conversation down a page", "PageDown")
    default: ActionInfo(.global, rawValue, rawValue)
    }
  }

  private var inputInfo: ActionInfo {
    switch self {
    case .send: ActionInfo(.input, "send", "Send the message", "Enter")
    case .newline: ActionInfo(.input, "new line", "Begin a new line", "Alt-Enter", "Ctrl-J", "Shift-Enter")
    case .stop: ActionInfo(.input, "stop", "Stop the reply; twice when idle edits your last message", "Esc")
    case .externalEditor: ActionInfo(.input, "$EDITOR", "Write the message in your own editor", "Ctrl-G")
    case .lineStart: ActionInfo(.input, "line start", "To the start of the line", "Home", "Ctrl-A")
    case .lineEnd: ActionInfo(.input, "line end", "To the end of the line", "End", "Ctrl-E")
    case .wordLeft: ActionInfo(.input, "word left", "A word to the left", "Ctrl-Left", "Alt-b", "Alt-Left")
    case .wordRight: ActionInfo(.input, "word right", "A word to the right", "Ctrl-Right", "Alt-f", "Alt-Right")
    case .deleteWordLeft:
      ActionInfo(.input, "delete word", "Delete the word before the caret", "Ctrl-W", "Alt-Backspace")
    case .deleteWordRight: ActionInfo(.input, "delete word", "Delete the word after the caret", "Alt-d", "Ctrl-Delete")
    case .deleteToStart: ActionInfo(.input, "delete to start", "Delete to the start of the line", "Ctrl-U")
    case .deleteToEnd: ActionInfo(.input, "delete to end", "Delete to the end of the line", "Ctrl-K")
    case .undo: ActionInfo(.input, "undo", "Take back the last change", "Ctrl-_", "Alt-u")
    case .redo: ActionInfo(.input, "redo", "Do it again", "Alt-e")
    default: ActionInfo(.input, rawValue, rawValue)
    }
  }

  private var chatInfo: ActionInfo {
    switch self {
    case .messageNext: ActionInfo(.chat, "message", "To the next message", "j", "Down")
    case .messagePrevious: ActionInfo(.chat, "message before", "To the message before", "k", "Up")
    case .logTop: ActionInfo(.chat, "first", "To the first message", "g", "Home")
    case .logBottom: ActionInfo(.chat, "last", "To the end, following new text", "G", "End")
    case .regenerate: ActionInfo(.chat, "regenerate", "Let the model answer again, beside this reply", "r")
    case .editMessage: ActionInfo(.chat, "edit", "Edit your message; the new one begins a branch", "e")
    case .siblingPrevious: ActionInfo(.chat, "‹", "To the version before", "[")
    case .siblingNext: ActionInfo(.chat, "›", "To the next version", "]")
    case .copyReply: ActionInfo(.chat, "copy", "Copy the message", "y")
    case .copyCode: ActionInfo(.chat, "copy code", "Copy the message's last code block", "Y")
    case .xray: ActionInfo(.chat, "X-ray", "Colour replies by how likely each token was", "x")
    case .tokenBefore: ActionInfo(.chat, "token", "In X-ray: to the token before", "Left")
    case .tokenAfter: ActionInfo(.chat, "token", "In X-ray: to the next token", "Right")
    case .alternatives:
      ActionInfo(.chat, "instead", "In X-ray: what else the token might have been; else back to the input box", "Enter")
    case .raw: ActionInfo(.chat, "raw", "Show exactly what is sent to the model", "R")
    case .deleteMessage: ActionInfo(.chat, "delete", "Delete the message and what follows it", "d", "Delete")
    case .undoDeletion: ActionInfo(.chat, "undo delete", "Undo the last deletion of a message or conversation", "u")
    case .transcript: ActionInfo(.chat, "transcript", "Print the conversation on the plain screen", "T")
    case .backToInput: ActionInfo(.chat, "write", "Back to the input box", "Esc", "i")
    default: ActionInfo(.chat, rawValue, rawValue)
    }
  }

  private var trainInfo: ActionInfo {
    switch self {
    case .pauseRun: ActionInfo(.train, "pause", "Pause the run, or go on", "p")
    case .stopRun: ActionInfo(.train, "stop", "Stop the run and save it", "S")
    case .checkpoint: ActionInfo(.train, "checkpoint", "Save a checkpoint now", "C")
    case .evaluate: ActionInfo(.train, "evaluate", "Measure the validation loss now", "E")
    case .sample: ActionInfo(.train, "sample", "Write samples now", "G")
    case .smoother: ActionInfo(.train, "smoother", "Smooth the curve more", "+", "=")
    case .rougher: ActionInfo(.train, "rougher", "Smooth the curve less", "-")
    case .logScale: ActionInfo(.train, "log y", "Loss on a logarithmic axis, and back", "l")
    case .xAxis: ActionInfo(.train, "x-axis", "Count along x in steps, tokens, epochs or time", "X")
    case .perplexity: ActionInfo(.train, "ppl", "Show perplexity, or loss", "P")
    case .crosshairLeft: ActionInfo(.train, "read", "Move the crosshair left", "Left")
    case .crosshairRight: ActionInfo(.train, "read", "Move the crosshair right", "Right")
    case .zoomIn: ActionInfo(.train, "zoom in", "Show less of the run, larger", "i")
    case .zoomOut: ActionInfo(.train, "zoom out", "Show more of the run", "o")
    case .learningRate: ActionInfo(.train, "rate", "Change the learning rate", "L")
    case .resumeRun: ActionInfo(.train, "resume", "Go on with the run shown, from its last checkpoint", "R")
    case .talkToRun: ActionInfo(.train, "talk", "Load the model that came out of the run, to talk to it", "t")
    case .acknowledge: ActionInfo(.train, "acknowledge", "Put the alert away", "a")
    case .nextSample: ActionInfo(.train, "samples", "Show the next sample", "s")
    default: ActionInfo(.train, rawValue, rawValue)
    }
  }

  private var tokensInfo: ActionInfo {
    switch self {
    case .tokenLeft: ActionInfo(.tokens, "token", "To the token before", "Left")
    case .tokenRight: ActionInfo(.tokens, "token", "To the next token", "Right")
    case .tokenUp: ActionInfo(.tokens, "row up", "A row of tokens up", "Up")
    case .tokenDown: ActionInfo(.tokens, "row down", "A row of tokens down", "Down")
    case .firstToken: ActionInfo(.tokens, "first", "To the first token", "g", "Home")
    case .lastToken: ActionInfo(.tokens, "last", "To the last token", "G", "End")
    case .hexBytes: ActionInfo(.tokens, "hex", "Show the bytes of each token", "h")
    case .whitespace: ActionInfo(.tokens, "spaces", "Show or hide spaces and line ends", "v")
    case .showIDs: ActionInfo(.tokens, "ids", "Ids under the tokens, none, or in a list", "i")
    case .editText: ActionInfo(.tokens, "write", "Write a text of its own here", "Enter", "e")
    case .openText: ActionInfo(.tokens, "open", "Open a text file", "o")
    case .sampleText: ActionInfo(.tokens, "sample", "Show the sample text that tokenizers are compared with", "S")
    case .mergeSteps: ActionInfo(.tokens, "merges", "How the word under the cursor became tokens, step by step", "m")
    case .stepForward: ActionInfo(.tokens, "step", "In the steps of a word: one forward", ".")
    case .stepBack: ActionInfo(.tokens, "back", "In the steps of a word: one back", ",")
    case .playSteps: ActionInfo(.tokens, "play", "Play the steps of a word", "Space")
    case .whySplit: ActionInfo(.tokens, "why", "Why a token begins here, and the stages of the tokenizer", "w")
    case .compareTokenizers: ActionInfo(.tokens, "compare", "Compare up to eight tokenizers on the text", "c")
    case .nextDifference: ActionInfo(.tokens, "next difference", "To the next place where tokenizers differ", "d")
    case .previousDifference:
      ActionInfo(.tokens, "difference before", "To the place before where tokenizers differ", "D")
    case .addTokenizer: ActionInfo(.tokens, "add", "Add a tokenizer to the comparison", "a")
    case .removeTokenizer: ActionInfo(.tokens, "remove", "Take the chosen tokenizer out of the comparison", "x")
    case .vocabulary: ActionInfo(.tokens, "vocabulary", "Browse and search the vocabulary", "V")
    case .surprisal: ActionInfo(.tokens, "surprisal", "Colour the text by how little the loaded model expects it", "s")
    case .trainTokenizer: ActionInfo(.tokens, "train", "Train a tokenizer on a text and watch its merges", "t")
    case .stopTokenizer: ActionInfo(.tokens, "stop", "Stop the tokenizer's training; what it learned stays", "X")
    case .saveTokenizer: ActionInfo(.tokens, "save", "Save the trained tokenizer", "W")
    case .leaveView: ActionInfo(.tokens, "text", "Back to the text", "Esc")
    case .followSource: ActionInfo(.tokens, "follow", "Follow the input box or the selected message", "f")
    default: ActionInfo(.tokens, rawValue, rawValue)
    }
  }
}
