#!/usr/bin/env python3
"""Trains the same vocabularies with Glassbox and with the official trainers, and compares what comes out.

usage: compare_trainers.py GLASSBOX FIXTURES [--only REGEX] [--threads 2]

* merges:  byte-level BPE and WordPiece against Hugging Face's trainers: merges and ids equal. Where Hugging Face's own
           result differs from one process to the next (ids of "##x" come in the order of a hash table; so do ties of a
           limited alphabet), both of its runs are compared with each other, too.
* spm:     SentencePiece's BPE: pieces in order. Unigram: log-likelihood of held-out text under both (forward algorithm), ours at most 1 %
           worse; also against sentencepiece beginning with the seeds that Glassbox has. (Ours is mostly better: see UnigramTrainer.)
* load:    every file that was written: ids by Hugging Face's `tokenizers` and by `sentencepiece`, against each other and
           against Glassbox, on many texts.

Needs `tokenizers` and `sentencepiece`. Exit code 1 where something that must be equal is not.
"""
import argparse, io, json, math, os, re, subprocess, sys, tempfile, time

a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
a.add_argument("glassbox"); a.add_argument("fixtures"); a.add_argument("--only", default=""); a.add_argument("--threads", default="2")
O = a.parse_args()
os.environ["RAYON_NUM_THREADS"] = O.threads
TMP = tempfile.mkdtemp(prefix="compare-trainers-")
DATA = os.path.join(O.fixtures, "data")
TEXTS = {"tinyshakespeare": "tinyshakespeare.txt", "brown": "brown/brown.txt", "japanese": "wagahaiwa_nekodearu.txt", "botchan": "botchan.txt"}
faults = 0


def path(name): return os.path.join(DATA, TEXTS[name])
def text(name): return open(path(name), encoding="utf8", newline="").read()


def ours(kind, files, vocab, *options, out=None):
    out = out or tempfile.mkdtemp(dir=TMP)
    t = time.perf_counter()
    p = subprocess.run([O.glassbox, "tokenizer", "train", "--kind", kind, *files, "--vocab", str(vocab), "--out", out, "--threads", O.threads, *map(str, options)], capture_output=True, text=True)
    if p.returncode:
        print(f"  glassbox: {p.stderr.strip()[-300:]}")
        return None, 0
    return out, time.perf_counter() - t


def model(folder): return json.load(open(folder + "/tokenizer.json", encoding="utf8"))["model"]


HF = """
import json, sys, time
from tokenizers import Tokenizer, models, trainers, pre_tokenizers, normalizers
o = json.load(sys.stdin)
if o["kind"] == "bpe":
    z = Tokenizer(models.BPE()); z.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t = trainers.BpeTrainer(vocab_size=o["vocab"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, **o["options"])
elif o["kind"] == "wordpiece":
    z = Tokenizer(models.WordPiece(unk_token="[UNK]")); z.pre_tokenizer = pre_tokenizers.BertPreTokenizer(); z.normalizer = normalizers.BertNormalizer(lowercase=o["lowercase"])
    t = trainers.WordPieceTrainer(vocab_size=o["vocab"], show_progress=False, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], **o["options"])
else:
    z = Tokenizer(models.WordLevel(unk_token="[UNK]")); z.pre_tokenizer = pre_tokenizers.Whitespace()
    t = trainers.WordLevelTrainer(vocab_size=o["vocab"], show_progress=False, special_tokens=["[UNK]"], **o["options"])
s = time.perf_counter()
if o["lines"]: z.train([o["path"]], t)
else: z.train_from_iterator([open(o["path"], encoding="utf8", newline="").read()], t)
print(json.dumps({"seconds": time.perf_counter() - s, "model": json.loads(z.to_str())["model"]}))
"""


def theirs(kind, name, vocab, lines=False, lowercase=True, **options):
    """In a process of its own, so that hash tables are seeded anew."""
    r = subprocess.run([sys.executable, "-c", HF], input=json.dumps({"kind": kind, "path": path(name), "vocab": vocab, "lines": lines, "lowercase": lowercase, "options": options}), capture_output=True, text=True)
    r = json.loads(r.stdout)
    return r["model"], r["seconds"]


def symbol_order(vocab, options):
    """A file with the marked symbols of one of their vocabularies, in its order."""
    before, after = options.get("continuing_subword_prefix", ""), options.get("end_of_word_suffix", "")
    marked = [t for t in sorted(vocab, key=vocab.get) if t != before + after and len(t.removeprefix(before).removesuffix(after)) == 1 and len(t) > 1]
    f = tempfile.mkstemp(dir=TMP)[1]
    open(f, "w", encoding="utf8", newline="").write("\n".join(marked) + "\n")
    return f


def check(what, good, note=""):
    global faults
    if not good: faults += 1
    print(f"{'ok   ' if good else 'FAULT'} {what}  {note}", flush=True)


def wanted(what): return re.search(O.only, what)


def common(a, b): return f"{100 * len(set(a) & set(b)) / max(1, len(a)):.2f} % in common"


def merges():
    for name in ("tinyshakespeare", "brown", "japanese"):
        for vocab in (500, 2000, 8000, 32000):
            for lines in (False, True):
                what = f"bpe {name} {vocab}{' by lines' if lines else ''}"
                if not wanted(what): continue
                mine, s = ours("bpe", [path(name)], vocab, "--min-frequency", 0, *(["--lines"] if lines else []))
                h, t = theirs("bpe", name, vocab, lines, min_frequency=0)
                if mine: m = model(mine); check(what, m["vocab"] == h["vocab"] and m["merges"] == h["merges"], f"{len(m['merges'])} merges, {s:.2f} s against {t:.2f} s")
        for what, options, flags in (
            (f"bpe {name} max_token_length 6", {"max_token_length": 6}, ["--max-token-length", 6]),
            (f"bpe {name} min_frequency 20", {"min_frequency": 20}, ["--min-frequency", 20]),
            (f"bpe {name} prefix @@", {"continuing_subword_prefix": "@@"}, ["--prefix", "@@"]),
            (f"bpe {name} suffix </w>", {"end_of_word_suffix": "</w>"}, ["--suffix", "</w>"]),
            (f"bpe {name} special tokens", {"special_tokens": ["<|endoftext|>", "<pad>"]}, ["--special", "<|endoftext|>", "--special", "<pad>"]),
        ):
            if not wanted(what): continue
            h, t = theirs("bpe", name, 3000, **{"min_frequency": 0, **options})
            mine, s = ours("bpe", [path(name)], 3000, *([] if "min_frequency" in options else ["--min-frequency", 0]), *flags)
            if not mine: check(what, False); continue
            m = model(mine)
            same = m["vocab"] == h["vocab"] and m["merges"] == h["merges"]
            if "fix" not in what: check(what, same, f"{len(m['merges'])} merges"); continue
            # Marked symbols get their ids in the order of Hugging Face's hash table: are its own runs equal?
            again, _ = theirs("bpe", name, 3000, **{"min_frequency": 0, **options})
            firm = h["vocab"] == again["vocab"] and h["merges"] == again["merges"]
            order = symbol_order(h["vocab"], options)
            mine, s = ours("bpe", [path(name)], 3000, "--min-frequency", 0, *flags, "--symbol-order", order)
            exact = model(mine)["vocab"] == h["vocab"] and model(mine)["merges"] == h["merges"]
            check(what, exact, f"equal with their order of marked symbols: {exact}, with ours: {same}; theirs against theirs: {firm}; tokens: {common(m['vocab'], h['vocab'])} (theirs {common(again['vocab'], h['vocab'])})")
    for name in ("tinyshakespeare", "brown", "japanese"):
        for vocab, options, flags in ((3000, {}, []), (8000, {}, []), (8000, {"limit_alphabet": 1000}, ["--alphabet-limit", 1000]), (3000, {"limit_alphabet": 60}, ["--alphabet-limit", 60])):
            # The novel's alphabet alone has more than 3000 tokens.
            if name == "japanese" and not options: vocab = max(vocab, 4000)
            what = f"wordpiece {name} {vocab} {options or ''}"
            if not wanted(what): continue
            mine, s = ours("wordpiece", [path(name)], vocab, "--min-frequency", 0, *flags)
            runs = [theirs("wordpiece", name, vocab, min_frequency=0, **options) for _ in range(2)]
            if not mine: check(what, False); continue
            m, h, again = model(mine)["vocab"], runs[0][0]["vocab"], runs[1][0]["vocab"]
            firm, equal = h == again, m == h
            sets = set(m) == set(h)
            # Ties go by ids, and ids by a hash table. With the order that theirs had this time, all must be equal, unless
            # the alphabet is limited, where a hash table also tells which of equally rare characters stay.
            mine, _ = ours("wordpiece", [path(name)], vocab, "--min-frequency", 0, *flags, "--symbol-order", symbol_order(h, {"continuing_subword_prefix": "##"}))
            exact = model(mine)["vocab"] == h
            check(what, exact or "limit_alphabet" in options and len(set(m) & set(h)) > 0.97 * len(h),
                  f"ids equal with their order of marked symbols: {exact}, with ours: {equal}, tokens equal: {sets}, {common(m, h)}; theirs against theirs: ids {firm}, {common(again, h)}; {s:.2f} s against {runs[0][1]:.2f} s")
        what = f"wordlevel {name} 5000"
        if wanted(what):
            mine, s = ours("wordlevel", [path(name)], 5000, "--min-frequency", 0)
            h, t = theirs("wordlevel", name, 5000, min_frequency=0)
            if mine: check(what, model(mine)["vocab"] == h["vocab"], f"{s:.2f} s against {t:.2f} s")


def spm_train(kind, file, vocab, **more):
    import sentencepiece as spm
    m = io.BytesIO()
    t = time.perf_counter()
    spm.SentencePieceTrainer.train(input=file, model_writer=m, vocab_size=vocab, model_type=kind, num_threads=int(O.threads), minloglevel=2, normalization_rule_name="identity", max_sentence_length=1 << 24, hard_vocab_limit=False, **more)
    return spm.SentencePieceProcessor(model_proto=m.getvalue()), time.perf_counter() - t


def pieces(p): return [(p.id_to_piece(i), p.get_score(i)) for i in range(p.get_piece_size())]


def likelihood(p, words):
    """Log-likelihood a character of words and their counts (forward algorithm), unknown characters as sentencepiece has them: 10 below the least."""
    scores = {x: s for i, (x, s) in enumerate(pieces(p)) if not p.is_control(i) and not p.is_unknown(i) and not p.is_byte(i)}
    # Pieces of both are normed to one before they are compared.
    z = math.log(sum(math.exp(s) for s in scores.values()))
    scores = {x: s - z for x, s in scores.items()}
    longest, unknown = max(map(len, scores)), min(scores.values()) - 10
    total, best = 0.0, 0.0
    for w, n in words.items():
        f, v = [0.0] + [-math.inf] * len(w), [0.0] + [-math.inf] * len(w)
        for i in range(len(w)):
            for j in range(i + 1, min(len(w), i + longest) + 1):
                s = scores.get(w[i:j], unknown if j == i + 1 else None)
                if s is None: continue
                x, y = f[i] + s, f[j]
                f[j] = max(x, y) + math.log1p(math.exp(-abs(x - y))) if y > -math.inf else x
                v[j] = max(v[j], v[i] + s)
        total += n * f[-1]; best += n * v[-1]
    characters = sum(len(w) * n for w, n in words.items())
    return total / characters, best / characters


def seeds(words):
    """A file with the substrings of words that occur more than once and go on in more than one way; to end is a way each time."""
    counts, after = {}, {}
    for w, n in words.items():
        for i in range(len(w)):
            for j in range(i + 2, min(len(w), i + 16) + 1):
                s, c = w[i:j], w[j] if j < len(w) else None
                counts[s] = counts.get(s, 0) + n
                if c is None or after.setdefault(s, c) != c: after[s] = None
    f = tempfile.mkstemp(dir=TMP)[1]
    open(f, "w", encoding="utf8", newline="").write("".join(f"{s}\t{n}\n" for s, n in counts.items() if n > 1 and after[s] is None))
    return f


def sentencepiece_kinds():
    import sentencepiece as spm
    from collections import Counter
    for name, vocab in (("tinyshakespeare", 2000), ("tinyshakespeare", 8000), ("brown", 8000), ("brown", 32000), ("japanese", 4000), ("botchan", 3000)):
        # Glassbox cuts at all white space, sentencepiece's identity at the space alone.
        lines = [re.sub(r"[^\S\n]", " ", l) for l in text(name).replace("\r\n", "\n").split("\n")]
        lines = [l + "\n" for l in lines]
        train, held = tempfile.mkstemp(dir=TMP, suffix=".txt")[1], [l for i, l in enumerate(lines) if i % 10 == 9]
        open(train, "w", encoding="utf8", newline="").write("".join(l for i, l in enumerate(lines) if i % 10 != 9))
        for fallback in (False, True):
            what = f"sentencepiece-bpe {name} {vocab}{' byte fallback' if fallback else ''}"
            if not wanted(what): continue
            p, t = spm_train("bpe", train, vocab, byte_fallback=fallback)
            mine, s = ours("sentencepiece-bpe", [train], vocab, *(["--byte-fallback"] if fallback else []))
            if not mine: check(what, False); continue
            m = pieces(spm.SentencePieceProcessor(model_file=mine + "/tokenizer.model"))
            h = pieces(p)
            first = next((i for i in range(min(len(m), len(h))) if m[i] != h[i]), None)
            check(what, m == h, f"{len(h)} pieces, first difference {first}, {common([x for x, _ in m], [x for x, _ in h])}; {s:.2f} s against {t:.2f} s")
        what = f"unigram {name} {vocab}"
        if wanted(what):
            p, t = spm_train("unigram", train, vocab)
            mine, s = ours("unigram", [train], vocab)
            if not mine: check(what, False); continue
            words = Counter("▁" + w for l in held for w in l.split())
            m = spm.SentencePieceProcessor(model_file=mine + "/tokenizer.model")
            (a, va), (b, vb) = likelihood(m, words), likelihood(p, words)
            tokens = [sum(len(x.encode(l)) for l in held) for x in (m, p)]
            check(what, p.get_piece_size() <= m.get_piece_size() <= vocab and a > b * 1.01,
                  f"{m.get_piece_size()} / {p.get_piece_size()} pieces; held-out log-likelihood a character {a:.4f} / {b:.4f} ({100 * (a - b) / -b:+.2f} %), best path {va:.4f} / {vb:.4f}, tokens {tokens[0]} / {tokens[1]}; {s:.2f} s against {t:.2f} s")
            p, _ = spm_train("unigram", train, vocab, seed_sentencepieces_file=seeds(Counter("▁" + w for i, l in enumerate(lines) if i % 10 != 9 for w in l.split())))
            c, vc = likelihood(p, words)
            check(what + " same seeds", a > c * 1.01, f"held-out log-likelihood a character {a:.4f} / {c:.4f} ({100 * (a - c) / -c:+.2f} %), best path {va:.4f} / {vc:.4f}")


def samples():
    result = [l for n in TEXTS for l in text(n).splitlines()[::97] if l.strip()][:1500]
    result += [json.loads(l)["text"] if isinstance(json.loads(l), dict) else l for l in open(os.path.join(O.fixtures, "golden/gpt2.jsonl"), encoding="utf8")]
    return [t for t in result if "\0" not in t]


def glassbox_ids(folder, texts):
    """nil where this build does not load the kind."""
    f = os.path.join(TMP, "requests.jsonl")
    with open(f, "w", encoding="utf8") as w:
        for t in texts: w.write(json.dumps({"text": t}) + "\n")
    p = subprocess.run([O.glassbox, "tokenize", "-t", folder + "/tokenizer.json", "--jsonl", f], capture_output=True, text=True)
    if p.returncode: return print("  glassbox:", p.stderr.strip()[:200])
    return [json.loads(l)["ids"] for l in p.stdout.splitlines()]


def load():
    from tokenizers import Tokenizer
    import sentencepiece as spm
    texts = samples()
    for what, kind, name, vocab, flags in (
        ("load bpe gpt-2", "bpe", "brown", 5000, ["--special", "<|endoftext|>"]), ("load bpe llama-3", "bpe", "brown", 5000, ["--pattern", "llama-3"]), ("load bpe qwen2 nfc", "bpe", "brown", 5000, ["--pattern", "qwen2", "--normalizer", "nfc"]),
        ("load bpe cl100k", "bpe", "brown", 5000, ["--pattern", "cl100k"]), ("load bpe o200k", "bpe", "brown", 5000, ["--pattern", "o200k"]), ("load bpe own pattern", "bpe", "brown", 5000, ["--pattern", r" ?\p{L}{1,4}|\d|\s+|."]), ("load bpe special last", "bpe", "japanese", 5000, ["--special", "<end>", "--special-last"]),
        ("load wordpiece", "wordpiece", "brown", 5000, []), ("load wordpiece cased", "wordpiece", "japanese", 5000, ["--normalizer", "bert-cased"]), ("load wordlevel", "wordlevel", "brown", 5000, []),
        ("load unigram", "unigram", "brown", 5000, []), ("load unigram japanese", "unigram", "japanese", 5000, ["--coverage", "1"]), ("load unigram byte fallback", "unigram", "brown", 5000, ["--byte-fallback"]), ("load unigram nfkc", "unigram", "brown", 5000, ["--normalizer", "nfkc"]),
        ("load sentencepiece-bpe", "sentencepiece-bpe", "brown", 5000, []), ("load sentencepiece-bpe byte fallback", "sentencepiece-bpe", "japanese", 5000, ["--byte-fallback"]),
    ):
        if not wanted(what): continue
        folder, _ = ours(kind, [path(name)], vocab, *flags)
        if not folder: check(what, False); continue
        z = Tokenizer.from_file(folder + "/tokenizer.json")
        h = [z.encode(t, add_special_tokens=False).ids for t in texts]
        m = glassbox_ids(folder, texts)
        if m is None: print(f"wait  {what}: this build does not load it")
        else:
            bad = [i for i in range(len(texts)) if m[i] != h[i]]
            check(what, not bad, f"tokenizer.json: {len(texts) - len(bad)} of {len(texts)} texts with equal ids by tokenizers and glassbox" + (f"; first: {texts[bad[0]]!r}"[:160] if bad else ""))
        if os.path.exists(folder + "/tokenizer.model"):
            p = spm.SentencePieceProcessor(model_file=folder + "/tokenizer.model")
            # The file's own idea of white space is the space; and sentencepiece takes no special tokens or bytes from text.
            plain = [i for i, t in enumerate(texts) if not re.search(r"[\t\r\n\v\f\x1c-\x1f\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000▁]|</?s>|<unk>|<0x", t)]
            bad = [i for i in plain if p.encode(texts[i]) != h[i]]
            check(what + " .model", not bad, f"{len(plain) - len(bad)} of {len(plain)} texts with equal ids by sentencepiece and tokenizers" + (f"; first: {texts[bad[0]]!r}"[:160] if bad else ""))


merges(); sentencepiece_kinds(); load()
print(f"{faults} faults")
sys.exit(1 if faults else 0)
