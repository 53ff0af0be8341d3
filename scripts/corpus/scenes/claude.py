# SPDX-License-Identifier: Apache-2.0
"""Claude Code. Its default is the auto mode by now, which has dialogs of its own: part auto."""
import time

PACKAGES = ["@anthropic-ai/claude-code@2.1.332"]
CMD = "claude"
SPEC = dict(ways=("/usage", "/doctor", "/release-notes", "/login", "/plugin", "/skills", "/rewind", "/tasks", "/keybindings", "/privacy-settings", "/add-dir", "/output-style"), starts=(("claude --continue", "continue-nothing"),),
            offers=((r"default permission mode\?", ["Escape"]),), ready=r"(?m)^[│\s]*[❯>](\s|$)", ask=r"Do you want|Would you like|Esc to cancel · Tab", quit="/exit", compact="/compact", kill="claude",
            menus=(("/model", "model-picker"), ("/help", "help"), ("/config", "config"), ("/permissions", "permissions"), ("/resume", "resume")),
            retries=("http-500", "http-529", "http-429", "no-credit"), forever=("http-500", "http-529", "http-429", "no-credit"), quiet=8, settle=1,
            lists=(("/mcp", "mcp"), ("/agents", "agents"), ("/status", "status"), ("/theme", "theme"), ("/memory", "memory"), ("/context", "context"), ("/hooks", "hooks"), ("/export", "export")))


def place(name, url, trusted=True, key=True, retries=None, mode="default", vim=False, status=""):
    done = {"hasTrustDialogAccepted": True, "allowedTools": [], "hasCompletedProjectOnboarding": True}
    config = {"hasCompletedOnboarding": True, "theme": "dark", "numStartups": 12, "autoUpdates": False, "lastOnboardingVersion": "2.1.332",
              "shiftEnterKeyBindingInstalled": True, "customApiKeyResponses": {"approved": ["mock-key"], "rejected": []},
              "projects": {"/srv/dev/work/" + name: done} if trusted else {}}
    env = {"ANTHROPIC_BASE_URL": url, "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1",
           "ANTHROPIC_API_KEY": "mock-key" if key else None, "CLAUDE_CODE_MAX_RETRIES": retries,
           "ENABLE_TOOL_SEARCH": "false" if mode == "plan" else None}  # else it offers the tool that shows a plan only when searched for
    settings = {"autoUpdates": False, "permissions": {"defaultMode": mode}}
    if vim:
        config["editorMode"] = settings["editorMode"] = "vim"
    if status:
        settings["statusLine"] = {"type": "command", "command": status}
    return {".claude.json": config if key else {}, ".claude/settings.json": settings}, env


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t", lambda n, u: place(n, u, trusted=False)), CMD, r"(?i)trust", "trust-folder", "first start in a folder")
    common.first_dialog(start("-l", lambda n, u: place(n, u, trusted=False, key=False)), CMD, r"(?i)text style|theme", "theme-picker", "very first start")


def auto(start, cols, rows):
    """Auto mode behind a proxy that cannot check: it says so in a dialog, then asks for each action."""
    import common
    spec = dict(common.DEFAULTS, cmd=CMD, **SPEC)
    p = common.begin(spec, lambda tag="": start("-u", lambda n, u: place(n, u, mode="auto")), "")
    p.shot("idle", "auto-fresh", "auto mode, nothing asked", held=False)
    p.enter("run the build")
    if p.see(r"(?s)can.t check|stay in", 30):
        p.shot("waiting", "auto-unchecked", "auto mode cannot check actions: a dialog", held=False)
        p.key("Enter", gap=2)
    if p.see(r"Esc to cancel", 15):
        p.shot("waiting", "auto-command", "the command's dialog in auto mode", held=False)
        p.key("Down")
        p.shot("waiting", "auto-command-moved", "its second choice", held=False)
        p.key("Escape", gap=2)
        p.shot("interrupted", "auto-denied", "dialog answered with Esc", held=False)
    p.key("C-u")
    p.enter("remove the folder")
    if p.see(r"Esc to cancel", 25):
        p.shot("waiting", "auto-remove", "the command's dialog in auto mode", held=False)
        p.key("Escape", gap=2)
    p.close()


def final(start, cols, rows):
    """What it shows when it has no tries left."""
    import common
    spec = dict(common.DEFAULTS, cmd=CMD, **SPEC)
    common.errors(dict(spec, retries=(), forever=()), lambda tag="": start("-x", lambda n, u: place(n, u, retries="1")))


STATUS = ("printf 'mock-1 | main +2 -1 | 12%% ctx | $0.42\\n'",
          "printf '\\033[44m dev \\033[0m ~/work/hello \\033[42m main \\033[0m\\nsession 3h12m left | 5-hour limit 41%% used\\n[====      ] 200k\\n'",
          "printf '> esc to leave vim? | waiting for review (2) | Error budget 99%%\\n❯ tests: 12 passed\\n'")


def dressed(start, cols, rows):
    """Prompts that people dress: status lines of their own, vim's keys, other permission modes."""
    import common
    spec = dict(common.DEFAULTS, cmd=CMD, **SPEC)
    ways = [("status-%d" % n, dict(status=line)) for n, line in enumerate(STATUS)]
    ways += [("vim", dict(vim=True)), ("plan", dict(mode="plan")), ("accept", dict(mode="acceptEdits"))]
    for variant, way in ways:
        p = common.begin(spec, lambda tag="": start("-d", lambda n, u: place(n, u, **way)), "")
        p.shot("idle", variant, "fresh, " + variant, held=False)
        p.type("please tidy")
        p.shot("draft", variant, "typed, " + variant, held=False)
        if variant == "vim":
            p.key("Escape")
            p.shot("draft", "vim-normal", "typed, vim's normal mode", held=False)
            p.key("d", "d", "i")
        common.clear(p, spec)
        p.enter("think about the parser")
        if p.asked("think"):
            time.sleep(1)
            p.shot("working", variant, "thinks, " + variant, frames=2, held=True)
        p.close()
        p = common.begin(spec, lambda tag="": start("-d", lambda n, u: place(n, u, **way)), "")
        if variant == "plan":
            p.enter("make a plan")
            if p.see(r"proceed\?|keep planning", 20):
                p.shot("waiting", "plan-approval", "a plan to be approved", held=False)
                p.key("Down")
                p.shot("waiting", "plan-approval-moved", "its second choice", held=False)
        else:
            p.enter("run the build")
            if p.see(SPEC["ask"], 20):
                p.shot("waiting", variant, "the command's dialog, " + variant, held=False)
        p.close()


def pasts(start, cols, rows):
    """Shells in the background, and the list of earlier sessions at the start."""
    import common
    spec = dict(common.DEFAULTS, cmd=CMD, **SPEC)
    p = common.begin(spec, start, "-o")
    p.enter("start the server")
    if p.see(SPEC["ask"], 15):
        p.key("Enter")
    if p.see(r"runs in the background", 20):
        time.sleep(2)
        p.shot("idle", "background-shell", "a shell runs in the background", held=False, child="sleep 240")
    p.enter("/exit")
    time.sleep(3)
    p.close()
    p = start("-o")
    p.enter("claude --resume")
    time.sleep(6)
    p.shot("menu", "resume-at-start", "the list of earlier sessions at the start")
    p.close()


PARTS = ("trust", "auto", "final", "dressed", "pasts")
