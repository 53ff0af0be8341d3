# SPDX-License-Identifier: Apache-2.0
"""Continue CLI."""
PACKAGES = ["@continuedev/cli@1.5.47"]
CMD = "cn --config ~/.continue/config.yaml"
SPEC = dict(ways=("/help", "/model", "/config", "/login", "/info", "/resume", "/sessions"), starts=(("cn --resume", "resume-empty"),),
            ready=r"Ask anything", ask=r"Would you like to continue", quit="/exit", compact="/compact", kill="cn", menus=(("/model", "model-picker"), ("/help", "help")),
            settle=2, retries=("http-500", "http-529", "http-429"), forever=(), quiet=20, leave=["C-c", "C-c"],
            lists=(("/info", "info"), ("/config", "config"), ("/resume", "resume")))
CONFIG = """name: Mock
version: 1.0.0
schema: v1
models:
  - name: Mock 1
    provider: openai
    model: mock-1
    apiBase: %s/v1
    apiKey: mock-key
    roles: [chat]
    capabilities: [tool_use]
"""


def place(name, url):
    return {".continue/config.yaml": CONFIG % url}, {"CONTINUE_TELEMETRY_ENABLED": "0", "CONTINUE_CLI_AUTO_UPDATED": "1", "CI": None}
