"""Compares every normalizer with Hugging Face's `tokenizers`: all code points, then random strings, text and offsets.

    python Tests/Scripts/compare_normalizers.py GLASSBOX [STRINGS [SEED [NAMES]]]

A tokenizer.json whose only tokens are bytes shows by its ids what a normalizer made of a text.
"""
import base64
import json
import os
import random
import subprocess
import sys
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer


def charsmap(rules):
    """A compiled charsmap: the name of a rule, or pairs of texts."""
    folder = tempfile.mkdtemp()
    options = {"normalization_rule_name": rules}
    if not isinstance(rules, str):
        path = os.path.join(folder, "rules.tsv")
        with open(path, "w") as f:
            for a, b in rules:
                f.write(" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) + "\n")
        options = {"normalization_rule_tsv": path}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e f g"] * 10), model_prefix=folder + "/m", vocab_size=11, model_type="char",
        minloglevel=2, hard_vocab_limit=False, **options)
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(open(folder + "/m.model", "rb").read())
    return base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()


def precompiled(rules):
    return {"type": "Precompiled", "precompiled_charsmap": charsmap(rules)}


def bert(clean, chinese, accents, lower):
    return {"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese, "strip_accents": accents,
            "lowercase": lower}


def sequence(*stages):
    return {"type": "Sequence", "normalizers": list(stages)}


def replace(kind, pattern, content):
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


marks = [chr(c) for c in (0x301, 0x300, 0x308, 0x327, 0x316, 0x5B0, 0x94D, 0x1161, 0x11A8, 0x200D, 0xE31)]
odd = [("a", "X"), ("b\u0301", "BB"), ("c", ""), ("\u0600", "P"), ("\u0300", ""), ("\u0301", "yz"), ("\u00e9", ""),
       ("\u200d", "J"), ("\u00a9", "(c)"), ("\u0e31", "t"), (" ", "\u2581"), ("\r", "R"), ("d\u0300e", "Q"),
       ("\ufb03", "ffi"), ("\U0001f1e6", "r"), ("\u4e00", "one"), ("\u1100", "g"), ("\uac00", "ga")]
CASES = {
    **{name: {"type": name} for name in
       ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel")},
    "Strip": {"type": "Strip", "strip_left": True, "strip_right": True},
    "Strip-left": {"type": "Strip", "strip_left": True, "strip_right": False},
    "Prepend": {"type": "Prepend", "prepend": "\u2581x"},
    "Replace": replace("String", "ab", "\u00e9!"),
    "Replace-nothing": replace("String", "\u0301", ""),
    "Replace-regex": replace("Regex", " {2,}", "\u2581"),
    "Replace-regex-marks": replace("Regex", "[a-c]\u0301?|\\p{L}$", "<>"),
    "Bert": bert(True, True, None, True), "Bert-cased": bert(True, True, None, False),
    "Bert-accents": bert(False, False, True, False), "Bert-lower": bert(False, True, False, True),
    "Bert-lower-clean": bert(True, False, False, True), "Bert-clean-accents": bert(True, True, True, False),
    "Sequence": sequence({"type": "NFKD"}, {"type": "Lowercase"}, {"type": "StripAccents"}, {"type": "NFC"}),
    "XLNet": sequence(replace("String", "``", '"'), {"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}),
    "nmt_nfkc": precompiled("nmt_nfkc"), "nmt_nfkc_cf": precompiled("nmt_nfkc_cf"), "odd": precompiled(odd),
    "odd-strip": sequence({"type": "Strip", "strip_left": True, "strip_right": True}, precompiled(odd)),
}


def strings(count, seed):
    rng = random.Random(seed)
    blocks = [(0x20, 0x7E)] * 4 + [
        (0, 0x1F), (0x7F, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0xDFF),
        (0xE00, 0xEFF), (0x1100, 0x11FF), (0x1E00, 0x1FFF), (0x2000, 0x20FF), (0x2100, 0x24FF), (0x3000, 0x33FF),
        (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFB00, 0xFFFF), (0x10000, 0x1FFFF), (0x20000, 0x2FFFF),
        (0xE0000, 0xE01FF), (0, 0xD7FF), (0xE000, 0x10FFFF)]
    parts = [a for a, _ in odd] + marks + ["ab", "``", "e\u0301", "\u0344", "\u1e9b\u0323", "\u0130", "\r\n", "  ",
                                           "\u0f71\u0f72\u0f74", "\u1100\u1161\u11a8", "\uac00\u11a8", "\uff76\uff9e"]
    for _ in range(count):
        text = []
        for _ in range(rng.randrange(0, rng.choice((4, 12, 40)))):
            if rng.random() < 0.4:
                text.append(rng.choice(parts))
            else:
                low, high = rng.choice(blocks)
                text.append(chr(rng.randint(low, high)))
        yield "".join(c for c in text if not "\ud800" <= c <= "\udfff")


def tokenizer_json(normalizer):
    vocab = {"<unk>": 0, **{f"<0x{b:02X}>": b + 1 for b in range(256)}}
    return json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": normalizer,
        "pre_tokenizer": None, "post_processor": None, "decoder": None,
        "model": {"type": "BPE", "unk_token": "<unk>", "byte_fallback": True, "fuse_unk": False, "vocab": vocab,
                  "merges": []}})


def ask(glassbox, path, texts):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False) as f:
        for text in texts:
            f.write(json.dumps({"text": text, "parse_special": False}) + "\n")
    result = subprocess.run([glassbox, "tokenize", "-t", path, "--jsonl", f.name], capture_output=True)
    os.unlink(f.name)
    if result.returncode:
        raise SystemExit(result.stderr.decode())
    return [json.loads(line) for line in result.stdout.decode().split("\n")[:-1]]


def main():
    glassbox = sys.argv[1]
    count, seed = (int(a) for a in (sys.argv[2:4] + ["20000", "1"][len(sys.argv[2:4]):]))
    names = sys.argv[4].split(",") if len(sys.argv) > 4 else CASES
    all_points = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    failed = False
    for name in names:
        text = tokenizer_json(CASES[name])
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as f:
            f.write(text)
        official = Tokenizer.from_str(text)
        texts = all_points[:0x3100] + ["q".join(all_points[i:i + 50]) for i in range(0, len(all_points), 50)]
        texts += list(strings(count, seed))
        wrong, misplaced, example = 0, 0, None
        for start in range(0, len(texts), 100_000):
            part = texts[start:start + 100_000]
            for text, mine in zip(part, ask(glassbox, f.name, part)):
                theirs = official.encode(text, add_special_tokens=False)
                if mine.get("ids") != theirs.ids:
                    wrong += 1
                    example = example or (text, bytes(i - 1 for i in mine.get("ids", [])), bytes(i - 1 for i in theirs.ids))
                    continue
                places = [0]
                for c in text:
                    places.append(places[-1] + len(c.encode()))
                if any(a < places[c] or b > places[d] for (a, b), (c, d) in zip(mine["offsets"], theirs.offsets)):
                    misplaced += 1
                    example = example or (text, mine["offsets"], [(places[a], places[b]) for a, b in theirs.offsets])
        failed |= wrong + misplaced > 0
        print(f"{name}: {len(texts)} texts, {wrong} differ, {misplaced} have other offsets", example or "", flush=True)
        os.unlink(f.name)
    sys.exit(failed)


main()
