# SPDX-License-Identifier: Apache-2.0
"""Qoder CLI. It wants an account: its login alone."""
PACKAGES = ["@qoder-ai/qodercli@1.1.52"]
CMD = "qodercli"
SPEC = {}


def place(name, url):
    return {}, {}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t"), CMD, r"(?i)sign in|login", "login", "first start without any login")


PARTS = ONLY = ("trust",)
