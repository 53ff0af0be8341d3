# SPDX-License-Identifier: Apache-2.0
"""Letta Code with its local backend."""
PACKAGES = ["@letta-ai/letta-code@0.25.9"]
NPM = ["--ignore-scripts"]  # a part of it that only other systems need is compiled, with headers from the net
CMD = "letta --backend local --new-agent --model lmstudio/mock-1 --permission-mode standard"  # else it asks nobody
SPEC = dict(ways=("/agents", "/model", "/help", "/memory", "/status", "/toolset"),
            ready=r"(?m)^›", ask=r"(?i)do you want|approve|allow|run this command|tell Letta Code", quit="/exit", compact="/compact", kill="letta", menus=(("/model", "model-picker"), ("/help", "help")), settle=2,
            retries=("http-500", "http-529", "http-429", "no-credit"), forever=(), quiet=15,
            lists=(("/agents", "agents"), ("/memory", "memory"), ("/search", "search")))


def place(name, url):
    setup = "letta --backend local connect lmstudio --base-url %s/v1 >/dev/null 2>&1\n" % url
    return {"setup.sh": setup}, {"LETTA_CODE_TELEM": "0", "DISABLE_AUTOUPDATER": "1"}
