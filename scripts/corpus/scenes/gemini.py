# SPDX-License-Identifier: Apache-2.0
"""Gemini CLI."""
PACKAGES = ["@google/gemini-cli@0.61"]
CMD = "gemini"
SPEC = dict(ways=("/privacy", "/tools", "/memory show", "/extensions", "/agents", "/hooks", "/shortcuts", "/permissions", "/skills list", "/rewind", "/bug it"), starts=(("gemini --list-sessions", "list-sessions"),),
            ready=r"Type your message", ask=r"Allow execution|Allow once|Apply this change", quit="/quit", compact="/compress", kill="gemini",
            menus=(("/settings", "settings"), ("/model", "model-picker"), ("/help", "help")), settle=2, quiet=12, compacts=30,
            retries=("http-500", "http-529", "http-429"), forever=("http-429",),
            lists=(("/theme", "theme"), ("/auth", "auth"), ("/stats", "stats"), ("/mcp", "mcp"), ("/about", "about"), ("/editor", "editor"), ("/resume", "resume")))


def place(name, url, trusted=True, key=True):
    settings = {"security": {"auth": {"selectedType": "gemini-api-key"} if key else {}, "folderTrust": {"enabled": True}},
                "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
                "privacy": {"usageStatisticsEnabled": False}, "telemetry": {"enabled": False}}
    files = {".gemini/settings.json": settings, ".gemini/trustedFolders.json": {"/srv/dev/work/" + name: "TRUST_FOLDER"} if trusted else {}}
    return files, {"GEMINI_API_KEY": "mock-key" if key else None, "GOOGLE_GEMINI_BASE_URL": url, "GEMINI_MODEL": "gemini-2.5-pro"}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t", lambda n, u: place(n, u, trusted=False)), CMD, r"Do you trust", "trust-folder", "first start in a folder")
    common.first_dialog(start("-a", lambda n, u: place(n, u, key=False)), CMD, r"How would you like|Get started", "auth-dialog", "first start without any login")


PARTS = ("trust",)
