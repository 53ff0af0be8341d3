# SPDX-License-Identifier: Apache-2.0
"""Nanocoder."""
PACKAGES = ["@nanocollective/nanocoder@1.30.0"]
CMD = "nanocoder"
SPEC = dict(ways=("/help", "/model", "/provider", "/status", "/theme", "/checkpoint", "/settings"),
            ready=r"What would you like", ask=r"Do you want to execute", quit="/exit", kill="nanocoder", menus=(("/model", "model-picker"), ("/help", "help"), ("/settings", "settings")),
            settle=2, stopped="draft", clear=["C-e", "C-u"], retries=("http-500", "http-529", "http-429"), forever=(), quiet=20, leave=["C-c"],
            lists=(("/status", "status"), ("/theme", "theme"), ("/provider", "provider")))


def place(name, url, trusted=True):
    provider = {"name": "Mock", "baseUrl": url + "/v1", "apiKey": "mock-key", "models": ["mock-1"]}
    preferences = {"lastProvider": "Mock", "lastModel": "mock-1", "trustedDirectories": ["/srv/dev/work/" + name] if trusted else []}
    return {".config/nanocoder/agents.config.json": {"nanocoder": {"providers": [provider]}}, ".config/nanocoder/nanocoder-preferences.json": preferences,
            ".nanocoder-preferences.json": preferences}, {}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t", lambda n, u: place(n, u, trusted=False)), CMD, r"(?i)trust", "trust-folder", "first start in a folder")


PARTS = ("trust",)
