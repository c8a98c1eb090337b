import Chat
import Core
import Trainer

/// What other threads tell the screen.
package enum AppMessage: Sendable {
  case modelLoaded(LoadedModel, path: String, number: Int)
  case modelFailed(String, path: String, number: Int)
  case models([PickerItem])
  case paths([PathCandidate], for: String, Picker.Purpose)
  case pathFound(String, as: String, Picker.Purpose)
  case pathRefused(String, String, Picker.Purpose)
  case tokenizerLoaded(any Tokenizer, name: String, path: String, owner: TokensState.Owner?, number: Int)
  case tokenizerFailed(String, number: Int)
  case tokenizers([PickerItem])
  /// The tokens of the newest text are ready.
  case tokenized
  case explained
  case compared(TokenizerComparison, CompareState.Key)
  case tokenizerTraining(TokenizerTrainingEvent, training: Int)
  case tokenizerTrained(TrainedTokenizer, isWhole: Bool, training: Int)
  case tokenizerTrainingFailed(String, training: Int)
  case tokenizerSaved(String, training: Int)
  case surprisal(Surprisal)
  case compareLoaded(CompareState.Entry)
  case vocabulary(VocabularyIndex, vocabulary: Int)
  case vocabularyFound(VocabularyAnswer, vocabulary: Int)
  case unreachable([UnreachableToken], checked: Int, vocabulary: Int)
  case textRead([UInt8], name: String, number: Int)
  case conversationOpened(Conversation)
  case context(used: Int, of: Int)
  case conversations([PickerItem], problem: String?, query: String)
  /// What was typed and not sent when a conversation was left.
  case draft(Draft)
  /// The same of a conversation that never began, with what is stored of that.
  case abandonedDraft(Draft, Conversation)
  /// What was written in the Tokens pane when a program ended.
  case keptText(Draft)
  /// Whether a long message fits in the context.
  case checked(SentText, problem: String?)
  case conversationDeleted(Conversation)
  case runs([PickerItem])
  case training(run: Int, TrainingEvent)
  case runStarted(run: Int, TrainingRun, past: RunView?)
  case runFailed(String, run: Int)
  case runOpened(RunView)
  case failed(title: String, message: String)
  case said(String)
}
