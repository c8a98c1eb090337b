#!/usr/bin/env python3
"""Compares both files of trained SentencePiece vocabularies with the official libraries.

Usage: compare_trained_files.py GLASSBOX STRINGS.json FOLDER...

Each FOLDER is what `glassbox tokenizer train --kind unigram|sentencepiece-bpe` wrote. Texts are encoded by glassbox with
tokenizer.json and with tokenizer.model, by `tokenizers` with the first, and by `sentencepiece` with the second, where
special tokens are plain text. Needs tokenizers 0.22.2 and sentencepiece 0.2.3. Exits 1 where any two differ.
"""
import json
import subprocess
import sys
import tempfile

import sentencepiece
from tokenizers import Tokenizer


def glassbox(program, path, texts):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for text in texts:
            file.write(json.dumps({"text": text, "parse_special": False}) + "\n")
        file.flush()
        run = subprocess.run([program, "tokenize", "-t", path, "--jsonl", file.name], capture_output=True, check=True)
    return [json.loads(line)["ids"] for line in run.stdout.decode().splitlines()]


def main():
    program, strings, *folders = sys.argv[1:]
    texts = json.load(open(strings))
    failed = False
    for folder in folders:
        ours = glassbox(program, folder + "/tokenizer.json", texts)
        model = glassbox(program, folder + "/tokenizer.model", texts)
        official = Tokenizer.from_file(folder + "/tokenizer.json")
        official.encode_special_tokens = True
        theirs = [official.encode(text, add_special_tokens=False).ids for text in texts]
        processor = sentencepiece.SentencePieceProcessor(model_file=folder + "/tokenizer.model")
        pieces = [processor.encode(text) for text in texts]
        for name, left, right in [
            ("tokenizer.json and tokenizers", ours, theirs),
            ("tokenizer.model and sentencepiece", model, pieces),
            ("tokenizer.json and tokenizer.model", ours, model),
        ]:
            other = [text for text, a, b in zip(texts, left, right) if a != b]
            failed |= bool(other)
            print(f"{folder}: {name}: {len(other)} of {len(texts)} texts differ", *map(repr, other[:5]))
    sys.exit(failed)


main()
