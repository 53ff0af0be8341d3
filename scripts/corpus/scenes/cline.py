# SPDX-License-Identifier: Apache-2.0
"""Cline CLI. Its hub stays behind when it ends."""
PACKAGES = ["cline@3.0.65"]
CMD = "cline --auto-approve false"
SPEC = dict(ways=("/help", "/model", "/account", "/skills", "/plan", "/checkpoints", "/compact"), starts=(("cline history", "history-empty"),),
            ready=r"What can I do for you|Ask anything", ask=r"Cline needs permission|Approve tool", yes=["y"], no=["n"], quit="/quit", compact="/compact", kill="cline",
            menus=(("/settings", "settings"), ("/help", "help")), settle=2, greeting=(r"any other key|for slash", ["Escape"]), quiet=15,
            retries=("http-500", "http-529", "http-429", "no-credit"),
            lists=(("/history", "history"), ("/mcp", "mcp")))


def place(name, url):
    setup = "cline auth -p openai -k mock-key -m mock-1 -b %s/v1 >/dev/null 2>&1\n" % url
    return {"setup.sh": setup}, {"CLINE_NO_AUTO_UPDATE": "1"}
