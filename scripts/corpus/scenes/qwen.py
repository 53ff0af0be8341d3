# SPDX-License-Identifier: Apache-2.0
"""Qwen Code."""
PACKAGES = ["@qwen-code/qwen-code@0.24.4"]
CMD = "qwen --approval-mode default"
SPEC = dict(ways=("/permissions", "/agents", "/tools", "/memory", "/language", "/hooks", "/skills", "/trust", "/rewind", "/extensions"), starts=(("qwen --resume", "resume-empty"),),
            ready=r"Type your message", ask=r"Allow execution|Apply this change|allow once|Do you want to proceed", quit="/quit", compact="/compress", kill="qwen",
            menus=(("/model", "model-picker"), ("/settings", "settings"), ("/approval-mode", "approval-mode")), picks=["Enter", "Enter"], settle=1,
            retries=("http-500", "http-529", "http-429", "no-credit"), forever=("http-429",), quiet=14,
            lists=(("/theme", "theme"), ("/auth", "auth"), ("/stats", "stats"), ("/mcp", "mcp"), ("/about", "about"), ("/resume", "resume"), ("/help", "help")))


def place(name, url, trusted=True, key=True):
    settings = {"security": {"auth": {"selectedType": "openai"} if key else {}, "folderTrust": {"enabled": True}},
                "general": {"disableAutoUpdate": True, "enableAutoUpdate": False}, "privacy": {"usageStatisticsEnabled": False},
                "model": {"name": "mock-1"}, "$version": 3, "ui": {"enableFollowupSuggestions": False},
                "memory": {"enableManagedAutoMemory": False, "enableManagedAutoDream": False}}
    files = {".qwen/settings.json": settings, ".qwen/trustedFolders.json": {"/srv/dev/work/" + name: "TRUST_FOLDER"} if trusted else {}}
    return files, {"OPENAI_API_KEY": "mock-key", "OPENAI_BASE_URL": url + "/v1", "OPENAI_MODEL": "mock-1"} if key else {}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t", lambda n, u: place(n, u, trusted=False)), CMD, r"Do you trust", "trust-folder", "first start in a folder")
    common.first_dialog(start("-a", lambda n, u: place(n, u, key=False)), CMD, r"(?i)get started|auth|login", "auth-dialog", "first start without any login")


PARTS = ("trust",)
