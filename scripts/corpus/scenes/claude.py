"""Claude Code against the mock. CLAUDE_DIR picks the installed copy (claude, claude20, claude10)."""
import os
import time

from record import PORT, PROJECT, Pane, processes, reset, version

DIR = os.environ.get("CLAUDE_DIR", "claude")
V = version(DIR, "@anthropic-ai/claude-code")
READY = r"(?m)^[│\s]*[❯>](\s|$)"
CMD = "claude"
ASK = r"Do you want|Would you like"


def start(cols, rows, tag="", trusted=True, onboarded=True, key=True, env=None, direct=None):
    name = "%s%s-%dx%d" % (DIR, tag, cols, rows)
    config = {"hasCompletedOnboarding": onboarded, "theme": "dark", "numStartups": 12, "autoUpdates": False,
              "lastOnboardingVersion": V, "shiftEnterKeyBindingInstalled": True, "bypassPermissionsModeAccepted": True,
              "customApiKeyResponses": {"approved": ["mock-key"], "rejected": []},
              "projects": {"/srv/dev/work/" + name: {"hasTrustDialogAccepted": True, "allowedTools": [],
                                                     "hasCompletedProjectOnboarding": True}} if trusted else {}}
    if not onboarded:
        config = {}
    reset("home/" + name, {".claude.json": config, ".claude/settings.json": {"autoUpdates": False}})
    reset("work/" + name, PROJECT)
    e = {"HOME": "/srv/dev/home/" + name, "ANTHROPIC_BASE_URL": "http://127.0.0.1:%d" % PORT,
         "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1",
         "PATH": "/srv/dev/npm/%s/node_modules/.bin:/usr/local/bin:/usr/bin:/bin" % DIR}
    if key:
        e["ANTHROPIC_API_KEY"] = "mock-key"
    e.update(env or {})
    return Pane("claude", V, cols, rows, work=name, direct=direct, env=e)


def trust(cols, rows):
    p = start(cols, rows, "-t", trusted=False)
    p.launch(CMD, r"(?i)trust", moments=())
    p.shot("waiting", "trust-folder", "first start in a folder")
    p.key("Down")
    p.shot("waiting", "trust-folder-moved", "the second choice of the trust dialog selected")
    p.close()
    p = start(cols, rows, "-l", onboarded=False, key=False)
    p.launch(CMD, r"(?i)text style|theme", moments=())
    p.shot("waiting", "theme-picker", "very first start: the theme is asked for")
    p.key("Enter")
    if p.see("(?i)login method", 8):
        p.shot("waiting", "login-picker", "very first start: the login method is asked for")
    p.close()


def main(cols, rows):
    p = start(cols, rows)
    if not p.launch(CMD, READY, moments=(0.15, 0.5, 1.0)):
        print("NOT READY", p.screen())
        return
    p.shot("idle", "fresh", "trusted, nothing asked", held=False)
    p.type("please tidy the parser when")
    p.shot("draft", "text-typed", "typed, not submitted", held=False)
    p.key("C-u")
    p.type("/")
    time.sleep(1)
    p.shot("draft", "slash-popup", "\"/\" typed, completion popup shown", held=False)
    p.key("BSpace")
    p.enter("think about the parser")
    p.asked("think")
    time.sleep(1)
    p.shot("working", "thinking", "the response is open, no token yet", frames=3, held=True)
    p.type("and then the docs")
    p.shot("working", "thinking-draft", "the response is open, unsent text typed", held=True)
    p.key("C-u", "Escape")
    p.open(0)
    time.sleep(1.5)
    p.key("C-u")
    p.enter("walk me through the code")
    p.asked("slow")
    time.sleep(4)
    p.shot("working", "streaming-early", "slow: text streams", frames=2, held=True)
    time.sleep(13)
    p.shot("working", "streaming", "slow, 15+ s in, second paragraph", frames=3, held=True)
    p.type("not sent yet")
    p.shot("working", "streaming-draft", "text streams, unsent text typed", held=True)
    p.key("C-u", "Escape")
    p.open(0)
    time.sleep(1.5)
    p.shot("interrupted", "streaming", "Esc mid-turn", held=False)
    p.key("C-u")
    if p.turn("is it done", "done"):
        p.shot("idle", "turn-done", "answered; turn finished", held=False)
    p.type("now also the")
    p.shot("draft", "after-turn", "text typed after a finished turn", held=False)
    p.key("C-u")
    p.enter("weigh up the options")
    p.asked("reason")
    time.sleep(3)
    p.shot("working", "reasoning", "thinking blocks stream", frames=2, held=True)
    p.open(0, 40)
    time.sleep(2)
    p.shot("idle", "after-reasoning", "reasoned and answered", held=False)
    p.enter("run the build")
    if p.see(ASK, 20):
        p.shot("waiting", "approve-command", "Bash permission dialog", held=False)
        time.sleep(5)
        p.shot("waiting", "approve-command-later", "same dialog 5 s later", held=False)
        p.key("Escape")
        time.sleep(2)
        p.shot("interrupted", "denied-command", "dialog answered with Esc", held=False)
    p.key("C-u")
    p.enter("compile all units")
    if p.see(ASK, 20):
        p.key("Enter")
        p.running("build.py --all")
        time.sleep(3)
        p.shot("working", "tool", "approved long command runs", frames=3, held=False, child="build.py --all")
        p.type("and then")
        p.shot("working", "tool-draft", "same command, unsent text typed", held=False, child="build.py --all")
        p.key("C-u", "Escape")
        time.sleep(2)
        p.shot("interrupted", "tool", "Esc while the command ran", held=False)
    p.key("C-u")
    p.enter("edit the greeting")
    if p.see(ASK, 20):
        p.shot("waiting", "approve-edit", "Write permission dialog", held=False)
        p.key("Enter")
        p.see(ASK, 10, gone=True)
        p.open(0)
        time.sleep(2.5)
        p.shot("idle", "after-approved-edit", "edit approved; turn over", held=False)
    p.close()


def more(cols, rows):
    p = start(cols, rows, "-m")
    p.launch(CMD, READY, moments=())
    p.enter("which database should we take")
    if p.see(r"SQLite", 20):
        time.sleep(1)
        p.shot("waiting", "question", "AskUserQuestion", held=False)
        time.sleep(5)
        p.shot("waiting", "question-later", "AskUserQuestion, 5 s later", held=False)
        p.key("Enter", gap=1)
        p.open(0)
        time.sleep(2)
        p.shot("idle", "after-question", "question answered; turn over", held=False)
    p.enter("fetch the page")
    if p.see(ASK, 15):
        p.shot("waiting", "approve-fetch", "WebFetch permission dialog", held=False)
        p.key("Escape", gap=2)
    p.key("C-u")
    p.enter("make a list of steps")
    time.sleep(4)
    p.shot("working", "todo", "a list of steps is shown, the model thinks on", held=True)
    p.open(0, 30)
    time.sleep(2)
    p.shot("idle", "after-todo", "list of steps shown, turn over", held=False)
    for prompt, scene, variant, how in (
            ("what would you need to know", "asktext", "question-in-text", "the answer ends in a plain-text question"),
            ("quote the screens", "quote", "quote-busy-phrases", "the answer quotes other agents' screens"),
            ("show the code", "code", "code-with-phrases", "code block with look-alike phrases"),
            ("list all modules", "longlist", "long-list", "40-line answer")):
        if p.turn(prompt, scene):
            p.shot("idle", variant, how, held=False)
    p.enter("wait for the server")
    if p.see(ASK, 20):
        p.key("Enter")
        p.running("sleep 75")
        time.sleep(6)
        p.shot("working", "tool-silent", "silent command runs", frames=2, held=False, child="sleep 75")
        p.key("Escape", gap=2)
    p.key("C-u")
    p.enter("/compact")
    if p.asked("compact"):
        time.sleep(1)
        p.shot("compacting", "slash-compact", "/compact, mock holds the summary", frames=3, held=True)
        p.open(0, 30)
        time.sleep(2)
        p.shot("idle", "after-compact", "/compact done", held=False)
    for command, variant in (("/model", "model-picker"), ("/help", "help"), ("/config", "config"), ("/permissions", "permissions")):
        p.enter(command)
        time.sleep(1.5)
        p.shot("menu", variant, command + " opened by the user", held=False)
        p.key("Escape", gap=1)
    p.key("BTab", "BTab")
    p.shot("idle", "plan-mode", "Shift+Tab twice", held=False)
    p.enter("make a plan")
    if p.see(r"Would you like to proceed|ready to", 15):
        p.shot("waiting", "approve-plan", "plan approval dialog", held=False)
        p.key("Escape", gap=2)
        p.shot("interrupted", "plan-declined", "Esc in the plan dialog", held=False)
    p.key("C-u")
    p.enter("/exit")
    p.see(r"dev@box:[^\n]*# *\s*$", 10)
    time.sleep(1)
    p.shot("exited", "slash-exit", "/exit", held=False)
    p.enter("ls")
    time.sleep(1)
    p.shot("exited", "slash-exit-then-ls", "/exit, then the user ran ls", held=False)
    p.close()


def errors(cols, rows):
    p = start(cols, rows, "-e")
    p.launch(CMD, READY, moments=())
    p.enter("there is server trouble")
    p.retrying("e500", "retrying-500", "HTTP 500: the agent retries", gap=0.7)
    p.key("Escape", gap=2)
    p.shot("interrupted", "retrying", "Esc while it waited for the next try", held=False)
    p.key("C-u")
    p.enter("there is an overload")
    p.retrying("e529", "retrying-529", "HTTP 529 overloaded_error: the agent retries", gap=0.7)
    p.key("Escape", gap=2)
    p.key("C-u")
    p.enter("too many requests")
    p.retrying("e429", "retrying-429", "HTTP 429 with retry-after 20", gap=0.7)
    p.key("Escape", gap=2)
    p.key("C-u")
    p.enter("bad key please")
    p.final("error", "e401", "http-401", "HTTP 401 authentication_error")
    p.enter("too long a prompt")
    p.final("error", "e400", "http-400-too-long", "HTTP 400 prompt too long")
    if p.turn("is it done", "done"):
        p.shot("idle", "recovered-after-errors", "a later turn worked; the errors are still in the transcript", held=False)
    p.key("C-c", "C-c")
    p.see(r"dev@box:[^\n]*# *\s*$", 10)
    time.sleep(1)
    p.shot("exited", "ctrl-c-twice", "Ctrl-C twice at an idle prompt", held=False)
    p.close()
    p = start(cols, rows, "-x", env={"CLAUDE_CODE_MAX_RETRIES": "1"})
    p.launch(CMD, READY, moments=())
    for prompt, label, scene, variant, how in (
            ("there is server trouble", "error", "e500", "http-500", "HTTP 500 on every try"),
            ("there is an overload", "error", "e529", "http-529", "HTTP 529 on every try"),
            ("drop the line", "error", "drop", "dropped-stream", "connection closed mid-stream"),
            ("too many requests", "rate_limited", "e429", "http-429", "HTTP 429 on every try"),
            ("there is no credit", "rate_limited", "einsufficient", "http-429-quota", "HTTP 429, quota text, on every try")):
        p.key("C-u")
        p.enter(prompt)
        p.final(label, scene, variant, how, quiet=8, timeout=70)
    if p.turn("is it done", "done"):
        p.shot("idle", "recovered-after-limit", "a later turn worked; the limit message is still in the transcript", held=False)
    p.close()


def crash(cols, rows):
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
            p.see(ASK, 15)
        p.kill("claude")
        p.shot("crashed", "sigkill-" + kind, "SIGKILL to the agent's processes while " + kind)
        p.enter("ls")
        time.sleep(0.7)
        p.shot("crashed", "sigkill-%s-then-ls" % kind, "SIGKILL while %s, then the user ran ls" % kind)
        p.close()


PARTS = ["trust", "main", "more", "errors", "crash"]
