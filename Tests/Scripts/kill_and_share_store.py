#!/usr/bin/env python3
"""Nothing that was said to be saved is lost: the store of conversations under kill -9, two writers, a full disk and a
holder of its lock; what is typed on the screen under SIGKILL and a terminal that goes away.

    swift build && Tests/Scripts/kill_and_share_store.py [--build .build/debug] [--kills 60] [--model MODEL] [--seed 1]

After each: reopened, every message that was acknowledged is there whole, each message's parent is there, SQLite finds
nothing wrong. --model: a small model, for the parts that send a message on the screen (skipped without). The full disk
needs a small file system of its own, which only root can mount (skipped otherwise).
"""
import argparse, json, os, pty, random, select, shutil, signal, sqlite3, struct, subprocess, sys, tempfile, time
import fcntl, termios

failures = []


def check(what, ok, detail=""):
    print(("ok      " if ok else "FAILED  ") + what + (f"  {detail}" if detail else ""), flush=True)
    if not ok:
        failures.append(what)


class Probe:
    def __init__(self, build, store):
        self.program, self.store = os.path.join(build, "store-probe"), store

    def talk(self, conversation, name, turns, length=200):
        return subprocess.Popen(
            [self.program, "talk", self.store, conversation, name, str(turns), str(length)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def show(self):
        done = subprocess.run([self.program, "show", self.store], capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise SystemExit("store-probe show: " + done.stderr)
        return json.loads(done.stdout), done.stderr


def acknowledged(text):
    """Message id -> bytes it has, of the lines that were written whole."""
    lines = [line.split() for line in text.split("\n")[:-1]]
    return {line[1]: int(line[2]) for line in lines if line[:1] == ["saved"]}


def verify(what, probe, saved):
    """saved: conversation -> (id -> bytes)."""
    shown, notice = probe.show()
    lost, short, orphans = [], [], []
    for conversation, messages in saved.items():
        nodes = shown.get(conversation, {})
        lost += [i for i in messages if i not in nodes]
        short += [i for i, size in messages.items() if i in nodes and len(nodes[i]["content"].encode()) != size]
    database = sqlite3.connect(probe.store)
    rows = database.execute(
        "SELECT count(*) FROM message m WHERE parent IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM message p WHERE p.conversation = m.conversation AND p.id = m.parent)").fetchone()[0]
    sound = database.execute("PRAGMA integrity_check").fetchone()[0]
    database.close()
    count = sum(len(m) for m in saved.values())
    check(f"{what}: {count} messages acknowledged, all there", not lost and not short and not rows,
          f"lost {len(lost)}, changed {len(short)}, without parent {rows}")
    check(f"{what}: the file is sound", sound == "ok" and not notice, notice.strip() or sound)
    return shown


def kills(build, folder, count):
    probe = Probe(build, os.path.join(folder, "kills.sqlite"))
    saved = {}
    for i in range(count):
        conversation = f"chat{i % 5}"
        process = probe.talk(conversation, f"k{i}", 1000, random.choice([50, 400, 20_000]))
        time.sleep(random.uniform(0.05, 0.9))
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        saved.setdefault(conversation, {}).update(acknowledged(out))
    verify(f"{count} kills", probe, saved)


def writers(build, folder):
    probe = Probe(build, os.path.join(folder, "writers.sqlite"))
    first = probe.talk("shared", "before", 2)
    saved = acknowledged(first.communicate()[0])
    both = [probe.talk("shared", name, 40) for name in ("a", "b", "c")]
    for process in both:
        saved.update(acknowledged(process.communicate(timeout=300)[0]))
    shown = verify("three writers in one conversation", probe, {"shared": saved})
    check("three writers: every message of each", len(saved) == 4 + 3 * 80 == len(shown["shared"]),
          f"{len(saved)} acknowledged, {len(shown['shared'])} there")


def holder(build, folder):
    probe = Probe(build, os.path.join(folder, "holder.sqlite"))
    saved = acknowledged(probe.talk("held", "before", 1).communicate()[0])
    database = sqlite3.connect(probe.store, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    process = probe.talk("held", "during", 3)
    unsaved = process.stdout.readline().strip()
    time.sleep(3)
    database.execute("COMMIT")
    database.close()
    saved.update(acknowledged(process.communicate(timeout=120)[0]))
    check("a holder of the lock: said to be unsaved meanwhile", unsaved == "unsaved", unsaved)
    verify("a holder of the lock", probe, {"held": saved})
    check("a holder of the lock: all is saved in the end", len(saved) == 8, str(len(saved)))


def full_disk(build, folder):
    place = os.path.join(folder, "small")
    os.mkdir(place)
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True).returncode != 0:
        return print("skipped a full disk: a small file system cannot be mounted here", flush=True)
    try:
        probe = Probe(build, os.path.join(place, "full.sqlite"))
        saved = acknowledged(probe.talk("full", "before", 2).communicate()[0])
        room = shutil.disk_usage(place).free
        with open(os.path.join(place, "filler"), "wb") as filler:
            filler.write(b"x" * (room - 200_000))
        process = probe.talk("full", "during", 12, 20_000)
        said = []
        while True:
            line = process.stdout.readline()
            said.append(line)
            if not line or line.startswith("unsaved"):
                break
        check("a full disk: said to be unsaved", said[-1].startswith("unsaved"), said[-1].strip())
        time.sleep(2)
        os.remove(os.path.join(place, "filler"))
        rest, _ = process.communicate(timeout=120)
        saved.update(acknowledged("".join(said) + rest))
        verify("a full disk", probe, {"full": saved})
        check("a full disk: all is saved once there is room", len(saved) == 28, str(len(saved)))
    finally:
        subprocess.run(["umount", place])


class Screen:
    """The full-screen program on a pseudo-terminal."""

    def __init__(self, build, home, arguments):
        environment = dict(os.environ, HOME=home, TERM="xterm-256color", COLUMNS="100", LINES="30")
        for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            environment.pop(name, None)
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execve(os.path.join(build, "glassbox"), ["glassbox"] + arguments, environment)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.seen = ""

    def read(self, seconds, until=None):
        end = time.time() + seconds
        while time.time() < end and not (until and until in self.seen):
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.master, 1 << 16).decode(errors="replace")
                except OSError:
                    break
        return self.seen

    def type(self, text):
        os.write(self.master, text.encode())

    def kill(self, how=signal.SIGKILL):
        os.kill(self.pid, how)
        self.end()

    def end(self):
        try:
            os.close(self.master)
        except OSError:
            pass
        os.waitpid(self.pid, 0)


def screen(build, folder, model):
    home = os.path.join(folder, "home")
    os.mkdir(home)
    first = Screen(build, home, ["--no-model"])
    first.read(30, "no model")
    first.type("zebrafinch unsent draft")
    first.read(1)
    first.type("\x1b[19~")  # F8: the next theme
    first.read(4.5)
    first.kill()
    state = os.path.join(home, ".local/state/glassbox/screen.json")
    kept = json.load(open(state)) if os.path.exists(state) else {}
    check("SIGKILL: the theme chosen on the screen is remembered", "theme" in kept, json.dumps(kept))
    second = Screen(build, home, ["--no-model"])
    seen = second.read(20, "zebrafinch")
    check("SIGKILL: the draft is in the input box again", "zebrafinch" in seen)
    second.kill()
    if not model:
        return print("skipped the prompt history: no --model", flush=True)
    path = os.path.join(home, ".local/share/glassbox/history")
    for how in ("kill -9", "the terminal goes away"):
        third = Screen(build, home, ["-m", model])
        third.read(60, "write a message")
        third.type(f"\x15history of {how}\r")
        third.read(20, "tok/s")
        third.read(0.5)
        if how == "kill -9":
            third.kill()
        else:
            os.close(third.master)
            end = time.time() + 20
            while time.time() < end and os.waitpid(third.pid, os.WNOHANG)[0] == 0:
                time.sleep(0.1)
        text = open(path, "rb").read() if os.path.exists(path) else b""
        check(f"{how}: the prompt history has it", f"history of {how}".encode() in text, f"{len(text)} bytes")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--build", default=".build/debug")
    options.add_argument("--kills", type=int, default=60)
    options.add_argument("--model")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    random.seed(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        kills(given.build, folder, given.kills)
        writers(given.build, folder)
        holder(given.build, folder)
        full_disk(given.build, folder)
        screen(given.build, folder, given.model)
    print("all as it should be" if not failures else f"{len(failures)} FAILED", flush=True)
    sys.exit(1 if failures else 0)


main()
