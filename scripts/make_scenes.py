#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a scene file for the demo and the benchmark from screens recorded by `tmux-orc record`.

Usage: make_scenes.py OUT.scene AGENT STATE FRAME.json [FRAME.json ...]
Several frames are played in a loop. The format is described in include/tmux_orc/bench/scene.h.
"""
import json
import sys


def main() -> int:
    if len(sys.argv) < 5:
        print(__doc__, file=sys.stderr)
        return 2
    out, agent, state, *files = sys.argv[1:]
    frames = [json.load(open(f, encoding="utf-8")) for f in files]
    first = frames[0]
    with open(out, "w", encoding="utf-8") as scene:
        scene.write(f"agent: {agent}\nstate: {state}\nsize: {first['cols']} {first['rows']}\n")
        scene.write(f"alternate: {int(first['alternate_on'])}\n")
        for frame in frames:
            scene.write(f"=== {frame['cursor_x']} {frame['cursor_y']} {int(frame['cursor_flag'])} {frame['pane_title'].rstrip()}\n")
            lines = frame["capture_text"].rstrip("\n").split("\n")
            while lines and not lines[-1].strip():
                lines.pop()
            scene.write("\n".join(line.rstrip() for line in lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
