# SPDX-License-Identifier: Apache-2.0
"""Codex CLI."""
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


def place(name, url, trusted=True, login=False):
    config = CONFIG % url
    if trusted:
        config += '\n[projects."/srv/dev/work/%s"]\ntrust_level = "trusted"\n' % name
    else:  # with a policy of its own the agent does not ask
        config = "".join(l for l in config.splitlines(True) if not l.startswith(("approval_policy", "sandbox_mode")))
    return {".codex/config.toml": "" if login else config}, {"MOCK_API_KEY": "mock-key"}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t", lambda n, u: place(n, u, trusted=False)), CMD, r"(?i)trust", "trust-folder", "first start in a folder")
    common.first_dialog(start("-l", lambda n, u: place(n, u, login=True)), CMD, r"(?i)sign in", "login-picker", "first start without any login")


PARTS = ("trust",)
