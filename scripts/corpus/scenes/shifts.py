# SPDX-License-Identifier: Apache-2.0
"""What a whole shift with an agent brings beside the other parts: `treks permits queries halts boards garb ends faults`: turns of many tools,
helpers and lists; dialogs of each kind of tool; questions with tabs; turns stopped and taken up again; panels; other themes,
wrappers and terminals; how it ends and what the shell then shows; failures in other words. Texts, files and commands are in
no other part (shifts.json)."""
import json
import os
import re
import signal
import subprocess
import time

from common import begin, clear, is_there, stop
from daily import serve, turned, unsent
from record import ROOT, folder_of, processes, reset, state

FILES = {"pyproject.toml": "[project]\nname = \"parcels\"\nversion = \"3.8.3\"\n", "src/parcels/__init__.py": "", "README.md": "# parcels\n\nPromises a day.\n",
         "src/parcels/eta.py": "from .slots import parse_slot\n\n\ndef eta(text, depot):\n    slot = parse_slot(text)\n    return slot.begin + margin(slot)\n\n\ndef margin(slot):\n    return slot.length / 4\n",
         "src/parcels/slots.py": "def parse_slot(text):\n    day, clock, offset = text.split(' ')\n    return day, clock, offset\n",
         "delays.ipynb": json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
             {"cell_type": "markdown", "id": "a1", "metadata": {}, "source": "# Delays"},
             {"cell_type": "code", "id": "b2", "metadata": {}, "outputs": [], "execution_count": None, "source": "import pandas as pd\nlate = pd.read_csv('late.csv')"}]})}
COURIER = '''import json, sys
TOOLS = [{"name": "reschedule_delivery", "description": "Move a parcel to another slot. The customer is told at once, by each of the channels named; this cannot be taken back.",
          "inputSchema": {"type": "object", "properties": {"parcel": {"type": "string"}, "slot": {"type": "object", "properties": {"from": {"type": "string"}, "to": {"type": "string"}}},
                          "notify": {"type": "array", "items": {"type": "string"}}, "reason": {"type": "string"}}, "required": ["parcel", "slot"]}}]
for line in sys.stdin:
    m = json.loads(line)
    if "id" not in m:
        continue
    r = {"initialize": lambda: {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "courier", "version": "1"}},
         "tools/list": lambda: {"tools": TOOLS}, "tools/call": lambda: {"content": [{"type": "text", "text": "PAR-311 moved"}]}}.get(m["method"], lambda: {})()
    print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}), flush=True)
'''


def clothed(spec, start, mcp=False, change=None, command=None, before=()):
    """(spec, start) with a model, files and a branch of its own; `change` alters what the agent is told."""
    def other(value):
        return json.loads(json.dumps(value).replace("mock-1", "onyx-7").replace("Mock 1", "Onyx 7"))

    def place(name, url):
        files, env = spec["place"](name, url)
        files, env = other(files), other(env)
        if spec["agent"] == "claude":
            env["ENABLE_TOOL_SEARCH"] = "false"
        if mcp:
            serve(spec["agent"], files, "/srv/dev/home/%s/desk.py" % name)
            files = json.loads(json.dumps(files).replace('"desk', '"courier').replace("mcp_servers.desk", "mcp_servers.courier").replace("name: desk", "name: courier"))
            files = {"desk.py" if name == "courier.py" else name: text for name, text in files.items()}
            files["desk.py"] = COURIER
        if change:
            change(files, env)
        return files, env

    def begun(tag=""):
        p = start("-parcels" + tag, place)
        reset(p.work[len(ROOT) + 1:], FILES)
        for words in (["init", "-q", "-b", "fix/late-parcels"], ["add", "."], ["-c", "user.name=d", "-c", "user.email=d@box", "commit", "-qm", "start"]):
            subprocess.run(["git", "-C", p.work] + words, check=False, capture_output=True)
        for words in before:
            p.enter(words.replace("WORK", p.work))
            time.sleep(0.7)
        return p
    settle = max(spec.get("settle", 0), 7 if spec["agent"] == "codex" else 0)
    cmd = (command or "%s") % spec["cmd"].replace("mock-1", "onyx-7") if "%" in (command or "%s") else command
    return dict(spec, settle=settle, cmd=cmd, ready=spec["ready"].replace("mock-1", "onyx-7")), begun


def reach(p, spec, seconds=3, timeout=60):
    """Allow what it asks until the mock has held one answer for so long."""
    end, since, seen = time.time() + timeout, time.time(), -1
    while time.time() < end:
        now = state()
        if not now["open"] or now["seen"] != seen:
            since, seen = time.time(), now["seen"]
        elif time.time() - since > seconds:
            return True
        if spec["ask"] and not now["open"] and re.search(spec["ask"], p.screen()):
            p.key(*spec["yes"], gap=0.8)
        time.sleep(0.2)
    print("NOT REACHED", spec["agent"], p.screen()[-600:], flush=True)
    return False


def stirs(p, gap=1.5):
    """Whether it still draws."""
    before = p.screen()
    time.sleep(gap)
    return before != p.screen()


def still(p, timeout=20):
    end = time.time() + timeout
    while time.time() < end and stirs(p):
        pass


def treks(spec, start):
    spec, start = clothed(spec, start)
    p = begin(spec, start, "-a")
    p.enter("survey the parcel code")
    if reach(p, spec):
        p.shot("working", "survey-thinks", "four reads, a command and a list behind it", frames=2, held=True)
        time.sleep(13)
        p.shot("working", "survey-writes", "the last answer streams", held=True)
        p.open(0, 40)
        still(p)
        p.shot("idle", "survey-done", "a long turn is over", held=False)
        p.type("take it out, then")
        unsent(p, "survey-next", "words typed below a long turn")
    p.close()
    p = begin(spec, start, "-a")
    p.enter("send three helpers")
    if reach(p, spec, 4):
        p.shot("working", "three-helpers", "three helpers think", frames=2, held=True)
        p.type("and Oulu")
        p.shot("working", "three-helpers-draft", "three helpers think, words typed", held=True)
        clear(p, spec)
        stop(p, spec)
        if p.open(0, 4):
            still(p, 8)
            p.shot("interrupted", "three-helpers-stopped", "stopped while helpers think", held=False)
    p.close()
    p = begin(spec, start, "-a")
    p.enter("start the queue worker")
    if spec["ask"] and p.see(spec["ask"], 15):
        p.key(*spec["yes"])
    if p.running("sleep 14", 12):
        time.sleep(3)
        if p.open(0, 1):
            p.shot("idle" if p.see("quarter of a minute", 0.3) else "working", "worker-runs", "a command in the background or not", held=False, child="sleep 14")
        time.sleep(14)
        p.open(0, 10)
        still(p)
        p.shot("idle", "worker-ended", "the command has ended", held=False)
    p.close()
    p = begin(spec, start, "-a")
    p.enter("run the flaky test")
    if reach(p, spec):
        p.shot("working", "after-failure", "a command failed, it thinks", held=True)
        stop(p, spec)
        if p.open(0, 4):
            p.shot("interrupted", "after-failure-stopped", "stopped below a failed command", held=False)
            clear(p, spec)
            p.enter("puzzle out the race instead")
            if p.asked("puzzle"):
                time.sleep(6)
                p.shot("working", "puzzles", "it reasons, below a stopped turn", frames=2, held=True)
                p.key("C-o", gap=1)
                p.shot("working", "puzzles-ctrl-o", "it reasons, Ctrl-O", held=True)
    p.close()
    p = begin(spec, start, "-a")
    p.enter("write the postmortem")
    if p.asked("postmortem"):
        for number, seconds in enumerate((7, 9, 9), 1):
            time.sleep(seconds)
            p.shot("working", "postmortem-%d" % number, "a long answer streams", held=True)
        p.enter("and in German")
        time.sleep(1)
        p.shot("working", "postmortem-queued", "a message queued below a long answer", held=True)
        cols, rows = p.cols, p.rows
        p.resize(cols + 23, rows + 8)
        p.shot("working", "postmortem-grown", "the window grew under a long answer", held=True)
        p.resize(cols, rows)
        p.open(0, 60)
        p.open(1, 4)
        p.open(0, 60)
        still(p)
        p.shot("idle", "postmortem-done", "a long answer is over", held=False)
    p.close()


ASKED = (("shorten the eta", "shorten", "edit-in-place"), ("add a parcel dashboard", "board", "new-page"), ("seed the depot", "seed", "python-heredoc"),
         ("open the port", "ufw", "sudo"), ("fix the notebook", "notebook", "notebook"), ("clean up the branches", "branches", "three-commands"),
         ("reschedule the delivery", "courier", "courier"), ("read the carrier's page", "carrier", "carrier"), ("search the web for the offset", "websearch", "web-search"))


def permits(spec, start):
    spec, start = clothed(spec, start, mcp=True)
    for prompt, scene, variant in ASKED:
        if not spec["ask"] or (scene == "notebook" and spec["agent"] not in ("claude", "letta")):
            continue
        p = begin(spec, start, "-b")
        time.sleep(2 if scene == "courier" else 0)
        p.enter(prompt)
        if not p.asked(scene, 15) or not p.see(spec["ask"], 12) or not p.open(0, 5):
            print("NO DIALOG", spec["agent"], scene, p.screen()[-900:], flush=True)
            p.close()
            continue
        time.sleep(1.5)
        how = "a dialog: " + variant
        p.shot("waiting", variant, how, held=False)
        seen = state()["seen"]
        if scene in ("shorten", "branches"):
            p.key(*spec["yes"], gap=2)
            if state()["seen"] != seen:
                p.open(0, 10)
                still(p, 10)
                p.shot("idle", variant + "-done", how + ", allowed", held=False)
            elif p.see(spec["ask"], 2):
                p.shot("waiting", variant + "-next", how + ", the next of them", held=False)
        elif scene == "board":
            cols, rows = p.cols, p.rows
            p.resize(cols - 27, rows - 7)
            p.shot("waiting", variant + "-shrunk", how + ", the window became smaller", held=False)
            p.resize(cols, rows)
        elif scene == "ufw":
            p.key(*spec["no"], gap=2)
            if not p.see(spec["ask"], 0.5):
                p.open(0, 10)
                still(p, 8)
                p.shot("interrupted", variant + "-refused", how + ", refused", held=False)
        else:
            p.key("Down", gap=0.6)
            p.shot("waiting", variant + "-down", how + ", Down once", held=False)
            p.key("Tab", gap=0.8)
            if state()["seen"] == seen and p.see(spec["ask"], 0.5):
                p.shot("waiting", variant + "-tab", how + ", Down, Tab", held=False)
        p.close()


def queries(spec, start):
    spec, start = clothed(spec, start)
    p = begin(spec, start, "-c")
    p.enter("choose a carton")
    if p.see(r"(?s)Flat.*Cube", 15):
        time.sleep(1)
        p.shot("waiting", "carton", "a question with four choices", held=False)
        p.key("Down", "Down", "Down", "Down", gap=0.3)
        p.shot("waiting", "carton-down", "a question with four choices, Down four times", held=False)
        p.key("Down", gap=0.4)
        p.type("a bag")
        p.shot("waiting", "carton-typed", "a question with four choices, words typed", held=False)
        p.key("Escape", gap=2)
        if p.open(0, 3) and not p.see(r"(?s)Flat.*Cube", 0.3):
            still(p, 8)
            p.shot("interrupted", "carton-left", "a question left by Escape", held=False)
    p.close()
    p = begin(spec, start, "-c")
    p.enter("sort out the launch")
    if p.see(r"Tuesday", 15) and p.open(0, 5):
        time.sleep(1)
        seen = state()["seen"]
        p.shot("waiting", "launch", "the first of four questions", held=False)
        for keys, variant in ((["Down", "Enter"], "second"), (["Space", "Down", "Space"], "ticked"), (["Right"], "third"), (["Right"], "fourth"), (["Enter"], "review")):
            p.key(*keys, gap=0.8)
            time.sleep(0.8)
            if state()["seen"] != seen or not is_there(p):
                break
            p.shot("waiting", "launch-" + variant, "four questions, " + variant, held=False)
    p.close()


def halts(spec, start):
    spec, start = clothed(spec, start)
    p = begin(spec, start, "-d")
    p.enter("write the postmortem")
    if p.asked("postmortem"):
        time.sleep(5)
        stop(p, spec, settle=0.2)
        p.shot("interrupted", "postmortem-stopped", "stopped under a long answer, just now", held=False)
        p.key("Escape", "Escape", gap=0.3)
        time.sleep(1.2)
        if is_there(p):
            p.shot("menu", "escapes-after-stop", "Escape twice after a stopped turn", held=False)
            p.key("Up", gap=0.6)
            p.shot("menu", "escapes-after-stop-up", "Escape twice after a stopped turn, Up", held=False)
            p.key("Enter", gap=1.5)
            p.shot("menu", "escapes-after-stop-enter", "Escape twice after a stopped turn, Up, Enter", held=False)
    p.close()
    p = begin(spec, start, "-d")
    p.enter("there is an overload")
    if p.asked("e529"):
        time.sleep(3)
        seen = state()["seen"]
        for k in spec["stop"]:
            p.key(k, gap=0.5)
        time.sleep(9)
        if state()["seen"] == seen:
            p.shot("interrupted", "retry-stopped", "stopped between two tries", held=False)
    p.close()
    p = begin(spec, start, "-d")
    p.enter("start the queue worker")
    if spec["ask"] and p.see(spec["ask"], 15):
        p.key(*spec["yes"])
    if p.running("sleep 14", 12):
        time.sleep(1)
        p.key("C-c", gap=0.4)
        time.sleep(2)
        if is_there(p) and p.open(0, 2) and not any("sleep 14" in q["args"] for q in processes(p.pid())):
            still(p, 6)
            p.shot("interrupted", "ctrl-c-in-command", "Ctrl-C under a command", held=False)
    p.close()


BOARDS = {"claude": ("/agents=>Enter", "/mcp=>Enter", "/tasks=>", "/permissions=>Right", "/config=>Down", "/ide=>", "/upgrade=>", "/btw what is an eta=>", "/fast=>", "/branch=>", "/stats=>Right", "/insights=>", "/remote-control=>", "/rename=>",
                     "/todos=>", "/skills=>Down", "/mobile=>", "/powerup=>Down", "/advisor=>Down", "/output-style=>Down", "/passes=>", "/feedback=>", "/diff=>Down", "/review=>", "/workflows=>", "/schedule=>", "/voice=>"),
          "codex": ("/agent=>", "/fork=>", "/side what is an eta=>", "/new=>", "/mention=>", "/mcp=>", "/model=>Down", "/approvals=>Down", "/review=>Down", "/skills=>Enter", "/theme=>Down", "/plugins=>Down", "/fast=>", "/permissions=>Enter", "/rename late=>", "/import=>", "/pets=>Down", "/stop=>", "/vim=>", "/title=>Down", "/realtime=>"),
          "opencode": ("/agents=>Down", "/models=>Down", "/mcps=>", "/skills=>", "/sessions=>Down", "/timeline=>", "/fork=>", "/rename=>", "/undo=>", "/share=>", "/export=>", "/thinking=>", "/timestamps=>", "/connect=>Down", "/review=>", "/workspaces=>", "/details=>"),
          "gemini": ("/model=>Down", "/theme=>Down", "/mcp=>", "/agents=>", "/tools desc=>", "/memory show=>", "/chat save late=>", "/permissions=>Down", "/extensions explore=>", "/vim=>", "/stats model=>", "/docs=>", "/setup-github=>", "/policies list=>", "/plan=>", "/commands=>", "/upgrade=>", "/restore=>", "/corgi=>", "/skills=>", "/rewind=>Up"),
          "copilot": ("/model=>Down", "/agent=>Down", "/mcp=>", "/mcp add=>Down", "/skills=>", "/permissions=>", "/theme=>Down", "/resume=>Down", "/rewind=>Down", "/plan a move=>", "/share=>", "/list-dirs=>", "/add-dir=>", "/cwd=>", "/user=>", "/delegate=>", "/fleet=>", "/research=>", "/streamer-mode=>", "/lsp=>", "/instructions=>", "/allow-all=>", "/review=>", "/changelog=>"),
          "pi": ("/model=>Down", "/settings=>Down", "/resume=>Down", "/tree=>Down", "/fork=>Up", "/name late=>", "/export=>", "/share=>", "/new=>", "/clone=>", "/trust=>Down", "/reload=>", "/import=>", "/debug=>", "/scoped-models=>Down", "/compact be brief=>"),
          "qwen": ("/model=>Down", "/agents manage=>", "/agents create=>", "/mcp=>Enter", "/memory=>", "/approval-mode=>Down", "/permissions=>Right", "/skills=>", "/extensions=>", "/theme=>Down", "/resume=>Down", "/insight=>", "/export=>", "/tasks=>", "/vim=>", "/btw what is an eta=>", "/plan=>", "/arena=>", "/doctor=>", "/rename=>", "/branch=>", "/copy=>", "/rewind=>Up"),
          "cline": ("/settings=>Down", "/mcp=>", "/model=>Down", "/history=>Down", "/skills=>Down", "/compact=>", "/fork=>", "/team=>", "/undo=>", "/config=>Down"),
          "kilo": ("/agents=>Down", "/models=>Down", "/mcps=>", "/sessions=>Down", "/timeline=>", "/undo=>", "/share=>", "/connect=>Down", "/profile=>", "/teams=>", "/review=>"),
          "droid": ("/model=>Enter", "/agents=>", "/mcp=>Enter", "/sessions=>Down", "/settings=>Enter", "/context=>", "/review=>Down", "/missions=>", "/limits=>", "/statusline=>", "/share=>", "/create-skill=>", "/ide=>", "/btw what is an eta=>"),
          "continue": ("/model=>Enter", "/resume=>Down", "/mcp=>Enter", "/title late=>", "/skills=>", "/rename=>", "/whoami=>", "/update=>", "/export=>", "/exit-later=>"),
          "nanocoder": ("/model=>Enter", "/status=>", "/tune=>", "/mode=>Down", "/resume=>Down", "/commands=>", "/compact=>", "/theme=>Down", "/tasks=>", "/lsp=>", "/ide=>", "/init=>", "/schedule=>", "/export=>", "/agents=>", "/copilot-login=>"),
          "grok": ("/models=>Down", "/commit-and-push=>", "/clear=>"),
          "omp": ("/model=>Down", "/settings=>Enter", "/resume=>Down", "/tree=>Down", "/agents=>Down", "/mcp=>", "/usage=>", "/context=>", "/todo=>", "/plan=>", "/export=>", "/login=>Down", "/jobs=>", "/tools=>", "/btw what is an eta=>", "/memory=>", "/theme=>Down"),
          "letta": ("/model=>Enter", "/agents=>", "/memory=>Right", "/mcp=>Down", "/skills=>", "/profile=>Down", "/sleeptime=>", "/personality=>Down", "/permissions=>", "/statusline=>", "/experiment=>Down", "/system=>Down", "/rename agent late=>", "/pin=>", "/usage=>", "/resume=>Down", "/server=>")}


def boards(spec, start):
    """Panels, cards and what the agent says to a command: each after a turn, in a session of three at a time."""
    spec, start = clothed(spec, start, mcp=True)
    entries = BOARDS.get(spec["agent"], ())
    for first in range(0, len(entries), 3):
        p = begin(spec, start, "-e")
        turned(p, "what is here", "done")
        for entry in entries[first:first + 3]:
            command, _, key = entry.partition("=>")
            seen, before = state()["seen"], p.screen()
            p.enter(command)
            time.sleep(2.2)
            p.open(0, 8)
            if not is_there(p):
                break
            if state()["seen"] == seen and p.screen() != before:
                variant = "board-" + command.strip("/").split(" ")[0]
                p.shot("menu", variant, command + " after a turn", held=False)
                if key:
                    p.key(key, gap=1)
                    p.shot("menu", variant + "-on", "%s, then %s" % (command, key), held=False)
            p.key("Escape", gap=0.8)
            p.key("Escape", gap=0.8)
            if not is_there(p):
                break
            clear(p, spec)
            p.key("C-e", "C-u", gap=0.2)
        p.close()


def themed(agent, files, env, theme):
    """A light or plain theme, told in each agent's own way."""
    if agent == "claude":
        files[".claude.json"]["theme"] = {"light": "light", "ansi": "dark-ansi"}.get(theme, "light-daltonized")
    elif agent == "gemini":
        files[".gemini/settings.json"]["ui"] = {"theme": {"light": "Default Light", "ansi": "ANSI"}.get(theme, "GitHub Light")}
    elif agent == "qwen":
        files[".qwen/settings.json"]["ui"]["theme"] = {"light": "Qwen Light", "ansi": "ANSI"}.get(theme, "GitHub Light")
    elif agent == "opencode":
        files[".config/opencode/tui.json"] = {"theme": {"light": "github", "ansi": "system"}.get(theme, "nord")}
    elif agent == "pi":
        files[".pi/agent/settings.json"]["theme"] = "light"


def garb(spec, start):
    """Other clothes: themes, no colour, a poor terminal, wrappers, arguments, status lines."""
    agent = spec["agent"]
    link = "ln -sfn %s/node_modules node_modules; clear" % folder_of(agent)
    ways = [("light", dict(change=lambda f, e: themed(agent, f, e, "light"))),
            ("plain", dict(change=lambda f, e: (themed(agent, f, e, "ansi"), e.update(NO_COLOR="1", COLORTERM=None, TERM="screen")))),
            ("posix", dict(change=lambda f, e: e.update(LANG="C", LC_ALL="C"))),
            ("in-bash-c", dict(command="bash -c 'cd src && %s; echo back'")),
            ("by-npx", dict(command="npx --offline " + spec["cmd"], before=(link,))),
            ("by-script", dict(command="script -qec '%s' /dev/null")),
            ("in-nix-shell", dict(command="%s", before=("bash --norc --noprofile", r"PS1='\n\[\e[1;32m\][nix-shell:\w]$\[\e[0m\] '; clear")))]
    if agent in ("claude", "codex", "gemini", "qwen", "pi", "copilot", "opencode"):
        asked = {"gemini": " -i", "qwen": " -i", "copilot": " -i", "opencode": " --prompt"}.get(agent, "")
        ways.append(("with-prompt", dict(command="%s" + asked + " 'puzzle out the race'")))
    for variant, way in ways:
        own, begun = clothed(spec, start, **way)
        if variant == "with-prompt":
            p = begun("-f")
            p.enter(own["cmd"])
            if p.asked("puzzle", 40):
                time.sleep(3)
                p.shot("working", variant, "started with a message, " + own["cmd"], held=True)
            p.close()
            continue
        try:
            p = begin(own, begun, "-f")
        except RuntimeError as error:
            print("GARB", agent, variant, str(error)[-700:], flush=True)
            continue
        p.shot("idle", variant, "fresh, " + variant, held=False)
        p.type("mend the zone of Lyon")
        p.shot("draft", variant, "typed, " + variant, held=False)
        clear(p, own)
        p.enter("puzzle out the race")
        if p.asked("puzzle"):
            time.sleep(2)
            p.shot("working", variant, "it reasons, " + variant, held=True)
            p.open(0, 60)
            still(p)
            p.shot("idle", variant + "-reasoned", "a turn is over, " + variant, held=False)
        if own["ask"] and variant not in ("in-bash-c", "by-script"):
            p.enter("open the port")
            if p.see(own["ask"], 20) and p.open(0, 5):
                time.sleep(1)
                p.shot("waiting", variant, "the command's dialog, " + variant, held=False)
        p.close()


STYLES = (("two-lines", r"PS1='\n\w fix/late-parcels *\n$ '"), ("lambda", "PS1='λ '"), ("clock", r"PS1='\t \u@\h \W > '"), ("powerline", r"PS1=' \w  main ± '"), ("bare", "PS1='# '"))


def signalled(p, name):
    for q in processes(p.pid())[1:]:
        try:
            os.kill(q["pid"], getattr(signal, name))
        except ProcessLookupError:
            pass
    time.sleep(2.5)


def gone_now(p):
    end = time.time() + 10
    while time.time() < end and is_there(p):
        time.sleep(0.3)
    return not is_there(p)


def ends(spec, start):
    """How it ends, below other prompts, and what the shell then shows."""
    for number, (style, line) in enumerate(STYLES):
        own, begun = clothed(spec, start, before=(line + "; clear",))
        p = begin(own, begun, "-g")
        if number < 4:
            turned(p, "what is here", "done")
        if number == 0:
            p.enter("puzzle out the race")
            p.asked("puzzle")
            time.sleep(3)
            signalled(p, "SIGTERM")
            if gone_now(p):
                p.shot("exited", "sigterm-in-turn", "SIGTERM in a turn, a prompt such as " + style)
                p.enter("git log --oneline; ls src")
                time.sleep(1)
                p.shot("exited", "sigterm-then-more", "SIGTERM, then two commands")
        elif number == 1:
            p.key("C-u", "C-d", gap=0.5)
            if is_there(p):
                p.key("C-d", gap=0.5)
            if gone_now(p):
                time.sleep(1)
                p.shot("exited", "ctrl-d", "Ctrl-D, a prompt such as " + style)
                p.enter("python3 -c \"print('ok 1 - eta'); print('ok 2 - slots')\"; git status --short --branch")
                time.sleep(1.5)
                p.shot("exited", "ctrl-d-then-tests", "Ctrl-D, then a test and git status")
        elif number == 2:
            p.enter("open the port" if own["ask"] else "puzzle out the race")
            p.see(own["ask"], 15) if own["ask"] else p.asked("puzzle")
            time.sleep(1)
            signalled(p, "SIGKILL")
            if gone_now(p):
                p.shot("crashed", "sigkill-asked" if own["ask"] else "sigkill-puzzling", "SIGKILL while it asks, a prompt such as " + style)
                p.enter("git diff --stat; uname -s")
                time.sleep(1)
                p.shot("crashed", "sigkill-then-more", "SIGKILL, then two commands")
        elif number == 3:
            p.enter(own["quit"])
            if gone_now(p):
                time.sleep(1)
                p.shot("exited", "quit-powerline", own["quit"] + ", a prompt such as " + style)
                p.enter("sleep 25")
                time.sleep(1)
                p.shot("exited", "quit-then-sleep", own["quit"] + ", then a silent command")
                p.key("C-c", gap=0.6)
                p.enter(own["cmd"] + {"claude": " --continue", "codex": " resume --last", "gemini": " --resume latest", "copilot": " --continue", "pi": " --continue",
                                      "opencode": " --continue", "qwen": " --continue"}.get(own["agent"], ""))
                pattern, keys = own.get("greeting", ("", []))
                if p.see(r"(?s)" + (pattern or own["ready"]), 30):
                    time.sleep(4 + own["settle"])
                    if pattern:
                        p.key(*keys, gap=2)
                    p.shot("idle", "continued", "the session continued", held=False)
        else:
            p.enter("puzzle out the race")
            p.asked("puzzle")
            time.sleep(2)
            signalled(p, "SIGABRT")
            if gone_now(p):
                p.shot("crashed", "sigabrt", "SIGABRT while it reasons, a prompt such as " + style)
        p.close()


FAULTS = (("the token expired", "x401", "error", "HTTP 401: the token expired"), ("the upload is huge", "x413", "error", "HTTP 413"), ("the gateway broke", "x502", "error", "HTTP 502, a page of nginx"),
          ("slow down please", "x429", "rate_limited", "HTTP 429, four seconds"), ("the balance is low", "x402", "rate_limited", "the balance is too low"), ("the five hours are over", "xlimit", "rate_limited", "HTTP 429, back in 161 minutes"),
          ("the context is full", "xlong", "error", "the context is too long"), ("the stream breaks off", "xstream", "error", "an error within the stream"), ("say nothing", "xempty", "idle", "an empty answer"))


def failing(p, spec, scene, label, how):
    """A failed turn: while it tries again it works; once no request comes any more, it has given up."""
    if not p.asked(scene):
        return
    time.sleep(2.5)
    seen, records = state()["seen"], [p.read("working", scene + "-tries", how + ": it tries again")]
    end, since, last = time.time() + 70, time.time(), seen
    while time.time() < end and time.time() - since < 26:
        now = state()["seen"]
        if now != last:
            last, since = now, time.time()
            if len(records) == 1 and now > seen + 1:
                time.sleep(0.7)
                records.append(p.read("working", scene + "-tries-later", how + ": it tries again, later"))
        time.sleep(0.3)
    for record in records[:1 if last > seen else 0] + (records[1:] if last > seen + 2 else []):
        p.save(record)
    if time.time() - since >= 26:
        p.shot(label, scene, how, held=False)


def faults(spec, start):
    spec, start = clothed(spec, start)
    for prompt, scene, label, how in FAULTS:
        p = begin(spec, start, "-h")
        turned(p, "what is here", "done")
        p.enter(prompt)
        failing(p, spec, scene, label, how)
        p.close()
    p = begin(spec, start, "-h")
    turned(p, "what is here", "done")
    p.enter("the line hangs")
    if p.asked("xhang"):
        time.sleep(55)
        p.shot("working", "line-hangs", "no answer for a minute", held=True)
    p.close()
    def nowhere(files, env):
        text = json.dumps([files, env])
        files_env = json.loads(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9", text))
        files.update(files_env[0])
        env.update(files_env[1])
    spec, start = clothed(spec, start, change=nowhere)
    p = begin(spec, start, "-i")
    p.enter("what is here")
    time.sleep(3)
    if stirs(p):
        p.shot("working", "refused-tries", "nothing listens where the model should be: it tries again")
    time.sleep(45)
    p.shot("working" if stirs(p, 4) else "error", "refused", "nothing listens where the model should be, a minute later")
    p.close()
