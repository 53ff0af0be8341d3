# SPDX-License-Identifier: Apache-2.0
"""What people do all day beside what stands in common.py, with other names, files, commands and texts: parts
`typing turns approvals openings endings`. Nothing here is a scene of another part, so that in a size of its own it scores
what no rule was made with."""
import json
import os
import subprocess
import time

from common import begin, clear, is_there, stop
from record import ROOT, reset, state

FILES = {"Cargo.toml": "[package]\nname = \"ledger\"\nversion = \"2.4.1\"\nedition = \"2021\"\n", "VERSION": "2.4.1\n",
         "src/ledger/invoice.rs": "pub fn total(cents: &[i64]) -> i64 {\n    cents.iter().sum()\n}\n", "src/lib.rs": "pub mod ledger;\n",
         "migrations/0042_add_totals.sql": "ALTER TABLE invoices ADD COLUMN totals_cents bigint;\n", "docs/rounding.md": "# Rounding\n\nHalf even.\n"}
PASTE = "\n".join(["Traceback of last night, please have a look:"] + ["  %02d  ledger/totals.py:%d in settle  ? Continue (y/n) 1. Yes 2. No" % (n, 100 + 7 * n) for n in range(1, 39)] + ["KeyError: 'cents'"])
DESK = '''import json, sys
TOOL = {"name": "lookup_ticket", "description": "Look up a ticket", "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}, "with_comments": {"type": "boolean"}}, "required": ["id"]}}
for line in sys.stdin:
    m = json.loads(line)
    if "id" not in m:
        continue
    r = {"initialize": lambda: {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "desk", "version": "1"}},
         "tools/list": lambda: {"tools": [TOOL]}, "tools/call": lambda: {"content": [{"type": "text", "text": "LEDG-4711: totals drift by a cent"}]}}.get(m["method"], lambda: {})()
    print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": r}), flush=True)
'''


def dressed(spec, start, mcp=False):
    """(spec, start) with another model's name, other files below a branch, and, if asked for, a server of tools."""
    def other(value):
        return json.loads(json.dumps(value).replace("mock-1", "granite-xl").replace("Mock 1", "Granite XL"))

    def place(name, url):
        files, env = spec["place"](name, url)
        files, env = other(files), other(env)
        if spec["agent"] == "claude":  # else it offers some tools only when searched for
            env["ENABLE_TOOL_SEARCH"] = "false"
        if mcp:
            serve(spec["agent"], files, "/srv/dev/home/%s/desk.py" % name)
        return files, env

    def begun(tag=""):
        p = start("-ledger" + tag, place)
        reset(p.work[len(ROOT) + 1:], FILES)
        for words in (["init", "-q", "-b", "feat/cents-2026"], ["add", "."], ["-c", "user.name=d", "-c", "user.email=d@box", "commit", "-qm", "start"]):
            subprocess.run(["git", "-C", p.work] + words, check=False, capture_output=True)
        return p
    settle = max(spec.get("settle", 0), 9 if spec["agent"] == "codex" else 0)  # it goes on starting for long
    return dict(spec, settle=settle, cmd=spec["cmd"].replace("mock-1", "granite-xl"), ready=spec["ready"].replace("mock-1", "granite-xl")), begun


def serve(agent, files, path):
    """Tells the agent of the server, each in its own way."""
    files["desk.py"] = DESK
    plain = {"command": "python3", "args": [path]}
    if agent == "claude":
        files[".claude.json"]["mcpServers"] = {"desk": dict(plain, type="stdio")}
    elif agent in ("gemini", "qwen"):
        files[".%s/settings.json" % agent]["mcpServers"] = {"desk": plain}
    elif agent == "codex":
        files[".codex/config.toml"] += '\n[mcp_servers.desk]\ncommand = "python3"\nargs = ["%s"]\n' % path
    elif agent in ("opencode", "kilo"):
        config = files[".config/opencode/opencode.json" if agent == "opencode" else ".config/kilo/kilo.json"]
        config["mcp"] = {"desk": {"type": "local", "command": ["python3", path], "enabled": True}}
        config["permission"]["desk*"] = "ask"
    elif agent == "copilot":
        files[".copilot/mcp-config.json"] = {"mcpServers": {"desk": dict(plain, type="local", tools=["*"])}}
    elif agent == "omp":
        files[".omp/agent/mcp.json"] = {"mcpServers": {"desk": plain}}
    elif agent == "continue":
        files[".continue/config.yaml"] += "mcpServers:\n  - name: desk\n    command: python3\n    args: [%s]\n" % path


def turned(p, prompt, scene, settle=2.0):
    """A turn that is over on the screen as well: on a busy machine an agent draws for seconds after the mock has ended."""
    done = p.turn(prompt, scene, settle=settle)
    end, before = time.time() + 20, ""
    while done and time.time() < end and before != p.screen():
        before = p.screen()
        time.sleep(1.2)
    return done


def unsent(p, variant, how):
    """A draft, if nothing was asked by it."""
    before = state()["seen"]
    time.sleep(0.8)
    if state()["seen"] == before and not state()["open"]:
        p.shot("draft", variant, how, held=False)


def typing(spec, start):
    spec, start = dressed(spec, start)
    p = begin(spec, start, "-y")
    p.shot("idle", "ledger-fresh", "another folder, branch and model", held=False)
    seen = state()["seen"]
    p.type("please rename these:")
    p.key("C-j")
    p.type("- total_net to net_cents")
    p.key("C-j")
    p.type("- 2. Yes, total_vat to vat_cents")
    if state()["seen"] == seen:
        unsent(p, "three-lines", "three lines typed, Ctrl-J between them")
        p.key("Up", "Home", gap=0.4)
        unsent(p, "three-lines-up", "the cursor one line up, at its begin")
        p.key("Escape", gap=0.6)
        if p.see("rename these", 0.3):
            p.shot("draft", "escape-once", "Escape once over a draft", held=False)
    p.close()
    p = begin(spec, start, "-y")
    p.paste(PASTE)
    unsent(p, "pasted-40", "40 lines pasted")
    p.type(" and mend it")
    unsent(p, "pasted-40-more", "words behind 40 pasted lines")
    p.close()
    p = begin(spec, start, "-y")
    p.type("compare @src/le")
    time.sleep(1)
    unsent(p, "file-named", "a file is being named")
    p.key("Escape", "C-u", gap=0.7)
    if not p.see("compare", 0.3):
        p.type("/mo")
        time.sleep(1)
        unsent(p, "slash-mo", "a command is being typed")
    p.close()
    p = begin(spec, start, "-y")
    if turned(p, "what is here", "done"):
        p.key("Up", gap=1)
        if p.see(r"(?s)what is here.*what is here", 0.5):
            unsent(p, "recalled", "the last message recalled by Up")
        p.key("C-u", gap=0.5)
        p.key("BTab", gap=1.2)
        if is_there(p):
            p.shot("idle", "shift-tab", "Shift-Tab once: another mode", held=False)
        p.key("BTab", gap=1.2)
        p.shot("idle", "shift-tab-twice", "Shift-Tab twice: another mode", held=False)
    p.close()
    p = begin(spec, start, "-y")
    p.type("!")
    p.type("sleep 41")
    p.key("Enter")
    if p.running(r"sleep 41", 5):
        time.sleep(1.5)
        p.shot("working", "shell-mode-runs", "a command of the person's own runs", child=r"sleep 41")
    p.close()


def turns(spec, start):
    spec, start = dressed(spec, start)
    p = begin(spec, start, "-t")
    p.enter("summarize the ledger")
    if p.asked("ponder"):
        time.sleep(2)
        p.shot("working", "ledger-thinks", "no token yet", held=True)
        for text in ("also say who wrote it", "and 3. when, esc to interrupt"):
            p.enter(text)
            time.sleep(0.7)
        p.shot("working", "two-queued", "two further messages sent meanwhile", held=True)
        p.paste(PASTE)
        p.shot("working", "pasted-meanwhile", "40 lines pasted while it thinks", held=True)
    p.close()
    p = begin(spec, start, "-t")
    p.enter("split this into steps")
    if spec["ask"] and p.see(spec["ask"], 4):
        p.key(*spec["yes"])
    if p.asked("checklist", 10):
        time.sleep(3.5)
        p.shot("working", "seven-steps", "a list of seven steps above the prompt", frames=2, held=True)
        p.type("skip the last")
        p.shot("working", "seven-steps-draft", "the list, words typed", held=True)
        clear(p, spec)
        stop(p, spec)
        if p.open(0, 2):
            p.shot("interrupted", "seven-steps-stopped", "stopped under the list", held=False)
    p.close()
    p = begin(spec, start, "-t")
    p.enter("write up the migration")
    if p.asked("stroll"):
        time.sleep(8)
        p.shot("working", "writes-table", "a table and code stream", held=True)
        time.sleep(12)
        p.shot("working", "writes-on", "a paragraph streams", frames=2, held=True)
        stop(p, spec)
    p.close()
    p = begin(spec, start, "-t")
    for prompt, scene, variant, how in (("what do you suggest", "suggest", "suggests-three", "the answer ends in options and (y/n)"),
                                        ("show the installer output", "installer", "installer-output", "the answer quotes spinners")):
        if turned(p, prompt, scene, settle=4):
            p.shot("idle", variant, how, held=False)
    p.enter("audit the crates")
    if spec["ask"] and p.see(spec["ask"], 3):
        p.key(*spec["yes"])
    if p.asked("ponder", 12):
        time.sleep(3)
        p.shot("working", "audit", "a second agent thinks", frames=2, held=True)
    p.close()
    p = begin(spec, start, "-t")
    p.enter("watch the suite")
    if spec["ask"] and p.see(spec["ask"], 15):
        p.key(*spec["yes"])
    if p.running(r"sleep 0.71", 15):
        time.sleep(9)
        p.shot("working", "suite-runs", "a command prints", frames=2, held=False, child=r"sleep 0.71|seq 1 90")
        p.enter("then the linter")
        time.sleep(1)
        p.shot("working", "suite-queued", "a command prints, a message is queued", held=False, child=r"sleep 0.71|seq 1 90")
        p.key("C-b", gap=2)
        stop(p, spec)
    p.close()


ASKED = (("bootstrap the toolchain", "pipe", "toolchain", "a command of five lines"), ("port the invoice", "invoice", "long-diff", "a new file of 115 lines"),
         ("bump the version", "bump", "one-line", "a file of one line"), ("check both trees", "bothtrees", "both-trees", "two commands at once"),
         ("look up the changelog", "page", "changelog", "a page"), ("look up the ticket", "ticket", "ticket", "a tool of a server"),
         ("which rollout", "rollout", "rollout", "two long choices"), ("pick the region", "region", "region", "four choices"),
         ("interview me", "interview", "interview", "three questions"))


def approvals(spec, start):
    spec, start = dressed(spec, start, mcp=True)
    words = r"Frankfurt|eu-north|All at once|Half even"
    for number, (prompt, scene, variant, how) in enumerate(ASKED):
        asks = words if scene in ("rollout", "region", "interview") else spec["ask"]
        if not asks:
            continue
        p = begin(spec, start, "-a")
        time.sleep(2 if scene == "ticket" else 0)
        p.enter(prompt)
        if not p.asked(scene, 15) or not p.see(asks, 12) or not p.open(0, 5):
            print("NO DIALOG", spec["agent"], scene, p.screen()[-600:], flush=True)
            p.close()
            continue
        time.sleep(1.5)
        p.shot("waiting", variant, how, held=False)
        if number % 3 == 0:
            p.key("Down", "Down", gap=0.4)
            p.shot("waiting", variant + "-down", how + ", Down twice", held=False)
        if scene == "interview":
            p.key("Right", gap=0.7)
            p.shot("waiting", variant + "-right", how + ", the second", held=False)
        if scene == "bothtrees":
            p.key(*spec["yes"], gap=1.5)
            if p.see(spec["ask"], 3):
                p.shot("waiting", variant + "-second", how + ", the second of them", held=False)
        if scene == "bump":
            p.key(*spec["no"], gap=2)
            if not p.see(spec["ask"], 0.5):
                p.open(0, 10)
                p.shot("interrupted", variant + "-denied", "denied", held=False)
        p.close()


def openings(spec, start):
    spec, start = dressed(spec, start)
    p = begin(spec, start, "-o")
    if turned(p, "what is here", "done"):
        p.key("C-r", gap=1)
        p.type("wha")
        if is_there(p):
            p.shot("menu", "history-searched", "Ctrl-R, then letters", held=False)
    p.close()
    for command, _ in tuple(spec.get("menus", ())[:2]) + tuple(spec.get("lists", ())[:2]) + (("/resume", ""), ("/rewind", "")):
        p = begin(spec, start, "-o")
        turned(p, "what is here", "done")
        seen = state()["seen"]
        p.enter(command)
        time.sleep(2.5)
        p.key("Down", "Down", gap=0.4)
        if is_there(p) and state()["seen"] == seen:  # else the agent took it for a message
            p.shot("menu", "list-" + command.strip("/"), command + ", Down twice", held=False)
        p.close()


def endings(spec, start):
    spec, start = dressed(spec, start)
    if spec.get("compact"):
        p = begin(spec, start, "-n")
        turned(p, "what is here", "done")
        turned(p, "what do you suggest", "suggest")
        p.enter(spec["compact"])
        if p.asked("compact"):
            time.sleep(1.5)
            p.shot("compacting", "compact-runs", "the summary is awaited", held=True)
            p.type("meanwhile")
            p.shot("compacting", "compact-draft", "the summary is awaited, words typed", held=True)
        p.close()
    p = begin(spec, start, "-n")
    if turned(p, "read the whole history", "fat", settle=3):
        p.shot("idle", "context-full", "the answer filled the context by nine tenths", held=False)
    p.close()
    for prompt, scene, label, how in (("there is organisation trouble", "e403", "error", "HTTP 403"), ("there is an unknown model", "e404", "error", "HTTP 404"),
                                      ("the allowance is used up", "weekly", "rate_limited", "HTTP 429, back in 90 minutes")):
        p = begin(spec, start, "-n")
        turned(p, "what is here", "done")
        p.enter(prompt)
        p.final(label, scene, scene, how, quiet=14, timeout=60)
        p.close()
    p = begin(spec, start, "-n")
    turned(p, "what is here", "done")
    p.enter("summarize the ledger")
    p.asked("ponder")
    time.sleep(1.5)
    p.kill(spec["kill"])
    p.shot("crashed", "ledger-killed", "SIGKILL while it thinks")
    p.close()
