# SPDX-License-Identifier: Apache-2.0
"""opencode."""
PACKAGES = ["opencode-ai@1.18.33"]
CMD = "opencode"
SPEC = dict(ways=("/variants", "/skills", "/mcps", "/themes", "/new", "/editor"),
            ready=r"Ask anything|ctrl\+p", ask=r"Permission required|Allow once", stop=["Escape", "Escape"], quit="/exit", compact="/compact", kill="opencode",
            menus=(("/models", "model-picker"), ("/help", "help"), ("/sessions", "sessions")), settle=1.5, leave=["C-c"],
            retries=("http-500", "http-529", "http-429", "no-credit"), forever=("http-500", "http-529", "http-429", "no-credit"),
            lists=(("/agents", "agents"), ("/themes", "themes"), ("/status", "status"), ("/connect", "connect"), ("/timeline", "timeline")))


def config(url):
    models = {"mock-1": {"name": "Mock 1", "limit": {"context": 128000, "output": 8000}}}
    return {"autoupdate": False, "share": "disabled", "model": "mock/mock-1", "small_model": "mock/mock-1",
            "provider": {"mock": {"npm": "@ai-sdk/openai-compatible", "name": "Mock", "models": models,
                                  "options": {"baseURL": url + "/v1", "apiKey": "mock-key"}}},
            "permission": {"edit": "ask", "bash": "ask", "webfetch": "ask"}}


def place(name, url):
    return {".config/opencode/opencode.json": config(url)}, {"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1"}
