"""Small inputs that once failed: every command of fixtures/faults/README.md, and the right answer.

    python3 Tests/Scripts/faults.py [GLASSBOX] [FIXTURES] [--only REGEX]

The right values are those of tokenizers, sentencepiece and transformers, as the README there says. Needs nothing but
Python. Exit code 1 when something falls short.
"""
import gzip
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
only = next((sys.argv[i + 1] for i, a in enumerate(sys.argv) if a == "--only"), ".")
if only in arguments:
    arguments.remove(only)
program = os.path.abspath(arguments[0] if arguments else ".build/release/glassbox")
fixtures = os.path.abspath(
    arguments[1] if len(arguments) > 1 else os.environ.get("GLASSBOX_FIXTURES", "../shared/fixtures"))
faults = fixtures + "/faults/"
work = tempfile.mkdtemp(prefix="glassbox-faults-")
environment = dict(
    os.environ, HOME=work, XDG_DATA_HOME=work + "/data", XDG_CONFIG_HOME=work + "/config",
    XDG_CACHE_HOME=work + "/cache", XDG_STATE_HOME=work + "/state", TERM="xterm-256color", LC_ALL="C.UTF-8")
cases = []


def case(function):
    cases.append(function)
    return function


def run(*args, text="", timeout=120, memory=None):
    command = [program, *args]
    if memory:
        command = ["sh", "-c", f'ulimit -v {memory}; exec "$@"', "sh", *command]
    done = subprocess.run(
        command, input=text.encode() if isinstance(text, str) else text, capture_output=True, timeout=timeout,
        env=environment, cwd=work)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def is_(found, right, what=""):
    assert found == right, f"{what}{found!r}, right is {right!r}"


def refused(result, *words):
    code, _, error = result
    is_(code, 1, "exit code ")
    lines = error.strip().splitlines()
    assert len(lines) >= 1 and "Fatal" not in error, f"no sentence: {error!r}"
    for word in words:
        assert re.search(word, error, re.I), f"the sentence does not say {word!r}: {error!r}"


def ids(tokenizer, text):
    code, out, error = run("tokenize", "-t", tokenizer, "--json", text=text)
    assert code == 0, error
    return json.loads(out)["ids"]


def logits(model, of):
    line = json.dumps({"ids": of})
    code, out, error = run("logits", "-m", model, "--exact", "--jsonl", "-", text=line + "\n")
    assert code == 0, error
    return json.loads(out)["logits"]


def near(found, right):
    for a, b in zip(found, right):
        assert abs(a - b) < 2e-3, f"{found[:len(right)]}, right is {right}"


def converted(name):
    out = work + "/" + name + ".gguf"
    if os.path.exists(out):
        os.remove(out)
    return run("models", "convert", faults + name, out, "--type", "f32"), out


@case
def convert_metaspace():
    (code, _, error), out = converted("convert-metaspace")
    assert code == 0, error
    is_(ids(out, "Hello"), [257, 73, 259, 260, 260, 261])


@case
def convert_lowercase():
    (code, out, error), file = converted("convert-lowercase")
    if code == 0:
        is_(ids(file, "Hello"), [263])
    else:
        refused((code, out, error), "lowercase")


@case
def convert_prefix_space():
    (code, out, error), file = converted("convert-prefix-space")
    if code == 0:
        is_(ids(file, "hello world"), [220, 263, 264])
    else:
        refused((code, out, error), "space")


@case
def convert_relu():
    (code, out, error), file = converted("convert-relu")
    near(logits(faults + "convert-relu", [3, 9, 27, 1, 14])[-1], [-1.5447, -1.0677])
    if code == 0:
        near(logits(file, [3, 9, 27, 1, 14])[-1], [-1.5447, -1.0677])
    else:
        refused((code, out, error), "relu")


@case
def rope_scaling():
    sequence = [3, 9, 27, 1, 14, 30, 2, 7, 21, 8, 16, 5]
    for name in ["rope-linear4", "rope-factor-only4", "rope-scale_linear4"]:
        near(logits(faults + name + ".gguf", sequence)[-1], [1.1719, -1.7856])


@case
def not_a_number():
    refused(run("generate", "-m", faults + "nan-norm.gguf", "--ids", "3,9", "-n", "3", "--json"), "finite|not a number")


@case
def sft_without_chatml():
    """A base with GPT-2's own tokenizer is taught to talk, and ends its replies."""
    text = work + "/plain.txt"
    with open(text, "w") as file:
        file.write("The cat sat on the mat. The dog ran in the park.\n" * 40)
    code, _, error = run(
        "train", "--recipe", "pretrain", "--data", text, "--out", work + "/base", "--set", "steps=3",
        "--set", "tokenizer=" + fixtures + "/tokenizers/gpt2", "--set", "model.hidden_size=32", "--set", "model.layers=2",
        "--set", "model.heads=2", "--set", "context_length=64", "--set", "batch_size=2", timeout=600)
    assert code == 0, error
    code, _, error = run(
        "train", "--recipe", "sft", "--model", work + "/base/final", "--data", faults + "sft-gpt2.jsonl",
        "--out", work + "/chat", "--set", "steps=120", "--set", "learning_rate=0.01", "--set", "context_length=64",
        "--set", "validation_fraction=0", timeout=900)
    assert code == 0, error
    code, out, error = run("chat", "-m", work + "/chat/final", "-p", "hi", "-n", "40", "--temperature", "0", "--json")
    assert code == 0, error
    answer = json.loads(out)
    is_(answer["text"].strip(), "Hello!")
    is_(answer["finish"], "stop")


def start_event(data, *settings):
    code, out, error = run(
        "train", "--recipe", "sft", "--model", fixtures + "/models/chatlet", "--data", faults + data, "--out",
        tempfile.mkdtemp(dir=work) + "/run", "--json", *sum((["--set", s] for s in settings), []), timeout=600)
    events = [json.loads(line) for line in out.splitlines()]
    return code, error, next((e for e in events if e["event"] == "start"), None)


@case
def long_rows_are_counted():
    code, error, start = start_event("sft-long-rows.jsonl", "context_length=64", "steps=1")
    assert code == 0, error
    assert start["rows_cut"] + start["rows_dropped"] > 0, start


@case
def one_long_row_says_why():
    code, error, _ = start_event("sft-one-long-row.jsonl", "context_length=64", "steps=1")
    refused((code, "", error), "context_length", "64")


def rows(name, folder=None):
    code, out, error = run(
        "train", "--recipe", "pretrain", "--data", (folder or faults) + name, "--out", tempfile.mkdtemp(dir=work) + "/run",
        "--json", "--set", "steps=1", "--set", "model.hidden_size=16", "--set", "model.layers=1", "--set", "model.heads=2",
        "--set", "tokenizer=bytes", "--set", "validation_fraction=0", "--set", "batch_size=1", "--set", "context_length=16",
        timeout=300)
    assert code == 0, error
    return next(json.loads(l) for l in out.splitlines() if json.loads(l)["event"] == "start")["rows"]


@case
def rows_of_every_form():
    for name in ["bom.csv", "bomq.csv", "rows.ndjson", "rows.jsonl.gz", "lines.json"]:
        is_(rows(name), 2, name + ": rows ")
    try:
        is_(rows("rows.tsv"), 1, "rows.tsv: rows ")
    except AssertionError as problem:  # A TSV without a text column may be refused by name.
        assert "tsv" in str(problem), problem


@case
def what_is_no_text_is_refused():
    odd = {
        "x.parquet": b"PAR1\x15\x04\x15 \x15PAR1", "x.bin": bytes(range(256)), "latin.txt": "caf\u00e9 au lait\n".encode("latin-1"),
        "wide.txt": "hello world\n".encode("utf-16"), "bad.jsonl.gz": gzip.compress(b"\x00\xff\xfe") [:-4],
    }
    for name, content in odd.items():
        with open(work + "/" + name, "wb") as file:
            file.write(content)
        refused(run("train", "--recipe", "pretrain", "--data", work + "/" + name, "--set", "steps=1"), re.escape(name))


@case
def null_is_not_given():
    code, out, error = run(
        "generate", "-m", fixtures + "/models/chatlet/chatlet-q8_0.gguf", "--jsonl", faults + "null-keys.jsonl",
        timeout=300)
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and len(answers) == 5 and not any("error" in a for a in answers), out + error


@case
def normalizer_bomb():
    refused(run("tokenize", "-t", faults + "normalizer-bomb.json", text="a" + " a" * 21, memory=4_000_000))
    refused(run("tokenize", "-t", faults + "normalizer-bomb.json", text="a " + "a" * 41, memory=4_000_000))


@case
def added_tokens_that_strip():
    is_(ids(faults + "added-rstrip-swallows-lstrip-newline.json", "a <m>\nb"), [1, 7, 2])
    is_(ids(faults + "added-newline-lrstrip.json", "a\n\nb"), [1, 7, 2])
    is_(ids(faults + "added-spaces-lrstrip.json", "a    b"), [1, 7, 2])


@case
def byte_level_elsewhere():
    for name, text, right in [
        ("unigram-bytelevel", "a b", [1, 9]), ("unigram-bytelevel", "aé", [1, 6, 7]),
        ("bpe-bytefallback-bytelevel", "a'b", [257, 40, 258]),
    ]:
        result = run("tokenize", "-t", faults + name + ".json", "--json", text=text)
        if result[0] == 0:
            is_(json.loads(result[1])["ids"], right, name + " ")
        else:
            refused(result, "byte.?level")


@case
def unknown_words():
    for name in ["u-bpe-unk-missing", "u-wordlevel-unk-missing", "u-wordpiece-unk-missing", "u-unigram-nounk"]:
        refused(run("tokenize", "-t", faults + name + ".json", text="a zz"), "unk")
    is_(ids(faults + "u-wordlevel-dupid.json", "a b"), [0, 0])


class Screen:
    """The full-screen program on a pseudo-terminal."""

    def __init__(self, *args):
        self.marker = work + "/editor-was-started"
        editor = work + "/editor"
        with open(editor, "w") as file:
            file.write(f"#!/bin/sh\ntouch {self.marker}\n")
        os.chmod(editor, 0o755)
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execve(program, [program, "--no-model", *args], dict(environment, EDITOR=editor, LINES="24", COLUMNS="80"))
        self.seen = b""
        self.wait(3, until=b"Chat")

    def wait(self, seconds, until=None):
        end = time.time() + seconds
        while time.time() < end and not (until and until in self.seen):
            if select.select([self.terminal], [], [], 0.05)[0]:
                try:
                    part = os.read(self.terminal, 65536)
                except OSError:
                    return
                if not part:
                    return
                self.seen += part

    def type(self, data):
        os.write(self.terminal, data)

    def ends(self, seconds=5):
        end = time.time() + seconds
        while time.time() < end:
            self.wait(0.1)
            pid, status = os.waitpid(self.child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        return None

    def close(self):
        try:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.terminal)


@case
def replies_of_the_terminal():
    for name, text in [("osc11-reply", b"rgb"), ("osc11-reply-bel", b"rgb"), ("dcs-version-reply", b"WezTerm")]:
        with open(faults + name + ".bin", "rb") as file:
            reply = file.read()
        for pause in [0, 0.01]:
            screen = Screen()
            for at in range(0, len(reply), len(reply) if pause == 0 else 3):
                screen.type(reply[at:] if pause == 0 else reply[at:at + 3])
                time.sleep(pause)
            screen.wait(1)
            screen.type(b"word")
            screen.wait(3, until=b"word")
            started = os.path.exists(screen.marker)
            screen.type(b"\x11")
            code = screen.ends()
            screen.close()
            assert text not in screen.seen and b"1111" not in screen.seen, f"{name}: typed into the input box"
            assert not started, f"{name}: the editor was started"
            assert b"word" in screen.seen and code == 0, f"{name}: keys no longer work (exit {code})"


@case
def paste_without_an_end():
    with open(faults + "paste-unterminated.bin", "rb") as file:
        reply = file.read()
    screen = Screen()
    screen.type(reply)
    screen.wait(3)
    screen.type(b"\x11")
    code = screen.ends()
    screen.close()
    assert b"no end here" in screen.seen, "what was pasted is lost"
    is_(code, 0, "Ctrl-Q: exit code ")


failed = 0
for function in cases:
    if not re.search(only, function.__name__):
        continue
    try:
        function()
        print(f"ok    {function.__name__}")
    except Exception as problem:
        failed += 1
        print(f"WRONG {function.__name__}: {problem}")
shutil.rmtree(work, ignore_errors=True)
sys.exit(1 if failed else 0)
