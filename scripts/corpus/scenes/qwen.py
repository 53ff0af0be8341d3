"""Qwen Code against the mock (OpenAI chat completions)."""
import common
from record import PORT, PROJECT, Pane, reset, version

V = version("qwen", "@qwen-code/qwen-code")
SPEC = dict(cmd="qwen", ready=r"Type your message", ask=r"Allow execution|Apply this change|allow once|Do you want to proceed", yes=["Enter"],
            no=["Escape"], stop=["Escape"], clear=["C-u"], quit="/quit", compact="/compress", kill="qwen",
            menus=(("/model", "model-picker"), ("/settings", "settings"), ("/approval-mode", "approval-mode")),
            retries=("http-500", "http-529", "http-429", "no-credit"), forever=("http-429",), quiet=14, picks=["Enter", "Enter"])


def start(cols, rows, tag="", trusted=True, auth=True):
    name = "qwen%s-%dx%d" % (tag, cols, rows)
    settings = {"security": {"auth": {"selectedType": "openai"} if auth else {}, "folderTrust": {"enabled": True}},
                "general": {"disableAutoUpdate": True, "enableAutoUpdate": False}, "privacy": {"usageStatisticsEnabled": False},
                "model": {"name": "mock-1"}, "$version": 3}
    reset("home/" + name, {".qwen/settings.json": settings,
                           ".qwen/trustedFolders.json": {"/srv/dev/work/" + name: "TRUST_FOLDER"} if trusted else {}})
    reset("work/" + name, PROJECT)
    env = {"HOME": "/srv/dev/home/" + name, "COLORTERM": "truecolor",
           "PATH": "/srv/dev/npm/qwen/node_modules/.bin:/usr/local/bin:/usr/bin:/bin"}
    if auth:
        env.update({"OPENAI_API_KEY": "mock-key", "OPENAI_BASE_URL": "http://127.0.0.1:%d/v1" % PORT, "OPENAI_MODEL": "mock-1"})
    return Pane("qwen", V, cols, rows, work=name, env=env)


def trust(c, r):
    p = start(c, r, "-t", trusted=False)
    p.launch("qwen", r"Do you trust", moments=())
    p.shot("waiting", "trust-folder", "first start in a folder")
    p.key("Down")
    p.shot("waiting", "trust-folder-moved", "the second choice of the trust dialog selected")
    p.close()
    p = start(c, r, "-a", auth=False)
    if p.launch("qwen", r"(?i)get started|auth|login", moments=(), timeout=20):
        p.shot("waiting", "auth-dialog", "first start without any login")
    p.close()


def main(c, r): common.main(SPEC, start, c, r)
def more(c, r): common.more(SPEC, start, c, r)
def errors(c, r): common.errors(SPEC, start, c, r)
def crash(c, r): common.crash(SPEC, start, c, r)


PARTS = ["trust", "main", "more", "errors", "crash"]
