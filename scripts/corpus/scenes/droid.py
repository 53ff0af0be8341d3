# SPDX-License-Identifier: Apache-2.0
"""Droid. Without an account: its login alone."""
PACKAGES = ["@factory/cli@0.225", "@factory/cli-linux-x64@0.225.2"]
CMD = "droid"
SPEC = {}


def place(name, url):
    return {}, {}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t"), CMD, r"(?i)log ?in|sign in|code", "login", "first start without any login")


PARTS = ONLY = ("trust",)
