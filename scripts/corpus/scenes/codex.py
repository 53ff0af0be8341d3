# SPDX-License-Identifier: Apache-2.0
"""Codex CLI."""
import time

PACKAGES = ["@openai/codex@0.171"]
CMD = "codex"
SPEC = dict(ways=("/plan", "/init", "/rename", "/review", "/personality", "/experimental", "/feedback", "/ps", "/collab", "/logout", "/debug-config", "/title"), starts=(("codex resume", "resume-empty"), ("codex fork", "fork-empty")),
            ready=r"(?m)^› .*\n", ask=r"Would you like|Yes, ", yes=["y"], quit="/quit", compact="/compact", kill="codex", picks=["Enter"], settle=3,
            menus=(("/model", "model-picker"), ("/status", "status"), ("/permissions", "permissions")),
            retries=("http-500", "http-529", "http-429", "dropped-stream"), quiet=12,
            lists=(("/approvals", "approvals"), ("/skills", "skills"), ("/mcp", "mcp"), ("/diff", "diff"), ("/theme", "theme"), ("/statusline", "statusline"), ("/resume", "resume")))
CONFIG = """model = "mock-1"
model_provider = "mock"
check_for_update_on_startup = false
approval_policy = "on-request"
sandbox_mode = "workspace-write"

[model_providers.mock]
name = "Mock"
base_url = "%s/v1"
wire_api = "responses"
env_key = "MOCK_API_KEY"
request_max_retries = 4
stream_max_retries = 3

[analytics]
enabled = false
"""


def place(name, url, trusted=True, login=False, newer=False):
    config = CONFIG % url
    files = {}
    if newer:
        config = config.replace("startup = false", "startup = true")
        files[".codex/version.json"] = {"latest_version": "99.0.0", "last_checked_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "dismissed_version": None}
    if trusted:
        config += '\n[projects."/srv/dev/work/%s"]\ntrust_level = "trusted"\n' % name
    else:  # with a policy of its own the agent does not ask
        config = "".join(l for l in config.splitlines(True) if not l.startswith(("approval_policy", "sandbox_mode")))
    files[".codex/config.toml"] = "" if login else config
    return files, {"MOCK_API_KEY": "mock-key"}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t", lambda n, u: place(n, u, trusted=False)), CMD, r"(?i)trust", "trust-folder", "first start in a folder")
    common.first_dialog(start("-l", lambda n, u: place(n, u, login=True)), CMD, r"(?i)sign in", "login-picker", "first start without any login")


def dialogs(start, cols, rows):
    """What it asks in its plan mode, the second page of its pickers, and the notice of a newer version."""
    import common
    spec = dict(common.DEFAULTS, cmd=CMD, **SPEC)
    p = common.begin(spec, start, "-g")
    p.turn("is it done", "done", settle=8)  # before that it waits for its start-up; it goes on drawing behind the turn
    p.enter("/plan")
    time.sleep(1.5)
    p.shot("idle", "plan-mode", "plan mode, nothing asked", held=False)
    p.enter("propose a plan")
    if p.see(r"Implement this plan", 25):
        p.shot("waiting", "plan-approval", "a plan to be approved", held=False)
        p.key("Down")
        p.shot("waiting", "plan-approval-moved", "its second choice", held=False)
        p.key("Escape", gap=1.5)
        p.shot("idle", "plan-kept", "the plan's dialog left by Esc", held=False)
    p.enter("which database should we take")
    if p.see(r"Flat files", 15):
        time.sleep(1)
        p.shot("waiting", "plan-question", "a question in plan mode", held=False)
        p.key("Down")
        p.shot("waiting", "plan-question-moved", "its second choice", held=False)
        p.key("Tab", gap=0.7)
        p.type("small one")
        p.shot("waiting", "plan-question-notes", "notes typed beside the choice", held=False)
    p.close()
    for command, variant, keys in (("/model", "model-effort", ["Enter"]), ("/permissions", "permissions-full-access", ["Down", "Down", "Enter"]),
                                   ("/experimental", "experimental-moved", ["Down"])):
        p = common.begin(spec, start, "-g")
        p.enter(command)
        time.sleep(2)
        p.shot("menu", variant + "-first", command + " by the user", held=False)
        p.key(*keys, gap=0.8)
        p.shot("menu", variant, command + ", then " + " ".join(keys), held=False)
        p.close()
    common.first_dialog(start("-v", lambda n, u: place(n, u, newer=True)), CMD, r"(?i)update available", "update-notice", "a newer version is there")


PARTS = ("trust",)
