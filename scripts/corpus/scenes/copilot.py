# SPDX-License-Identifier: Apache-2.0
"""GitHub Copilot CLI with a provider of its own."""
PACKAGES = ["@github/copilot@1.0.102"]
CMD = "copilot"
SPEC = dict(ways=("/login", "/feedback", "/skills", "/permissions", "/context", "/plugin", "/rewind", "/settings", "/experimental", "/terminal-setup"), starts=(("copilot --resume", "resume-empty"),),
            ready=r"(?m)^❯", ask=r"Do you want to|Confirm folder trust", stop=["Escape", "Escape"], quit="/exit", compact="/compact", kill="copilot",
            menus=(("/model", "model-picker"), ("/help", "help"), ("/session", "session")), settle=3, quiet=25,
            retries=("http-500", "http-529", "http-429", "no-credit"), forever=(),
            lists=(("/theme", "theme"), ("/mcp", "mcp"), ("/usage", "usage"), ("/resume", "resume"), ("/agent", "agent")))


def place(name, url, trusted=True):
    config = {"trusted_folders": ["/srv/dev/work/" + name] if trusted else [], "banner": "never", "auto_update": False}
    return {".copilot/config.json": config}, {
        "COPILOT_PROVIDER_BASE_URL": url + "/v1", "COPILOT_PROVIDER_API_KEY": "mock-key", "COPILOT_MODEL": "mock-1",
        "COPILOT_OFFLINE": "true", "COPILOT_AUTO_UPDATE": "false", "COPILOT_PROVIDER_MAX_PROMPT_TOKENS": "100000"}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t", lambda n, u: place(n, u, trusted=False)), CMD, r"(?i)trust", "trust-folder", "first start in a folder")


PARTS = ("trust",)
