#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drop records that cannot be true, then thin each agent's screens out to a number.

usage: thin.py [--limit 150] [--check] [AGENT ...]
"""
import argparse
import collections
import glob
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.environ.get("CORPUS_OUT", os.path.join(HERE, "..", "..", "tests", "screens"))
GONE = ("exited", "crashed", "not_agent")


def untrue(d):
    """Why a record cannot be what its label says, or None."""
    alone = len(d["process_tree"]) <= 1
    if alone and d["label"] not in GONE and not (d["label"] == "starting"):
        return "no process of an agent"
    if not alone and d["label"] in ("exited", "crashed"):
        return "the agent's processes are still there"
    if not d["capture_text"].strip() and d["label"] != "starting":
        return "an empty screen"
    if d["label"] == "exited" and "command not found" in d["capture_text"]:
        return "the flow typed into a shell"
    return None


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--limit", type=int, default=150)
    args.add_argument("--check", action="store_true", help="only say what would go")
    args.add_argument("agents", nargs="*")
    args = args.parse_args()
    for agent in args.agents or sorted(os.listdir(OUT)):
        groups, gone = collections.defaultdict(list), []
        for name in sorted(glob.glob(os.path.join(OUT, agent, "*.json"))):
            d = json.load(open(name))
            why = untrue(d)
            if why:
                print("untrue:", os.path.basename(name), "-", why)
                gone.append(name)
                continue
            frame = int((re.search(r"-f(\d)$", d["variant"]) or [0, 1])[1])
            base = re.sub(r"-f\d$", "", d["variant"])
            groups[(d["label"], base)].append((d["agent_version"], d["cols"], frame, name))
        # In turns, one file of each group: other sizes and versions first, later frames last.
        queues = []
        for i, key in enumerate(sorted(groups)):
            rows = sorted(groups[key], key=lambda r: (r[2], r[1], r[0]))
            first = [r for r in rows if r[2] == 1]
            turn = i % max(1, len(first))
            queues.append([r[3] for r in first[turn:] + first[:turn] + [r for r in rows if r[2] != 1]])
        keep = []
        while any(queues) and len(keep) < args.limit:
            for q in queues:
                if q and len(keep) < args.limit:
                    keep.append(q.pop(0))
        gone += [n for q in queues for n in q]
        for name in keep if not args.check else []:  # attributes double a file, and only a few tests look at them
            record = json.load(open(name))
            if record.pop("capture_ansi", None) is not None:
                with open(name, "w") as out:
                    json.dump(record, out, indent=1, ensure_ascii=False)
                    out.write("\n")
        print(agent, "kept", len(keep), "dropped", len(gone))
        if not args.check:
            for name in gone:
                os.unlink(name)


if __name__ == "__main__":
    main()
