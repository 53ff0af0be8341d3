# SPDX-License-Identifier: Apache-2.0
"""pi. It never asks for permission by itself; its shipped extensions are recorded as parts of their own."""
PACKAGES = ["@earendil-works/pi-coding-agent@1.5.2"]
CMD = "pi"
SPEC = dict(ways=("/new", "/changelog", "/scoped-models", "/logout", "/trust", "/name"), starts=(("pi --resume", "resume-empty"), ("pi config", "config")),
            ready=r"mock-1", quit="/quit", compact="/compact", kill="pi", retries=("http-500", "http-529", "http-429"), forever=("http-529",), quiet=14,
            menus=(("/model", "model-picker"), ("/settings", "settings"), ("/resume", "resume"), ("/tree", "tree")),
            lists=(("/theme", "theme"), ("/hotkeys", "hotkeys"), ("/session", "session"), ("/fork", "fork"), ("/login", "login")))
MODEL = {"id": "mock-1", "name": "Mock 1", "reasoning": True, "input": ["text"], "contextWindow": 128000, "maxTokens": 8000,
         "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0}}


def place(name, url):
    provider = {"baseUrl": url + "/v1", "api": "openai-completions", "apiKey": "mock-key", "models": [MODEL]}
    return {".pi/agent/models.json": {"providers": {"mock": provider}},
            ".pi/agent/settings.json": {"defaultProvider": "mock", "defaultModel": "mock-1", "lastChangelogVersion": "99.0.0"}}, \
           {"PI_OFFLINE": "1", "PI_SKIP_VERSION_CHECK": "1"}


def shipped(extension):
    import common
    return common.folder_of("pi") + "/node_modules/" + PACKAGES[0].rsplit("@", 1)[0] + "/examples/extensions/" + extension


def command_for(dialog):
    """How it comes to ask, where it does only by an extension."""
    return "pi -e " + shipped("question.ts") if dialog in ("question", "typed", "field") else None


def extensions(start, cols, rows):
    """An extension that asks, and two that draw another editor."""
    for extension in ("permission-gate.ts", "border-status-editor.ts", "modal-editor.ts"):
        p = start("-" + extension[:3])
        variant = extension[:-3]
        p.launch("pi -e " + shipped(extension), r"mock-1|mock", moments=())
        p.shot("idle", variant + "-fresh", "with the extension " + extension, held=False)
        p.type("please tidy")
        p.shot("draft", variant + "-draft", "typed, not sent", held=False)
        p.key("C-u")
        p.enter("think about the parser")
        if p.asked("think"):
            p.shot("working", variant + "-thinking", "no token yet", frames=2, held=True)
        p.key("Escape", gap=2)
        p.key("C-u")
        if extension == "permission-gate.ts":
            p.enter("remove the folder")
            if p.see(r"Allow\?", 15):
                p.shot("waiting", variant, "the extension asks", held=False)
                p.key("Escape", gap=1)
        p.close()


PARTS = ("extensions",)
