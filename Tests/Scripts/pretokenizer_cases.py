"""What the official library's pre-tokenizers make of random text, for the test that compares ours with them.

    pip install tokenizers
    mkfifo cases
    python3 Tests/Scripts/pretokenizer_cases.py 100000 [SEED] > cases &     # texts for each of some sixty pre-tokenizers
    GLASSBOX_PRETOKENIZER_CASES=$PWD/cases swift test -c release --filter PreTokenizerTests

A file does as well as a pipe; it takes some 300 bytes for each text.

`--golden` writes the few cases of Tests/Data/pretokenizers.jsonl instead.
"""
import json
import random
import sys

from tokenizers import Tokenizer


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def sequence(*stages):
    return {"type": "Sequence", "pretokenizers": list(stages)}


def byte_level(prefix=False, regex=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def metaspace(scheme, splits=True):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": splits}


BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
DIGITS = {"type": "Digits", "individual_digits": True}
DIGIT_RUNS = {"type": "Digits", "individual_digits": False}
WORD = r"[^\r\n\p{L}\p{N}]?"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACE = r"\s*[\r\n]+|\s+(?!\S)|\s+"
NO_HAN = r"&&[^\p{Han}]]"
PATTERNS = {
    "llama3": CONTRACTION + "|" + WORD + r"\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACE,
    "qwen2": CONTRACTION + "|" + WORD + r"\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACE,
    "qwen35": CONTRACTION + "|" + WORD + r"[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + SPACE,
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
              r"|\s+(?!\S)|\s",
    "o200k": f"{WORD}{UPPER}*{LOWER}+{CONTRACTION}?|{WORD}{UPPER}+{LOWER}*{CONTRACTION}?"
             r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SPACE,
    "tekken": f"{WORD}{UPPER}*{LOWER}+|{WORD}{UPPER}+{LOWER}*" r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SPACE,
    "kimi": r"[\p{Han}]+|" + f"{WORD}{UPPER[:-1]}{NO_HAN}*{LOWER[:-1]}{NO_HAN}+{CONTRACTION}?|{WORD}{UPPER[:-1]}{NO_HAN}+"
            f"{LOWER[:-1]}{NO_HAN}*{CONTRACTION}?" r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACE,
}
STAGES = {name: split(pattern) for name, pattern in PATTERNS.items()}
STAGES.update({
    "whitespace": {"type": "Whitespace"}, "whitespace-split": {"type": "WhitespaceSplit"},
    "bert": {"type": "BertPreTokenizer"}, "scripts": {"type": "UnicodeScripts"},
    "delimiter": {"type": "CharDelimiterSplit", "delimiter": "中"}, "fixed": {"type": "FixedLength", "length": 3},
    "digits": DIGITS, "digit-runs": DIGIT_RUNS,
    "byte-level": byte_level(), "byte-level-prefix": byte_level(True), "byte-level-whole": byte_level(False, False),
    "falcon": sequence({"type": "Punctuation", "behavior": "Contiguous"}, byte_level(), DIGIT_RUNS,
                       split("[0-9][0-9][0-9]")),
    "after-byte-level": sequence(byte_level(True), split(r"\p{Lu}+|Ġ", "MergedWithNext"), {"type": "UnicodeScripts"},
                                 {"type": "FixedLength", "length": 2}),
    "starcoder": sequence(DIGITS, byte_level()),
    "galactica": sequence(split(" ", "MergedWithPrevious", kind="String"), DIGITS,
                          {"type": "Punctuation", "behavior": "Isolated"}),
    "t5": sequence({"type": "WhitespaceSplit"}, metaspace("always")),
    "deepseek-v3": sequence(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
        "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"), byte_level(False, False)),
    "deepseek-coder": sequence(split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"),
                               split("[一-龥ࠀ-一가-퟿]+"), DIGITS, byte_level(False, False)),
    "clip": split(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
                  "Removed", True),
    "bloom": sequence(split(r" ?[^(\s|[.,!?…。，、।۔،])]+"), byte_level(False, False)),
    "aya": sequence(split(r"\d{1,3}(?=(?:\d{3})*\b)"), byte_level()),
    "lookbehind": split(r"(?<=[a-z])(?=[A-Z])|(?<!\s)\s+(?!\s)|(?<=^|,)b"),
    "atomic": split(r"(?>a|ab)c|(?:ab?)++c|(?:a|b(?=1))*?[1-9]"),
    "metaspace-words": sequence({"type": "Whitespace"}, metaspace("first")),
    "metaspace-old": {"type": "Metaspace", "replacement": "_", "str_rep": "_", "add_prefix_space": True},
})
for scheme in ("always", "first", "never"):
    for splits in (True, False):
        STAGES[f"metaspace-{scheme}-{splits}"] = metaspace(scheme, splits)
for behavior in BEHAVIORS:
    STAGES["punctuation-" + behavior] = {"type": "Punctuation", "behavior": behavior}
    for invert in (False, True):
        STAGES[f"text-{behavior}-{invert}"] = split("a", behavior, invert, "String")
        STAGES[f"pattern-{behavior}-{invert}"] = split(r"\s|[a-c]+|\d*", behavior, invert)

RANGES = [(0x20, 0x7F)] * 6 + [
    (0, 0x20), (0x80, 0x250), (0x300, 0x370), (0x370, 0x600), (0x600, 0x1000), (0x1000, 0x2000), (0x2000, 0x3000),
    (0x3000, 0x3100), (0x4E00, 0x5000), (0xAC00, 0xAD00), (0xA000, 0xABFF), (0xFB00, 0x10000), (0x10000, 0x11000),
    (0x11000, 0x12000), (0x16A00, 0x17000), (0x1D000, 0x1E000), (0x1E000, 0x1F000), (0x1F000, 0x1FB00),
    (0x20000, 0x20100), (0xE0000, 0xE0200), (0xF0000, 0xF0010), (0, 0x110000)]
SPECIAL = [" ", "  ", "\n", "\r\n", "\t", "'s", "'LL", "'ſ", "123", "1", "a", "b", "c", "ab", "A", "B", ",", "▁", "_",
           "<|startoftext|>", "\u3000", "\u00a0", "中", "Ġ", "é", ".", " a", "Aa", "'", "ー", "/", "²"]


def character():
    if random.random() < 0.35:
        return random.choice(SPECIAL)
    first, last = random.choice(RANGES)
    while True:
        c = random.randrange(first, last)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def text():
    count = random.randint(0, random.choice([2, 6, 15, 40]))
    if random.random() < 0.3:
        pool = [character() for _ in range(random.randint(1, 5))]
        return "".join(random.choice(pool) for _ in range(count))
    return "".join(character() * random.choice([1, 1, 1, 2, 5]) for _ in range(count))


def byte_alphabet():
    letters, extra = {}, 0
    for byte in range(256):
        if 0x21 <= byte <= 0x7E or 0xA1 <= byte <= 0xAC or 0xAE <= byte <= 0xFF:
            letters[chr(byte)] = byte
        else:
            letters[chr(256 + extra)] = byte
            extra += 1
    return letters


BYTES = byte_alphabet()


def library(stage):
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
             "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "vocab": {}, "merges": []}
    return Tokenizer.from_str(json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": stage, "post_processor": None, "decoder": None, "model": model})).pre_tokenizer


def pieces(pre_tokenizer, stage, line):
    """Each piece's bytes in hexadecimal, and its place in the bytes of the text where the library's is exact."""
    written = json.dumps(stage)
    starts = [0]
    for c in line:
        starts.append(starts[-1] + len(c.encode()))
    result = []
    for piece, (start, end) in pre_tokenizer.pre_tokenize_str(line):
        if "ByteLevel" in written:
            result.append([bytes(BYTES[c] for c in piece).hex(), -1, -1])
        elif "Metaspace" in written:
            result.append([piece.encode().hex(), -1, -1])
        else:
            result.append([piece.encode().hex(), starts[start], starts[end]])
    return result


def main():
    if "--golden" in sys.argv:
        golden()
        return
    random.seed(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for stage in STAGES.values():
        pre_tokenizer = library(stage)
        head = {"stage": stage}
        for _ in range(int(sys.argv[1])):
            line = text()
            print(json.dumps({**head, "text": line, "pieces": pieces(pre_tokenizer, stage, line)}))
            head = {}


def golden():
    for stage in STAGES.values():
        pre_tokenizer = library(stage)
        for line in ["Hello, it's 12345 wörter\n\n  中文カナ ABc dEF/", "", " 'LL ab▁c  1²³\u3000e\u0301\r\n, a,b"]:
            print(json.dumps({"stage": stage, "text": line, "pieces": pieces(pre_tokenizer, stage, line)}))


main()
