"""Compares SentencePiece models of every kind, trained here, with sentencepiece: ids and decoding of random strings.

    python Tests/Scripts/compare_sentencepiece.py GLASSBOX TEXT [STRINGS [SEED]]

TEXT is what the models learn from.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

OPTIONS = {
    "plain": {}, "bytes": {"byte_fallback": True}, "symbols": {"user_defined_symbols": ["<x>", "ab ", "\u2581q", "the"]},
    "symbols-bytes": {"byte_fallback": True, "user_defined_symbols": ["<x>", "<xy>", "\u00e9"]},
    "suffix": {"treat_whitespace_as_suffix": True}, "no-prefix": {"add_dummy_prefix": False},
    "keep-spaces": {"remove_extra_whitespaces": False}, "no-escape": {"escape_whitespaces": False},
    "folded": {"normalization_rule_name": "nmt_nfkc_cf"}, "identity": {"normalization_rule_name": "identity"},
    "identity-spaces": {"normalization_rule_name": "identity", "remove_extra_whitespaces": False,
                        "byte_fallback": True, "allow_whitespace_only_pieces": True},
    "pad": {"pad_id": 3, "bos_id": -1, "control_symbols": ["<c>"], "unk_surface": "??"},
}


def train(kind, options, text, folder):
    prefix = os.path.join(folder, "m")
    sentencepiece.SentencePieceTrainer.train(
        input=text, model_prefix=prefix, model_type=kind, vocab_size=2000, hard_vocab_limit=False, minloglevel=2,
        num_threads=1, character_coverage=0.98, input_sentence_size=1000, **options)
    return prefix + ".model"


def unused(path):
    """The same with every tenth piece unused."""
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(open(path, "rb").read())
    for i, piece in enumerate(model.pieces):
        if piece.type == 1 and i % 10 == 0:
            piece.type = 5
    open(path, "wb").write(model.SerializeToString())


def strings(count, seed, words):
    rng = random.Random(seed)
    blocks = [(0x61, 0x7A)] * 4 + [(0x20, 0x7E)] * 2 + [
        (0, 0x1F), (0x7F, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x5FF), (0x900, 0xDFF), (0x1100, 0x11FF),
        (0x1E00, 0x206F), (0x2100, 0x24FF), (0x3000, 0x33FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFFFF),
        (0x10000, 0x1FFFF), (0xE000, 0x10FFFF)]
    parts = [" ", " ", "  ", "\u2581", "\n", "\t", "\u00a0", "\u3000", "<x>", "<xy>", "ab ", "\u2581q", "the", "<unk>",
             "<s>", "e\u0301", "\ufb03", "\u00e9", "\u00bd", "<0x41>", "\ufffd", "<c>"]
    for _ in range(count):
        text = []
        for _ in range(rng.randrange(0, rng.choice((3, 12, 40)))):
            pick = rng.random()
            if pick < 0.35:
                text.append(rng.choice(parts))
            elif pick < 0.6:
                text.append(rng.choice(words))
            else:
                low, high = rng.choice(blocks)
                text.append(chr(rng.randint(low, high)) * rng.choice((1, 1, 1, 5)))
        yield "".join(c for c in "".join(text) if not "\ud800" <= c <= "\udfff")


def ask(glassbox, command, path, requests):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False) as f:
        f.writelines(json.dumps(r) + "\n" for r in requests)
    result = subprocess.run([glassbox, command, "-t", path, "--jsonl", f.name], capture_output=True)
    os.unlink(f.name)
    if result.returncode:
        print(result.stderr.decode())
    answers = [json.loads(line) for line in result.stdout.decode().split("\n")[:-1]]
    return answers + [{}] * (len(requests) - len(answers))


def main():
    glassbox, text = sys.argv[1:3]
    count, seed = (int(a) for a in (sys.argv[3:5] + ["5000", "1"][len(sys.argv[3:5]):]))
    words = open(text, encoding="utf8").read()[:200_000].split()
    failed = False
    for kind in ("unigram", "bpe", "char", "word"):
        for name, options in [*OPTIONS.items(), ("unused", {}), ("unused-bytes", {"byte_fallback": True})]:
            folder = tempfile.mkdtemp()
            try:
                path = train(kind, options, text, folder)
            except Exception as error:
                print(f"{kind} {name}: not trained: {str(error)[:80]}")
                continue
            if name.startswith("unused"):
                unused(path)
            official = sentencepiece.SentencePieceProcessor(model_file=path)
            texts, expected = [], []
            for t in strings(count, seed, words):
                try:
                    expected.append(official.encode(t))
                    texts.append(t)
                except Exception:  # a control symbol as a word
                    pass
            answers = ask(glassbox, "tokenize", path, [{"text": t, "parse_special": False} for t in texts])
            wrong = [(t, a.get("ids"), e) for t, a, e in zip(texts, answers, expected) if a.get("ids") != e]
            out = [(t, a["offsets"]) for t, a in zip(texts, answers)
                   if any(x > y or y > len(t.encode()) for x, y in a.get("offsets", []))]
            rng = random.Random(seed)
            lists = expected[:500] + [[rng.randrange(len(official)) for _ in range(rng.randrange(12))] for _ in range(1000)]
            decoded = ask(glassbox, "detokenize", path, [{"ids": ids} for ids in lists])
            back = [(i, a.get("text"), official.decode(i)) for i, a in zip(lists, decoded) if a.get("text") != official.decode(i)]
            failed |= bool(wrong or back or out)
            print(f"{kind} {name}: {len(texts)} texts, {len(wrong)} differ, {len(out)} with odd offsets; "
                  f"{len(lists)} lists, {len(back)} decode otherwise", *(wrong[:1] + back[:1] + out[:1]), flush=True)
    sys.exit(failed)


main()
