#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a running monitor says of a real agent, against the truth of its scene, and how soon it says it.

usage: witness.py AGENT... [--parts main,more,errors] [--size 120x40] [--looks 3] [--program tmux-orc] [--hooks]
       [--config YAML] [--command "opencode --port 4096"]

Runs the scenes of record.py with a monitor beside them, and asks that for the state where the recorder would take a screen:
what it knows at that moment, from its API, which brings no look about. A line for each look, then for each agent: looks, how
many were right at once, how many within 2 s ("late"), the same of those where a source of its own answered (its word, its
session's log, its title); of dialogs whose state was right, how many were read rightly, too: title, subject, choices, the
selected one ("MISREAD", and how soon it was read rightly), and of errors whether their sentence was; and the delays, in ms, from the mock's taking of a question
to "working" and from its last word to the end of that, where the next look's label says that the turn was over. --looks: so
many looks for one of the recorder's, 0.7 s apart. A client is attached, as of the person who types; --detached: nobody is there,
and the monitor looks less often. --hooks installs the agent's hooks first. What was wrong or late is kept in CORPUS_LAB/wrong,
as `record` and `explain` show it.
"""
import argparse
import fcntl
import glob
import json
import os
import pty
import re
import shutil
import socket
import struct
import subprocess
import sys
import termios
import threading
import time

import record
from record import LAB, PANES, ROOT, state

STATES = {"menu": ("idle", "waiting"), "compacting": ("working",)}
RESTS = ("idle", "menu", "error", "rate_limited")
# Titles in which an agent says what it does; a bare one says nothing.
TITLES = {"gemini": r"^[✦✋◇⏲]", "qwen": r"^[◐◓◑◒✳]", "codex": r"^(\[ [!.] \]|[⠁-⣿] )", "omp": r"^π [⠁-⣿] "}
# What a dialog asks about, and what stands among its choices, by the scene: by the look's variant.
ASKS = (("approve-command", r"touch built\.txt", ()), ("approve-edit", r"hello\.py", ()), ("approve-long-edit", r"build\.py", ()),
        ("approve-remove", r"rm -rf build", ()), ("approve-fetch", r"example\.com", ()),
        ("question", r"Which database", ("SQLite", "PostgreSQL", "Flat files")), ("two-questions", r"Which", ()), ("tick", r"Which databases", ()),
        ("several", r"Which targets", ("linux-x64", "linux-arm64", "macos", "windows")), ("twelve", r"Which", ("module",)))
ROWS, SEEN, ASKED = [], {}, {}


def amiss(label, variant, said, screen):
    """What is wrong with how a dialog, an error or a limit was read; "" if nothing is, None where nothing is to be read. Choices
    that a list has scrolled out of sight are not missed."""
    asks = said.get("asks") or {"kind": "", "title": "", "subject": "", "options": [], "selected": None}
    if label in ("error", "rate_limited"):
        return "" if asks["title"].strip() else "no sentence"
    about = next((a for a in ASKS if variant.startswith(a[0])), None)
    if label != "waiting" or not about:
        return None
    texts = [o["text"] for o in asks["options"]]
    if not asks["title"].strip():
        return "no title"
    if not re.search(about[1], asks["title"] + "\n" + asks["subject"]):
        return "it says nothing of " + about[1]
    missing = [word for word in about[2] if word in screen and not any(word in t for t in texts)]
    if missing or len(texts) < 2:
        return "%d options, none is %s" % (len(texts), ", ".join(missing) or "another")
    below = re.split(about[1], screen)[-1]  # a list further up is none of it
    unread = set(re.findall(r"(?m)^[│ ]*[●❯›>]? *(\d+)\. ", below)) - {o["key"] for o in asks["options"]} if about[2] else ()
    if unread:
        return "no option %s" % ", ".join(sorted(unread))
    return "the second choice is selected, not %s" % asks["selected"] if variant.endswith("-moved") and asks["selected"] != 1 else ""


def ask(path, target):
    """A document of the API, which listens on this socket."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(5)
        s.connect(path)
        s.sendall(b"GET %s HTTP/1.0\r\nHost: x\r\n\r\n" % target.encode())
        answer = b""
        while part := s.recv(1 << 16):
            answer += part
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def attach(path, cols, rows):
    """A person's terminal, in which the pane is shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe("tmux", ["tmux", "-S", path, "attach"], dict(os.environ, TERM="xterm-256color", LANG="C.UTF-8"))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def drain():
        try:
            while os.read(terminal, 1 << 16):
                pass
        except OSError:
            pass  # it ended
        os.close(terminal)
        os.waitpid(child, 0)
    threading.Thread(target=drain, daemon=True).start()


class Witness(record.Pane):
    """A pane with a monitor of its own, which is asked instead of saving screens."""
    program, config, hooks, looks, detached = "tmux-orc", "", False, 1, False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.home = os.path.join(LAB, "orc-" + os.path.basename(self.socket))
        folder = os.path.join(self.home, ".tmux-orchestrator")
        shutil.rmtree(self.home, ignore_errors=True)
        os.makedirs(folder, mode=0o700)
        with open(os.path.join(folder, "config.yaml"), "w") as f:
            f.write("servers: [{name: w, socket_path: %s}]\n%s\n" % (self.socket, self.config))
        if self.hooks:  # what the agent calls looks for the monitors below the HOME that the agent has
            os.makedirs(os.path.join(self.env["HOME"], ".tmux-orchestrator"), exist_ok=True)
            link = os.path.join(self.env["HOME"], ".tmux-orchestrator", "run")
            if os.path.islink(link):
                os.unlink(link)
            os.symlink(os.path.join(folder, "run"), link)
            self.orc("hooks", "install", self.agent, "--yes", home=self.env["HOME"])
        if not self.detached:
            attach(self.socket, self.cols, self.rows)
        self.sent = "\n"
        self.began, self.labels = time.time() * 1000, []
        self.orc("monitor", "start")

    def orc(self, *words, home=None):
        env = dict(os.environ, HOME=home or self.home)
        r = subprocess.run([self.program] + list(words), capture_output=True, text=True, env=env, check=False)
        return r.stdout

    def now(self):
        try:
            return ask(glob.glob(self.home + "/.tmux-orchestrator/run/*/api.sock")[0], "/api/v1/agents")["agents"][0]
        except (OSError, ValueError, IndexError, KeyError):
            return {"state": "?", "rule": "", "against": "", "detail": ""}

    def launch(self, command, ready, **kwargs):
        kwargs.update(moments=(), timeout=300)  # on a machine that does something else, too
        return super().launch(command, ready, **kwargs)

    def asked(self, scene, timeout=40):
        return super().asked(scene, timeout)

    def is_true(self, held, child):
        good = held is None or (state()["open"] > 0) == held
        return good and (not child or any(re.search(child, p["args"]) for p in record.processes(self.pid())))

    def dropped(self, label, variant):
        """The scene is not so; why, is on the screen."""
        print("DROPPED %s %s-%s: %d open" % (self.agent, label, variant, state()["open"]), self.keep(label, variant), flush=True)
        return False

    def shot(self, label, variant, how, frames=1, gap=0.7, held=None, child=None):
        if held is not None:
            self.open(1 if held else 0, 3)
        if (label in RESTS and not self.drawn()) or (label in ("exited", "crashed") and not self.has_ended()):
            return self.dropped(label, variant)
        for frame in range(frames * self.looks):
            time.sleep(gap if frame else 0)
            if not self.is_true(held, child):
                return self.dropped(label, variant)
            said, title = self.now(), self.tmux("display", "-p", "-t", ":0.0", "#{pane_title}")
            if not self.is_true(held, child):
                return self.dropped(label, variant)
            if self.is_right(label, said):
                self.note(label, variant, said, title, "right")
                self.note_asks(label, variant, said)
                continue
            begin, kept = time.time(), self.keep(label, variant)
            late = self.until_right(begin, label, held, child)
            self.note(label, variant, said, title, "WRONG" if late is None else "late ", "" if late is None else "by %d ms" % late, kept)
        return True

    def drawn(self):
        """Some write out an answer for seconds after the model has ended it, or wait two minutes for their next try: they are at
        work until nothing moves."""
        # One that is starved of CPU draws seconds late: 2.1 s of stillness, longer by as much as the load is over the CPUs.
        need = 3 * max(1.0, os.getloadavg()[0] / os.cpu_count())
        end, before, still = time.time() + 100 + need, None, 0
        while time.time() < end and still < need:
            screen = self.screen()
            still = still + 1 if screen == before else 0
            before = screen
            time.sleep(0.7)
        return still >= need

    def has_ended(self):
        end = time.time() + 15
        while time.time() < end and len(record.processes(self.pid())) > 1:
            time.sleep(0.2)
        return len(record.processes(self.pid())) <= 1

    def enter(self, text):
        self.sent = text
        super().enter(text)

    def is_sent_back(self):
        """Some put a message that was stopped into the prompt again: a draft."""
        row = self.tmux("display", "-p", "-t", ":0.0", "#{cursor_y}").strip()
        return self.sent in self.screen().split("\n")[int(row or 0)]

    def is_right(self, label, said):
        if label == "interrupted" and said["state"] == "draft":
            return self.is_sent_back()
        if label == "interrupted" and said["state"] == "idle":  # some agents leave no word of it on the screen
            return not re.search(r"(?i)cancel|interrupt|abort|stopped|declin|reject|denied", self.screen().split(self.sent)[-1])
        return said["state"] in STATES.get(label, (label,))

    def until_right(self, begin, label, held, child):
        """It may not have looked since: how many ms it took to say so; None: it did not, for 2 s."""
        while time.time() < begin + 2:
            time.sleep(0.03)
            if self.is_right(label, self.now()) and self.is_true(held, child):
                return (time.time() - begin) * 1000
        return None

    def keep(self, label, variant):
        folder = os.path.join(LAB, "wrong")
        os.makedirs(folder, exist_ok=True)
        name = os.path.join(folder, "%s-%s-%s-%d" % (self.agent, label, variant, len(ROWS)))
        with open(name + ".json", "w") as f:
            json.dump(super().read(label, variant, ""), f, indent=1, ensure_ascii=False)
        with open(name + ".txt", "w") as f:
            f.write(self.orc("explain", "%0"))
        return name

    def note(self, label, variant, said, title, verdict, *more):
        own = "own:" in said["rule"] or "own:" in said["against"] or bool(re.search(TITLES.get(self.agent, "^$^"), title))
        ROWS.append((self.agent, verdict, own))
        self.labels.append((time.time() * 1000, label))
        print("%s %s %s-%s: %s/%s %s %s" % (verdict, self.agent, label, variant, said["state"], said["detail"], said["rule"],
                                           said["against"] and "against " + said["against"]), *more, flush=True)

    def note_asks(self, label, variant, said):
        wrong = amiss(label, variant, said, self.screen())
        if wrong is None:
            return
        counts = ASKED.setdefault(self.agent, [0, 0, 0])
        counts[0] += not wrong
        counts[2] += 1
        if wrong:
            begin, kept, late = time.time(), self.keep(label, variant), ""
            while not late and time.time() < begin + 2:  # it may not have been drawn, or looked at since
                late = "" if amiss(label, variant, self.now(), self.screen()) else "; right %d ms later" % ((time.time() - begin) * 1000)
                time.sleep(0.03)
            counts[1] += bool(late)
            print("MISREAD %s %s-%s: %s%s" % (self.agent, label, variant, wrong, late), json.dumps(said.get("asks")), kept, flush=True)

    # retrying(): its truth is known only afterwards, when one more request has come.
    def read(self, label, variant, how):
        said = self.now()
        return dict(label=label, variant=variant, said=said, title=self.tmux("display", "-p", "-t", ":0.0", "#{pane_title}"))

    def save(self, r):
        self.note(r["label"], r["variant"], r["said"], r["title"], "right" if self.is_right(r["label"], r["said"]) else "WRONG")

    def close(self):
        events = [json.loads(line) for line in self.orc("events", "--json").splitlines() if line.startswith("{")]
        for kind, ms, scene in delays([f for f in state()["flips"] if f[1] > self.began], events, self.labels):
            SEEN.setdefault(self.agent, []).append((kind, ms))
            print("%s: %s of %s after %d ms" % (self.agent, kind, scene, ms), flush=True)
        self.orc("monitor", "stop")
        super().close()


def delays(flips, events, labels):
    """(kind, ms, scene) of each turn that begins where the monitor said no work, and of each end that no further request and no
    work of tools follows: so says the label of the next look. A turn so short that it was never seen has neither."""
    steps = sorted((e["at_ms"], e["from"]["state"], e["to"]["state"]) for e in events if "to" in e)
    out = []
    for i, (kind, at, scene) in enumerate(flips):
        before = [s for s in steps if s[0] < at]
        after = [s for s in steps if at <= s[0] < at + 15000]
        if kind == "open":
            early = [s for s in before if s[2] == "working" and s[0] > at - 1000]
            if early:
                out.append(("begin", early[-1][0] - at, scene))  # it was seen before the mock was asked
            elif not (before and before[-1][2] == "working"):
                out += [("begin", s[0] - at, scene) for s in after[:1] if s[2] == "working"]
            continue
        following = flips[i + 1][1] if i + 1 < len(flips) else at + 15000
        label = next((l for l in labels if l[0] > at), (at + 15000, "working"))
        if label[0] < following and label[1] not in ("working", "compacting"):
            early = [s for s in before if s[1] == "working" and s[2] != "working" and s[0] > at - 300]
            out += [("end", s[0] - at, scene) for s in (early + after)[:1] if s[1] == "working" and s[2] != "working"]
    return out


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def summary(agent):
    rows = [r for r in ROWS if r[0] == agent]
    own = [r for r in rows if r[2]]
    for name, some in (("looks", rows), ("looks where a source of its own answers", own)):
        right, late = (sum(r[1] == verdict for r in some) for verdict in ("right", "late "))
        print("%s: %d %s: %d right at once, %d within 2 s, %d wrong" % (agent, len(some), name, right, late, len(some) - right - late))
    if agent in ASKED:
        print("%s: what it asks, and the sentence of an error or a limit: %d right at once, %d within 2 s, of %d" % (agent, *ASKED[agent]))
    for kind in ("begin", "end"):
        ms = [d for k, d in SEEN.get(agent, []) if k == kind]
        if ms:
            print("%s: %s of a turn: %d, p50 %d ms, p95 %d ms" % (agent, kind, len(ms), percentile(ms, 0.5), percentile(ms, 0.95)))
    sys.stdout.flush()


def inside(a, agent, parts):
    import common
    cols, rows = map(int, a.size.split("x"))
    common.Pane = record.Pane = Witness
    Witness.program, Witness.config, Witness.hooks, Witness.looks = os.path.abspath(a.program), a.config, a.hooks, a.looks
    Witness.detached = a.detached
    flow = record.load(agent)
    flow.CMD = a.command or flow.CMD
    for part in parts:
        mock = record.start_mock(os.path.join(LAB, "mock-%s.log" % agent))
        try:
            common.run(flow, agent, part, cols, rows)
        except Exception as error:  # one part that fails must not end the others
            print("FAILED", agent, part, repr(error)[:2000], flush=True)
        while PANES:
            pane = PANES.pop()
            if os.path.exists(pane.socket):
                pane.close()
        mock.kill()
        mock.wait()
    summary(agent)


def main():
    args = argparse.ArgumentParser(usage=__doc__)
    args.add_argument("agents", nargs="+")
    args.add_argument("--parts", default="main,more,errors")
    args.add_argument("--size", default="120x40")
    args.add_argument("--looks", type=int, default=3)
    args.add_argument("--program", default="tmux-orc")
    args.add_argument("--config", default="")
    args.add_argument("--command", default="", help="what is typed to start the agent, e.g. 'opencode --port 4096'")
    args.add_argument("--hooks", action="store_true")
    args.add_argument("--detached", action="store_true")
    args.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    a = args.parse_args()
    if a.inside:
        return inside(a, a.agents[0], [p for p in a.parts.split(",") if p])
    os.makedirs(LAB, exist_ok=True)
    program = shutil.which(a.program) or os.path.abspath(a.program)
    for agent in a.agents:
        flow = record.load(agent)
        print(agent, record.install(agent, flow.PACKAGES, getattr(flow, "NPM", ())), flush=True)
        words = [agent, "--parts", a.parts, "--size", a.size, "--looks", str(a.looks), "--program", program, "--config", a.config, "--command", a.command, "--inside"] + ["--hooks"] * a.hooks + ["--detached"] * a.detached
        subprocess.run(record.in_name_space(words, __file__), check=False)


if __name__ == "__main__":
    sys.path.insert(0, os.path.join(record.HERE, "scenes"))
    main()
