"""Gemini CLI against the mock."""
from record import PORT, PROJECT, Pane, reset, version

V = version("gemini", "@google/gemini-cli")
READY = r"Type your message"
CMD = "gemini"
KILL = "gemini"


def start(cols, rows, tag="", settings=None, env=None, direct=None, trusted=True):
    name = "gemini%s-%dx%d" % (tag, cols, rows)
    home = "home/" + name
    base = {"security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": True}},
            "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
            "privacy": {"usageStatisticsEnabled": False}, "telemetry": {"enabled": False}}
    if settings:
        base.update(settings)
    reset(home, {".gemini/settings.json": base,
                 ".gemini/trustedFolders.json": {"/srv/dev/work/" + name: "TRUST_FOLDER"} if trusted else {}})
    reset("work/" + name, PROJECT)
    e = {"HOME": "/srv/dev/" + home, "GEMINI_API_KEY": "mock-key",
         "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:%d" % PORT, "GEMINI_MODEL": "gemini-2.5-pro",
         "PATH": "/srv/dev/npm/gemini/node_modules/.bin:/usr/local/bin:/usr/bin:/bin"}
    e.update(env or {})
    return Pane("gemini", V, cols, rows, env={k: v for k, v in e.items() if v is not None}, work=name, direct=direct)


def trust(cols, rows):
    p = start(cols, rows, "-t", trusted=False)
    p.launch(CMD, r"Do you trust", moments=(0.5, 1.5, 3))
    p.shot("waiting", "trust-folder", "first start in a folder")
    p.key("Down")
    p.shot("waiting", "trust-folder-moved", "the second choice of the trust dialog selected")
    p.close()


def auth(cols, rows):
    p = start(cols, rows, "-a", settings={"security": {"folderTrust": {"enabled": False}}}, env={"GEMINI_API_KEY": None})
    p.launch(CMD, r"How would you like|Get started", moments=(0.8,))
    p.shot("waiting", "auth-dialog", "first start without any login: picker of the login method")
    p.key("Down")
    p.key("Enter")
    if p.see(r"(?i)enter gemini api key|paste your api key", 8):
        p.shot("waiting", "auth-key-entry", "the picker answered with 'API key': the key is asked for")
    p.close()


def main(cols, rows):
    p = start(cols, rows)
    if not p.launch(CMD, READY, moments=(0.2, 1.0, 2.2, 3.0, 4.0)):
        print("NOT READY", p.screen())
        return p.close()
    p.shot("idle", "fresh", "trusted, with a dummy key, nothing asked", held=False)
    p.type("please tidy the parser when")
    p.shot("draft", "text-typed", "typed, not submitted", held=False)
    p.key("C-c")
    p.type("/")
    p.see(r"/?about", 5)
    p.shot("draft", "slash-popup", "\"/\" typed, completion popup shown", held=False)
    p.key("BSpace", "Escape")
    # thinking
    p.enter("think about the parser")
    p.asked("think")
    p.shot("working", "thinking", "think: the response is open, no token yet", frames=3, held=True)
    p.type("and then the docs")
    p.shot("working", "thinking-draft", "think, with unsent text typed in the prompt", held=True)
    p.key("C-u", "Escape")
    p.open(0)
    p.see("esc to cancel", 5, gone=True)
    p.shot("interrupted", "thinking", "Esc before any output", held=False)
    p.key("C-u")
    p.enter("walk me through the code")
    p.asked("slow")
    p.see("✦", 10)
    p.shot("working", "streaming-early", "slow: text streams", frames=2, held=True)
    import time
    time.sleep(14)
    p.shot("working", "streaming", "slow, 15+ s in, second paragraph", frames=3, held=True)
    p.key("Escape")
    p.open(0)
    time.sleep(1)
    p.shot("interrupted", "streaming", "Esc mid-turn", held=False)
    p.turn("is it done", "done")
    p.shot("idle", "turn-done", "answered; turn finished", held=False)
    p.type("now also the")
    p.shot("draft", "after-turn", "text typed after a finished turn", held=False)
    p.key("C-u")
    p.enter("weigh up the options")
    p.asked("reason")
    time.sleep(3.5)
    p.shot("working", "reasoning", "thoughts stream", frames=2, held=True)
    p.open(0, 30)
    time.sleep(2)
    # approvals
    p.enter("run the build")
    if p.see(r"Allow execution|Allow once", 20):
        p.shot("waiting", "approve-command", "shell permission dialog", held=False)
        time.sleep(5)
        p.shot("waiting", "approve-command-later", "same dialog 5 s later", held=False)
        p.key("Escape")
        time.sleep(1.5)
        p.shot("interrupted", "denied-command", "dialog answered with Esc", held=False)
    p.enter("compile all units")
    if p.see(r"Allow execution|Allow once", 20):
        p.shot("waiting", "approve-command-loop", "shell permission dialog for a loop", held=False)
        p.key("Enter")
        p.running("build.py")
        p.see(r"\[2/90\]", 10)
        p.shot("working", "tool", "approved long command runs", frames=3, held=False, child="python3 build.py")
        time.sleep(8)
        p.type("and then")
        p.shot("working", "tool-draft", "same command 10 s in, unsent text typed", held=False, child="python3 build.py")
        p.key("C-u")
        p.key("Escape")
        time.sleep(1.5)
        p.shot("interrupted", "tool", "Esc while the command ran", held=False)
    p.enter("edit the greeting")
    if p.see(r"Apply this change|Allow once", 20):
        p.shot("waiting", "approve-edit", "write_file confirmation", held=False)
        p.key("Enter")
        p.see("Apply this change", 10, gone=True)
        p.open(0)
        time.sleep(2)
        p.shot("idle", "after-approved-edit", "edit approved; turn over", held=False)
    p.close()


def more(cols, rows):
    import time
    p = start(cols, rows, "-m")
    p.launch(CMD, READY, moments=())
    p.enter("which database should we take")
    if p.see(r"SQLite", 20):
        p.shot("waiting", "multiple-choice", "ask_user", held=False)
        time.sleep(5)
        p.shot("waiting", "multiple-choice-later", "ask_user, 5 s later", held=False)
        p.key("Enter")
        p.key("Enter")
        p.open(0)
        time.sleep(2)
        p.shot("idle", "after-question", "question answered; turn over", held=False)
    p.enter("make a list of steps")
    if p.see(r"Allow once", 15):
        p.shot("waiting", "approve-todo", "write_todos confirmation", held=False)
        p.key("Enter")
    p.see(r"Allow once", 10, gone=True)
    time.sleep(3)
    p.shot("working", "todo", "a list of steps is shown, the model thinks on", held=True)
    p.open(0, 30)
    time.sleep(2)
    p.shot("idle", "after-todo", "list of steps shown, turn over", held=False)
    p.turn("what would you need to know", "asktext")
    p.shot("idle", "question-in-text", "the answer ends in a plain-text question", held=False)
    p.turn("quote the screens", "quote")
    p.shot("idle", "quote-busy-phrases", "the answer quotes other agents' screens", held=False)
    p.turn("show the code", "code")
    p.shot("idle", "code-with-phrases", "code block with look-alike phrases", held=False)
    p.turn("list all modules", "longlist")
    p.shot("idle", "long-list", "40-line answer", held=False)
    p.enter("wait for the server")
    if p.see(r"Allow execution|Allow once", 20):
        p.key("Enter")
        p.running("sleep 75")
        time.sleep(6)
        p.shot("working", "tool-silent", "silent command runs", frames=2, held=False, child="sleep 75")
        p.key("Escape")
        time.sleep(1.5)
    p.enter("/compress")
    if p.open(1, 10):
        p.shot("compacting", "slash-compress", "/compress, mock holds the summary", frames=3, held=True)
        p.see("Compressing", 60, gone=True)  # it asks for a summary twice
        time.sleep(2)
        p.shot("idle", "after-compress", "/compress done", held=False)
    p.enter("/settings")
    time.sleep(2)
    p.shot("menu", "settings", "/settings opened by the user", held=False)
    p.key("Escape", gap=1)
    p.enter("/quit")
    p.see(r"dev@box:[^\n]*# *\s*$", 10)
    time.sleep(1)
    p.shot("exited", "slash-quit", "/quit", held=False)
    p.enter("ls")
    time.sleep(1)
    p.shot("exited", "slash-quit-then-ls", "/quit, then the user ran ls", held=False)
    p.close()


def errors(cols, rows):
    import time
    p = start(cols, rows, "-e")
    p.launch(CMD, READY, moments=())
    p.enter("there is server trouble")
    p.retrying("e500", "retrying-500", "HTTP 500: the agent retries")
    p.key("Escape")
    time.sleep(2)
    p.shot("interrupted", "retrying", "Esc while it waited for the next try", held=False)
    p.enter("too many requests")
    p.retrying("e429", "retrying-429", "HTTP 429 with a retry time of 22 s")
    p.key("Escape")
    time.sleep(2)
    p.enter("drop the line")
    p.final("error", "drop", "dropped-stream", "connection closed mid-stream, after the agent's own retries")
    p.key("Escape")
    time.sleep(1)
    p.enter("bad key please")
    p.final("error", "e401", "http-400-bad-key", "HTTP 400 API_KEY_INVALID")
    p.enter("too long a prompt")
    p.final("error", "e400", "http-400-too-long", "HTTP 400 prompt too long")
    if p.turn("is it done", "done"):
        p.shot("idle", "recovered-after-errors", "a later turn worked; the errors are still in the transcript", held=False)
    p.enter("the quota is gone")
    p.final("rate_limited", "equota", "quota-per-day", "HTTP 429 with a per-day QuotaFailure")
    p.key("Down")
    p.key("Enter")
    time.sleep(1.5)
    p.shot("rate_limited", "quota-stopped", "the limit dialog answered with Stop", held=False)
    if p.turn("is it done", "done"):
        p.shot("idle", "recovered-after-limit", "a later turn worked; the limit message is still in the transcript", held=False)
    p.key("C-c", "C-c")
    p.see(r"dev@box:[^\n]*# *\s*$", 10)
    time.sleep(1)
    p.shot("exited", "ctrl-c-twice", "Ctrl-C twice at an idle prompt", held=False)
    p.close()


def crash(cols, rows):
    import time
    for kind in ("idle", "thinking", "waiting"):
        p = start(cols, rows, "-k")
        p.launch(CMD, READY, moments=())
        p.turn("is it done", "done")
        if kind == "thinking":
            p.enter("think about the tests")
            p.asked("think")
            time.sleep(2)
        if kind == "waiting":
            p.enter("run the build")
            p.see("Allow once", 15)
        p.kill(KILL)
        p.shot("crashed", "sigkill-" + kind, "SIGKILL to the agent's processes while " + kind)
        p.enter("ls")
        time.sleep(0.7)
        p.shot("crashed", "sigkill-%s-then-ls" % kind, "SIGKILL while %s, then the user ran ls" % kind)
        p.close()


def extra(cols, rows):
    import time
    p = start(cols, rows, "-z", env={"COLORTERM": "truecolor"})
    p.launch(CMD, READY, moments=())
    p.shot("idle", "fresh-truecolor", "started in a terminal with true colour, nothing asked", held=False)
    p.key("BTab", gap=1)
    p.shot("idle", "auto-edit-mode", "Shift+Tab once", held=False)
    p.enter("edit the greeting")
    p.asked("edit")
    p.open(0)
    time.sleep(3)
    p.shot("idle", "after-auto-edit", "a file written in auto-edit mode; turn over", held=False)
    p.enter("/model")
    time.sleep(2)
    p.shot("menu", "model-picker", "/model opened by the user", held=False)
    p.key("Escape", gap=1)
    p.enter("/help")
    time.sleep(2)
    p.shot("idle", "after-help", "/help printed its list", held=False)
    p.enter("/stats")
    time.sleep(2)
    p.shot("idle", "after-stats", "/stats printed its box", held=False)
    p.type("!")
    time.sleep(1)
    p.type("ls -la")
    p.shot("draft", "shell-mode", "\"!\" pressed: shell mode, a command typed but not run", held=False)
    p.key("C-u", "Escape", gap=1)
    p.enter("fetch the page")
    if p.see(r"Allow once|Do you want", 12):
        p.shot("waiting", "approve-fetch", "web_fetch confirmation", held=False)
        p.key("Down", "Down")
        p.shot("waiting", "approve-fetch-moved", "the same with the last choice selected", held=False)
        p.key("Escape", gap=2)
    p.enter("read the readme")
    p.asked("read")
    p.open(0)
    time.sleep(2)
    p.shot("idle", "after-read", "a file read; turn over", held=False)
    p.enter("walk me through the tests")
    p.asked("slow")
    time.sleep(3)
    p.enter("and list the files afterwards")
    time.sleep(1)
    p.shot("working", "queued-message", "a second prompt was submitted while the first streams", frames=2, held=True)
    p.key("Escape", gap=2)
    p.close()
    p = start(cols, rows, "-y", env={"COLORTERM": "truecolor"})
    p.launch("gemini --approval-mode=yolo", READY, moments=(2.5,))
    p.shot("idle", "yolo-mode", "started in yolo mode", held=False)
    p.enter("compile all units")
    p.running("build.py --all")
    time.sleep(4)
    p.shot("working", "tool-yolo", "a long command runs in yolo mode", frames=2, held=False, child="python3 build.py")
    p.kill(KILL)
    p.shot("crashed", "sigkill-tool", "SIGKILL to the agent's processes while a command ran")
    p.close()
    p = start(cols, rows, "-p", settings={"experimental": {"plan": True}}, env={"COLORTERM": "truecolor"})
    p.launch("gemini --approval-mode=plan", READY, moments=())
    p.shot("idle", "plan-mode", "started in plan mode", held=False)
    p.enter("make a plan")
    if p.see(r"(?i)approve|ready to", 12):
        p.shot("waiting", "approve-plan", "exit_plan_mode: the plan is to be approved", held=False)
    p.close()


def direct(cols, rows):
    """The agent is the pane's own command; the pane stays when it ends."""
    import time
    for kind in ("quit", "kill"):
        p = start(cols, rows, "-d", direct="/srv/dev/npm/gemini/node_modules/.bin/gemini")
        p.see(READY, 60)
        time.sleep(2)
        if kind == "quit":
            p.enter("/quit")
            time.sleep(4)
            p.shot("exited", "pane-dead-quit", "/quit in a pane that runs the agent itself and remains on exit")
        else:
            import os, signal
            from record import processes
            for q in processes(p.pid()):
                os.kill(q["pid"], signal.SIGKILL)
            time.sleep(1.5)
            p.shot("crashed", "pane-dead-sigkill", "SIGKILL in a pane that runs the agent itself and remains on exit")
        p.close()


PARTS = ["trust", "auth", "main", "more", "errors", "crash", "extra", "direct"]
