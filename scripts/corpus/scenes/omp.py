# SPDX-License-Identifier: Apache-2.0
"""omp (Oh my Pi), on bun."""
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
