# SPDX-License-Identifier: Apache-2.0
"""Writes every byte that reaches it to LOG, one a line: "in-flight" behind those that were sent before tmux had seen this
program's screen. Usage: line_reader.py LOG"""
import os
import re
import sys
import tty

tty.setraw(0)
sys.stdout.buffer.write(b"\x1b[?25h\x1b[2J\x1b[HName: \x1b[6n")
sys.stdout.buffer.flush()
seen, pending = False, b""
with open(sys.argv[1], "a", buffering=1) as log:
    while data := os.read(0, 4096):
        pending += data
        while pending:
            reply = re.match(rb"\x1b\[\d+;\d+R", pending)
            if reply:
                seen, pending = True, pending[reply.end():]
            elif re.match(rb"\x1b(\[[\d;]*)?\Z", pending):
                break  # the rest of the reply is on its way
            else:
                log.write(f"{pending[:1]!r}{'' if seen else ' in-flight'}\n")
                pending = pending[1:]
