#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Record labelled screens of one agent: installs it, starts the mock API, and runs its scenes.

usage: record.py AGENT [COLSxROWS ...] [--parts main,more] [--package NAME@VERSION] [--out FOLDER] [--holdout FOLDER]

The scenes stand in scenes/AGENT.py (see README.md). Each size runs at the same time, in a name space of its own:
no network but loopback, host name "box", and whatever the agent leaves running ends with it.
"""
import argparse
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.environ.get("CORPUS_OUT", os.path.join(HERE, "..", "..", "tests", "screens"))
HOLDOUT = os.environ.get("CORPUS_HOLDOUT", "")  # where half of the scenes go, by their names, so that no rule is made from them
LAB = os.environ.get("CORPUS_LAB", "/tmp/corpuslab")
PORT = 8791
PANES = []  # those that are to be closed after a part
ROOT = os.environ.get("CORPUS_ROOT", "/srv/dev")  # the neutral place where agents, homes and work folders are
NODE = "node@24"  # on an older one npm silently takes the newest release that still runs there
SIZES = ["120x40", "80x24", "50x20"]


def state():
    return json.load(urllib.request.urlopen("http://127.0.0.1:%d/_state" % PORT, timeout=5))


def processes(root):
    """descendants of a pid, depth first, as the corpus has them"""
    rows = {}
    for line in subprocess.run(["ps", "-eo", "pid=,ppid=,state=,comm=,args=", "-ww"], capture_output=True, text=True).stdout.splitlines():
        pid, ppid, state_of, comm, args = line.split(None, 4)
        rows.setdefault(int(ppid), []).append((int(pid), comm, args, state_of))
        rows.setdefault(("pid", int(pid)), (int(pid), comm, args, state_of))
    out = []

    def walk(entry, depth):
        out.append({"depth": depth, "pid": entry[0], "comm": entry[1], "args": entry[2], "state": entry[3]})
        for child in rows.get(entry[0], []):
            walk(child, depth + 1)
    if ("pid", root) in rows:
        walk(rows[("pid", root)], 0)
    return out


def is_kept_aside(record):
    """Whether a record is of those that only score the rules: half of the scenes, each in all sizes and frames."""
    scene = re.sub(r"-(f\d|late|later|moved|then-ls|\d)$", "", record["variant"])
    return hashlib.sha256(("%s/%s-%s" % (record["agent"], record["label"], scene)).encode()).digest()[0] % 2 == 0


class Pane:
    """One agent in one pane of its own private tmux server."""

    def __init__(self, agent, version, cols, rows, env=None, work=None, direct=None):
        self.agent, self.version, self.cols, self.rows = agent, version, cols, rows
        self.tag = "%s-%d-%d" % (agent, cols, os.getpid())
        self.socket = os.path.join(LAB, "tmux-%s-%d-%d" % (self.tag, PORT, int(time.time() * 1000) % 100000))
        self.work = "%s/work/%s" % (ROOT, work or agent)
        os.makedirs(self.work, exist_ok=True)
        base = {"PATH": PATH, "LANG": "C.UTF-8", "TERM": "tmux-256color", "COLORTERM": "truecolor", "TERM_PROGRAM": "tmux",
                "TERM_PROGRAM_VERSION": "3.3a", "PS1": r"dev@box:\w# ", "HOME": "%s/home/%s" % (ROOT, agent), "USER": "dev",
                "SHELL": "/bin/bash", "LOGNAME": "dev"}
        base.update(env or {})
        os.makedirs(base["HOME"], exist_ok=True)
        self.env = base
        command = direct or "bash --norc --noprofile -i"
        # Agents look for these and behave otherwise without.
        pane = 'TMUX="$TMUX" TMUX_PANE="$TMUX_PANE"'
        assignments = " ".join("%s=%s" % (k, shlex.quote(v)) for k, v in base.items() if v is not None)
        conf = os.path.join(LAB, "tmux.conf")
        with open(conf, "w") as f:
            f.write("set -g status off\nset -g default-terminal tmux-256color\nset -g history-limit 5000\n"
                    "set -s escape-time 10\n" + ("set -g remain-on-exit on\n" if direct else ""))
        subprocess.run(["tmux", "-S", self.socket, "-f", conf, "new-session", "-d", "-x", str(cols), "-y", str(rows),
                        "-c", self.work, "exec env -i %s %s %s" % (pane, assignments, command)], check=True)
        if direct:
            self.tmux("set", "-g", "remain-on-exit", "on")
        PANES.append(self)
        time.sleep(0.6)

    def tmux(self, *args):
        return subprocess.run(["tmux", "-S", self.socket] + list(args), capture_output=True, text=True).stdout

    def close(self):
        self.tmux("kill-server")
        try:
            os.unlink(self.socket)
        except OSError:
            pass

    def resize(self, cols, rows):
        self.tmux("resize-window", "-t", ":0", "-x", str(cols), "-y", str(rows))
        self.cols, self.rows = cols, rows
        time.sleep(1.2)

    def paste(self, text):
        """As a terminal pastes: in brackets, where the agent wants that."""
        self.tmux("set-buffer", text)
        self.tmux("paste-buffer", "-p", "-t", ":0.0")
        time.sleep(1.0)

    def screen(self):
        return self.tmux("capture-pane", "-p", "-t", ":0.0")

    def type(self, text):
        self.tmux("send-keys", "-t", ":0.0", "-l", "--", text)
        self.see(re.escape(text.split(" ")[-1]), 8)  # agents on a busy machine draw it seconds later
        time.sleep(0.3)

    def key(self, *names, gap=0.4):
        for name in names:
            self.tmux("send-keys", "-t", ":0.0", name)
            time.sleep(gap)

    def enter(self, text):
        self.type(text)
        time.sleep(0.4)
        self.key("Enter")

    def see(self, pattern, timeout=25, gone=False):
        """Wait until the screen matches (or no longer does); False when it did not in time."""
        end = time.time() + timeout
        while time.time() < end:
            if bool(re.search(pattern, self.screen())) != gone:
                return True
            time.sleep(0.15)
        return False

    def last(self):
        return state()["last"]

    def open(self, count=1, timeout=20):
        """Wait until the mock is holding (count=1) or has let go (count=0) the answer."""
        end = time.time() + timeout
        while time.time() < end:
            if (state()["open"] > 0) == (count > 0):
                return True
            time.sleep(0.1)
        return False

    def rests(self, quiet, timeout=150):
        """Wait until the mock has held nothing for so many seconds."""
        end, seen, since = time.time() + timeout, -1, time.time()
        while time.time() < end and time.time() - since < quiet:
            now = state()
            if now["seen"] != seen or now["open"]:
                seen, since = now["seen"], time.time()
            time.sleep(0.2)
        return time.time() < end

    def running(self, pattern, timeout=15):
        """Wait until a descendant of the pane matches."""
        end = time.time() + timeout
        while time.time() < end:
            if any(re.search(pattern, p["args"]) for p in processes(self.pid())):
                return True
            time.sleep(0.2)
        return False

    def pid(self):
        return int(self.tmux("display", "-p", "-t", ":0.0", "#{pane_pid}").strip() or 0)

    def kill(self, pattern):
        """SIGKILL to the agent's processes in this pane, the outermost first."""
        for p in processes(self.pid())[1:]:
            if re.search(pattern, p["args"]) or p["depth"] > 1:
                try:
                    os.kill(p["pid"], signal.SIGKILL)
                except ProcessLookupError:
                    pass
        time.sleep(1.0)

    def shot(self, label, variant, how, frames=1, gap=0.7, held=None, child=None):
        """Save the screen. held: whether the mock must be holding an answer (checked before
        and after); child: a pattern that a descendant must match. A screen whose truth does
        not hold is not saved."""
        if held is not None:
            self.open(1 if held else 0, 3)
        for frame in range(1, frames + 1):
            if frame > 1:
                time.sleep(gap)
            for attempt in range(4):  # the fields are read apart: read again if it moved meanwhile
                before = self.screen()
                record = self.read(label, variant + ("-f%d" % frame if frames > 1 else ""), how)
                if before == record["capture_text"] == self.screen():
                    break
            bad = held is not None and (state()["open"] > 0) != held
            bad = bad or (child and not any(re.search(child, p["args"]) for p in record["process_tree"]))
            if bad:
                print("DROPPED %s %s-%s %dx%d" % (self.agent, label, variant, self.cols, self.rows), flush=True)
                return False
            self.save(record)
        return True

    def retrying(self, scene, variant, how, frames=2, gap=1.5, timeout=50):
        """Screens of an agent that waits for its next try: saved when one more request came."""
        if not self.asked(scene):
            return False
        time.sleep(1.5)
        seen, records = state()["seen"], []
        for frame in range(1, frames + 1):
            records.append(self.read("working", "%s-f%d" % (variant, frame), how))
            time.sleep(gap)
        end = time.time() + timeout
        while state()["seen"] == seen and time.time() < end:
            time.sleep(0.3)
        if state()["seen"] == seen or state()["last"] != scene:
            print("DROPPED %s %s %dx%d: no retry came" % (self.agent, variant, self.cols, self.rows), flush=True)
            return False
        time.sleep(2)  # and one more, if a third request comes
        seen, late = state()["seen"], self.read("working", variant + "-late", how + ", later tries")
        end = time.time() + 30
        while state()["seen"] == seen and time.time() < end:
            time.sleep(0.3)
        records += [late] if state()["seen"] > seen and state()["last"] == scene else []
        for record in records:
            self.save(record)
        return True

    def final(self, label, scene, variant, how, quiet=5, timeout=40):
        """The screen of an agent that gave up: no further request comes for a while."""
        quiet = max(quiet, 28 if scene == "e429" else 0)  # longer than the retry time that the mock names
        if not self.asked(scene):
            return False
        end, last, since = time.time() + timeout, -1, time.time()
        while time.time() < end:
            seen = state()["seen"]
            if seen != last or state()["open"]:
                last, since = seen, time.time()
            if time.time() - since > quiet:
                return self.shot(label, variant, how, held=False)
            time.sleep(0.3)
        print("DROPPED %s %s %dx%d: it went on trying" % (self.agent, variant, self.cols, self.rows), flush=True)
        return False

    def asked(self, scene, timeout=12):
        """Wait until the mock's last request was of this scene."""
        end = time.time() + timeout
        while time.time() < end:
            if state()["last"] == scene:
                return True
            time.sleep(0.1)
        print("NOT ASKED", self.agent, scene, "last was", state()["last"], flush=True)
        return False

    def turn(self, prompt, scene, timeout=30, settle=2.0):
        """Ask and wait until the mock's answer to it is over."""
        before = state()["seen"]
        self.enter(prompt)
        end = time.time() + timeout
        while state()["seen"] == before and time.time() < end:
            time.sleep(0.1)
        return self.asked(scene) and self.open(0, timeout) and (time.sleep(settle) or True)

    def read(self, label, variant, how):
        names = ["pane_title", "window_name", "pane_current_command", "alternate_on", "cursor_x", "cursor_y", "cursor_flag",
                 "history_size", "pane_dead", "pane_dead_status", "pane_pid"]
        values = self.tmux("display", "-p", "-t", ":0.0", "\x1f".join("#{%s}" % n for n in names)).rstrip("\n")
        values = dict(zip(names, re.split("\x1f|\\\\037", values)))
        pid = int(values.pop("pane_pid") or 0)
        for n in ("alternate_on", "cursor_x", "cursor_y", "cursor_flag", "history_size", "pane_dead"):
            values[n] = int(values[n] or 0)
        record = {"agent": self.agent, "agent_version": self.version, "label": label, "variant": variant,
                  "cols": self.cols, "rows": self.rows, "capture_text": self.screen(),
                  "capture_ansi": self.tmux("capture-pane", "-p", "-e", "-t", ":0.0"),
                  "scrollback_text": self.tmux("capture-pane", "-p", "-S", "-200", "-t", ":0.0")}
        record.update({k: values[k] for k in ("pane_title", "window_name", "pane_current_command")})
        record["process_tree"] = processes(pid)
        record.update({k: values[k] for k in names[3:10]})
        record["how"] = how
        return record

    def save(self, record):
        folder = os.path.join(HOLDOUT if HOLDOUT and is_kept_aside(record) else OUT, self.agent)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(LAB, "number-" + self.agent), "a+") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            taken = [int(n[:3]) for n in os.listdir(folder) if n[:3].isdigit()]
            name = "%03d-%s-%s-%dx%d.json" % (max(taken, default=0) + 1, record["label"], record["variant"], self.cols, self.rows)
            final = os.path.join(folder, name)
            with open(final + ".tmp", "w") as out:
                json.dump(record, out, indent=1, ensure_ascii=False)
                out.write("\n")
            os.rename(final + ".tmp", final)
        print(self.agent, name, flush=True)

    # --- steps that most flows share ---
    def launch(self, command, ready, how="shell command typed, before the agent drew its prompt", moments=(0.15, 0.6, 1.2), timeout=180):
        """Start the agent, taking 'starting' screens until its prompt is there."""
        self.type(command)
        self.key("Enter", gap=0)
        begin = time.time()
        for number, moment in enumerate(moments):
            time.sleep(max(0, begin + moment - time.time()))
            record = self.read("starting", "launch-%d" % number, how)
            if re.search(ready, record["capture_text"]):
                break
            self.save(record)
        if not self.see(ready, timeout):
            raise RuntimeError("not ready: " + self.screen())
        time.sleep(1.5)
        return True


def reset(path, files):
    """(Re)write small files below ROOT, e.g. an agent's settings."""
    for name, content in files.items():
        full = os.path.join(ROOT, path, name)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as f:
            f.write(content if isinstance(content, str) else json.dumps(content, indent=1))


PROJECT = {"README.md": "# hello\n\nPrints a greeting.\n", "main.py": "from hello import greet\n\nprint(greet('world'))\n",
           "hello.py": "def greet(name):\n    return 'Hello, ' + name\n", "setup.py": "from time import sleep\n\nsleep(2)\n",
           "build.py": "import time\n\nfor i in range(1, 91):\n    print(f'[{i}/90] compiling unit_{i}.c', flush=True)\n    time.sleep(1)\n"}

# --- installing ---
def split(package):
    """("@scope/name", "1.2") of "@scope/name@1.2"; "" for no version"""
    name, _, version = package[1:].partition("@")
    return package[0] + name, version


def folder_of(agent):
    return os.path.join(ROOT, "npm", agent)


def installed(agent, package):
    try:
        path = os.path.join(folder_of(agent), "node_modules", split(package)[0], "package.json")
        return json.load(open(path))["version"]
    except OSError:
        return ""


def install(agent, packages, options=()):
    """npm with the scene's named version, on a Node that today's agents want. Returns the version."""
    node = os.path.join(ROOT, "npm", "node", "node_modules", ".bin")
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    if not os.path.exists(node):
        subprocess.run(["npm", "i", "--prefix", os.path.join(ROOT, "npm", "node"), NODE] + quiet, check=True)
    have, want = installed(agent, packages[0]), split(packages[0])[1]
    if not have or want == "latest" or not (have + ".").startswith(want + "."):
        shutil.rmtree(folder_of(agent), ignore_errors=True)
        os.makedirs(folder_of(agent))
        env = dict(os.environ, PATH=node + ":" + os.environ["PATH"], HOME=folder_of(agent))
        subprocess.run(["npm", "i", "--prefix", folder_of(agent)] + list(packages) + list(options) + quiet, check=True, env=env)
    return installed(agent, packages[0])


def load(agent):
    spec = importlib.util.spec_from_file_location(agent, os.path.join(HERE, "scenes", agent + ".py"))
    sys.modules["record"] = sys.modules[__name__]
    sys.path.insert(0, os.path.join(HERE, "scenes"))
    sys.dont_write_bytecode = True
    flow = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(flow)
    return flow


def in_name_space(words, script=__file__):
    """Scenes and screens say /srv/dev: whatever CORPUS_ROOT is, it stands there."""
    root = 'mkdir -p /srv/dev; mount --bind "$CORPUS_ROOT" /srv/dev; export CORPUS_ROOT=/srv/dev; ' if ROOT != "/srv/dev" else ""
    return ["unshare", "-n", "-u", "-p", "-m", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
            'ip link set lo up; hostname box; ' + root + 'exec "$@"', "sh", sys.executable, os.path.abspath(script)] + words


def start_mock(log):
    """The mock API, answering."""
    mock = subprocess.Popen([sys.executable, os.path.join(HERE, "mock_api.py"), str(PORT)], stderr=open(log, "a"))
    for _ in range(100):
        try:
            state()
            break
        except OSError:
            time.sleep(0.1)
    return mock


def scenes(agent, size, parts):
    """Runs the parts of one size; inside the name space."""
    import common
    mock = start_mock(os.path.join(LAB, "mock-%s-%s.log" % (agent, size)))
    cols, rows = map(int, size.split("x"))
    flow = load(agent)
    for part in parts or (common.PARTS if hasattr(flow, "PACKAGES") else ()) + tuple(getattr(flow, "PARTS", ())):
        try:
            common.run(flow, agent, part, cols, rows)
        except Exception as error:  # one part that fails must not end the others
            print("FAILED", agent, part, size, repr(error), flush=True)
        while PANES:
            PANES.pop().close()
    mock.kill()


def main():
    args = argparse.ArgumentParser(usage=__doc__)
    args.add_argument("agent")
    args.add_argument("sizes", nargs="*", default=SIZES)
    args.add_argument("--parts", default="")
    args.add_argument("--package", default="", help="instead of the scene's named version; NAME@latest for the newest")
    args.add_argument("--out", default=OUT)
    args.add_argument("--holdout", default=HOLDOUT)
    args.add_argument("--split", action="store_true", help="each part in one of the sizes, in turns")
    args.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    a = args.parse_args()
    parts = [p for p in a.parts.split(",") if p]
    if a.inside:
        return scenes(a.agent, a.sizes[0], parts)
    os.makedirs(LAB, exist_ok=True)
    flow = load(a.agent)
    if hasattr(flow, "PACKAGES"):
        packages = ([a.package] + flow.PACKAGES[1:]) if a.package else flow.PACKAGES
        print(a.agent, install(a.agent, packages, getattr(flow, "NPM", ())), flush=True)
    env = dict(os.environ, CORPUS_OUT=os.path.abspath(a.out), CORPUS_HOLDOUT=a.holdout and os.path.abspath(a.holdout))
    shares = [parts[number::len(a.sizes)] if a.split else parts for number in range(len(a.sizes))]
    running = [subprocess.Popen(in_name_space([a.agent, size, "--parts", ",".join(share), "--inside"]), env=env) for size, share in zip(a.sizes, shares) if share or not a.split]
    try:
        for process in running:
            process.wait()
    except KeyboardInterrupt:
        for process in running:
            process.kill()
        sys.exit(130)


PATH = "/usr/local/bin:/usr/bin:/bin"
if __name__ == "__main__":
    sys.path.insert(0, os.path.join(HERE, "scenes"))
    main()
