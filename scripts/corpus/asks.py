#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what tmux-orc reads as a question on each waiting screen, for whoever reads them through by eye.

  asks.py [--screens] [--misses] [TMUX-ORC] [NAME ...]   all of tests/screens, or those whose path has one of the names in it

--screens prints each screen before it, --misses those only that tests/screens/asks.txt has otherwise. Screens that read alike stand together, so that 368 are read as some 200.
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCREENS = ROOT / "tests" / "screens"


def read(program, files):
    out = subprocess.run([program, "classify", "--asks", *map(str, files)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def as_text(verdict):
    ask = verdict.get("asks")
    if verdict["state"] != "waiting" or not ask:
        return "  (%s %s: reads no question)" % (verdict["state"], verdict["detail"])
    lines = ["  %s ? %s" % (ask["kind"], ask["title"])]
    lines += ["    | " + line for line in ask.get("subject", "").splitlines()]
    for i, option in enumerate(ask["options"]):
        lines.append("  %s %s|%s" % (">" if i == ask.get("selected", -1) else "-", option["key"], option["text"]))
    return "\n".join(lines)


def expected():
    """name: {title, options, subject} of asks.txt."""
    out, names, fresh = {}, [], True
    for line in (SCREENS / "asks.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("  "):
            for want in (out[name] for name in names):
                if line.startswith("  ? "):
                    want["title"] = line[4:]
                elif line.startswith("  - "):
                    want["options"].append(tuple(line[4:].split("|", 1)))
                else:
                    want["subject"].append(line[4:])
        else:
            names = [line] if fresh else names + [line]
            out.setdefault(line, {"title": "", "options": [], "subject": []})
        fresh = line.startswith("  ")
    return out


def is_right(file, verdict, known):
    want = known.get(str(file.relative_to(SCREENS).with_suffix("")))
    if want is None:
        return True
    ask = verdict.get("asks") or {"title": "", "options": []}
    options = [(o["key"], o["text"]) for o in ask["options"]]
    subject = "\n".join(want["subject"])
    return want["title"] == ask["title"] and want["options"] == options and subject in ("", ask.get("subject", ""))


def main(arguments):
    screens, misses = "--screens" in arguments, "--misses" in arguments
    arguments = [a for a in arguments if not a.startswith("--")]
    known = expected() if misses else {}
    program = arguments[0] if arguments else str(ROOT / "build/default/tmux-orc")
    files = [f for f in sorted(SCREENS.glob("*/*-waiting-*.json"))
             if not arguments[1:] or any(n in str(f) for n in arguments[1:])]
    alike = {}
    for file, verdict in zip(files, read(program, files)):
        if misses and is_right(file, verdict, known):
            continue
        alike.setdefault(as_text(verdict), []).append(file)
    for text, names in alike.items():
        for file in names:
            print(file.relative_to(SCREENS).with_suffix(""))
            if screens:
                rows = json.loads(file.read_text())["capture_text"].rstrip("\n").split("\n")
                print("\n".join("      " + row for row in rows))
        print(text, end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
