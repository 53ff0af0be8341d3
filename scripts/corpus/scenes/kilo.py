# SPDX-License-Identifier: Apache-2.0
"""Kilo, a fork of opencode: all but names is as there."""
import opencode

PACKAGES = ["@kilocode/cli@7.7.7"]
CMD = "kilo"
SPEC = dict(opencode.SPEC, ways=("/variants", "/mcps", "/help"), kill="kilo",
            lists=(("/agents", "agents"), ("/themes", "themes"), ("/status", "status"), ("/connect", "connect")))


def place(name, url, snapshot=False):  # else, on a busy machine, it asks in a turn whether to go without
    return {".config/kilo/kilo.json": dict(opencode.config(url), snapshot=snapshot)}, {"KILO_DISABLE_MODELS_FETCH": "1", "KILO_DISABLE_AUTOUPDATE": "1",
                                                              "OPENCODE_DISABLE_MODELS_FETCH": "1"}


def snapshots(start, cols, rows):
    """On a busy machine: it asks whether to go on without snapshots."""
    p = start("-s", lambda n, u: place(n, u, snapshot=True))
    p.launch(CMD, SPEC["ready"], moments=())
    p.enter("what is here")
    if p.see(r"disable Snapshots", 90):
        p.shot("waiting", "snapshots", "it asks whether to go without snapshots")
        p.key("Down", gap=0.7)
        if p.see(r"disable Snapshots", 0.3):
            p.shot("waiting", "snapshots-down", "it asks whether to go without snapshots, Down once")
    p.close()


PARTS = ("snapshots",)
