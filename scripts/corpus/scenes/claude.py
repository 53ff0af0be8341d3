"""Claude Code. Its default is the auto mode by now, which has dialogs of its own: part auto."""
PACKAGES = ["@anthropic-ai/claude-code@2.1.332"]
CMD = "claude"
SPEC = dict(ready=r"(?m)^[│\s]*[❯>](\s|$)", ask=r"Do you want|Would you like|Esc to cancel · Tab", quit="/exit", compact="/compact", kill="claude",
            menus=(("/model", "model-picker"), ("/help", "help"), ("/config", "config"), ("/permissions", "permissions"), ("/resume", "resume")),
            retries=("http-500", "http-529", "http-429", "no-credit"), forever=("http-500", "http-529", "http-429", "no-credit"), quiet=8, settle=1)


def place(name, url, trusted=True, key=True, retries=None, mode="default"):
    done = {"hasTrustDialogAccepted": True, "allowedTools": [], "hasCompletedProjectOnboarding": True}
    config = {"hasCompletedOnboarding": True, "theme": "dark", "numStartups": 12, "autoUpdates": False, "lastOnboardingVersion": "2.1.332",
              "shiftEnterKeyBindingInstalled": True, "customApiKeyResponses": {"approved": ["mock-key"], "rejected": []},
              "projects": {"/srv/dev/work/" + name: done} if trusted else {}}
    env = {"ANTHROPIC_BASE_URL": url, "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1",
           "ANTHROPIC_API_KEY": "mock-key" if key else None, "CLAUDE_CODE_MAX_RETRIES": retries}
    return {".claude.json": config if key else {}, ".claude/settings.json": {"autoUpdates": False, "permissions": {"defaultMode": mode}}}, env


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


PARTS = ("trust", "auto", "final")
