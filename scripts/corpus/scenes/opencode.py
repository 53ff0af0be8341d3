"""opencode against the mock (OpenAI chat completions)."""
import common
from record import PORT, PROJECT, Pane, reset, version

V = version("opencode", "opencode-ai")
SPEC = dict(cmd="opencode", ready=r"Ask anything|ctrl\+p", ask=r"Permission required|Allow once", yes=["Enter"], no=["Escape"],
            stop=["Escape", "Escape"], clear=["C-u"], quit="/exit", compact="/compact", kill="opencode",
            menus=(("/models", "model-picker"), ("/help", "help"), ("/sessions", "sessions")), settle=1.5,
            retries=("http-500", "http-529", "http-429", "no-credit"), forever=("http-500", "http-529", "http-429", "no-credit"), leave=["C-c"])


def start(cols, rows, tag=""):
    name = "opencode%s-%dx%d" % (tag, cols, rows)
    config = {"autoupdate": False, "share": "disabled", "model": "mock/mock-1", "small_model": "mock/mock-1",
              "provider": {"mock": {"npm": "@ai-sdk/openai-compatible", "name": "Mock",
                                    "options": {"baseURL": "http://127.0.0.1:%d/v1" % PORT, "apiKey": "mock-key"},
                                    "models": {"mock-1": {"name": "Mock 1", "limit": {"context": 128000, "output": 8000}}}}},
              "permission": {"edit": "ask", "bash": "ask", "webfetch": "ask"}}
    reset("home/" + name, {".config/opencode/opencode.json": config})
    reset("work/" + name, PROJECT)
    return Pane("opencode", V, cols, rows, work=name, env={
        "HOME": "/srv/dev/home/" + name, "OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "PATH": "/srv/dev/npm/opencode/node_modules/.bin:/usr/local/bin:/usr/bin:/bin"})


def main(c, r): common.main(SPEC, start, c, r)
def more(c, r): common.more(SPEC, start, c, r)
def errors(c, r): common.errors(SPEC, start, c, r)
def crash(c, r): common.crash(SPEC, start, c, r)


PARTS = ["main", "more", "errors", "crash"]
