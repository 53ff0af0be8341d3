# SPDX-License-Identifier: Apache-2.0
"""What people meet beside what stands in daily.py: parts `grants tools plans recalls sessions firsts pickers`: tools of a server and
pages to be allowed, plans to be approved, messages recalled, lists of earlier sessions, what an agent asks at its first start
and on the way through it, models picked. Texts, files and commands are no other part's."""
import time

from common import begin, clear, is_there
from daily import dressed, turned, unsent
from record import ROOT, reset, state

SERVER = '''import json, sys
TOOLS = [{"name": "run_query", "description": "Run SQL in the warehouse", "annotations": {"destructiveHint": True, "openWorldHint": True},
          "inputSchema": {"type": "object", "properties": {"sql": {"type": "string"}, "limit": {"type": "integer"}}, "required": ["sql"]}}]
for line in sys.stdin:
    m = json.loads(line)
    if "id" not in m:
        continue
    r = {"initialize": lambda: {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "warehouse", "version": "1"}},
         "tools/list": lambda: {"tools": TOOLS}, "tools/call": lambda: {"content": [{"type": "text", "text": "17 rows"}]}}.get(m["method"], lambda: {})()
    print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}), flush=True)
'''


def served(spec, start):
    """As daily's, with another server."""
    _, begun = dressed(spec, start, mcp=True)

    def with_server(tag=""):
        p = begun(tag)
        reset(p.env["HOME"][len(ROOT) + 1:], {"desk.py": SERVER})
        return p
    spec, _ = dressed(spec, start)
    return spec, with_server


def tools(spec, start):
    """The server's tool alone, as where an agent offers its tools in groups."""
    grants(spec, start, ASKED[:1])


ASKED = (("ask the warehouse", "warehouse", "server-tool"), ("see the release notes", "notes", "page"),
         ("look into the hosts", "hosts", "file-elsewhere"), ("tag the release", "tagging", "tag-and-push"))


def grants(spec, start, asked=ASKED):
    """A server's tool, a page, a file elsewhere, a command that changes its folder: each to be allowed."""
    spec, start = served(spec, start)
    for prompt, scene, variant in asked:
        p = begin(spec, start, "-g")
        time.sleep(2 if scene == "warehouse" else 0)
        p.enter(prompt)
        if not p.asked(scene, 15) or not p.see((spec["ask"] or "^$") + r"|[›❯>●] 1\. |enter to submit", 10):
            print("NO DIALOG", spec["agent"], scene, p.screen()[-900:], flush=True)
            p.close()
            continue
        time.sleep(1.5)
        p.shot("waiting", variant, "a dialog: " + variant, held=False)
        p.key("Down", gap=0.6)
        p.shot("waiting", variant + "-down", "a dialog: " + variant + ", Down once", held=False)
        if scene in ("warehouse", "tagging"):
            p.key("Up", gap=0.5)
            p.key(*spec["yes"], gap=2.5)
            if p.open(0, 5):
                p.shot("idle", variant + "-allowed", "allowed, and the turn is over", held=False)
        p.close()


def plans(spec, start):
    """Plan mode, reached by the keys that people use, and a plan to be approved."""
    spec, start = dressed(spec, start)
    for prompt in ("draft the cutover",) + (("propose a plan",) if spec["agent"] == "codex" else ()):
        p = begin(spec, start, "-p")
        for _ in range(4):
            if p.see(r"(?i)\bplan\b[^\n]*mode|\[plan\]|plan \(shift|●\s*plan", 0.6):
                break
            p.key("Tab" if spec["agent"] == "cline" else "BTab", gap=1.2)
        p.shot("idle", "plan-mode-by-keys", "plan mode", held=False)
        p.enter(prompt)
        time.sleep(5)
        p.open(0, 15)
        time.sleep(2)
        p.shot("waiting", "plan-shown", "a plan was shown", held=False)
        p.key("Down", gap=0.6)
        p.shot("waiting", "plan-shown-down", "a plan was shown, Down once", held=False)
        p.key("Down", gap=0.6)
        p.type("but not on a Friday")
        p.shot("waiting", "plan-remarked", "a plan was shown, Down twice, words typed", held=False)
        p.close()


def recalls(spec, start):
    """Messages recalled from the history, edited, or left again."""
    spec, start = dressed(spec, start)
    p = begin(spec, start, "-r")
    if turned(p, "what is here, in short?", "done") and turned(p, "is it done, and why (y/n)?", "done"):
        p.key("Up", gap=1)
        unsent(p, "up-once", "the last message recalled")
        p.key("Up", gap=1)
        unsent(p, "up-twice", "the message before the last recalled")
        p.type(" please")
        unsent(p, "up-edited", "a recalled message, words added")
        p.key("Home", gap=0.6)
        unsent(p, "up-home", "a recalled message, the cursor at its begin")
        p.key("End", *spec["clear"], gap=0.6)
        p.key("Down", "Down", gap=0.6)
        p.shot("idle", "down-again", "the history left by Down", held=False)
        p.key("C-r", gap=1)
        p.type("why")
        time.sleep(0.6)
        p.shot("menu", "searched-why", "Ctrl-R, then a word of an earlier message", held=False)
        p.key("Enter", gap=1.2)
        unsent(p, "searched-taken", "an earlier message taken from the search")
    p.close()


RESUME = {"claude": "claude --resume", "codex": "codex resume", "copilot": "copilot --resume", "qwen": "qwen --resume", "continue": "cn --resume", "cline": "cline history", "gemini": "gemini --resume latest",
          "kilo": "kilo --continue", "droid": "droid --resume", "omp": "omp --model mock/mock-1 --resume", "letta": "letta --backend local --resume"}


def sessions(spec, start):
    """Lists of earlier sessions: by a command, and at the start."""
    spec, start = dressed(spec, start)
    p = begin(spec, start, "-l")
    for prompt in ("what is here: the invoices", "is it done with (y/n)? 1. Yes 2. No"):
        turned(p, prompt, "done")
        p.enter(spec["quit"])
        p.see(r"dev@box:[^\n]*# *\s*$", 12)
        time.sleep(1)
        p.enter(spec["cmd"])
        pattern, keys = spec.get("greeting", ("", []))
        if not p.see(r"(?s)" + (pattern or spec["ready"]), 30):
            break
        time.sleep(3 + spec.get("settle", 0))
        p.key(*keys)
    for command in {"cline": ("/history",), "gemini": ("/resume", "/chat list")}.get(spec["agent"], ("/resume",)):
        seen = state()["seen"]
        p.enter(command)
        time.sleep(2.5)
        if is_there(p) and state()["seen"] == seen:
            p.shot("menu", "sessions-" + command.strip("/").replace(" ", "-"), command, held=False)
            p.key("Down", gap=0.6)
            p.shot("menu", "sessions-%s-down" % command.strip("/").replace(" ", "-"), command + ", Down once", held=False)
            p.type("inv")
            p.shot("menu", "sessions-%s-typed" % command.strip("/").replace(" ", "-"), command + ", letters typed", held=False)
        p.key("Escape", gap=0.8)
        p.key("Escape", gap=0.8)
        clear(p, spec)
        if not is_there(p):
            break
    p.close()
    if spec["agent"] not in RESUME:
        return
    p = start("-l")
    p.enter(RESUME[spec["agent"]])
    time.sleep(8)
    if is_there(p):
        p.shot("menu", "sessions-at-start", RESUME[spec["agent"]], held=False)
        p.key("Down", gap=0.6)
        p.shot("menu", "sessions-at-start-down", RESUME[spec["agent"]] + ", Down once", held=False)
        p.key("Enter", gap=4)
        p.shot("idle", "session-taken", "an earlier session is open again", held=False)
    p.close()


def pickers(spec, start):
    """Models and the like picked: moved, searched by letters, what follows on Enter."""
    spec, start = dressed(spec, start)
    for command in ("/model", "/theme", "/permissions", "/mcp", "/agents", "/approval-mode"):
        p = begin(spec, start, "-k")
        seen = state()["seen"]
        p.enter(command)
        time.sleep(2)
        if is_there(p) and state()["seen"] == seen:
            variant = "picker-" + command.strip("/")
            p.shot("menu", variant, command, held=False)
            p.key("Down", gap=0.7)
            p.shot("menu", variant + "-down", command + ", Down once", held=False)
            p.key("Enter", gap=2)
            p.shot("menu", variant + "-enter", command + ", Down, Enter", held=False)
        p.close()


def steps(p, command, variant, keys, settle=9):
    """A first start, and what each key makes of it."""
    p.enter(command)
    time.sleep(settle)
    if not is_there(p):
        print("ENDED", command, variant, p.screen().rstrip()[-600:], flush=True)
    else:
        p.shot("waiting", variant, command)
    for number, key in enumerate(keys, 1):
        if not is_there(p):
            break
        if len(key) > 6 and key[0] == "=":
            p.type(key[1:])
        else:
            p.key(key, gap=2.5)
        p.shot("waiting", "%s-%d" % (variant, number), "%s, then %s" % (command, " ".join(keys[:number])))
    p.close()


def firsts(spec, start):
    """The first start: a folder to be trusted, a login to be chosen, a key to be typed, a server of the folder to be allowed."""
    place, agent = spec["place"], spec["agent"]
    mcp = {".mcp.json": {"mcpServers": {"warehouse": {"command": "python3", "args": ["server.py"]}}}}

    def files(p, more):
        reset(p.work[len(ROOT) + 1:], more)
        return p

    def with_files(change=None, **more):
        def placed(n, u):
            f, e = place(n, u, **more)
            if change:
                change(f, e)
            return f, e
        return placed

    if agent == "claude":
        steps(start("-f1", with_files(trusted=False)), "claude", "first-trust", ["Down", "Up", "Enter"])
        steps(start("-f2", with_files(trusted=False, key=False)), "claude", "first-login", ["Down", "Enter", "Down", "Enter"])
        steps(files(start("-f3"), mcp), "claude", "project-server", ["Down", "Escape"])
        steps(files(start("-f4"), {"CLAUDE.md": "# rules\n\nsee @/srv/dev/home/shared-rules.md\n"}), "claude", "import-outside", ["Down"])
        def key(f, e):
            f[".claude.json"]["customApiKeyResponses"] = {"approved": [], "rejected": []}
        steps(start("-f5", with_files(key)), "claude", "key-found", ["Up", "Enter"])
        def sandboxed(f, e):
            e["IS_SANDBOX"] = "1"
        steps(start("-f6", with_files(sandboxed)), "claude --dangerously-skip-permissions", "bypass-offered", ["Down", "Enter"])
    if agent == "codex":
        steps(start("-f1", with_files(trusted=False)), "codex", "first-trust", ["Down", "Up", "Enter"])
        steps(start("-f2", with_files(login=True)), "codex", "first-login", ["Down", "Down", "Enter", "=sk-not-a-real-key"])
        steps(start("-f3", with_files(login=True)), "codex", "first-login-device", ["Down", "Enter"])
        steps(start("-f4", with_files(newer=True)), "codex", "newer", ["Down"])
        steps(start("-f5"), "codex --dangerously-bypass-approvals-and-sandbox", "bypass", [])
    if agent == "gemini":
        steps(start("-f1", with_files(trusted=False)), "gemini", "first-trust", ["Down", "Down", "Enter"], 12)
        steps(start("-f2", with_files(key=False)), "gemini", "first-login", ["Down", "Enter", "=AIza-not-a-real-key"], 12)
        steps(start("-f3"), "gemini --yolo", "yolo", [], 12)
        def agents(f, e):
            f[".gemini/settings.json"]["ide"] = {"enabled": True}
        steps(start("-f4", with_files(agents)), "gemini", "ide", [], 12)
    if agent == "qwen":
        steps(start("-f1", with_files(trusted=False)), "qwen", "first-trust", ["Down", "Down", "Enter"], 10)
        steps(start("-f2", with_files(key=False)), "qwen", "first-login", ["Down", "Enter", "Down", "Enter"], 10)
        steps(start("-f3"), "qwen --yolo", "yolo", [], 10)
    if agent == "copilot":
        steps(start("-f1", with_files(trusted=False)), "copilot", "first-trust", ["Down", "Down", "Up", "Enter"], 12)
        def signed_out(f, e):
            for name in list(e):
                if name.startswith("COPILOT_PROVIDER") or name in ("COPILOT_MODEL", "COPILOT_OFFLINE"):
                    del e[name]
        steps(start("-f2", with_files(signed_out)), "copilot", "first-login", ["=/login", "Enter", "Down", "Enter"], 12)
    if agent == "cline":
        def no_key(f, e):
            f.pop("setup.sh")
        steps(start("-f1", with_files(no_key)), "cline", "first-login", ["Down", "Enter", "Down", "Enter"], 8)
        steps(start("-f2"), "cline", "auto-approve", ["Escape"], 8)
    if agent == "continue":
        def bare(f, e):
            f.pop(".continue/config.yaml")
        steps(start("-f1", with_files(bare)), "cn", "first-login", ["Down", "Enter", "=sk-ant-not-a-real-key"], 9)
    if agent == "grok":
        def no_key(f, e):
            f.clear()
            for name in [name for name in e if name.startswith("GROK")]:
                e.pop(name)
        steps(start("-f1", with_files(no_key)), "grok", "first-login", ["=xai-not-a-real-key", "Enter"], 8)
    if agent == "nanocoder":
        steps(start("-f1", with_files(trusted=False)), "nanocoder", "first-trust", ["Down", "Up", "Enter"], 9)
        def bare(f, e):
            f.pop(".config/nanocoder/agents.config.json")
        steps(start("-f2", with_files(bare)), "nanocoder", "first-provider", ["Down", "Enter", "Down", "Enter"], 9)
    if agent == "letta":
        def alone(f, e):
            f.pop("setup.sh")
        steps(start("-f1", with_files(alone)), "letta", "first-login", ["Down", "Enter", "Down", "Enter"], 12)
    if agent == "omp":
        def fresh(f, e):
            f.pop(".omp/agent/config.yml")
        steps(start("-f1", with_files(fresh)), spec["cmd"], "first-setup", ["Down", "Enter", "Down", "Enter", "Escape"], 12)
    if agent == "kilo":
        def bare(f, e):
            f.clear()
        steps(start("-f1", with_files(bare)), "kilo", "first-connect", ["=/connect", "Enter", "Down", "Enter"], 14)
    if agent == "droid":
        steps(start("-f1"), "droid", "first-trust", ["Down", "Up", "Enter"], 12)
        steps(start("-f2", with_files(key=False)), "droid", "first-login", ["Down", "Enter"], 12)
