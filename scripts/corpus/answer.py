#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prove the rules' `answer:` on the real agents: each option of each dialog is chosen by `tmux-orc answer`, in a fresh
dialog, and what then happened must be what the option says.

usage: answer.py AGENT... [--dialogs command,edit] [--way arrows] [--size 120x40] [--program tmux-orc] [--jobs 2] [--log FOLDER]

What happened is told by the work folder, by what the mock API was told, and by whether the same thing asks again. One
line for each option, a table of it all last; exit code 1 if any is wrong. With --way all dialogs are answered by that way.
"""
import argparse
import concurrent.futures
import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import record
from record import HERE, LAB, PORT, ROOT, PANES, processes, state

AGENTS = ["claude", "codex", "gemini", "qwen", "opencode", "copilot", "cline", "continue", "nanocoder", "kilo", "grok", "letta", "pi", "omp"]
# what is said to the agent for each dialog; None: the dialog of a first start
DIALOGS = {"trust": None, "command": "touch the file", "edit": "edit the greeting", "create": "make a new module", "fetch": "fetch the page", "plan": "make a plan", "planned": "write the plan down",
           "auto": "run the build", "question": "which database should we take", "two": "two questions please", "multi": "tick the databases",
           "many": "which of the twelve", "typed": "which database should we take", "field": "which database should we take", "amend": "touch the file",
           "server": "ask the warehouse", "text": "go on"}
BEFORE = {"typed": ("Type something|custom|own answer|Other", ["Down", "Down", "Down"], "abc"),
          "field": ("Type something|custom|own answer|Other", ["Down", "Down", "Down", "Enter"], ""), "amend": ("Tab to", ["Tab"], "")}
PLANS = {"qwen": "qwen --approval-mode plan", "gemini": "gemini --approval-mode plan"}  # how it comes to have a plan
PLAN_DIALOGS = ("plan", "planned")
REMEMBERS = r"(?i)always|don.t ask|session|all edits|remember|future|auto-?accept|auto-?apply|auto mode"
REFUSES = r"(?i)^\W*(no\b|reject|deny|cancel|don.t trust|exit|quit|decline|esc)"
ALLOWS = r"(?i)^\W*(yes|allow|approve|accept|trust|proceed|run|continue|grant|once)"
WORDS = r"(?i)type|tell|modify|chat about|suggest|other|own answer|something else|write|let me"


class Trial:
    """One agent in one fresh pane, its dialog, and what comes of one option."""

    def __init__(self, agent, flow, spec, dialog, size, program, way):
        self.agent, self.flow, self.spec, self.dialog, self.program = agent, flow, spec, dialog, program
        self.cols, self.rows = map(int, size.split("x"))
        self.name = "%s-answer-%s" % (agent, dialog)
        self.work = "%s/work/%s" % (ROOT, self.name)
        self.orc_home = os.path.join(LAB, "orc-" + self.name)
        self.way = way
        shutil.rmtree(self.orc_home, ignore_errors=True)
        folder = os.path.join(self.orc_home, ".tmux-orchestrator", "agents")
        os.makedirs(folder)
        rules = open(os.path.join(HERE, "..", "..", "config", "agents", agent + ".yaml")).read()  # as it is now, built or not
        if way:
            rules = re.sub(r"(?m)^    answer:.*\n", "", rules)
            rules = re.sub(r"(?m)^(    state: waiting)$", r"\1\n    answer: [%s]" % way, rules)
        with open(os.path.join(folder, agent + ".yaml"), "w") as f:
            f.write(rules)

    def close(self):
        while PANES:
            PANES.pop().close()
        for p in processes(1)[1:]:  # what it left behind in the name space
            if p["pid"] not in (os.getpid(), MOCK.pid) and p["comm"] != "ps":
                try:
                    os.kill(p["pid"], signal.SIGKILL)
                except ProcessLookupError:
                    pass
        time.sleep(0.3)

    def start(self, tag="", place=None):
        place = place or self.flow.place
        files, env = place(self.name, "http://127.0.0.1:%d" % PORT)
        record.reset("home/" + self.name, files)
        path = [os.path.join(record.folder_of(a), "node_modules", ".bin") for a in (self.agent, "node")] + ["/usr/local/bin:/usr/bin:/bin"]
        env = {k: v for k, v in dict({"HOME": "%s/home/%s" % (ROOT, self.name), "PATH": ":".join(path)}, **env).items() if v is not None}
        if self.dialog == "server":  # a tool of a server of its own
            import daily
            import doors
            daily.serve(self.agent, files, "%s/home/%s/desk.py" % (ROOT, self.name))
            record.reset("home/" + self.name, dict(files, **{"desk.py": doors.SERVER}))
        if "setup.sh" in files:
            subprocess.run(["sh", "%s/home/%s/setup.sh" % (ROOT, self.name)], env=env, cwd=env["HOME"], timeout=60, check=False)
        self.version = record.installed(self.agent, self.flow.PACKAGES[0])
        self.p = record.Pane(self.agent, self.version, self.cols, self.rows, work=self.name, env=env)
        return self.p

    def folders(self):
        for folder in (self.work, "%s/home/%s" % (ROOT, self.name)):
            shutil.rmtree(folder, ignore_errors=True)
        record.reset("work/" + self.name, record.PROJECT)

    def orc(self, *words):
        env = dict(os.environ, HOME=self.orc_home)
        os.makedirs(self.orc_home, exist_ok=True)
        r = subprocess.run([self.program, "-S", self.p.socket, "--json"] + list(words), capture_output=True, text=True, env=env)
        try:
            said = json.loads(r.stdout)
        except ValueError:
            said = {}
        if {"state", "verdict", "rule"} & set(said):
            return said
        return {"outcome": "none", "why": (r.stderr + r.stdout).strip(), "state": "?", "detail": "", "asks": None, "answerable": False}

    def question(self, timeout=25, other_than=None):
        """The dialog once it stands still, or None."""
        end, before, since = time.time() + timeout, None, time.time()
        while time.time() < end:
            q = self.orc("answer", "%0")
            now = (q["state"], (q["asks"] or {}).get("id"), (q["asks"] or {}).get("selected"))
            if q["state"] == "waiting" and now == before and time.time() - since > 0.8 and now[1] != other_than:
                return q
            if now != before:
                before, since = now, time.time()
            if q["state"] == "idle" and time.time() - since > 6 and state()["open"] == 0:
                return None
            time.sleep(0.2)
        return None

    def is_idle(self, timeout=15):
        """Its prompt is back and the mock holds nothing."""
        end = time.time() + timeout
        while time.time() < end:
            if state()["open"] == 0 and self.orc("answer", "%0")["state"] in ("idle", "interrupted", "error", "draft"):
                return True
            time.sleep(0.3)
        return False

    def ask(self, again=False):
        """Brings it to the dialog."""
        if not again:
            self.folders()
            if self.dialog == "trust":
                self.start(place=lambda n, u: self.flow.place(n, u, trusted=False))
                self.p.type(self.flow.CMD)
                self.p.key("Enter")
                return self.question(40)
            import common
            kind = "plan" if self.dialog in PLAN_DIALOGS else self.dialog
            mode = kind if "mode" in inspect.signature(self.flow.place).parameters and kind in ("auto", "plan") else ""
            place = (lambda n, u: self.flow.place(n, u, mode=mode)) if mode else None
            cmd = PLANS.get(self.agent, self.spec["cmd"]) if self.dialog in PLAN_DIALOGS else self.spec["cmd"]
            if hasattr(self.flow, "command_for"):
                cmd = self.flow.command_for(self.dialog) or cmd
            common.begin(dict(self.spec, cmd=cmd), lambda tag="": self.start(place=place), "")
            time.sleep(8 if self.dialog == "server" else 0)  # until it has asked the server what there is
        self.before = 0
        self.seen, self.written = state()["seen"], os.stat(self.work + "/hello.py").st_mtime_ns
        self.p.enter(DIALOGS[self.dialog])
        return self.question()

    def rule(self):
        verdict = self.orc("explain", "%0")
        return (verdict.get("verdict") or verdict).get("rule", "")

    def has_run(self):
        if self.dialog in ("command", "auto", "amend"):
            return os.path.exists(self.work + "/built.txt")
        if self.dialog == "server":
            return any("17 rows" in said for said in self.told()[self.before:])
        if self.dialog == "create":
            return os.path.exists(self.work + "/farewell.py")
        if self.dialog == "edit":
            return os.stat(self.work + "/hello.py").st_mtime_ns != self.written and "__main__" in open(self.work + "/hello.py").read()
        return False

    def told(self):
        """What the model was told about its call."""
        now = state()
        return now["results"] if now["seen"] > self.seen + 1 else []

    def what_happened(self, before):
        """(word, details): ran, told: TEXT, asks: TITLE, back, ended, or state."""
        end = time.time() + 14
        while time.time() < end:
            q = self.orc("answer", "%0")
            if q["state"] == "waiting" and (q["asks"] or {}).get("id") != before["asks"]["id"] and not self.has_run():
                again = self.question(3, other_than=before["asks"]["id"])
                if again:
                    entered = self.dialog == "trust" and again["detail"] != "trust"
                    return "in" if entered else "asks", (again["asks"] or {"title": "?"})["title"]
            if self.dialog == "trust":
                if q["state"] in ("idle", "draft"):
                    return "in", ""
                if not [p for p in processes(self.p.pid())[1:] if p["comm"] != "bash"]:
                    return "ended", ""
            elif self.has_run():
                return "ran", ""
            elif self.told() and state()["open"] == 0:
                return "told", self.told()[-1]
            elif q["state"] in ("idle", "interrupted", "draft") and state()["open"] == 0 and time.time() > end - 9:
                return "back", q["state"]
            time.sleep(0.3)
        return "still " + q["state"], ""

    def asks_again(self):
        """Whether the same once more brings the dialog, in the same agent or (trust) when it starts again."""
        if self.dialog == "trust":
            self.p.close()
            self.start(place=lambda n, u: ({k: v for k, v in self.flow.place(n, u, trusted=False)[0].items()
                                            if not os.path.exists("%s/home/%s/%s" % (ROOT, self.name, k))}, self.flow.place(n, u)[1]))
            self.p.type(self.flow.CMD)
            self.p.key("Enter")
            end = time.time() + 25
            while time.time() < end:
                q = self.orc("answer", "%0")
                if q["state"] in ("waiting", "idle"):
                    return q["state"] == "waiting" and q["detail"] == "trust"
                time.sleep(0.5)
            return None
        self.is_idle()
        time.sleep(1)
        self.p.open(0, 10)
        for made in ("/built.txt", "/farewell.py"):
            if os.path.exists(self.work + made):
                os.unlink(self.work + made)
        self.written = os.stat(self.work + "/hello.py").st_mtime_ns  # written behind its back, some refuse to write it again
        self.seen, self.before = state()["seen"], len(state()["results"])
        self.p.enter(DIALOGS[self.dialog])
        end = time.time() + 45
        while time.time() < end:
            if self.has_run():
                return False
            if self.question(3):
                return not self.has_run()
        print("   said again, and neither asks nor runs", self.p.screen().rstrip(), sep="\n", file=LOG, flush=True)
        return None


def expected(dialog, text):
    """What an option of the dialog must lead to, by what it says."""
    if dialog in ("question", "two", "many", "typed", "field"):
        return "text" if re.search(WORDS, text) and not re.match(r"(?i)(sqlite|flat|post|module)", text) else "told it"
    if re.search(REFUSES, text):
        return "refused"
    if re.search(REMEMBERS, text):
        return "remembered"
    if re.search(ALLOWS, text):
        return "once"
    return "text" if re.search(WORDS, text) else "?"


def judge(trial, option, want, outcome, happened, detail):
    """(is it right, the result in words)"""
    text = option["text"]
    if want in ("text", "?"):
        return outcome["outcome"] != "answered" or happened not in ("ran",), "%s: %s %s" % (want, happened, detail[:60])
    if outcome["outcome"] != "answered":
        return "words" in outcome["why"], "%s: %s" % (outcome["outcome"], outcome["why"])
    if want == "told it":
        label = re.match(r"[\w ]+?(?=  | - |:|$|\s*\()", text)
        label = (label.group(0) if label else text).strip()
        labels = ["SQLite", "PostgreSQL", "Flat files"] + ["module %d" % i for i in range(1, 13)]
        mine = [l for l in labels if text.startswith(l)][-1:] or [label]
        if happened == "asks":
            return trial.dialog == "two", "asks: " + detail
        others = [l for l in labels if l != mine[0] and re.search(re.escape(l) + r"(?!\d)", detail)]
        return happened == "told" and mine[0] in detail and not others, "%s %s" % (happened, detail[:90])
    if want == "refused":
        if trial.dialog == "trust":
            return happened in ("ended", "in"), happened
        refused = happened == "back" or (happened == "told" and re.search(r"(?i)reject|den(y|ied)|declin|cancel|refus|not (allowed|permitted|want)|doesn.t want|stop", detail))
        return bool(refused), "refused%s" % (", told the model" if happened == "told" else ", back at its prompt") if refused else "%s %s" % (happened, detail[:90])
    if trial.dialog in ("fetch",) + PLAN_DIALOGS:
        again = None
        if happened == "told" and re.search(r"(?i)reject|denied|declin|cancel|user doesn.t want", detail):
            return False, "told %s" % detail[:90]
        return happened in ("told", "asks"), "%s %s" % (happened, detail[:60])
    if happened == "asks" and want == "remembered":  # a second dialog confirms it
        q = trial.question(5)
        sure = [o for o in (q or {"asks": {"options": []}})["asks"]["options"] if re.search(r"(?i)confirm|yes|always|allow", o["text"])]
        if sure:
            said = trial.orc("answer", "%0", sure[0]["key"] or sure[0]["text"], "--id", q["asks"]["id"])
            happened, detail = trial.what_happened(q) if said["outcome"] == "answered" else (said["outcome"], said["why"])
    if happened not in ("ran", "in"):
        return False, "%s %s" % (happened, detail[:90])
    if trial.dialog == "amend":
        return True, happened
    again = trial.asks_again()
    if trial.dialog == "trust":
        return again is False or (want == "once" and trial.has_remembering), "in" + (", asks again" if again else "" if again is None else ", remembered")
    if re.search(r"(?i)allow access", text):  # to a folder; the command itself is asked for again
        return again is not None, "ran, asks again"
    words = {True: "ran, asks again", False: "ran, remembered", None: "ran, then unclear"}[again]
    return again is (want == "once"), words


def prove_text(make):
    """A text into the empty prompt: taken, once; a draft refuses it."""
    trial = make()
    trial.folders()
    import common
    common.begin(trial.spec, lambda tag="": trial.start(), "")
    trial.is_idle()
    seen = state()["seen"]
    print("-- %s text" % trial.agent, trial.p.screen().rstrip(), sep="\n", file=LOG, flush=True)
    offer = trial.question(8)
    if offer and offer["answerable"]:  # Claude's "Make auto mode your default?" comes some seconds after its prompt
        option = offer["asks"]["options"][-1]
        done = trial.orc("answer", "%0", option["key"] or option["text"], "--id", offer["asks"]["id"])
        trial.is_idle()
        good = done["outcome"] == "answered" and trial.orc("answer", "%0")["state"] == "idle"
        yield trial.version, "-", "text", option["text"], "arrows", good, "at its prompt" if good else done["why"]
    said = trial.orc("answer", "%0", "--text", DIALOGS["text"])
    print("   %s %s" % (said["outcome"], said["why"]), trial.p.screen().rstrip(), sep="\n", file=LOG, flush=True)
    end = time.time() + 25
    while state()["seen"] == seen and time.time() < end:
        time.sleep(0.2)
    time.sleep(3)  # for a second one, that should not come
    trial.p.open(0, 15)
    now = state()
    asked = sum(t.strip().endswith(DIALOGS["text"]) for t in now["said"])  # some ask for more by themselves
    good = said["outcome"] == "answered" and asked == 1
    yield (trial.version, "-", "text", "'go on' at its prompt", "paste", good,
           "taken once" if good else "%s: %s; in %d requests, %r" % (said["outcome"], said["why"], asked, now["said"][-1:]))
    trial.is_idle()
    trial.p.type("half a thought")
    said = trial.orc("answer", "%0", "--text", DIALOGS["text"])
    time.sleep(1)
    screen = trial.p.screen()
    good = said["outcome"] == "refused" and state()["seen"] == now["seen"] and "half a thought" in screen and "half a thoughtgo on" not in screen
    yield (trial.version, "-", "text", "'go on' over a draft", "paste", good, "%s: %s" % (said["outcome"], said["why"]))


def ways_of(agent, rule, way):
    if way:
        return way
    found = re.search(r"(?m)^  - name: %s(?: +#.*)?\n(?:    .*\n)*?    answer: (.*)\n" % re.escape(rule.split("+own:")[0].split("/")[-1]), open(
        os.path.join(HERE, "..", "..", "config", "agents", agent + ".yaml")).read())
    return found.group(1) if found else "-"


def prove(make, dialog, agent, way):
    """Rows (version, rule, dialog, option, way, right, result); none where the dialog does not come."""
    if dialog == "text":
        yield from prove_text(make)
        return
    number, count = 0, 1
    while number < count:
        trial = make()
        q = trial.ask()
        if not q:
            print("-- %s %s: no dialog; it is %s" % (agent, dialog, trial.orc("answer", "%0")["state"]), trial.p.screen().rstrip(), sep="\n", file=LOG, flush=True)
            return
        rule = trial.rule()
        if dialog in BEFORE:  # a person has begun to write into the dialog
            pattern, keys, words = BEFORE[dialog]
            if not re.search(pattern, trial.p.screen()):
                return
            trial.p.key(*keys)
            if words:
                trial.p.type(words)
            time.sleep(0.5)
            q = dict(trial.orc("answer", "%0"), before=q["asks"])
            if not q["asks"] or not q["answerable"]:
                yield trial.version, rule, dialog, "%s, then %s%s" % (DIALOGS[dialog], " ".join(keys), words), "-", True, "refused: " + q["why"]
                return
        print("-- %s %s" % (agent, dialog), trial.p.screen().rstrip(), json.dumps(q["asks"]), q["why"], sep="\n", file=LOG, flush=True)
        if not q["asks"] or not q["asks"]["options"]:
            yield trial.version, rule, dialog, "-", "jump", None, q["why"]
            return
        options = q["asks"]["options"]
        count = len(options)
        trial.has_remembering = any(re.search(REMEMBERS, o["text"]) for o in options)
        option = options[number]
        key = option["key"] or option["text"]
        if not q["answerable"]:
            yield trial.version, rule, dialog, " / ".join("%s. %s" % (o["key"], o["text"][:24]) for o in options), "jump", None, q["why"]
            return
        said = trial.orc("answer", "%0", key, "--id", q["asks"]["id"])
        happened, detail = trial.what_happened(q) if said["outcome"] in ("answered", "failed", "moved") else ("nothing", "")
        print("   %r -> %s %s; %s %s" % (key, said["outcome"], said["why"], happened, detail), trial.p.screen().rstrip(), sep="\n", file=LOG, flush=True)
        if dialog in ("multi",) + tuple(BEFORE) and said["outcome"] in ("refused", "moved") and happened in ("nothing", "still waiting"):
            good, words = True, "refused: " + said["why"]
        else:
            good, words = judge(trial, option, expected(dialog, option["text"]), said, happened, detail)
        yield trial.version, rule, dialog, "%s. %s" % (option["key"] or "-", option["text"]), ways_of(agent, rule, way), good, words
        trial.close()
        number += 1


def inside(a):
    """All dialogs of one agent; in its name space. Prints a row as JSON for each option."""
    global MOCK, LOG
    import common
    agent = a.agents[0]
    LOG = open(os.path.join(a.log, agent + ".log"), "a")
    MOCK = record.start_mock(os.path.join(LAB, "answer-mock-%s.log" % agent))
    flow = record.load(agent)
    spec = dict(common.DEFAULTS, cmd=flow.CMD, **flow.SPEC)
    takes = inspect.signature(flow.place).parameters
    for dialog in a.dialogs.split(",") if a.dialogs else DIALOGS:
        if (dialog == "trust" and "trusted" not in takes) or (dialog == "auto" and "mode" not in takes):
            continue
        trial = []

        def make():
            trial.append(Trial(agent, flow, spec, dialog, a.size, a.program, a.way))
            return trial[-1]
        try:
            for row in prove(make, dialog, agent, a.way):
                print(json.dumps((agent,) + row), flush=True)
        except Exception as error:  # one dialog that fails must not end the others
            print(json.dumps((agent, "", "", dialog, "-", "-", False, "FAILED %r" % (error,))), flush=True)
        if trial:
            trial[-1].close()
    MOCK.kill()


def one_agent(a, agent):
    flow = record.load(agent)
    record.install(agent, flow.PACKAGES, getattr(flow, "NPM", []))
    words = [agent, "--inside", "--dialogs", a.dialogs, "--way", a.way, "--size", a.size, "--program", os.path.abspath(a.program), "--log", os.path.abspath(a.log)]
    rows = []
    with subprocess.Popen(record.in_name_space(words, __file__), stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL) as process:
        for line in process.stdout:
            if line.startswith("["):
                rows.append(json.loads(line))
                print(line_of(rows[-1]), flush=True)
    return rows


def line_of(row):
    agent, version, rule, dialog, option, way, good, result = row
    return "| %s %s | %s | %s | %s | %s | %s |" % (agent, version, rule, option.replace("|", "/")[:60], way, {True: "ok", False: "WRONG", None: "-"}[good], result.replace("|", "/"))


def summary(rows):
    """The table of docs/rules.md: what was proven, a line for each rule."""
    rules = {}
    for agent, version, rule, dialog, option, way, good, result in rows:
        if not good or way == "jump" or dialog == "text":
            continue
        rule = rule.split("+own:")[0].split("/")[-1]
        text = re.sub(r"^-\. |^\d+\. ", "", option).split("  ")[0]
        text = re.sub(r"/srv/dev/\S*|\S+-answer-\S+|`[^`]*`|'[^']*'", "…", text)
        refused = "nothing" in result or result.startswith("refused: ")
        way = way.strip("[]").split(",")[0]  # the first that fits is taken
        found = rules.setdefault((agent, version, rule), ([], [], []))
        if way not in found[0] and not refused:
            found[0].append(way)
        if text[:44] not in found[2 if refused else 1]:
            found[2 if refused else 1].append(text[:44])
    print("| agent | rule | by | proven | refused |\n| --- | --- | --- | --- | --- |")
    for (agent, version, rule), (ways, proven, refused) in rules.items():
        print("| %s %s | `%s` | %s | %s | %s |" % (agent, version, rule, ", ".join(ways), "; ".join(proven), "; ".join(refused)))


def main():
    args = argparse.ArgumentParser(usage=__doc__)
    args.add_argument("agents", nargs="*", default=AGENTS)
    args.add_argument("--dialogs", default="")
    args.add_argument("--way", default="")
    args.add_argument("--size", default="120x40")
    args.add_argument("--jobs", type=int, default=2)
    args.add_argument("--program", default=os.path.join(HERE, "..", "..", "build", "default", "tmux-orc"))
    args.add_argument("--log", default=LAB)
    args.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    a = args.parse_args()
    if a.inside:
        return inside(a)
    os.makedirs(LAB, exist_ok=True)
    a.program = shutil.copy(a.program, os.path.join(LAB, "tmux-orc-%d" % os.getpid()))  # a build may come meanwhile
    os.makedirs(a.log, exist_ok=True)
    print("| agent | rule | option | by | | what happened |\n| --- | --- | --- | --- | --- | --- |", flush=True)
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        rows = [row for result in pool.map(lambda agent: one_agent(a, agent), a.agents) for row in result]
    os.unlink(a.program)
    with open(os.path.join(a.log, "rows.json"), "a") as f:
        f.writelines(json.dumps(row) + "\n" for row in rows)
    summary(rows)
    bad = sum(row[6] is False for row in rows)
    print("%d options answered, %d wrong" % (sum(row[6] is not None for row in rows), bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.path.insert(0, os.path.join(HERE, "scenes"))
    sys.exit(main())
