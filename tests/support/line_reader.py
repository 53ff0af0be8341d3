# SPDX-License-Identifier: Apache-2.0
"""Writes every byte that reaches it to LOG, one a line: "in-flight" behind those that were sent before tmux had heard of this
program. Usage: line_reader.py LOG

The terminal is asked for its cursor, at another place each time; the same again when it comes to the front once more (SIGCONT).
"""
import os
import re
import signal
import sys
import tty

tty.setraw(0)
asked, seen, pending = 0, False, b""


def ask(*_):
    global asked, seen
    asked, seen = asked + 1, False
    os.write(1, b"\x1b7\x1b[25;%dH\x1b[6n\x1b8" % (asked % 70 + 1))


os.write(1, b"\x1b[?25h\x1b[2J\x1b[HName: ")
ask()
signal.signal(signal.SIGCONT, ask)
with open(sys.argv[1], "a", buffering=1) as log:
    while data := os.read(0, 4096):
        pending += data
        while pending:
            reply = re.match(rb"\x1b\[(\d+);(\d+)R", pending)
            if reply:
                seen = seen or reply.groups() == (b"25", b"%d" % (asked % 70 + 1))  # others are another program's
                pending = pending[reply.end():]
            elif re.match(rb"\x1b(\[[\d;]*)?\Z", pending):
                break  # the rest of the reply is on its way
            else:
                log.write(f"{pending[:1]!r}{'' if seen else ' in-flight'}\n")
                pending = pending[1:]
