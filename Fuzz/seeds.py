"""Small well-formed files of every kind, and texts, for the fuzzer to start from.  usage: seeds.py FOLDER"""
import base64, json, os, struct, sys

root = sys.argv[1]


def write(target, name, data):
    os.makedirs(os.path.join(root, target), exist_ok=True)
    with open(os.path.join(root, target, name), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


letters = [chr(b) if 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or 0xAE <= b <= 0xFF else None for b in range(256)]
fill = iter(range(0x100, 0x200))
letters = [c or chr(next(fill)) for c in letters]
merges = ["t h", "Ġ t", "Ġt h", "i n", "e r", "Ġth e", "1 2", "Ġ Ġ", "Ã ©"]
words = letters + [m.replace(" ", "") for m in merges]
special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
added = [dict(special, id=len(words), content="<s>"), dict(special, id=len(words) + 1, content="[MASK]", lstrip=True),
         dict(special, id=len(words) + 2, content="box", single_word=True, normalized=True, special=False, rstrip=True)]
byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
cl100k = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")


def tokenizer(model, **stages):
    return json.dumps(dict({"version": "1.0", "added_tokens": added}, **stages, model=model), ensure_ascii=False)


bpe = {"type": "BPE", "vocab": {w: i for i, w in enumerate(words)}, "merges": merges, "ignore_merges": False}
write("tokenizer-json", "bytes.json", tokenizer(bpe, pre_tokenizer=byte_level, decoder=byte_level, normalizer={"type": "NFC"}))
write("tokenizer-json", "pattern.json", tokenizer(
    dict(bpe, merges=[m.split() for m in merges], ignore_merges=True), pre_tokenizer={"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": cl100k}, "behavior": "Isolated", "invert": False},
        dict(byte_level, use_regex=False)]}, decoder=byte_level,
    post_processor={"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {
        "id": "A", "type_id": 0}}], "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [len(words)], "tokens": ["<s>"]}}}))
pieces = ["<unk>", "▁", "▁the", "t", "h", "e", "a", "é", "in", "th", "the"] + [f"<0x{b:02X}>" for b in range(256)]
write("tokenizer-json", "marks.json", tokenizer(
    {"type": "BPE", "vocab": {p: i for i, p in enumerate(pieces)}, "merges": ["t h", "th e", "▁ the"], "unk_token": "<unk>",
     "byte_fallback": True, "fuse_unk": True},
    normalizer={"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {
        "type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
    decoder={"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                                               {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ",
                                                                                            "start": 1, "stop": 0}]}))
wordpieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "glass", "##es", "##x", "a", "##a", "!", ",", "日", "12"]
write("tokenizer-json", "wordpiece.json", tokenizer(
    {"type": "WordPiece", "vocab": {p: i for i, p in enumerate(wordpieces)}, "unk_token": "[UNK]",
     "continuing_subword_prefix": "##", "max_input_chars_per_word": 20},
    normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
                "lowercase": True}, pre_tokenizer={"type": "BertPreTokenizer"}, decoder={"type": "WordPiece", "prefix": "##",
                                                                                        "cleanup": True},
    post_processor={"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
    truncation={"direction": "Right", "max_length": 9, "strategy": "LongestFirst", "stride": 0}))
write("tokenizer-json", "unigram.json", tokenizer(
    {"type": "Unigram", "unk_id": 0, "vocab": [[p, -1.5 * i] for i, p in enumerate(pieces[:11])], "byte_fallback": False},
    normalizer={"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": True, "strip_right": True},
                                                     {"type": "NFKD"}, {"type": "Lowercase"}, {"type": "StripAccents"}]},
    pre_tokenizer={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    decoder={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}))
write("tokenizer-json", "words.json", tokenizer(
    {"type": "WordLevel", "vocab": {"[UNK]": 0, "the": 1, "box": 2, "1": 3}, "unk_token": "[UNK]"},
    pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, {"type": "Digits", "individual_digits": True},
                                                          {"type": "Punctuation", "behavior": "MergedWithPrevious"}]},
    decoder={"type": "CTC", "pad_token": "the", "word_delimiter_token": "1", "cleanup": True}))
vocabulary = json.dumps({w: i for i, w in enumerate(words + ["<|endoftext|>"])}, ensure_ascii=False)
write("vocab-merges", "gpt2", vocabulary + "\0#version: 0.2\n" + "\n".join(merges) + "\n")
write("vocab-txt", "bert", "\n".join(wordpieces) + "\r\n")
tokens = [bytes([b]) for b in range(256)] + [b"th", b"the", b" t", b" the", b"\n\n"]
write("rank-file", "ranks", "\n".join(f"{base64.b64encode(t).decode()} {i}" for i, t in enumerate(tokens)) + "\n")


def varint(value):
    data = b""
    while value > 127:
        data, value = data + bytes([value & 127 | 128]), value >> 7
    return data + bytes([value])


def field(number, data):
    if isinstance(data, bytes):
        return varint(number << 3 | 2) + varint(len(data)) + data
    if isinstance(data, float):
        return varint(number << 3 | 5) + struct.pack("<f", data)
    return varint(number << 3) + varint(data)


kinds = [2, 3, 3] + [1] * 10 + [6] * 256 + [4]
names = ["<unk>", "<s>", "</s>"] + pieces[1:11] + pieces[11:] + ["box"]
for kind in range(1, 5):
    model = b"".join(field(1, field(1, n.encode()) + field(2, -float(i)) + field(3, k))
                     for i, (n, k) in enumerate(zip(names, kinds)))
    model += field(2, field(3, kind) + field(35, 1)) + field(3, field(1, b"identity") + field(3, 1) + field(4, 1) + field(5, 1))
    write("sentencepiece", f"kind{kind}", model)


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def gguf(pairs):
    data = b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs))
    for key, value in pairs:
        data += text(key)
        if isinstance(value, str):
            data += struct.pack("<I", 8) + text(value)
        elif isinstance(value, int):
            data += struct.pack("<II", 4, value)
        elif isinstance(value[0], str):
            data += struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
        elif isinstance(value[0], float):
            data += struct.pack("<IIQ", 9, 6, len(value)) + struct.pack(f"<{len(value)}f", *value)
        else:
            data += struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
    return data


head = "tokenizer.ggml."
for pre in ("gpt-2", "llama-bpe", "qwen2", "default"):
    write("gguf", pre, gguf([(head + "model", "gpt2"), (head + "pre", pre), (head + "tokens", words + ["<s>"]),
                             (head + "token_type", [1] * len(words) + [3]), (head + "merges", merges),
                             (head + "bos_token_id", len(words))]))
for kind in ("llama", "t5", "bert"):
    write("gguf", kind, gguf([(head + "model", kind), (head + "tokens", names), (head + "scores", [-float(i) for i in range(len(names))]),
                              (head + "token_type", kinds), (head + "eos_token_id", 2)]))
longest = max(len(n.encode()) for n in names)
write("llama2c", "bin", struct.pack("<I", longest) + b"".join(
    struct.pack("<fI", -float(i), len(n.encode())) + n.encode() for i, n in enumerate(names)))
for i, pattern in enumerate([cl100k, r"'s|'t| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", r"(?i:a|bc)*+x?", r"[\p{Lu}\p{M}]+?|\p{Han}{2,5}",
                             r"^\s*$|(?<=a)b|(?!x)[^a-f&&[a-z]]", r"(a|ab)(c|bcd)(d*)", r"\w+|[^\w\s]+", r"(?:a{1,40}){1,40}b"]):
    write("pattern", f"p{i}", pattern + "\0The glass's box 123 aaaaaaaab \n\n x é")
for i, sample in enumerate(["The glass box.\nThe next line's 1234 words", "über naïve e\u0301 日本語。\nど の <s>x [MASK] box boxes",
                            "  a  b\r\n\r\n c\t \u3000\u00a0!!!\n/x", "🙂👩‍👩‍👧 \u0000\ufeff\u200b ½①ﬁ", "\udcff\udcc3 x".encode("utf-8", "surrogateescape")]):
    write("encode", f"t{i}", sample)
