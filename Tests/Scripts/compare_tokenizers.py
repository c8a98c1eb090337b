#!/usr/bin/env python3
"""Random texts and ids through `glassbox tokenize` and `detokenize`, and through the official libraries.

usage: compare_tokenizers.py [--glassbox FILE] [--fixtures DIR] [--only REGEX] [--count N] [--ids N] [--seed N]

For every tokenizer.json, vocab.txt, vocab.json, rank file and SentencePiece model in the fixtures: N texts (all of
Unicode, unassigned and control characters too, long runs, mixed scripts, texts of special tokens, pieces of the
vocabulary) must have the ids that Hugging Face's tokenizers, tiktoken or sentencepiece give, and decode to the same text;
so must N lists of random ids. Prints the first differences of each; exit code 1 where there are any.
Needs the Python packages of those whose files are compared.
"""
import argparse, base64, glob, json, os, random, re, subprocess, sys, tempfile

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
CL100K = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$"
          r"|\s*[\r\n]|\s+(?!\S)|\s")
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")


# ---------------------------------------------------------------- references: texts to ids, ids to text

class HuggingFace:
    def __init__(self, path):
        from tokenizers import Tokenizer
        self.tokenizer = Tokenizer.from_file(path)
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.size = self.tokenizer.get_vocab_size()
        self.specials = [t.content for t in self.tokenizer.get_added_tokens_decoder().values()]
        self.parse = True

    def encode(self, texts):
        return [e.ids for e in self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def decode(self, lists):
        return self.tokenizer.decode_batch(lists, skip_special_tokens=False)

    def pieces(self):
        return list(self.tokenizer.get_vocab())


class Tiktoken:
    def __init__(self, path, name):
        import tiktoken
        ranks = {}
        for line in open(path, "rb"):
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
        if name in ("llama3", "qwen2"):
            specials = {"llama3": {"<|begin_of_text|>": 128000, "<|end_of_text|>": 128001, "<|eot_id|>": 128009},
                        "qwen2": {"<|endoftext|>": 151643, "<|im_start|>": 151644, "<|im_end|>": 151645}}[name]
            pattern = LLAMA3 if name == "llama3" else LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
            self.encoding = tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens=specials)
        else:
            import tiktoken_ext.openai_public as public
            public.load_tiktoken_bpe = lambda *a, **k: ranks
            self.encoding = tiktoken.Encoding(**getattr(public, name)())
        self.normalizes = name == "qwen2"
        self.ranks = ranks
        self.size = max(ranks.values()) + 1
        self.specials = list(self.encoding._special_tokens)
        self.parse = True

    def encode(self, texts):
        if self.normalizes:
            # Python's own tables have another Unicode in each version; these are the ones that Qwen2's tokenizer.json has.
            from tokenizers import normalizers
            texts = [normalizers.NFC().normalize_str(t) for t in texts]
        return [self.encoding.encode(t, allowed_special="all") for t in texts]

    def decode(self, lists):
        known = self.encoding._special_tokens.values()
        return [self.encoding.decode([i for i in ids if i < self.size or i in known]) for ids in lists]

    def pieces(self):
        return [t.decode("utf8", "ignore") for t in self.ranks]


class SentencePiece:
    def __init__(self, path):
        import sentencepiece
        self.processor = sentencepiece.SentencePieceProcessor(model_file=path)
        self.size = self.processor.get_piece_size()
        self.specials = ["<s>", "</s>", "<unk>", "<pad>", "▁", "<0x41>"]
        self.parse = False

    def encode(self, texts):
        return self.processor.encode(texts)

    def decode(self, lists):
        return self.processor.decode(lists)

    def pieces(self):
        return [self.processor.id_to_piece(i).replace("▁", " ") for i in range(self.size)]


def targets(fixtures):
    """(name, what -t gets, reference) of all files whose kind has one."""
    root = os.path.join(fixtures, "tokenizers")
    found = []
    for path in sorted(glob.glob(root + "/*/*") + glob.glob(os.path.dirname(os.path.abspath(__file__)) + "/../CoreTests/Tokenizers/Data/*/*.json")):
        folder, file = os.path.basename(os.path.dirname(path)), os.path.basename(path)
        name = f"{folder}/{file}"
        beside = os.path.join(os.path.dirname(path), "tokenizer.json")
        head = open(path, "rb").read(80)
        if file.endswith(".json") and file.startswith("tokenizer") and "config" not in file:
            found.append((name, path, lambda p=path: HuggingFace(p)))
        elif file in ("vocab.txt", "vocab.json", "encoder.json") and os.path.exists(beside):
            found.append((name, path, lambda p=beside: HuggingFace(p)))
        elif re.match(rb"[A-Za-z0-9+/]+=* \d+\n", head):
            kind = {"tokenizer.model": "llama3", "qwen.tiktoken": "qwen2"}.get(file, file.split(".")[0])
            found.append((name, path, lambda p=path, k=kind: Tiktoken(p, k)))
        elif file.endswith(".model"):
            found.append((name, path, lambda p=path: SentencePiece(p)))
    return found


# ---------------------------------------------------------------- texts

SCRIPTS = [(0x20, 0x7E), (0xA0, 0x17F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x530, 0x58F), (0x590, 0x5FF),
           (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x1100, 0x11FF), (0x1E00, 0x1EFF), (0x1F00, 0x1FFF),
           (0x2000, 0x206F), (0x2070, 0x214F), (0x2150, 0x218F), (0x2190, 0x2BFF), (0x3000, 0x30FF), (0x4E00, 0x9FFF),
           (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE00, 0xFE6F), (0xFF00, 0xFFEF), (0x10000, 0x10FFF),
           (0x1D100, 0x1D7FF), (0x1F000, 0x1FAFF), (0x20000, 0x2FA1F), (0xE0000, 0xE01EF)]
SPACES = " \t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000\u200b\ufeff"
WORDS = ("the and of it's I'll don't we've DON'T you're 'S 'ſ Hello WORLD naïve café ΑΒΓ straße İstanbul ǅ 123 4567 3.14 "
         "1,000,000 x_1 fooBar HTTPServer http://a.b/c?d=e&f=g user@host def return {} [] () ... -- ==> // /* */ <br/> "
         "&amp; 你好 世界 こんにちは 안녕 नमस्ते สวัสดี مرحبا שלום Привет 👍🏽 👩‍👩‍👧 🇫🇷 e\u0301 a\u0327\u0301 \u1100\u1161\u11a8").split(" ")
CONTROLS = [chr(c) for c in (*range(32), 0x7F, *range(0x80, 0xA0), 0xAD, 0x200B, 0x200D, 0x200E, 0x2060, 0xFFFD, 0xFFFF, 0xE000, 0x378)]


def character(r):
    kind = r.random()
    if kind < 0.25:
        c = r.randrange(0x110000)
    elif kind < 0.4:
        c = r.randrange(0x3000)
    else:
        c = r.randint(*r.choice(SCRIPTS))
    return chr(c) if not 0xD800 <= c < 0xE000 else " "


def text(r, specials, pieces):
    parts = []
    for _ in range(r.choice((1, 2, 3, 5, 8, 13))):
        kind = r.random()
        if kind < 0.2:
            parts.append("".join(character(r) for _ in range(r.randint(1, 8))))
        elif kind < 0.4:
            parts.append(r.choice(WORDS))
        elif kind < 0.5:
            parts.append("".join(r.choice(SPACES) for _ in range(r.choice((1, 1, 2, 4)))))
        elif kind < 0.55:
            parts.append("".join(r.choice(CONTROLS) for _ in range(r.randint(1, 3))))
        elif kind < 0.6:
            parts.append(r.choice((character(r), r.choice(WORDS), r.choice(SPACES))) * r.choice((2, 3, 7, 20, 60)))
        elif kind < 0.7 and specials:
            parts.append(r.choice(specials))
            if r.random() < 0.3:
                parts[-1] = r.choice((parts[-1].upper(), parts[-1].lower(), parts[-1][1:], parts[-1][:-1]))
        elif kind < 0.85:
            parts.append(r.choice(pieces))
        else:
            low, high = r.choice(SCRIPTS)
            parts.append("".join(chr(r.randint(low, high)) for _ in range(r.randint(1, 12))))
        if r.random() < 0.5:
            parts.append(" ")
    return "".join(parts)


# ---------------------------------------------------------------- the comparison

def ask(command, requests):
    """One answer for each request."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf8") as file:
        file.writelines(json.dumps(r) + "\n" for r in requests)
        file.flush()
        run = subprocess.run([*command, "--jsonl", file.name], capture_output=True)
    lines = run.stdout.decode("utf8").split("\n")[:-1]
    if len(lines) != len(requests):
        raise SystemExit(f"{command}: {len(lines)} answers for {len(requests)} requests: {run.stderr.decode('utf8')[-300:]}")
    return [json.loads(line) for line in lines]


def compare(name, path, reference, options):
    r = random.Random(f"{options.seed} {name}")
    pieces = [p for p in reference.pieces() if p] or [" "]
    faults = {"ids": [], "text": [], "random ids": []}
    left = options.count
    while left > 0:
        texts = [text(r, reference.specials, pieces) for _ in range(min(left, options.batch))]
        left -= len(texts)
        expected = reference.encode(texts)
        got = ask([options.glassbox, "tokenize", "-t", path], [{"text": t, "parse_special": reference.parse} for t in texts])
        for t, e, g in zip(texts, expected, got):
            if g.get("ids") != e:
                faults["ids"].append((t, e, g.get("ids", g)))
        back = ask([options.glassbox, "detokenize", "-t", path], [{"ids": e} for e in expected])
        for e, d, g in zip(expected, reference.decode(expected), back):
            if g.get("text") != d:
                faults["text"].append((e, d, g.get("text", g)))
    left = options.ids
    while left > 0:
        lists = [[r.randrange(reference.size) for _ in range(r.choice((1, 2, 5, 20)))] for _ in range(min(left, options.batch))]
        left -= len(lists)
        back = ask([options.glassbox, "detokenize", "-t", path], [{"ids": e} for e in lists])
        for e, d, g in zip(lists, reference.decode(lists), back):
            if g.get("text") != d:
                faults["random ids"].append((e, d, g.get("text", g)))
    total = sum(map(len, faults.values()))
    print(f"{name}: {options.count} texts, {options.ids} lists of ids: "
          + (", ".join(f"{len(f)} differ in {k}" for k, f in faults.items() if f) or "all equal"), flush=True)
    for kind, found in faults.items():
        for given, expected, got in found[:options.show]:
            print(f"  {kind}: {given!r}\n    expected {str(expected)[:300]!r}\n    found    {str(got)[:300]!r}")
    return total


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glassbox", default=os.path.join(here, "../../.build/release/glassbox"))
    parser.add_argument("--fixtures", default=os.environ.get("GLASSBOX_FIXTURES", os.path.join(here, "../../../shared/fixtures")))
    parser.add_argument("--only", default="", help="a regular expression: only files whose folder/name it matches")
    parser.add_argument("--count", type=int, default=20000, help="texts for each tokenizer")
    parser.add_argument("--ids", type=int, default=2000, help="lists of random ids for each tokenizer")
    parser.add_argument("--batch", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=3, help="differences to print of each kind")
    options = parser.parse_args()
    total = 0
    for name, path, make in targets(options.fixtures):
        if not re.search(options.only, name):
            continue
        try:
            reference = make()
        except Exception as error:
            print(f"{name}: left out, the library cannot read it: {error}", flush=True)
            continue
        total += compare(name, path, reference, options)
    print(f"{total} differences")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
