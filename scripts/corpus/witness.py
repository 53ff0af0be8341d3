#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a running monitor says of a real agent, against the truth of its scene, and how soon it says it.

usage: witness.py AGENT... [--parts main,more,errors] [--size 120x40] [--program tmux-orc] [--hooks] [--config YAML]

Runs the scenes of record.py with a monitor beside them, and asks that for the state where the recorder would take a
screen. A line for each look, then for each agent: looks, how many were right, how many 2 s later (it had not looked since), the
same of those where its own word or its log was known; and the delays, in ms, from the mock's taking of a question to
"working" and from its last word to the end of that. --hooks installs the agent's hooks first.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import time

import record
from record import LAB, PANES, ROOT, state

STATES = {"menu": "idle", "compacting": "working"}
ROWS, FLIPS, SEEN = [], {}, {}


class Witness(record.Pane):
    """A pane with a monitor of its own, which is asked instead of saving screens."""
    program, config, hooks = "tmux-orc", "", False

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
        self.began = time.time() * 1000
        self.orc("monitor", "start")

    def orc(self, *words, home=None):
        env = dict(os.environ, HOME=home or self.home)
        r = subprocess.run([self.program] + list(words), capture_output=True, text=True, env=env, check=False)
        return r.stdout

    def now(self):
        try:
            return json.loads(self.orc("status", "--json"))["agents"][0]
        except (ValueError, IndexError, KeyError):
            return {"state": "?", "rule": "", "against": "", "detail": ""}

    def launch(self, command, ready, **kwargs):
        kwargs.update(moments=(), timeout=300)  # on a machine that does something else, too
        return super().launch(command, ready, **kwargs)

    def is_true(self, held, child):
        if held is not None and (state()["open"] > 0) != held:
            return False
        return not child or any(record.re.search(child, p["args"]) for p in record.processes(self.pid()))

    def shot(self, label, variant, how, frames=1, gap=0.7, held=None, child=None):
        if held is not None:
            self.open(1 if held else 0, 3)
        for frame in range(frames):
            time.sleep(gap if frame else 0)
            if not self.is_true(held, child):
                return False
            said = self.now()
            if not self.is_true(held, child):
                return False
            right, late = said["state"] == STATES.get(label, label), {}
            if not right:  # it may not have looked since
                time.sleep(2.2)
                late = self.now() if self.is_true(held, child) else {}
            verdict = "right" if right else "late " if late.get("state") == STATES.get(label, label) else "WRONG"
            self.note(label, variant, said, verdict)
        return True

    def note(self, label, variant, said, verdict):
        own = "own:" in said["rule"] or "own:" in said.get("against", "")
        ROWS.append((self.agent, verdict, own))
        print("%s %s %s-%s: %s/%s %s %s" % (verdict, self.agent, label, variant, said["state"], said["detail"],
                                           said["rule"], said.get("against", "") and "against " + said["against"]), flush=True)

    def save(self, _):  # retrying(): its truth is known only afterwards
        pass

    def close(self):
        events = [json.loads(line) for line in self.orc("events", "--json").splitlines() if line.startswith("{")]
        SEEN.setdefault(self.agent, []).extend(delays([f for f in state()["flips"] if f[1] > self.began], events))
        self.orc("monitor", "stop")
        super().close()


def delays(flips, events):
    """(kind, ms) of each turn that begins where the monitor said no work, and of each end that nothing follows."""
    steps = sorted((e["at_ms"], e["from"]["state"], e["to"]["state"]) for e in events if "to" in e)
    out = []
    for i, (kind, at) in enumerate(flips):
        before = [s for s in steps if s[0] < at]
        after = [s for s in steps if at <= s[0] < at + 15000]
        following = flips[i + 1][1] if i + 1 < len(flips) else at + 15000
        if kind == "open":
            early = [s for s in before if s[2] == "working" and s[0] > at - 1000]
            if early:
                out.append(("begin", early[-1][0] - at))  # it was seen before the mock was asked
            elif not (before and before[-1][2] == "working"):
                out += [("begin", s[0] - at) for s in after if s[2] == "working"][:1]
        elif following - at > 1500:
            out += [("end", s[0] - at) for s in after if s[1] == "working" and s[2] != "working"][:1]
    return out


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def summary(agent):
    rows = [r for r in ROWS if r[0] == agent]
    own = [r for r in rows if r[2]]
    for name, some in (("looks", rows), ("looks with its own word or log", own)):
        right, late = (sum(r[1] == verdict for r in some) for verdict in ("right", "late "))
        print("%s: %d %s: %d right, %d more 2 s later" % (agent, len(some), name, right, late))
    for kind in ("begin", "end"):
        ms = [d for k, d in SEEN.get(agent, []) if k == kind]
        if ms:
            print("%s: %s of a turn: %d, p50 %d ms, p95 %d ms" % (agent, kind, len(ms), percentile(ms, 0.5), percentile(ms, 0.95)))
    sys.stdout.flush()


def inside(a, agent, parts):
    import common
    cols, rows = map(int, a.size.split("x"))
    common.Pane = record.Pane = Witness
    Witness.program, Witness.config, Witness.hooks = os.path.abspath(a.program), a.config, a.hooks
    flow = record.load(agent)
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
    args.add_argument("--program", default="tmux-orc")
    args.add_argument("--config", default="")
    args.add_argument("--hooks", action="store_true")
    args.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    a = args.parse_args()
    if a.inside:
        return inside(a, a.agents[0], [p for p in a.parts.split(",") if p])
    os.makedirs(LAB, exist_ok=True)
    program = shutil.which(a.program) or os.path.abspath(a.program)
    for agent in a.agents:
        flow = record.load(agent)
        print(agent, record.install(agent, flow.PACKAGES, getattr(flow, "NPM", ())), flush=True)
        words = [agent, "--parts", a.parts, "--size", a.size, "--program", program, "--config", a.config, "--inside"] + ["--hooks"] * a.hooks
        subprocess.run(record.in_name_space(words, __file__), check=False)


if __name__ == "__main__":
    sys.path.insert(0, os.path.join(record.HERE, "scenes"))
    main()
