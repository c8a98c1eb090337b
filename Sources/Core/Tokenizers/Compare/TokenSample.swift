/// The text that introductions compare vocabularies on, and what can be seen in it.
public enum TokenSample {
  /// Capitals, an emoji and a Chinese character, words of code, runs of tabs, digits.
  public static let text = """
    English and CAPITALIZATION
    🎵 鸟
    show_tokens False None elif == >= else: two tabs:"\t\t" Three tabs: "\t\t\t"
    12.0*50=600

    """

  /// The colours that tokens are shown in by turns, as red, green and blue; black text goes on all of them.
  public static let palette: [(red: UInt8, green: UInt8, blue: UInt8)] = [
    (102, 194, 165), (252, 141, 98), (141, 160, 203), (231, 138, 195), (166, 216, 84), (255, 217, 47),
  ]
}
