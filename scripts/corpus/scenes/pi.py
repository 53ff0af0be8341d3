"""pi against the mock (OpenAI chat completions). It never asks for permission."""
import common
from record import PORT, PROJECT, Pane, reset, version

V = version("pi", "@mariozechner/pi-coding-agent")
SPEC = dict(cmd="pi", ready=r"mock-1", ask=None, yes=[], no=[], stop=["Escape"], clear=["C-u"], quit="/quit",
            compact="/compact", kill="pi", menus=(("/model", "model-picker"), ("/settings", "settings"), ("/resume", "resume"), ("/tree", "tree")),
            retries=("http-500", "http-529", "http-429"), forever=("http-529",), quiet=14)


def start(cols, rows, tag=""):
    name = "pi%s-%dx%d" % (tag, cols, rows)
    models = {"providers": {"mock": {"baseUrl": "http://127.0.0.1:%d/v1" % PORT, "api": "openai-completions", "apiKey": "mock-key",
                                     "models": [{"id": "mock-1", "name": "Mock 1", "reasoning": True, "input": ["text"], "contextWindow": 128000,
                                                 "maxTokens": 8000, "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0}}]}}}
    reset("home/" + name, {".pi/agent/models.json": models,
                           ".pi/agent/settings.json": {"defaultProvider": "mock", "defaultModel": "mock-1", "lastChangelogVersion": V}})
    reset("work/" + name, PROJECT)
    return Pane("pi", V, cols, rows, work=name, env={
        "HOME": "/srv/dev/home/" + name, "PI_OFFLINE": "1", "PI_SKIP_VERSION_CHECK": "1",
        "PATH": "/srv/dev/npm/pi/node_modules/.bin:/usr/local/bin:/usr/bin:/bin"})


def main(c, r): common.main(SPEC, start, c, r)
def more(c, r): common.more(SPEC, start, c, r)
def errors(c, r): common.errors(SPEC, start, c, r)
def crash(c, r): common.crash(SPEC, start, c, r)


PARTS = ["main", "more", "errors", "crash"]
