"""Codex CLI against the mock."""
import time

from record import PORT, PROJECT, Pane, reset, version

V = version("codex", "@openai/codex")
READY = r"(?m)^› .*\n"
CMD = "codex"
CONFIG = """model = "mock-1"
model_provider = "mock"
check_for_update_on_startup = false
approval_policy = "%s"
sandbox_mode = "%s"

[model_providers.mock]
name = "Mock"
base_url = "http://127.0.0.1:%d/v1"
wire_api = "responses"
env_key = "MOCK_API_KEY"
request_max_retries = 4
stream_max_retries = 3

[analytics]
enabled = false

[tui]
animations = true
"""


def start(cols, rows, tag="", policy="on-request", sandbox="workspace-write", trusted=True, login=False, direct=None):
    name = "codex%s-%dx%d" % (tag, cols, rows)
    config = CONFIG % (policy, sandbox, PORT)
    if login:
        config = ""
    if not trusted:  # with a policy of its own the agent does not ask
        config = "".join(l for l in config.splitlines(True) if not l.startswith(("approval_policy", "sandbox_mode")))
    if trusted:
        config += '\n[projects."/srv/dev/work/%s"]\ntrust_level = "trusted"\n' % name
    reset("home/" + name, {".codex/config.toml": config})
    reset("work/" + name, PROJECT)
    return Pane("codex", V, cols, rows, work=name, direct=direct, env={
        "HOME": "/srv/dev/home/" + name, "MOCK_API_KEY": "mock-key",
        "PATH": "/srv/dev/npm/codex/node_modules/.bin:/usr/local/bin:/usr/bin:/bin"})


def trust(cols, rows):
    p = start(cols, rows, "-t", trusted=False)
    if p.launch(CMD, r"(?i)trust", moments=(), timeout=15):
        p.shot("waiting", "trust-folder", "first start in a folder")
        p.key("Down")
        p.shot("waiting", "trust-folder-moved", "the second choice of the trust dialog selected")
    p.close()
    p = start(cols, rows, "-l", login=True)
    if not p.launch(CMD, r"(?i)sign in", moments=(), timeout=15):
        return
    p.shot("waiting", "login-picker", "first start without any login")
    p.key("Down", "Down", "Enter")
    time.sleep(1.5)
    p.shot("waiting", "login-api-key", "the API key is asked for")
    p.close()


def main(cols, rows):
    p = start(cols, rows)
    if not p.launch(CMD, READY, moments=(0.1, 0.3, 0.6, 1.0)):
        print("NOT READY", p.screen())
        return
    time.sleep(3)
    p.shot("idle", "fresh", "trusted, nothing asked", held=False)
    p.type("please tidy the parser when")
    p.shot("draft", "text-typed", "typed, not submitted", held=False)
    p.key("C-u")
    p.type("/")
    time.sleep(1)
    p.shot("draft", "slash-popup", "\"/\" typed, completion popup shown", held=False)
    p.key("Escape", "C-u")
    p.enter("think about the parser")
    p.asked("think")
    time.sleep(1)
    p.shot("working", "thinking", "the response is open, no token yet", frames=3, held=True)
    p.type("and then the docs")
    p.shot("working", "thinking-draft", "the response is open, unsent text typed", held=True)
    p.key("C-u", "Escape")
    p.open(0)
    time.sleep(1.5)
    p.shot("interrupted", "thinking", "Esc before any output", held=False)
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
    time.sleep(3.5)
    p.shot("working", "reasoning", "reasoning streams", frames=2, held=True)
    p.open(0, 40)
    time.sleep(2)
    p.shot("idle", "after-reasoning", "reasoned and answered", held=False)
    p.enter("run the build")
    if p.see(r"Would you like|Yes, ", 20):
        p.shot("waiting", "approve-command", "command approval dialog", held=False)
        time.sleep(5)
        p.shot("waiting", "approve-command-later", "same dialog 5 s later", held=False)
        p.key("Escape")
        time.sleep(2)
        p.shot("interrupted", "denied-command", "dialog answered with Esc", held=False)
    p.enter("compile all units")
    if p.see(r"Would you like|Yes, ", 20):
        p.key("y")
        p.running("build.py --all")
        time.sleep(3)
        p.shot("working", "tool", "approved long command runs", frames=3, held=False, child="build.py --all")
        p.type("and then")
        p.shot("working", "tool-draft", "same command, unsent text typed", held=False, child="build.py --all")
        p.key("C-u", "Escape")
        time.sleep(2)
        p.shot("interrupted", "tool", "Esc while the command ran", held=False)
    p.close()


def more(cols, rows):
    p = start(cols, rows, "-m", sandbox="read-only")
    p.launch(CMD, READY, moments=())
    p.enter("edit the greeting")
    if p.see(r"Would you like", 20):
        p.shot("waiting", "approve-edit", "apply_patch in a read-only sandbox", held=False)
        time.sleep(5)
        p.key("Down")
        p.shot("waiting", "approve-edit-moved", "same dialog, second choice selected", held=False)
        p.key("y")
        p.see("Would you like", 10, gone=True)
        p.open(0)
        time.sleep(2.5)
        p.shot("idle", "after-approved-edit", "edit approved; turn over", held=False)
    p.enter("wait for the server")
    if p.see(r"Would you like", 20):
        p.key("y")
        p.running("sleep 75")
        time.sleep(6)
        p.shot("working", "tool-silent", "silent command runs", frames=2, held=False, child="sleep 75")
        p.key("Escape")
        time.sleep(1.5)
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
    p.enter("/compact")
    if p.asked("compact"):
        time.sleep(1)
        p.shot("compacting", "slash-compact", "/compact, mock holds the summary", frames=3, held=True)
        p.open(0, 30)
        time.sleep(2)
        p.shot("idle", "after-compact", "/compact done", held=False)
    for command, variant in (("/model", "model-picker"), ("/permissions", "permissions"), ("/resume", "resume")):
        p.enter(command)
        time.sleep(1.5)
        p.shot("menu", variant, command + " opened by the user", held=False)
        p.key("Escape", gap=1)
    p.enter("/status")
    time.sleep(1.5)
    p.shot("idle", "after-status", "/status printed its box", held=False)
    p.enter("/quit")
    p.see(r"dev@box:[^\n]*# *\s*$", 10)
    time.sleep(1)
    p.shot("exited", "slash-quit", "/quit", held=False)
    p.enter("ls")
    time.sleep(1)
    p.shot("exited", "slash-quit-then-ls", "/quit, then the user ran ls", held=False)
    p.close()


def errors(cols, rows):
    p = start(cols, rows, "-e")
    p.launch(CMD, READY, moments=())
    p.enter("there is server trouble")
    p.retrying("e500", "retrying-500", "HTTP 500: the agent retries", gap=0.7)
    p.final("error", "e500", "http-500", "HTTP 500 on every try", timeout=60, quiet=10)
    p.enter("too many requests")
    p.final("error" if False else "rate_limited", "e429", "http-429", "HTTP 429 rate_limit_exceeded", timeout=60, quiet=10)
    p.enter("drop the line")
    p.retrying("drop", "reconnecting", "connection closed mid-stream: the agent reconnects", gap=0.5)
    p.final("error", "drop", "dropped-stream", "connection closed mid-stream on every try", timeout=60, quiet=12)
    p.enter("bad key please")
    p.final("error", "e401", "http-401", "HTTP 401 invalid_api_key")
    p.enter("too long a prompt")
    p.final("error", "e400", "http-400-too-long", "HTTP 400 context_length_exceeded")
    if p.turn("is it done", "done"):
        p.shot("idle", "recovered-after-errors", "a later turn worked; the errors are still in the transcript", held=False)
    p.enter("the quota is gone")
    p.final("rate_limited", "equota", "usage-limit", "HTTP 429 usage_limit_reached")
    p.enter("there is no credit")
    p.final("rate_limited", "einsufficient", "insufficient-quota", "HTTP 429 insufficient_quota", quiet=10)
    if p.turn("is it done", "done"):
        p.shot("idle", "recovered-after-limit", "a later turn worked; the limit message is still in the transcript", held=False)
    p.key("C-c", "C-c")
    p.see(r"dev@box:[^\n]*# *\s*$", 10)
    time.sleep(1)
    p.shot("exited", "ctrl-c-twice", "Ctrl-C at an idle prompt", held=False)
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
            p.see("Would you like", 15)
        p.kill("codex")
        p.shot("crashed", "sigkill-" + kind, "SIGKILL to the agent's processes while " + kind)
        p.enter("ls")
        time.sleep(0.7)
        p.shot("crashed", "sigkill-%s-then-ls" % kind, "SIGKILL while %s, then the user ran ls" % kind)
        p.close()


PARTS = ["trust", "main", "more", "errors", "crash"]
