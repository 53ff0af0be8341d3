#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails if a .cc file under tests/ or perf/, or a script of tests/e2e, is named in no CMakeLists.txt: it would never run."""
import pathlib
import re
import sys


def unbuilt(root: pathlib.Path) -> list[str]:
    missing = []
    for top in ("tests", "perf"):
        folder = root / top
        # A file is built if a CMakeLists.txt in its own folder or above (up to `top`) names it, relative to itself.
        lists = {p.parent: re.sub(r"#[^\n]*", "", p.read_text(encoding="utf-8")) for p in folder.rglob("CMakeLists.txt")}
        for source in sorted(folder.rglob("*.cc")):
            named = False
            for parent, text in lists.items():
                if not source.is_relative_to(parent):
                    continue
                name = source.relative_to(parent)
                stem = name.with_suffix("").as_posix()
                # Named itself, or its stem in a list to which the suffix is appended.
                if re.search(rf"(?<![\w./-]){re.escape(name.as_posix())}(?![\w./-])", text):
                    named = True
                elif "APPEND .cc" in text and re.search(rf"(?<![\w./-]){re.escape(stem)}(?![\w./-])", text):
                    named = True
            if not named:
                missing.append(source.relative_to(root).as_posix())
    return missing + unregistered(root / "tests" / "e2e", root)


def unregistered(folder: pathlib.Path, root: pathlib.Path) -> list[str]:
    listed = folder / "CMakeLists.txt"
    if not listed.exists():
        return []
    words = set(re.findall(r"\w+", re.sub(r"#[^\n]*", "", listed.read_text(encoding="utf-8"))))
    return [p.relative_to(root).as_posix() for p in sorted(folder.glob("*.sh")) if p.stem not in words | {"lib", "browser"}]


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
    missing = unbuilt(root)
    for source in missing:
        print(f"{source}: in no CMakeLists.txt")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
