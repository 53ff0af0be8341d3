# SPDX-License-Identifier: Apache-2.0
"""Auggie. It wants an account: its login alone."""
PACKAGES = ["@augmentcode/auggie@0.36.0"]
CMD = "auggie"
SPEC = {}


def place(name, url):
    return {}, {}


def trust(start, cols, rows):
    import common
    common.first_dialog(start("-t"), CMD, r"(?i)login|sign in", "login", "first start without any login")


PARTS = ONLY = ("trust",)
