# SPDX-License-Identifier: Apache-2.0
"""A stand-in for an agent that asks: draws its dialogs, obeys the keys as the agents do, and writes to LOG what reached it and
what stood on the screen then, so that a test can say where each byte went. Usage: asking_agent.py LOG WAY [SEED]

WAY: number (a digit chooses at once), number-enter (a digit moves, Enter chooses), arrows, letter, deaf (no key does anything).
With SEED it is restless: dialogs come and go at random, and now and then it ends.

Lines of LOG: "shown ID", "chose ID OPTION", "stray BYTES in ID": keys that mean nothing there. A line has "in-flight" where the
byte was sent before tmux had seen the present screen: after each change, and when it comes to the front again (SIGCONT), the
terminal is asked for its cursor, at another place each time, and what comes before the answer nobody could know better.
"""
import ctypes
import os
import random
import re
import select
import signal
import sys
import time
import tty

log_path, way = sys.argv[1], sys.argv[2]
rng = random.Random(int(sys.argv[3])) if len(sys.argv) > 3 else None
ctypes.CDLL(None).prctl(15, b"cline" if way == "letter" else b"claude", 0, 0, 0)  # PR_SET_NAME: the process is called like the agent
out = sys.stdout.buffer
tty.setraw(0)
log = open(log_path, "a", buffering=1)
serial = os.getpid() * 1000  # no two lives show the same dialog
asked = None  # (id, command, options) or None: at work
pointer = 0
seen = True  # the terminal has answered since the last change
due = 0.0
requests = 0
back = False  # in front again


def next_dialog():
    global serial, asked, pointer
    serial += 1
    # The same dialog but for one word: only its command tells it from the one before.
    command = f"make step{serial}"
    options = ["Yes", "Yes, and don't ask again for make", "No"]
    if rng and rng.random() < 0.3:
        options = ["Yes", "No"]
    asked, pointer = (f"step{serial}", command, options), 0
    log.write(f"shown step{serial}\n")


def draw(changed=True):
    global seen, requests
    width = os.get_terminal_size(0).columns
    lines = [" ▐▛███▛█   Claude Code v2.1.330", "", "❯ go on", "", "● Bash(make)", ""]
    if asked and way == "letter":
        lines += [" Cline needs permission", " Approve tool call?", "", " execute_command", "   " + asked[1], ""]
        lines.append("  " + "   ".join(f"[{'yan'[i]}] {o}" for i, o in enumerate(asked[2])))
    elif asked:
        lines += ["─" * width, " Bash command", "", "   " + asked[1], "", " Do you want to proceed?"]
        for i, option in enumerate(asked[2]):
            lines.append(f" {'❯' if i == pointer else ' '} {i + 1}. {option}")
        lines += ["", " Esc to cancel · Tab to amend"]
    else:
        lines += ["✻ Working… (3s · esc to interrupt)", "", "─" * width, "❯ ", "─" * width, "  ? for shortcuts"]
    # The cursor rests in one place whatever is shown: nothing but the rows tells one dialog from another.
    out.write(b"\x1b[?25l\x1b[2J\x1b[H" + "\r\n".join(line[:width] for line in lines).encode() + b"\x1b[20;1H")
    if changed:
        seen, requests = False, requests + 1
        out.write(b"\x1b[21;%dH\x1b[6n\x1b[20;1H" % (requests % 70 + 1))
    out.flush()


def choose(option):
    global asked, due
    log.write(f"chose {asked[0]} {option + 1}{'' if seen else ' in-flight'}\n")
    asked = None
    due = time.monotonic() + (rng.uniform(0.0, 0.2) if rng else 0.3)
    draw()


def take(key):
    global pointer
    note = "" if seen else " in-flight"
    if asked is None or way == "deaf":
        log.write(f"stray {key!r} in {asked[0] if asked else 'work'}{note}\n")
        return
    count = len(asked[2])
    if way == "letter" and key.decode("latin1") in "yan"[:count]:
        return choose("yan".index(key.decode()))
    if way.startswith("number") and key in b"123"[:count]:
        pointer = int(key) - 1
        return choose(pointer) if way == "number" else draw(False)
    if way in ("arrows", "number", "number-enter"):
        if key in (b"\x1b[A", b"\x1bOA", b"\x1b[B", b"\x1bOB"):
            pointer = (pointer + (1 if key.endswith(b"B") else -1)) % count
            return draw(False)
        if key == b"\r":
            return choose(pointer)
    log.write(f"stray {key!r} in {asked[0]}{note}\n")


def come_back(*_):
    global back
    back = True


signal.signal(signal.SIGCONT, come_back)
pending = b""
next_dialog()
draw()
while True:
    if back:
        back = False
        draw()
    ready = select.select([0], [], [], 0.005 if rng else 0.05)[0]
    if ready:
        data = os.read(0, 65536)
        if not data:
            break
        pending += data
        while pending:
            reply = re.match(rb"\x1b\[(\d+);(\d+)R", pending)
            sequence = re.match(rb"\x1b[\[O][A-Z]", pending)
            if reply:
                seen = seen or reply.groups() == (b"21", b"%d" % (requests % 70 + 1))  # others are another program's
                pending = pending[reply.end():]
            elif sequence:
                key, pending = sequence[0], pending[sequence.end():]
                take(key)
            elif pending[:1] == b"\x1b" and len(pending) < 8 and select.select([0], [], [], 0.02)[0]:
                break  # the rest of a sequence is on its way
            elif pending[:1] == b"\x03":
                sys.exit(0)
            else:
                key, pending = pending[:1], pending[1:]
                take(key)
    now = time.monotonic()
    if rng and now >= due:
        due = now + rng.choice([0.01, 0.05, 0.05, 0.1, 0.4])
        what = rng.random()
        if what < 0.02:
            break
        if what < 0.4 or asked is None:
            next_dialog()
            draw()
        elif what < 0.5:
            asked = None
            draw()
        elif what < 0.6 and asked:
            pointer = rng.randrange(len(asked[2]))  # a person moves the pointer
            draw()
    elif not rng and asked is None and now >= due:
        next_dialog()
        draw()
