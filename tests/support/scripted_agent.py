# SPDX-License-Identifier: Apache-2.0
"""A scripted agent in a pane: draws Claude Code's prompt, understands bracketed paste, and writes every byte that reaches
it to a file, so that a test can say what was typed where. Usage: scripted_agent.py LOG STATE

STATE: idle, marked (idle, and draws Qwen's space of no width where one types), draft (something stands in the prompt),
moved (the same, with the cursor at its begin), suggests (a suggestion, drawn faint, until something is typed), dialog (it asks for
a permission). Enter on a draft submits it, Ctrl-C
quits, Ctrl-Z suspends.
"""
import ctypes
import os
import select
import signal
import sys
import termios
import tty

log_path, state = sys.argv[1], sys.argv[2]
ctypes.CDLL(None).prctl(15, b"claude", 0, 0, 0)  # PR_SET_NAME: the process is called like the agent
out = sys.stdout.buffer
old = termios.tcgetattr(0)
tty.setraw(0)
text, turns, pasting, pending = "", [], False, b""
if state in ("draft", "moved"):
    text = "half a thought"


def draw():
    width = os.get_terminal_size(0).columns
    lines = [" ▐▛███▛█   Claude Code v2.1.330", ""]
    for turn in turns[-3:]:
        lines += ["❯ " + turn.replace("\n", " ")[: width - 4], "", "● Noted.", ""]
    if state == "dialog":
        lines += ["● Bash(make)", "  ⎿  Waiting…", "", "─" * width, " Bash command", "", "   make", "", " Do you want to proceed?",
                  " ❯ 1. Yes", "   2. No", "", " Esc to cancel"]
    else:
        faint = "half a thought" if state == "suggests" and not text else ""
        shown = (text + (" \u200b" if state == "marked" and text else "")).split("\n")
        lines += ["─" * width, "❯ " + shown[0] + (f"\x1b[2m{faint}\x1b[0m" if faint else "")] + ["  " + s for s in shown[1:]] + ["─" * width, "  ? for shortcuts"]
    out.write(b"\x1b[2J\x1b[H" + "\r\n".join(line[:width] for line in lines).encode())
    if state != "dialog":
        rows = len(lines)
        last = "" if state == "moved" else shown[-1]
        out.write(f"\x1b[{rows - 2};{3 + len(last)}H".encode())
    out.flush()


def suspend():
    out.write(b"\x1b[?2004l\x1b[2J\x1b[H")
    out.flush()
    termios.tcsetattr(0, termios.TCSADRAIN, old)
    os.kill(0, signal.SIGTSTP)  # goes on here after SIGCONT
    tty.setraw(0)
    out.write(b"\x1b[?2004h")


out.write(b"\x1b[?2004h")
draw()
with open(log_path, "ab", buffering=0) as log:
    while True:
        data = os.read(0, 65536)
        if not data:
            break
        log.write(data)
        pending += data
        while pending:
            if pending[:1] == b"\x03" and not pasting:
                termios.tcsetattr(0, termios.TCSADRAIN, old)
                sys.exit(0)
            if pending[:1] == b"\x1a" and not pasting:
                pending = pending[1:]
                suspend()
            elif pending.startswith(b"\x1b[200~"):
                pasting, pending = True, pending[6:]
            elif pending.startswith(b"\x1b[201~"):
                pasting, pending = False, pending[6:]
            elif pending.startswith(b"\x1b") and len(pending) < 6 and select.select([0], [], [], 0.05)[0]:
                break  # the rest of a sequence is on its way
            elif pending[:1] == b"\r" and not pasting:
                pending = pending[1:]
                if text and state != "dialog":
                    turns.append(text)
                    text = ""
            else:
                end = pending.find(b"\x1b", 1)
                end = len(pending) if end < 0 else end
                for key in b"\r\x03\x1a":
                    cut = pending.find(key, 1)
                    if not pasting and 0 < cut < end:
                        end = cut
                if state != "dialog":
                    text += pending[:end].decode("utf-8", "replace").replace("\r", "\n")
                pending = pending[end:]
        draw()
termios.tcsetattr(0, termios.TCSADRAIN, old)
