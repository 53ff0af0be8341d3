# SPDX-License-Identifier: Apache-2.0
"""Drives panes of the tmux server "main" and compares what the monitor's status and its explain say of each.

agree.py API_SOCKET WORK SCREENS STEPS SEED
"""
import collections, contextlib, glob, json, os, random, shutil, signal, subprocess, sys, time, urllib.parse

from unix_http import Unix

SOCKET, WORK, SCREENS, STEPS, SEED = sys.argv[1:3] + sys.argv[3:4] + [int(v) for v in sys.argv[4:6]]
PANES = 64  # painted at a time
PATIENCE_S = 8
ANSWER_S = 30
STATES = collections.Counter()  # in which they agreed
CAT = os.path.realpath(shutil.which("cat"))


def ask(method, target):
    c = Unix(SOCKET)
    c.request(method, target)
    r = c.getresponse()
    body = json.loads(r.read())
    c.close()
    return r.status, body


def tmux(*words):
    return subprocess.run(["tmux", "-L", "main", *words], check=True, capture_output=True, text=True).stdout


def status():
    """After a round that began now."""
    after = ask("POST", "/api/v1/rounds")[1]["after_round"]
    until = time.time() + ANSWER_S
    while True:
        snapshot = ask("GET", "/api/v1/snapshot")[1]
        if snapshot["round"]["number"] > after:
            return {a["pane"]: a for a in snapshot["agents"]}
        assert time.time() < until, "no round is done"
        time.sleep(0.003)


def explain(pane):
    target = "/api/v1/explain?pane=" + urllib.parse.quote(pane)
    until = time.time() + ANSWER_S
    while True:
        code, body = ask("GET", target)
        if code == 200:
            return body
        # 502: tmux did not answer in time, as it happens on a busy machine; that is an answer, and no disagreement.
        assert code in (202, 502) and time.time() < until, (code, body)
        time.sleep(0.002)


def same(told, seen):
    if told is None:
        return seen["state"] == "not_agent"
    return all(told[k] == seen[k] for k in ("agent", "state", "detail", "rule"))


def compare(panes, what):
    """Panes still move, and what is doubtful is told after a second look: they must agree in the end, which is PATIENCE_S
    after the first comparison. One of 64 panes alone takes 11 s where six other processes want both cores."""
    left, until = list(panes), None
    while left:
        told = status()
        seen = {p: explain(p) for p in left}
        STATES.update(seen[p]["state"] for p in left if same(told.get(p), seen[p]))
        left = [p for p in left if not same(told.get(p), seen[p])]
        until = until or time.time() + PATIENCE_S
        if left and time.time() > until:
            for p in left:
                t = {k: told[p][k] for k in ("agent", "state", "detail", "rule")} if p in told else None
                s = {k: seen[p][k] for k in ("agent", "state", "detail", "rule", "evidence")}
                print(f"{what[p]}: status says {t}, explain {s}")
            sys.exit(1)


def agent_program(name):
    path = os.path.join(WORK, "bin", name)
    if not os.path.exists(path):
        shutil.copy(CAT, path)
    return path


class Screen:
    """A window in which a program of an agent's name shows what is written to it."""

    def __init__(self, number, agent):
        self.fifo = os.path.join(WORK, "files", f"fifo.{number}")
        os.mkfifo(self.fifo)
        command = f"stty -echo; exec {agent_program(agent)} <> {self.fifo}"
        self.window, self.pane = tmux("new-window", "-d", "-P", "-F", "#{window_id} #{pane_id}", "-t", "main:",
                                      "-n", "w", "bash", "-c", command).split()
        self.out = open(self.fifo, "w")

    def write(self, text):
        self.out.write(text)
        self.out.flush()

    def close(self):
        tmux("kill-window", "-t", self.window)
        self.out.close()
        os.remove(self.fifo)


def number(record, key, fallback):
    try:
        return int(record.get(key, fallback))
    except (TypeError, ValueError):
        return fallback


def painting(record):
    rows, columns = number(record, "rows", 40), number(record, "cols", 120)
    lines = record["capture_text"].rstrip("\n").split("\n")[:rows]
    text = "\x1b[?1049h" if str(record.get("alternate_on")) in ("1", "True") else "\x1b[?1049l"
    text += "\x1b[?7l\x1b[0m\x1b[H\x1b[2J"
    text += "".join(f"\x1b[{i + 1};1H{line}" for i, line in enumerate(lines))
    y, x = min(number(record, "cursor_y", 0), rows - 1), min(number(record, "cursor_x", 0), columns - 1)
    text += f"\x1b[{y + 1};{x + 1}H"
    return text + ("\x1b[?25l" if str(record.get("cursor_flag")) in ("0", "False") else "\x1b[?25h")


def titles():
    lines = tmux("list-panes", "-a", "-F", "#{pane_id} #{pane_title}").splitlines()
    return dict(line.split(" ", 1) for line in lines)


def wait(holds, what, seconds=20):
    until = time.time() + seconds
    while not holds():
        assert time.time() < until, what
        time.sleep(0.01)


def all_screens():
    by_agent = {}
    for file in sorted(glob.glob(os.path.join(SCREENS, "*", "*.json"))):
        by_agent.setdefault(os.path.basename(os.path.dirname(file)), []).append(file)
    count = 0
    for agent, files in by_agent.items():
        screens = [Screen(i, agent) for i in range(min(PANES, len(files)))]
        for start in range(0, len(files), PANES):
            batch = files[start:start + PANES]
            records = [json.load(open(f)) for f in batch]
            for s, r in zip(screens, records):
                tmux("resize-window", "-t", s.window, "-x", str(number(r, "cols", 120)), "-y",
                     str(number(r, "rows", 40)))
            for s, r in zip(screens, records):
                s.write(painting(r) + f"\x1b]2;painted {start}\x1b\\")
            wait(lambda: all(titles()[s.pane] == f"painted {start}" for s, _ in zip(screens, records)), "not painted")
            for s, r in zip(screens, records):
                s.write(f"\x1b]2;{r.get('pane_title', '')}\x1b\\")
            compare([s.pane for s, _ in zip(screens, records)], dict(zip((s.pane for s in screens), batch)))
            count += len(batch)
        for s in screens:
            s.close()
    print(f"{count} screens: status and explain agree, {dict(STATES)}")
    assert count > 1000 and min(STATES[s] for s in ("working", "waiting", "idle", "error", "draft")) > 20


class Walker:
    """A shell in which an agent starts, works, waits, is stopped, is killed ..."""

    def __init__(self, agent, screens):
        self.agent, self.screens = agent, screens
        self.window, self.pane = tmux("new-window", "-d", "-P", "-F", "#{window_id} #{pane_id}", "-t", "main:",
                                      "-n", "walk", "bash", "--norc").split()
        self.fifo = os.path.join(WORK, "files", f"walk.{self.pane[1:]}")
        os.mkfifo(self.fifo)
        self.out = os.fdopen(os.open(self.fifo, os.O_RDWR), "w")
        self.did = []

    def child(self):
        shell = tmux("display-message", "-p", "-t", self.pane, "#{pane_pid}").strip()
        found = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True).stdout.split()
        return int(found[0]) if found else 0

    def type(self, text):
        tmux("send-keys", "-t", self.pane, text, "Enter")

    def step(self, rng):
        child = self.child()
        can = ["resize", "clear_screen"]
        can += ["paint"] * 6 + ["kill", "term", "suspend", "eof"] if child else ["start"] * 4 + ["clear", "command"]
        what = rng.choice(can)
        self.did.append(what)
        if what == "start":
            self.type(f"{agent_program(self.agent)} <> {self.fifo}")
            wait(self.child, "the agent does not start")
        elif what == "paint":
            with contextlib.suppress(FileNotFoundError):  # what came before may have ended it at this moment
                if open(f"/proc/{child}/stat").read().rsplit(")", 1)[1].split()[0] == "T":
                    self.type("fg")
            record = json.load(open(rng.choice(self.screens)))
            self.out.write(painting(record) + f"\x1b]2;{record.get('pane_title', '')}\x1b\\")
            self.out.flush()
        elif what == "suspend":
            tmux("send-keys", "-t", self.pane, "C-z")
        elif what in ("kill", "term", "eof"):
            with contextlib.suppress(ProcessLookupError):  # what came before may have ended it at this moment
                os.kill(child, {"kill": signal.SIGKILL, "term": signal.SIGTERM, "eof": signal.SIGINT}[what])
                os.kill(child, signal.SIGCONT)  # or a stopped one would not end
        elif what == "resize":
            x, y = rng.choice([(120, 40), (80, 24), (50, 20)])
            tmux("resize-window", "-t", self.window, "-x", str(x), "-y", str(y))
        elif what == "clear_screen" and not child:
            self.type("clear")
        elif what == "clear":
            self.type("reset; clear")
        elif what == "command":
            self.type("ls /")


def random_walk():
    rng = random.Random(SEED)
    agents = ["claude", "codex", "gemini", "opencode", "copilot", "pi"]
    walkers = [Walker(a, sorted(glob.glob(os.path.join(SCREENS, a, "*.json")))) for a in agents]
    STATES.clear()
    for n in range(STEPS):
        w = rng.choice(walkers)
        w.step(rng)
        compare([w.pane], {w.pane: f"seed {SEED}, step {n}, {w.agent}: {' '.join(w.did[-12:])}"})
    assert STEPS < 500 or min(STATES[s] for s in ("exited", "crashed", "not_agent", "working", "waiting")) > 0
    print(f"{STEPS} steps with seed {SEED}: status and explain agree, {dict(STATES)}")


all_screens()
random_walk()
