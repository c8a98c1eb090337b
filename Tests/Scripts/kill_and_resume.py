"""Kills training runs at random moments and goes on with them: nothing may be lost.

    python3 Tests/Scripts/kill_and_resume.py [GLASSBOX] [--kills 100] [--seed 1]

Each round trains a small model with many checkpoints, kills it once or several times (SIGKILL mostly; SIGTERM, SIGHUP
and a terminal that goes away too; at any moment, also while checkpoints and final/ are written), and resumes it to its
end. Then: its weights are those of a run that nobody disturbed, byte for byte; its log has every step once; its model
answers with its own tokenizer; and it goes on once more with more steps. Every second run learns conversations.
Needs nothing but Python. Exit code 1 when something falls short.
"""
import argparse
import json
import os
import pty
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

options = argparse.ArgumentParser()
options.add_argument("program", nargs="?", default=".build/release/glassbox")
options.add_argument("--kills", type=int, default=100)
options.add_argument("--seed", type=int, default=1)
options = options.parse_args()
program = os.path.abspath(options.program)
draw = random.Random(options.seed)
work = tempfile.mkdtemp(prefix="glassbox-kills-")
environment = dict(os.environ, HOME=work, XDG_DATA_HOME=work + "/data", XDG_CACHE_HOME=work + "/cache", TERM="xterm")
STEPS = 60


def data(kind):
    path = f"{work}/{kind}.jsonl"
    with open(path, "w") as file:
        for i in range(60):
            if kind == "pretrain":
                row = {"text": f"Line {i}: the quick brown fox counts {i * 7} lazy dogs and sleeps."}
            else:
                row = {"messages": [{"role": "user", "content": f"What is {i} and one?"},
                                    {"role": "assistant", "content": f"It is {i + 1}."}]}
            file.write(json.dumps(row) + "\n")
    return path


def begin(kind, out, base=None):
    sizes = ["model.layers=1", "model.hidden_size=32", "model.vocabulary=300"] if kind == "pretrain" else []
    settings = [f"steps={STEPS}", "save_every=5", "eval_every=7", "sample_every=20", "context_length=64", "batch_size=4",
                "validation_fraction=0.2", "threads=1", "learning_rate=0.01", *sizes]
    command = [program, "train", "--recipe", kind, "--data", data(kind), "--out", out, "--json"]
    if base:
        command += ["--model", base]
    return command + [part for setting in settings for part in ("--set", setting)]


def resume(out, *settings):
    return [program, "train", "--resume", out, "--json", *(p for s in settings for p in ("--set", s))]


def whole(command, timeout=300):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)
    return done.returncode, done.stdout, done.stderr


def files(folder):
    with open(folder + "/model.safetensors", "rb") as file:
        return file.read()


def steps(out):
    with open(out + "/events.jsonl") as file:
        events = [json.loads(line) for line in file]
    assert all("wall_time" in event for event in events), "an event without wall_time"
    return [event["step"] for event in events if event["event"] == "step"]


def disturbed(command, moment):
    """Runs a command and ends it after `moment` seconds; the name of how, and None where it was over before."""
    how = draw.choice(["KILL"] * 6 + ["TERM", "HUP", "terminal"])
    if how == "terminal":
        child, terminal = pty.fork()
        if child == 0:
            os.execve(command[0], [part for part in command if part != "--json"], environment)
        reader = threading.Thread(target=drain, args=(terminal, time.time() + moment), daemon=True)
        reader.start()
        reader.join()
        os.close(terminal)
        end = time.time() + 120
        while time.time() < end:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                # Before there is a run there is nothing to save: the signal ends the program as it ends any.
                begun = "--out" not in command or os.path.exists(command[command.index("--out") + 1] + "/run.json")
                wanted = (0, 128 + signal.SIGHUP, 1) + (() if begun else (-signal.SIGHUP,))
                assert code in wanted, f"a closed terminal: exit code {code}"
                return how if code else None
            time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        raise AssertionError("a run whose terminal went away never ended")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        process.wait(moment)
        return None
    except subprocess.TimeoutExpired:
        pass
    number = getattr(signal, "SIG" + how)
    process.send_signal(number)
    code = process.wait(120)
    if how != "KILL":
        # A signal that comes before the program listens ends it as any other.
        assert code in (0, 128 + number, -number), f"SIG{how}: exit code {code}"
    return how


def drain(terminal, until):
    os.set_blocking(terminal, False)
    while time.time() < until:
        try:
            os.read(terminal, 65536)
        except BlockingIOError:
            time.sleep(0.005)
        except OSError:
            return


def duration(kind, base=None):
    out = f"{work}/whole-{kind}"
    began = time.time()
    code, _, error = whole(begin(kind, out, base))
    assert code == 0, error
    return out, time.time() - began


kills = failures = rounds = 0
hows = {}
whole_runs = {"pretrain": duration("pretrain")}
whole_runs["sft"] = duration("sft", whole_runs["pretrain"][0] + "/final")
while kills < options.kills:
    rounds += 1
    kind = "sft" if rounds % 2 == 0 else "pretrain"
    undisturbed, seconds = whole_runs[kind]
    out = f"{work}/run-{rounds}"
    command = begin(kind, out, undisturbed and whole_runs["pretrain"][0] + "/final" if kind == "sft" else None)
    told = []
    try:
        for _ in range(draw.randint(1, 4)):
            how = disturbed(command, draw.uniform(0.02, 1.05) * seconds)
            if how is not None:
                kills += 1
                told.append(how)
                hows[how] = hows.get(how, 0) + 1
            if os.path.exists(out + "/run.json"):
                command = resume(out)
            if how is None:
                break
        code, _, error = whole(command)
        assert code == 0, f"the last resume: exit code {code}: {error.strip()[-300:]}"
        assert files(out + "/final") == files(undisturbed + "/final"), "other weights than an undisturbed run's"
        assert steps(out) == list(range(1, STEPS + 1)), f"steps in the log: {steps(out)}"
        litter = [name for folder in (out, out + "/checkpoints") for name in os.listdir(folder) if name.endswith((".tmp", ".old"))]
        assert not litter, f"left over: {litter}"
        for checkpoint in sorted(os.listdir(out + "/checkpoints")):
            assert os.path.exists(f"{out}/checkpoints/{checkpoint}/tokenizer.json"), f"{checkpoint} has no tokenizer"
        if kind == "sft":
            code, answer, error = whole([program, "chat", "-m", out + "/final", "-p", "What is 3 and one?", "-n", "12", "--json"])
        else:
            code, answer, error = whole([program, "generate", "-m", out + "/final", "-p", "Line 3", "-n", "12", "--json"])
        assert code == 0 and json.loads(answer)["ids"] is not None and json.loads(answer)["text"] is not None, error
        code, _, error = whole(resume(out, f"steps={STEPS + 5}"))
        assert code == 0, f"going on once more: {error.strip()[-300:]}"
        assert steps(out) == list(range(1, STEPS + 6))
        shutil.rmtree(out)
    except Exception as problem:
        failures += 1
        print(f"round {rounds} ({kind}, {' '.join(told)}; kept at {out}): {problem}", flush=True)
print(f"{kills} kills ({', '.join(f'{n} {how}' for how, n in sorted(hows.items()))}) in {rounds} runs: {failures} fell short")
if not failures:
    shutil.rmtree(work)
sys.exit(1 if failures else 0)
