#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails if a room includes a header of a room that it may not use.

A room is a folder of src/ with the folder of the same name in include/tmux_orc/. Private headers (src/X/*.h) belong to
their room alone. Each source says under which license it is.
"""
import pathlib
import re
import sys

LOWER = ["config", "tmux", "exec", "cache", "classify", "aggregate", "sqlite", "figures", "api", "witness", "web",
         "hooks"]
MAY_USE: dict[str, set[str]] = {
    "base": set(),
    **{room: {"base"} for room in LOWER},
    "discover": {"base", "tmux"},
    "capture": {"base", "tmux"},
    "about": {"base", "discover", "witness"},
    "evidence": {"base", "tmux", "discover", "capture", "witness", "about"},
    "check": {"base", "exec", "cache", "evidence", "classify", "figures"},
    "history": {"base", "figures", "sqlite"},
    "report": {"base", "figures", "history", "web"},
    "metrics": {"base", "figures"},
    "act": {"base", "tmux", "discover", "evidence", "classify", "figures", "check"},
    "notify": {"base", "tmux", "discover", "evidence", "classify", "figures", "sqlite", "history", "act",
               "aggregate"},
}
MAY_USE["daemon"] = set(MAY_USE)
MAY_USE["bench"] = set(MAY_USE)
MAY_USE["tui"] = set(MAY_USE) - {"bench"}
MAY_USE["cli"] = set(MAY_USE)

LICENSE = "SPDX-License-Identifier: Apache-2.0"
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def problems(root: pathlib.Path) -> list[str]:
    out = []
    private = {h.name: room for room in MAY_USE for h in (root / "src" / room).glob("*.h")}
    rooms = {p.name for top in ("src", "include/tmux_orc") for p in (root / top).iterdir() if p.is_dir()}
    out += [f"{room}: a room without an entry in scripts/check_includes.py" for room in sorted(rooms - set(MAY_USE))]
    for room in sorted(rooms & set(MAY_USE)):
        files = [f for top in (root / "src" / room, root / "include/tmux_orc" / room) if top.exists()
                 for f in sorted(top.rglob("*")) if f.suffix in (".h", ".cc", ".in")]
        for file in files:
            if LICENSE not in file.read_text(encoding="utf-8")[:200]:
                out.append(f"{file.relative_to(root).as_posix()}: no line {LICENSE}")
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                path = found[1]
                where = f"{file.relative_to(root).as_posix()}:{number}"
                if path.startswith("tmux_orc/"):
                    other = path.split("/")[1]
                    if other != room and other not in MAY_USE[room]:
                        out.append(f"{where}: {room} may not use {other} ({path})")
                elif ".." in path or path.startswith("src/"):
                    out.append(f"{where}: reaches out of its room ({path})")
                elif file.is_relative_to(root / "include") and path in private:
                    out.append(f"{where}: a public header may not include a private one ({path})")
                elif path in private and private[path] != room and not (file.parent / path).exists():
                    out.append(f"{where}: {path} is private to {private[path]}")
    return out


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
    found = problems(root)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
