# SPDX-License-Identifier: Apache-2.0
"""Kilo, a fork of opencode: all but names is as there."""
import opencode

PACKAGES = ["@kilocode/cli@7.7.7"]
CMD = "kilo"
SPEC = dict(opencode.SPEC, ways=("/variants", "/mcps", "/help"), kill="kilo",
            lists=(("/agents", "agents"), ("/themes", "themes"), ("/status", "status"), ("/connect", "connect")))


def place(name, url):
    return {".config/kilo/kilo.json": opencode.config(url)}, {"KILO_DISABLE_MODELS_FETCH": "1", "KILO_DISABLE_AUTOUPDATE": "1",
                                                              "OPENCODE_DISABLE_MODELS_FETCH": "1"}
