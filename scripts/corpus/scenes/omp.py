# SPDX-License-Identifier: Apache-2.0
"""omp (Oh my Pi), on bun."""
import importlib

import pi

PACKAGES = ["@oh-my-pi/pi-coding-agent@18.2.3", "bun"]
CMD = "omp --model mock/mock-1"
SPEC = dict(ways=("/model", "/help", "/settings", "/hotkeys", "/session"),
            ready=r"(?m)^ ?╰─", quit="/exit", compact="/compact", kill="omp", settle=2, retries=("http-500", "http-529", "http-429", "no-credit"), forever=(),
            menus=(("/model", "model-picker"), ("/settings", "settings")), quiet=15,
            lists=(("/help", "help"), ("/theme", "theme"), ("/session", "session")))
MODELS = """providers:
  mock:
    baseUrl: %s/v1
    api: openai-completions
    apiKey: mock-key
    models:
      - {id: mock-1, name: Mock 1, reasoning: true, input: [text], contextWindow: 128000, maxTokens: 8000, cost: {input: 0, output: 0, cacheRead: 0, cacheWrite: 0}}
"""


def place(name, url):
    return {".omp/agent/models.yml": MODELS % url, ".omp/agent/config.yml": "startup:\n  checkUpdate: false\nsetupVersion: 99\n"}, \
           {"PI_OFFLINE": "1", "OMP_OFFLINE": "1", "PI_SKIP_VERSION_CHECK": "1"}


def told():
    """Told to ask, as people who do not trust it do."""
    import common
    return dict(common.DEFAULTS, agent="omp", place=place, cmd=CMD + " --approval-mode always-ask", **dict(SPEC, ask=r"\bApprove\b"))


def told_in(module, part):
    """That part of another module, told to ask."""
    return lambda start, cols, rows: getattr(importlib.import_module(module), part)(told(), start)


gates, splits, crossings = (told_in("corners", part) for part in ("gates", "splits", "crossings"))
grants = told_in("doors", "grants")
approvals = told_in("daily", "approvals")


def asking(start, cols, rows):
    import time
    import common
    spec = told()
    p = common.begin(spec, start, "-a")
    p.enter("run the build")
    if p.see(spec["ask"], 20) and p.open(0, 5):
        time.sleep(1)
        p.shot("waiting", "approve-command", "command permission dialog", held=False)
        p.key("Down")
        p.shot("waiting", "approve-command-moved", "the second choice selected", held=False)
        p.key("Enter", gap=2)
        p.open(0, 10)
        p.shot("interrupted", "denied-command", "dialog answered with no", held=False)
    p.enter("edit the greeting")
    if p.see(spec["ask"], 15) and p.open(0, 5):
        p.shot("waiting", "approve-edit", "file edit permission dialog", held=False)
        p.key("Enter", gap=1)
        p.open(0, 10)
        time.sleep(3)
        p.shot("idle", "after-approved-edit", "file written; turn over", held=False)
    p.close()
    common.asks(spec, start)
    common.more(dict(spec, ask=None, menus=()), start)


PARTS = ("asking",)
