# SPDX-License-Identifier: Apache-2.0
"""Amp. It wants an account: its welcome and login alone."""
PACKAGES = ["@ampcode/cli@0.0.1790712063-gb89205"]
CMD = "amp"
SPEC = {}


def place(name, url):
    return {}, {}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t"), CMD, r"(?i)to continue|welcome|log ?in", "welcome", "first start without any login")


PARTS = ONLY = ("trust",)
