# SPDX-License-Identifier: Apache-2.0
"""The scenes that all agents share. scenes/AGENT.py says what differs:

PACKAGES   what npm installs: the agent with its named version first
NPM        options of npm, if need be
CMD        what is typed into the shell
place(name, url)   -> (files below the home, environment): how the agent is told of the mock at `url` and that the work
           folder ROOT/work/NAME is trusted; a file setup.sh is run first
SPEC       ready: pattern of the prompt; ask: of its permission dialogs (None: it never asks); yes, no: keys that answer;
           stop: keys that end a turn; clear: keys that empty the prompt; quit; compact; menus; kill: pattern of its
           processes; retries, forever: failures that it tries again, and those that it tries for ever; picks: keys that
           answer a question; offers: (pattern, keys) of what it asks at some starts only; lists, ways: more menus; starts:
           (command, variant) of other ways to start it; settle, quiet, compacts: seconds (compacts: that pass between the requests of one summary); greeting: (pattern, keys) of what comes before its prompt
PARTS      more parts of its own: functions of (start, cols, rows)
ONLY       the parts that can be reached, where that is not all: of an agent that wants an account first
"""
import os
import re
import subprocess
import time

from record import PROJECT, ROOT, PORT, Pane, folder_of, installed, processes, reset

PARTS = ("main", "more", "errors", "crash")
DEFAULTS = {"ask": None, "yes": ["Enter"], "no": ["Escape"], "stop": ["Escape"], "clear": ["C-u"]}

TEXTS = (("what would you need to know", "asktext", "question-in-text", "the answer ends in a plain-text question"),
         ("quote the screens", "quote", "quote-busy-phrases", "the answer quotes other agents' screens"),
         ("show the code", "code", "code-with-phrases", "code block with look-alike phrases"),
         ("list all modules", "longlist", "long-list", "40-line answer"))
FAILS = (("there is server trouble", "e500", "error", "http-500", "HTTP 500"),
         ("there is an overload", "e529", "error", "http-529", "HTTP 529 (503 in Gemini's dialect)"),
         ("drop the line", "drop", "error", "dropped-stream", "connection closed mid-stream"),
         ("bad key please", "e401", "error", "http-401", "HTTP 401: the key is refused"),
         ("too long a prompt", "e400", "error", "http-400-too-long", "HTTP 400: the prompt is too long"),
         ("too many requests", "e429", "rate_limited", "http-429", "HTTP 429 with a retry time"),
         ("there is no credit", "einsufficient", "rate_limited", "no-credit", "HTTP 429 insufficient_quota"))


def run(flow, agent, part, cols, rows):
    """One part of an agent's scenes in one size."""
    if not hasattr(flow, "PACKAGES"):  # panes without an agent
        return getattr(flow, part)(cols, rows)
    def start(tag="", place=flow.place):
        name = "%s%s-%dx%d" % (agent, tag, cols, rows)
        files, env = place(name, "http://127.0.0.1:%d" % PORT)
        reset("home/" + name, files)
        reset("work/" + name, PROJECT)
        path = [os.path.join(folder_of(a), "node_modules", ".bin") for a in (agent, "node")] + ["/usr/local/bin:/usr/bin:/bin"]
        version = installed(agent, flow.PACKAGES[0])
        env = {k: v for k, v in dict({"HOME": "%s/home/%s" % (ROOT, name), "PATH": ":".join(path)}, **env).items() if v is not None}
        if "setup.sh" in files:  # what is told to the agent by a command of its own
            subprocess.run(["sh", "%s/home/%s/setup.sh" % (ROOT, name)], env=env, cwd=env["HOME"], timeout=60, check=False)
        return Pane(agent, version, cols, rows, work=name, env=env)
    if part not in getattr(flow, "ONLY", (part,)):
        return None
    own = getattr(flow, part, None)
    if own:
        return own(start, cols, rows)
    spec = dict(DEFAULTS, cmd=flow.CMD, agent=agent, place=flow.place, **flow.SPEC)
    found = globals().get(part) or next(getattr(__import__(m), part) for m in ("daily", "doors", "corners", "shifts") if hasattr(__import__(m), part))
    return found(spec, start)


def begin(spec, start, tag, moments=()):
    p = start(tag)
    pattern, keys = spec.get("greeting", ("", []))
    if not p.launch(spec["cmd"], pattern or spec["ready"], moments=moments):
        raise RuntimeError("not ready")
    if pattern:
        p.key(*keys)
        p.see(spec["ready"], 10)
    time.sleep(spec.get("settle", 0))
    for pattern, keys in spec.get("offers", ()):  # what it asks at some starts only
        if p.see(pattern, 0.5):
            p.key(*keys, gap=1.5)
    return p


def stop(p, spec, settle=2):
    for k in spec["stop"]:
        p.key(k, gap=0.5)
    p.open(0, 8)
    time.sleep(settle)


def clear(p, spec):
    p.key(*spec["clear"])


def main(spec, start):
    p = begin(spec, start, "", (0.15, 0.5, 1.0, 1.8))
    p.shot("idle", "fresh", "just started, nothing asked", held=False)
    p.type("please tidy the parser when")
    p.shot("draft", "text-typed", "typed, not submitted", held=False)
    clear(p, spec)
    p.type("/")
    time.sleep(1)
    p.shot("draft", "slash-popup", "\"/\" typed, completion popup shown", held=False)
    p.key("BSpace")
    p.enter("think about the parser")
    p.asked("think")
    time.sleep(1)
    p.shot("working", "thinking", "the response is open, no token yet", frames=2, held=True)
    p.type("and then the docs")
    p.shot("working", "thinking-draft", "the response is open, unsent text typed", held=True)
    clear(p, spec)
    stop(p, spec)
    p.shot(spec.get("stopped", "interrupted"), "stopped-thinking", "turn cancelled before any output", held=False)
    clear(p, spec)
    p.enter("walk me through the code")
    p.asked("slow")
    time.sleep(4)
    p.shot("working", "streaming-early", "slow: text streams", frames=2, held=True)
    time.sleep(9)
    p.shot("working", "streaming", "slow, 13 s in, second paragraph", frames=2, held=True)
    p.type("not sent yet")
    p.shot("working", "streaming-draft", "text streams, unsent text typed", held=True)
    clear(p, spec)
    stop(p, spec)
    p.shot("interrupted", "streaming", "turn cancelled while text streamed", held=False)
    clear(p, spec)
    if p.turn("is it done", "done"):
        p.shot("idle", "turn-done", "answered; turn finished", held=False)
    p.type("now also the")
    p.shot("draft", "after-turn", "text typed after a finished turn", held=False)
    clear(p, spec)
    p.enter("weigh up the options")
    p.asked("reason")
    time.sleep(3)
    p.shot("working", "reasoning", "reasoning streams", frames=2, held=True)
    p.open(0, 40)
    time.sleep(2)
    p.shot("idle", "after-reasoning", "reasoned and answered", held=False)
    if spec["ask"]:
        p.enter("run the build")
        if p.see(spec["ask"], 20):
            p.shot("waiting", "approve-command", "command permission dialog", held=False)
            p.key("Down")
            p.shot("waiting", "approve-command-moved", "the second choice selected", held=False)
            p.key(*spec["no"])
            time.sleep(2)
            p.open(0, 10)
            p.shot("interrupted", "denied-command", "dialog answered with no", held=False)
            clear(p, spec)
    p.enter("compile all units")
    if spec["ask"] and p.see(spec["ask"], 20):
        p.key(*spec["yes"])
    p.running("build.py --all")
    time.sleep(3)
    p.shot("working", "tool", "long command runs", frames=2, held=False, child="build.py --all")
    p.type("and then")
    p.shot("working", "tool-draft", "long command runs, unsent text typed", held=False, child="build.py --all")
    clear(p, spec)
    stop(p, spec)
    p.shot("interrupted", "tool", "cancelled while the command ran", held=False)
    clear(p, spec)
    p.enter("edit the greeting")
    if spec["ask"]:
        if p.see(spec["ask"], 15):
            p.shot("waiting", "approve-edit", "file edit permission dialog", held=False)
            p.key(*spec["yes"])
            p.see(spec["ask"], 10, gone=True)
    p.open(0)
    time.sleep(3)
    p.shot("idle", "after-edit", "file written; turn over", held=False)
    p.close()


def more(spec, start):
    p = begin(spec, start, "-m")
    p.enter("which database should we take")
    if p.see(r"Flat files", 12):
        time.sleep(1)
        p.shot("waiting", "question", "a question with choices", held=False)
        p.key("Down")
        p.shot("waiting", "question-moved", "the second choice selected", held=False)
        p.key(*spec.get("picks", ["Enter"]), gap=1)
        p.open(0)
        time.sleep(2)
        p.shot("idle", "after-question", "question answered; turn over", held=False)
    p.enter("make a list of steps")
    time.sleep(4)
    if spec["ask"] and p.see(spec["ask"], 1):
        p.key(*spec["yes"])
        time.sleep(2)
    p.shot("working", "todo", "a list of steps is shown, the model thinks on", held=True)
    p.open(0, 30)
    time.sleep(2)
    p.shot("idle", "after-todo", "list of steps shown, turn over", held=False)
    for prompt, scene, variant, how in TEXTS:
        if p.turn(prompt, scene):
            p.shot("idle", variant, how, held=False)
    p.enter("wait for the server")
    if spec["ask"] and p.see(spec["ask"], 15):
        p.key(*spec["yes"])
    p.running("sleep 75")
    time.sleep(6)
    p.shot("working", "tool-silent", "silent command runs", frames=2, held=False, child="sleep 75")
    stop(p, spec)
    clear(p, spec)
    if spec.get("compact"):
        p.enter(spec["compact"])
        if p.asked("compact"):
            time.sleep(1)
            p.shot("compacting", "slash-compact", spec["compact"] + ", mock holds the summary", frames=2, held=True)
            p.rests(spec.get("compacts", 3))
            if not re.search(r"(?i)failed to compress", p.screen()):  # Gemini may give up: an error
                p.shot("idle", "after-compact", spec["compact"] + " done", held=False)
    for command, variant in spec.get("menus", ()):
        p.enter(command)
        time.sleep(1.5)
        p.shot("menu", variant, command + " opened by the user", held=False)
        p.key("Escape", gap=1)
        if p.see(r"(?i)esc to (clear|close|cancel|go back|exit)", 0.3):  # it left a field within
            p.key("Escape", gap=1)
    clear(p, spec)
    p.enter(spec["quit"])
    p.see(r"dev@box:[^\n]*# *\s*$", 10)
    time.sleep(1)
    p.shot("exited", "slash-quit", spec["quit"], held=False)
    p.enter("ls")
    time.sleep(1)
    p.shot("exited", "slash-quit-then-ls", spec["quit"] + ", then the user ran ls", held=False)
    p.close()


def errors(spec, start):
    p = begin(spec, start, "-e")
    for prompt, scene, label, variant, how in FAILS:
        clear(p, spec)
        p.enter(prompt)
        if variant in spec.get("retries", ()):
            p.retrying(scene, "retrying-" + variant, how + ": the agent retries", gap=0.8)
            if variant in spec.get("forever", ()):
                stop(p, spec)
                continue
        p.final(label, scene, variant, how + (", after its tries" if variant in spec.get("retries", ()) else ""), quiet=spec.get("quiet", 10), timeout=75)
    clear(p, spec)
    if p.turn("is it done", "done"):
        p.shot("idle", "recovered-after-errors", "a later turn worked; errors are still in the transcript", held=False)
    p.key(*spec.get("leave", ("C-c", "C-c")))
    p.see(r"dev@box:[^\n]*# *\s*$", 10)
    time.sleep(1)
    p.shot("exited", "ctrl-c", "Ctrl-C at an idle prompt", held=False)
    p.close()


def crash(spec, start):
    for kind in ("idle", "thinking") + (("waiting",) if spec["ask"] else ()):
        p = begin(spec, start, "-k")
        p.turn("is it done", "done")
        if kind == "thinking":
            p.enter("think about the tests")
            p.asked("think")
            time.sleep(2)
        if kind == "waiting":
            p.enter("run the build")
            p.see(spec["ask"], 15)
        p.kill(spec["kill"])
        p.shot("crashed", "sigkill-" + kind, "SIGKILL to the agent's processes while " + kind)
        p.enter("ls")
        time.sleep(0.7)
        p.shot("crashed", "sigkill-%s-then-ls" % kind, "SIGKILL while %s, then the user ran ls" % kind)
        p.close()


QUOTED = """ Bash command

   rm -rf build
   Remove the build folder

 Do you want to proceed?
 ❯ 1. Yes
   2. Yes, and don't ask again for rm commands
   3. No, and tell Claude what to do differently (esc)
"""
PASTED = "these are the steps\n1. read the loader\n2. Do you want to proceed? (y/n)\n3. esc to interrupt\n4. run the tests\nend of steps"
LATER = (("answer in other languages", "languages", "other-languages", "an answer in five languages"),
         ("draw a table", "table", "table", "a table, a quote, a numbered list and a log"),
         ("show the agent code", "agentcode", "quoted-dialogs", "the answer quotes dialogs, the last thing in it"))


def resized(p, label, variant, how, held):
    """A screen in a smaller window, which then is as it was."""
    cols, rows = p.cols, p.rows
    p.resize(max(46, cols - 31), max(14, rows - 9))
    p.shot(label, variant, how, held=held)
    p.resize(cols, rows)


def busy(spec, start):
    """A turn goes on while the person types, queues, resizes, or hands work to others."""
    p = begin(spec, start, "-b")
    p.enter("think about the parser")
    p.asked("think")
    time.sleep(1)
    p.enter("and then the docs please")
    time.sleep(1)
    p.shot("working", "queued", "a further message sent while the model thinks", held=True)
    resized(p, "working", "resized", "the window became smaller while the model thinks", held=True)
    p.type("/")
    time.sleep(0.7)
    p.shot("working", "slash-popup", "the popup of commands while the model thinks", held=True)
    p.close()
    p = begin(spec, start, "-b")
    if p.turn("show the agent code", "agentcode"):
        p.enter("think about the tests")
        p.asked("think")
        time.sleep(1)
        p.shot("working", "under-quoted-dialogs", "the model thinks; the answer above quotes dialogs", frames=2, held=True)
        stop(p, spec)
        clear(p, spec)
    p.enter("delegate the search")
    if spec["ask"] and p.see(spec["ask"], 3):
        p.key(*spec["yes"])
    if p.asked("think", 15):
        time.sleep(2)
        p.shot("working", "delegated", "an agent of its own thinks", frames=2, held=True)
        stop(p, spec)
    p.close()


def asks(spec, start):
    """Questions of other kinds than in `main`, and dialogs that are resized."""
    if not spec["ask"]:
        return
    p = begin(spec, start, "-q")
    p.enter("choose several targets")
    if p.see(r"linux-arm64", 15):
        time.sleep(1)
        p.shot("waiting", "several", "a question with several answers", held=False)
        p.key("Space", "Down", gap=0.7)
        p.shot("waiting", "several-ticked", "one of them ticked or the next selected", held=False)
        p.key("Escape", gap=2)
    p.close()
    p = begin(spec, start, "-q")
    p.enter("rewrite the loader")
    if p.see(spec["ask"], 20):
        time.sleep(1)
        p.shot("waiting", "approve-long-edit", "a diff of 60 lines", held=False)
        p.key("Down")
        p.shot("waiting", "approve-long-edit-moved", "its second choice", held=False)
        resized(p, "waiting", "approve-long-edit-resized", "the window became smaller", held=False)
    p.close()
    p = begin(spec, start, "-q")
    p.turn("show the agent code", "agentcode")
    p.enter("remove the folder")
    # The answer above has such questions, too: its own comes with the command.
    if (p.see(r"(?s)rm -rf build.*(?:%s)" % spec["ask"], 20) or p.see(r"(?s)(?:%s).*rm -rf build" % spec["ask"], 1)) and p.open(0, 5):
        time.sleep(1)
        p.shot("waiting", "approve-remove", "a command's dialog under an answer that quotes dialogs", held=False)
    p.close()
    p = begin(spec, start, "-q")
    p.enter("fetch the page")
    if p.see(spec["ask"], 8):
        time.sleep(1)
        p.shot("waiting", "approve-fetch", "a page's dialog", held=False)
    p.close()


def rest(spec, start):
    """Prompts at rest under answers that look like something else, and drafts of other kinds."""
    p = begin(spec, start, "-r")
    for prompt, scene, variant, how in LATER:
        if p.turn(prompt, scene):
            p.shot("idle", variant, how, held=False)
    p.type("why does it say Do you want to proceed? 1. Yes (esc to interrupt)")
    p.shot("draft", "dialog-words", "typed words of dialogs", held=False)
    clear(p, spec)
    reset(p.work[len(ROOT) + 1:], {"screen.txt": QUOTED})
    p.enter("print the recorded screen")
    if spec["ask"] and p.see(spec["ask"], 6):
        p.key(*spec["yes"])
    if p.see(r"an agent waits in it", 20):
        time.sleep(2)
        p.shot("idle", "printed-screen", "a tool printed the recorded dialog of an agent", held=False)
    p.enter("print the long log")
    if spec["ask"] and p.see(spec["ask"], 6):
        p.key(*spec["yes"])
    if p.see(r"none is ours", 20):
        time.sleep(2)
        p.shot("idle", "long-log", "a tool printed 80 lines of warnings", held=False)
    resized(p, "idle", "resized", "the window became smaller", held=False)
    p.paste(PASTED)
    p.shot("draft", "pasted", "six lines pasted", held=False)
    p.close()
    p = begin(spec, start, "-r")
    p.type("look at @")
    time.sleep(1)
    p.shot("draft", "file-popup", "a file is being named", held=False)
    p.key("Escape", "C-u", gap=0.7)
    p.close()
    for command, variant in spec.get("lists", ()):
        p = begin(spec, start, "-r")
        p.enter(command)
        time.sleep(2)
        p.shot("menu", variant, command + " by the user", held=False)
        p.close()


PROMPTS = (("starship", r"PS1='\n~/work on main via v3.11\n❯ '"), ("fish", r"PS1='dev@box \w> '"), ("zsh", r"PS1='box% '"),
           ("arrow", r"PS1='➜  hello git:(main) ✗ '"), ("frame", r"PS1='╭─dev@box \w\n╰─$ '"), ("long", r"PS1='[12:41:07] dev@box:\w (main +2 -1) \$ '"))


def after(spec, start):
    """The shell behind an agent: prompts of other kinds, cleared, a stopped agent."""
    for number, (variant, command) in enumerate(PROMPTS):
        p = start("-s")
        p.enter(command)
        p.type(spec["cmd"])
        p.key("Enter")
        pattern, keys = spec.get("greeting", ("", []))
        if not p.see(pattern or spec["ready"], 60):
            p.close()
            continue
        time.sleep(2 + spec.get("settle", 0))
        if pattern:
            p.key(*keys)
            p.see(spec["ready"], 10)
        if p.turn("is it done", "done"):
            if number % 2:
                p.kill(spec["kill"])
                p.shot("crashed", "sigkill-under-" + variant, "SIGKILL, a shell with a prompt such as " + variant)
            else:
                p.enter(spec["quit"])
                time.sleep(5)
                p.shot("exited", "quit-under-" + variant, spec["quit"] + ", a shell with a prompt such as " + variant)
                p.enter("git status; date")
                time.sleep(1)
                p.shot("exited", "quit-then-more-" + variant, spec["quit"] + ", two commands later")
        p.close()


def first_dialog(p, command, pattern, variant, how):
    """What an agent asks before anything else, with its first and its second choice selected."""
    try:
        p.launch(command, pattern, moments=(), timeout=25)
        p.shot("waiting", variant, how)
        p.key("Down")
        p.shot("waiting", variant + "-moved", how + ", the second choice selected")
    finally:
        p.close()


def probe(spec, start):
    """For a new agent: prints what it shows at the start, after a turn, and where it should ask."""
    p = start("-p")
    p.type(spec["cmd"])
    p.key("Enter")
    time.sleep(10)
    pattern, keys = spec.get("greeting", ("", []))
    if pattern and p.see(pattern, 5):
        p.key(*keys)
        time.sleep(5)
    for keys in ("", "is it done", "run the build", "think about the parser"):
        if keys:
            p.enter(keys)
            time.sleep(8)
        print("---- %s: %r, last asked for: %s" % (spec["cmd"], keys, p.last()), p.screen().rstrip(), sep="\n", flush=True)
    p.close()


def is_there(p):
    """Whether the agent's process still runs: else what follows says nothing of it."""
    return len(processes(p.pid())) > 1


def ways(spec, start):
    """Keys and commands that open things, a shell's command, other ways to start it."""
    p = begin(spec, start, "-w")
    p.key("C-c", gap=0.3)
    if is_there(p):
        p.shot("idle", "ctrl-c-once", "Ctrl-C once at an empty prompt", held=False)
        time.sleep(4)
    if is_there(p) and p.turn("is it done", "done"):
        p.type("and now the")
        for key, variant in (("C-r", "ctrl-r"), ("C-o", "ctrl-o"), ("C-t", "ctrl-t"), ("C-p", "ctrl-p")):
            p.key("C-u", key, gap=1)
            if is_there(p):
                p.shot("menu", variant, key + " at the prompt after a turn", held=False)
            p.key("Escape", gap=1)
        p.key("C-u", "Escape", "Escape", gap=0.3)
        time.sleep(1)
        p.shot("menu", "escape-twice", "Escape twice at the prompt", held=False)
    p.close()
    p = begin(spec, start, "-w")
    p.type("!ls")
    p.shot("draft", "shell-mode", "a command for the shell typed behind !", held=False)
    p.key("Enter")
    time.sleep(2.5)
    p.shot("idle", "shell-mode-done", "the command ran", held=False)
    p.close()
    p = begin(spec, start, "-w")
    p.type("?")
    p.shot("menu", "question-mark", "? typed at an empty prompt", held=False)
    p.close()
    for command in spec.get("ways", ()):
        p = begin(spec, start, "-w")
        p.enter(command)
        time.sleep(2.5)
        if is_there(p):
            p.shot("menu", command.strip("/").replace(" ", "-"), command + " by the user", held=False)
        p.close()
    for command, variant in spec.get("starts", ()):
        p = start("-w")
        p.enter(command)
        time.sleep(7)
        if is_there(p):
            p.shot("menu", variant, "started by " + command)
        p.close()


def fields(spec, start):
    """Dialogs in which one types, stops the agent or goes back and forth."""
    if not spec["ask"]:
        return
    p = begin(spec, start, "-w")
    p.enter("run the build")
    if p.see(spec["ask"], 45):
        p.key("Up", gap=0.7)
        p.shot("waiting", "last-choice", "the last choice selected", held=False)
        p.type("use make")
        p.shot("waiting", "typed-in-dialog", "words typed in the dialog", held=False)
        p.key("Tab", gap=0.7)
        if p.see(spec["ask"], 0.5):
            p.shot("waiting", "tab-in-dialog", "Tab in the dialog", held=False)
        resized(p, "waiting", "dialog-resized", "the window became smaller", held=False)
    p.close()
    p = begin(spec, start, "-w")
    p.enter("remove the folder")
    if p.see(spec["ask"], 45) and p.open(0, 5):
        p.key("C-z", gap=1)
        if is_there(p):
            p.shot("waiting", "ctrl-z-in-dialog", "Ctrl-Z where it asks", held=False)
    p.close()
    for prompt, pattern, variant in (("two questions please", "Which database", "two-questions"), ("tick the databases", "Which databases", "tick"),
                                     ("which of the twelve", "module 1", "twelve")):
        p = begin(spec, start, "-w")
        p.enter(prompt)
        if p.see(pattern, 40):
            time.sleep(1)
            p.shot("waiting", variant, "a question: " + variant, held=False)
            p.key("Down", "Down", gap=0.5)
            p.shot("waiting", variant + "-third", "its third choice", held=False)
            p.key("Up", "Up", "Up", gap=0.4)
            p.shot("waiting", variant + "-last", "its last choice", held=False)
            p.type("something else")
            p.shot("waiting", variant + "-typed", "words typed in the question", held=False)
        p.close()


def suspend(spec, start):
    """Ctrl-Z: the shell has the terminal again, and the agent waits behind it."""
    p = begin(spec, start, "-z")
    p.turn("is it done", "done")
    p.key("C-z", gap=2)
    stopped = [q for q in processes(p.pid())[1:] if q["state"] == "T"]
    if stopped:
        p.shot("interrupted", "suspended", "Ctrl-Z after a turn: its process is stopped", held=False)
        p.enter("ls")
        time.sleep(1)
        p.shot("interrupted", "suspended-then-ls", "its process is stopped, the user ran ls", held=False)
        p.enter("fg")
        time.sleep(3)
    p.shot("idle", "after-ctrl-z", "Ctrl-Z, then fg" if stopped else "Ctrl-Z, which it does not take", held=False)
    p.close()


def gone(spec, start):
    """The network is gone under a turn."""
    p = begin(spec, start, "-w")
    if p.turn("is it done", "done"):
        subprocess.run(["ip", "link", "set", "lo", "down"], check=False)
        p.enter("think about the parser")
        for seconds in (3, 25):
            time.sleep(seconds)
            first = p.screen()
            time.sleep(3)
            moves = first != p.screen()
            p.shot("working" if moves else "error", "no-network-%d" % seconds, "the network is gone for %d s; the screen %s" % (seconds, "moves" if moves else "rests"))
        subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    p.close()
