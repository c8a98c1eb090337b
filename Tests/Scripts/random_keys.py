"""Random keys, pastes, clicks and sizes into the screen: it neither ends nor hangs, and SIGTERM still ends it well.

usage: random_keys.py PROGRAM [--model FILE] [--seconds 60] [--seed 1] [--programs 4]

Each program has a home of its own in a temporary folder. Prints one line each; exit code 1 where one fell short.
"""
import argparse, fcntl, os, pty, random, select, shutil, signal, struct, sys, tempfile, termios, time

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("--model")
parser.add_argument("--seconds", type=float, default=60)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--programs", type=int, default=4)
options = parser.parse_args()

KEYS = [b"\x1b[" + k for k in (b"A", b"B", b"C", b"D", b"5~", b"6~", b"H", b"F", b"3~", b"19~", b"20~", b"Z")]
KEYS += [b"\x1bO" + k for k in (b"P", b"Q", b"R", b"S")] + [b"\t", b"\r", b"\x1b", b"\x7f"]
# Without those that leave, suspend or start an editor.
KEYS += [bytes([c]) for c in range(1, 27) if c not in (3, 7, 17, 26)]
KEYS += [b"\x1b" + bytes([c]) for c in b"abcdefghijklmnopqrstuvwxyz0123456789=-+"]
TEXTS = ["hello ", "/", "~/", "./", "../", "漢字", "👩‍👩‍👧", "e\u0301", "corpus.txt", "/tmp/", "train", "\u202e", "0", "9", "a" * 50,
         "{}", "n", "N", "x", "m", "c", "V", "t", "w", "S", "p"]


def begin(home):
    os.makedirs(home + "/work")
    with open(home + "/work/corpus.txt", "w") as file:
        file.write("the quick brown fox jumps over the lazy dog\n" * 500)
    program, model = os.path.abspath(options.program), options.model and os.path.abspath(options.model)
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(home + "/work")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG", "GLASSBOX"))}
        os.execve(program, [program, *(["-m", model] if model else [])],
                  {**kept, "HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
    return process, terminal


def key(chance, process, terminal):
    kind = chance.random()
    if kind < 0.5:
        return chance.choice(KEYS)
    if kind < 0.9:
        return chance.choice(TEXTS).encode()
    if kind < 0.94:
        return b"\x1b[200~" + chance.choice(TEXTS).encode() * chance.randint(1, 400) + b"\x1b[201~"
    if kind < 0.97:
        place = chance.choice([0, 32, 64, 65]), chance.randint(1, 120), chance.randint(1, 40), chance.choice([b"M", b"m"])
        return b"\x1b[<%d;%d;%d%s" % place
    rows, columns = chance.choice([5, 10, 15, 24, 30, 50]), chance.choice([20, 40, 60, 80, 100, 200])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.kill(process, signal.SIGWINCH)
    return b""


def read(terminal, seconds):
    """What comes in that time; None once the terminal is closed."""
    found, end = b"", time.time() + seconds
    while select.select([terminal], [], [], max(0, end - time.time()))[0]:
        try:
            found += os.read(terminal, 65536)
        except OSError:
            return None
    return found


def run(seed, home):
    chance = random.Random(seed)
    process, terminal = begin(home)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    begun, count, last = time.time(), 0, b""
    while time.time() - begun < options.seconds:
        try:
            os.write(terminal, key(chance, process, terminal))
        except OSError:
            break
        count += 1
        got = read(terminal, chance.choice([0, 0, 0.01, 0.05, 0.2]))
        if got is None:
            break
        last = (last + got)[-2000:]
    ended, status = os.waitpid(process, os.WNOHANG)
    if ended:
        print(f"seed {seed}: ended by itself after {count} keys, status {status}: {last[-800:]!r}")
        return 1
    os.kill(process, signal.SIGTERM)
    for _ in range(300):
        read(terminal, 0.1)
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            break
    good = ended and os.WIFEXITED(status) and os.WEXITSTATUS(status) == 128 + signal.SIGTERM
    if not ended:
        os.kill(process, signal.SIGKILL)
    print(f"seed {seed}: {count} keys, " + ("ok" if good else f"status {status}" if ended else "SIGTERM did not end it"))
    return 0 if good else 1


folder = tempfile.mkdtemp()
children = []
for seed in range(options.seed, options.seed + options.programs):
    child = os.fork()
    if child == 0:
        code = run(seed, f"{folder}/{seed}")
        sys.stdout.flush()
        os._exit(code)
    children.append(child)
failed = sum(os.waitpid(child, 0)[1] != 0 for child in children)
shutil.rmtree(folder, ignore_errors=True)
sys.exit(failed > 0)
