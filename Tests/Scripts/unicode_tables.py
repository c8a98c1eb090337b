"""Writes the tables of Sources/Core/Tokenizers/Unicode from the regular expression engines of the official libraries:
each class is what `tokenizers` (Oniguruma) and `tiktoken` (fancy-regex) answer when asked about every code point.

    pip install tokenizers tiktoken
    python3 Tests/Scripts/unicode_tables.py Sources/Core/Tokenizers/Unicode
"""
import string
import sys
import textwrap

import tiktoken
from tokenizers import Regex, pre_tokenizers

ALL = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)
RANKS = {bytes([i]): i for i in range(256)}
CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co".split()
# Scripts of Unicode 16, by their names in Scripts.txt.
SCRIPTS = """Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki
Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian
Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan
Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Garay Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi
Gurmukhi Gurung_Khema Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited
Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi
Khitan_Small_Script Khmer Khojki Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian
Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui
Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari
New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal Old_Hungarian Old_Italic Old_North_Arabian
Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene
Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting
Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Sunuwar Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet
Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Todhri Toto Tulu_Tigalari Ugaritic Vai Vithkuqi
Wancho Warang_Citi Yezidi Yi Zanabazar_Square""".split()


def base36(n):
    digits = string.digits + string.ascii_lowercase
    text = ""
    while True:
        text = digits[n % 36] + text
        n //= 36
        if not n:
            return text


def oniguruma(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    return {ord(c) for piece, _ in split.pre_tokenize_str(ALL) for c in piece}


def fancy(pattern, text=ALL):
    encoding = tiktoken.Encoding("x", pat_str=pattern, mergeable_ranks=RANKS, special_tokens={})
    return {ord(c) for c in encoding.decode_bytes(encoding.encode(text, disallowed_special=())).decode()}


def ranges(points):
    result = []
    for c in sorted(points):
        if result and result[-1][1] == c - 1:
            result[-1][1] = c
        else:
            result.append([c, c])
    return result


def written(points):
    """Gaps and lengths in base 36: how many code points are skipped, and after a plus how many follow the first."""
    words, at = [], 0
    for first, last in ranges(points):
        words.append(base36(first - at) + ("+" + base36(last - first) if last > first else ""))
        at = last + 1
    return words


def literal(words, indent):
    text = " ".join(words)
    if len(text) + indent < 60:
        return '"' + text + '"'
    lines = textwrap.wrap(text, 116 - indent, break_long_words=False)
    pad = "\n" + " " * indent
    return '"""' + pad + (" \\" + pad).join(lines) + pad + '"""'


def categories():
    out = [
        "/// The general categories of Unicode 16, the version of the engines that the official libraries use (Oniguruma,",
        "/// Rust's regex). Unassigned code points (Cn) and surrogates (Cs) are in none of them.",
        "enum GeneralCategory: String, CaseIterable {",
    ]
    for group in ("L", "M", "N", "P", "S", "Z", "C"):
        out.append("  case " + ", ".join(f'{c[0].lower()}{c[1:]} = "{c}"' for c in CATEGORIES if c[0] == group))
    out += [
        "",
        "  /// Ranges in the order of code points: how many are skipped before a range and, after a plus sign, how many it has",
        "  /// beyond its first, in base 36. See ``RangeReader``.",
        "  var ranges: StaticString {",
        "    switch self {",
    ]
    for c in CATEGORIES:
        points = oniguruma(r"\p{%s}" % c)
        assert points == fancy(r"\p{%s}" % c), c
        out.append(f"    case .{c[0].lower()}{c[1:]}:")
        out.append("      return " + literal(written(points), 8))
    return "\n".join(out + ["    }", "  }", "}", ""])


def properties():
    alphabetic = oniguruma(r"\p{Alphabetic}") - oniguruma(r"[\p{L}\p{Nl}]")
    lower = oniguruma(r"\p{Lowercase}") - oniguruma(r"\p{Ll}")
    upper = oniguruma(r"\p{Uppercase}") - oniguruma(r"\p{Lu}")
    word = oniguruma(r"[\w]") - oniguruma(r"[\p{L}\p{M}\p{Nl}\p{Nd}\p{Pc}]")
    assert word <= alphabetic
    digits = pre_tokenizers.Digits(True).pre_tokenize_str("a".join(ALL))
    numeric = {ord(t) for t, _ in digits if len(t) == 1 and t != "a"} - oniguruma(r"\p{N}")
    marks = pre_tokenizers.Punctuation().pre_tokenize_str("a".join(ALL))
    punctuation = {ord(t) for t, _ in marks if len(t) == 1 and t != "a"}
    scripts = pre_tokenizers.UnicodeScripts()

    def neutral(c):
        return all(len(scripts.pre_tokenize_str(b + chr(c) + b)) == 1 for b in "aЖ")

    scripted = {ord(c) for c in ALL if not neutral(ord(c))}
    items = [
        ("otherAlphabetic", r"`\p{Alphabetic}` beyond L and Nl.", alphabetic),
        ("otherLowercase", r"`\p{Lowercase}` beyond Ll.", lower),
        ("otherUppercase", r"`\p{Uppercase}` beyond Lu.", upper),
        ("otherWord", r"`\w` beyond L, M, Nl, Nd and Pc.", word),
        ("newerNumeric", "What the Digits stage takes for a number beyond N: its Unicode is a version newer.", numeric),
        ("punctuation", "What the Punctuation and Bert stages take for punctuation: that of Unicode 8, and all of ASCII's.",
         punctuation),
        ("scripted", "Code points whose script the UnicodeScripts stage knows (it has an older version of the data).",
         scripted),
    ]
    out = [
        "/// Properties that the stages of the official libraries ask for beside general categories and scripts, written as",
        "/// ``GeneralCategory`` writes its ranges.",
        "enum UnicodeProperties {",
    ]
    for name, comment, points in items:
        out += textwrap.wrap(comment, 114, initial_indent="  /// ", subsequent_indent="  /// ")
        out.append(f"  static let {name}: StaticString = " + literal(written(points), 4))
    return "\n".join(out + ["}", ""])


def scripts():
    out = [
        "/// The scripts of Unicode 16 by name, written as ``GeneralCategory`` writes its ranges.",
        "enum UnicodeScriptTable {",
        "  static let entries: [(name: StaticString, ranges: StaticString)] = [",
    ]
    for name in SCRIPTS:
        ranges = written(oniguruma(r"\p{%s}" % name))
        line = f'    ("{name}", "{ranges}"),'
        out += [line] if len(line) <= 120 else [f'    ("{name}",', "      " + literal(ranges, 8) + "),"]
    return "\n".join(out + ["  ]", "}", ""])


def folding():
    cased = sorted(fancy(r"[\p{Lu}\p{Ll}\p{Lt}\x{345}\x{2160}-\x{2188}\x{24B6}-\x{24E9}]"))
    text = "".join(map(chr, cased))
    following = {}
    for c in cased:
        orbit = sorted(fancy(r"(?i:\x{%x})" % c, text))
        if len(orbit) > 1:
            following[c] = orbit[(orbit.index(c) + 1) % len(orbit)]
    # Runs of the same distance, at every or every second code point.
    runs, at = [], 0
    points = sorted(following)
    i = 0
    while i < len(points):
        first, delta = points[i], following[points[i]] - points[i]
        count, step = 1, 1
        if i + 1 < len(points) and points[i + 1] - first in (1, 2) and following[points[i + 1]] - points[i + 1] == delta:
            step = points[i + 1] - first
        elif i + 2 < len(points) and points[i + 2] - first == 2 and following[points[i + 2]] - points[i + 2] == delta:
            step = 2
        while first + count * step in following and following[first + count * step] - first - count * step == delta:
            count += 1
        runs.append((first, count, step, delta))
        for k in range(count):
            del following[first + k * step]
        points = sorted(following)
        i = 0
    runs.sort()
    words = []
    for first, count, step, delta in runs:
        words.append(f"{base36(first - at)}{',:'[step - 1]}{base36(count)}{'+-'[delta < 0]}{base36(abs(delta))}")
        at = first
    return "\n".join([
        "/// Simple case folding (Unicode 16) as rings: characters that are equal but for their case, each with the next.",
        "enum UnicodeFolding {",
        "  /// Runs in the order of their first code point: how far it is from the run before, a comma (every code point) or a",
        "  /// colon (every second), how many, and how far the next of the ring is; in base 36.",
        "  static let runs: StaticString = " + literal(words, 4),
        "}", ""])


def main():
    folder = sys.argv[1]
    for name, text in (("GeneralCategory", categories()), ("UnicodeProperties", properties()),
                       ("UnicodeScriptTable", scripts()), ("UnicodeFolding", folding())):
        with open(f"{folder}/{name}.swift", "w") as file:
            file.write(text)


main()
