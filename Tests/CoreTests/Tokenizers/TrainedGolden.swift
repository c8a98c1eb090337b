/// What the official trainers learn from ``SmallVocabulary/text``: `tokenizers` 0.23 and `sentencepiece` 0.2.
enum TrainedGolden {
  /// BpeTrainer(vocab_size=420): the merges, both sides joined by a tab-like mark.
  static let bpe = list(
    #"""
    h⁞e t⁞e Ġ⁞t Ġ⁞w i⁞n ã⁞ģ Ġ⁞s Ġ⁞a e⁞t Ġ⁞i Ġt⁞he d⁞s r⁞e Ġ⁞d Ġ⁞Ġ
    te⁞r l⁞et let⁞ter o⁞r o⁞w Ġi⁞t a⁞s c⁞h n⁞d r⁞i Ġ⁞b Ġ⁞g Ġ⁞re Ġ⁞letter
    Ġre⁞a 0⁞0 m⁞a Ġw⁞or Ġw⁞ri Ġs⁞t Ġa⁞nd Ġwor⁞ds T⁞he a⁞y e⁞n e⁞r h⁞a l⁞l
    l⁞as o⁞n o⁞x Ġ⁞" Ġ⁞1 Ġ⁞I Ġ⁞n Ġ⁞ma te⁞s in⁞e in⁞g Ġa⁞s ow⁞n ch⁞ine
    Ġb⁞ox Ġg⁞las Ġletter⁞s Ġrea⁞ds Ġwri⁞tes Ġma⁞chine Ġglas⁞s a⁞r e⁞d h⁞ing
    i⁞re n⁞ow o⁞o o⁞p o⁞t o⁞u y⁞ou ª⁞ĵ ã⁞Ģ ç⁞ªĵ ð⁞Ł Ċ⁞ĠĠ Ġ⁞2 Ġ⁞l
    Ġ⁞o Ġ⁞in Ġ⁞you ĸ⁞ãģ Ġt⁞ire Ġw⁞as ãģ⁞® ãģ⁞¯ ãģ⁞Ħ Ġs⁞now Ġi⁞s
    Ġd⁞ay Ġd⁞own Ġb⁞y Ġrea⁞d Ġst⁞op ha⁞t Ġn⁞ot ãĢ⁞Ĥ çªĵ⁞ãģ® Ġtire⁞d
    Ġnot⁞hing !⁞= "⁞] '⁞m '⁞t '⁞v '⁞ll )⁞: ,⁞" .⁞" 0⁞2 2⁞3 3⁞00 4⁞5 6⁞7
    ?⁞" A⁞p C⁞a D⁞on F⁞en I⁞t M⁞ar O⁞n S⁞ch T⁞hat a⁞i a⁞n a⁞in b⁞u b⁞en
    b⁞er c⁞e c⁞l d⁞ow e⁞e e⁞f e⁞g e⁞v e⁞in e⁞ar f⁞Ã f⁞or g⁞ain h⁞t h⁞or
    i⁞ll i⁞eg k⁞ed l⁞d n⁞ee p⁞ed r⁞n r⁞Ã r⁞et s⁞ter t⁞te u⁞nd u⁞rn £⁞ãģ
    ¤⁞ĸãģ ¦⁞ãģĦ ª⁞Ł
    """#)

  /// BpeTrainer(vocab_size=900, max_token_length=5).
  static let shortBPE = list(
    #"""
    h⁞e t⁞e Ġ⁞t Ġ⁞w i⁞n ã⁞ģ Ġ⁞s Ġ⁞a e⁞t Ġ⁞i Ġt⁞he d⁞s r⁞e Ġ⁞d Ġ⁞Ġ
    te⁞r l⁞et o⁞r o⁞w Ġi⁞t a⁞s c⁞h n⁞d r⁞i Ġ⁞b Ġ⁞g Ġ⁞re Ġ⁞let Ġre⁞a 0⁞0
    m⁞a Ġw⁞or Ġw⁞ri Ġs⁞t Ġa⁞nd ter⁞s T⁞he a⁞y e⁞n e⁞r h⁞a l⁞l l⁞as o⁞n
    o⁞x Ġ⁞" Ġ⁞1 Ġ⁞I Ġ⁞n Ġ⁞ma te⁞s in⁞e in⁞g Ġa⁞s ow⁞n Ġb⁞ox las⁞s a⁞r
    e⁞d h⁞ing i⁞re n⁞ow o⁞o o⁞p o⁞t o⁞u y⁞ou ª⁞ĵ ã⁞Ģ ç⁞ªĵ ð⁞Ł Ċ⁞ĠĠ
    Ġ⁞2 Ġ⁞l Ġ⁞o Ġ⁞in Ġ⁞you ĸ⁞ãģ Ġw⁞as ãģ⁞® ãģ⁞¯ ãģ⁞Ħ Ġi⁞s Ġd⁞ay
    Ġb⁞y ha⁞t Ġn⁞ot ire⁞d ãĢ⁞Ĥ !⁞= "⁞] '⁞m '⁞t '⁞v '⁞ll )⁞: ,⁞" .⁞" 0⁞2
    2⁞3 3⁞00 4⁞5 6⁞7 ?⁞" A⁞p C⁞a D⁞on F⁞en I⁞t M⁞ar O⁞n S⁞ch T⁞hat a⁞i a⁞n
    a⁞in b⁞u b⁞en b⁞er c⁞e c⁞l d⁞ow d⁞ing e⁞e e⁞f e⁞g e⁞v e⁞in e⁞ar f⁞Ã
    f⁞or g⁞ain h⁞t h⁞or i⁞ll i⁞eg k⁞ed l⁞d n⁞ee p⁞ed r⁞n r⁞Ã r⁞et s⁞ter t⁞te
    u⁞nd u⁞rn £⁞ãģ ¤⁞ĸãģ ¦⁞ãģĦ ª⁞Ł ª⁞ãģ «⁞ãģ¯ ¸⁞ı ¸⁞Ń ¼⁞ben
    Ã⁞ľ â⁞Ŀ ã⁞Ĥ ä⁞¸Ń æ⁞ļ é⁞Ļ é⁞Ľ ï⁞¸ı Ċ⁞ĊĠĠ Ġ⁞[ Ġ⁞The Ġ⁞ha
    Ġ⁞on Ġ⁞own Ġ⁞çªĵ Ġ⁞ðŁ Ġ⁞!= Ġ⁞Ap Ġ⁞Ca Ġ⁞Fen Ġ⁞Mar Ġ⁞Sch Ġ⁞cl
    Ġ⁞ein Ġ⁞for Ġ⁞ret Ġ⁞und Ħ⁞ï¸ı ĭ⁞ãģĦ Į⁞éĻ į⁞ãģ Ļ⁞Ĥ he⁞n te⁞ht
    Ġt⁞oo Ġw⁞in Ġs⁞ma Ġs⁞ay Ġs⁞ai Ġi⁞f Ġd⁞en Ġd⁞er Ġd⁞ef Ġd⁞rÃ ĠĠ⁞Ġ
    Ġit⁞s ri⁞l Ġg⁞et Ġg⁞oo 00⁞0 on⁞g Ġ"⁞\ Ġ1⁞23 ĠI⁞n Ġn⁞ev ðŁ⁞ĻĤ Ġ2⁞1
    Ġ2⁞02 Ġo⁞f Ġo⁞ld ãģ®⁞å 'v⁞e 45⁞67 an⁞ds bu⁞t fÃ⁞© hor⁞t ieg⁞t tte⁞n
    ªŁ⁞âĿ ãĤ⁞ĭ Ġha⁞d
    """#)

  /// WordLevelTrainer(vocab_size=40).
  static let wordLevel = list(
    #"""
    [UNK] . , the it ' and letters words " I The box glass letter machine reads writes a as by day down
    in is nothing snow tired was you 。 != "\ "] ( ): ," ." 1 1234567
    """#)

  /// WordPieceTrainer(vocab_size=180, min_frequency=3): the tokens of all of its runs (ties differ from run to run).
  static let wordPiece = list(
    #"""
    ! " ##0 ##00 ##1 ##2 ##3 ##4 ##5 ##6 ##7 ##a ##as ##ass ##ay ##b ##c ##d ##ds ##e ##ea ##ed ##en ##er
    ##et ##f ##g ##h ##i ##in ##k ##l ##m ##n ##nd ##o ##or ##ow ##p ##r ##ri ##s ##t ##te ##ter ##tes
    ##u ##v ##w ##x ##y ##❄ ##い ##て ##は ##る ##🙂 ' ( ) , . 0 1 2 3 4 5 6 7 : ; = ? [ [UNK] \
    ] a and as b bo box c d e f g gl glass h i in it k l let letter letters m ma machine n o p r rea
    reads s st t th the u v w wor words wri writes x y ❄ 。 い か っ て に の は る 中 外 暖
    窓 降 雪 🙂 🪟
    """#)

  /// BPE of 220 pieces, identity, all characters.
  static let sentencePiece = list(
    #"""
    <unk> <s> </s> he te ▁t ▁w in ▁s ▁a et ▁i ▁the ds re ▁d ter ▁l etter or ow ▁it as
    ch nd ri ▁b ▁g rea ▁rea ▁letter 00 ma ▁" ▁I ▁T ▁st ords ▁and ▁wri ▁words ay en
    er ha ll on ox ▁1 ▁n ass ine ing own tes ▁as ▁gl ▁ma ▁The ▁box chine ▁glass ▁reads
    ▁writes ▁letters ▁machine ar ed oo op ot ou ▁2 ▁o ▁y 窓の hat ire now oth ▁by ▁in
    ▁is ired ▁day ▁was ▁you ▁down ▁noth ▁read ▁snow ▁stop letter ▁tired ▁nothing !=
    "] ): ," ." 0, 02 23 45 67 ?" Ap Ca On ai an bu ce cl ee ef eg ev fé ga ht ld rn rü ve Üb ▁F ▁M
    ▁S ▁[ ▁e ▁f ▁r ▁u ▁🪟 ❄️ いる かい が降 って には は暖 ▁ e t s n a
    r d i o h l w g . " , b c y 0 m I f u ' 1 2 T p x 3 4 : v 。 い の は 窓 ! ( ) 5 6 7 ; = ? A C D
    F M O S [ \ ] k Ü é ü ❄ か が っ て に る 中 外 暖 降 雪 ️ 🙂 🪟
    """#)

  private static func list(_ text: String) -> [String] {
    text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
  }
}
