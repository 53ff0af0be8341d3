#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails if a room includes a header of a room that it may not use.

A room is a folder of src/ with the folder of the same name in include/tmux_orc/. Private headers (src/X/*.h) belong to
their room alone. A public one that no other room includes, nor a public one that another room does, belongs into src/. Each
source says under which license it is, and includes the standard headers that it uses, or its own header does: compilers differ
in what they bring along. What is Linux's alone is asked for in LINUX_FILES and nowhere else.
"""
import pathlib
import re
import sys

LOWER = ["config", "exec", "cache", "classify", "aggregate", "sqlite", "figures", "api", "web", "hooks"]
MAY_USE: dict[str, set[str]] = {
    "base": set(),
    **{room: {"base"} for room in LOWER},
    "tmux": {"base", "exec"},
    "discover": {"base", "tmux"},
    "capture": {"base", "tmux"},
    "witness": {"base", "api"},
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
ALGORITHMS = ("sort|stable_sort|any_of|all_of|none_of|find|find_if|find_if_not|count|count_if|min|max|clamp|min_element|max_element|"
              "remove_if|transform|copy|copy_if|fill|reverse|unique|lower_bound|upper_bound|equal|nth_element|binary_search")
USES = {header: re.compile(use) for header, use in {
    "algorithm": rf"std::(?:ranges::)?(?:{ALGORITHMS})\s*[<(]",
    "atomic": r"std::atomic\b",
    "cerrno": r"(?<![\w:])errno\b",
    "charconv": r"std::(?:from|to)_chars\b",
    "chrono": r"std::chrono\b",
    "cmath": r"std::(?:round|lround|llround|ceil|floor|sqrt|pow|log|log2|exp|isfinite|isnan)\b",
    "csignal": r"std::(?:signal|raise)\b|(?<![\w:.>])SIG(?:TERM|INT|KILL|HUP|CONT|STOP|PIPE|CHLD|WINCH|USR[12]|ABRT)\b",
    "cstdint": r"std::u?int(?:8|16|32|64)_t\b",
    "cstring": r"std::(?:memcpy|memcmp|memset|memmove|memchr|strlen|strcmp|strncmp|strchr|strerror)\b",
    "deque": r"std::deque\b",
    "exception": r"std::(?:exception|exception_ptr|terminate|current_exception)\b",
    "fstream": r"std::[io]?fstream\b",
    "functional": r"std::(?:function|hash|less|greater|invoke|c?ref)\b",
    "iterator": r"std::(?:back_inserter|inserter|make_move_iterator|next|prev|distance|advance|istreambuf_iterator|size|ssize)\b",
    "limits": r"std::numeric_limits\b",
    "map": r"std::(?:multi)?map\b",
    "memory": r"std::(?:unique_ptr|shared_ptr|weak_ptr|make_unique|make_shared)\b",
    "numeric": r"std::(?:accumulate|iota|gcd)\b",
    "optional": r"std::(?:optional|nullopt)\b",
    "set": r"std::(?:multi)?set\b",
    "span": r"std::span\b",
    "stdexcept": r"std::(?:runtime_error|logic_error|invalid_argument|out_of_range)\b",
    "string": r"std::(?:string|to_string|stoi|getline)\b",
    "string_view": r"std::string_view\b",
    "thread": r"std::(?:j?thread|this_thread)\b",
    "tuple": r"std::(?:tuple|tie|make_tuple)\b",
    "unordered_map": r"std::unordered_map\b",
    "unordered_set": r"std::unordered_set\b",
    "utility": r"std::(?:pair|move|exchange|swap|forward|as_const|make_pair)\b",
    "vector": r"std::vector\b",
}.items()}
NO_CODE = re.compile(r'//[^\n]*|"(?:\\.|[^"\\\n])*"')
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


# What another system would need anew: nothing else may ask for what is Linux's alone.
LINUX = re.compile(r"sys/(?:eventfd|inotify|signalfd|syscall|sysmacros|timerfd|epoll|prctl)\.h|\b(?:eventfd_\w+|inotify_\w+|signalfd|"
                   r"SYS_\w+|SO_PEERCRED|SO_PASSCRED|F_OFD_\w+|CLOCK_BOOTTIME|__linux__|\w+_addclosefrom_np)\b|\"/proc/")
LINUX_FILES = {
    "include/tmux_orc/base/clock.h", "src/base/os.cc", "src/base/priority.cc", "src/base/proc.cc",
    "src/daemon/hook_ear.cc", "src/daemon/launch.cc", "src/daemon/memory_file.cc", "src/daemon/server_cpu.cc",
    "src/discover/proc_source.cc", "src/exec/child.cc", "src/figures/records.cc", "src/report/baseline.cc",
    "src/tmux/server.cc", "src/tmux/tmux_program.cc", "src/witness/file_watch.cc"}


def linux(root: pathlib.Path) -> list[str]:
    """Files that ask for what is Linux's, and are not in the list."""
    out = []
    for file in sorted(f for top in ("src", "include/tmux_orc") for f in (root / top).rglob("*") if f.suffix in (".h", ".cc")):
        name = file.relative_to(root).as_posix()
        if name in LINUX_FILES or name.startswith("src/bench/"):
            continue
        code = re.sub(r"//[^\n]*", "", file.read_text(encoding="utf-8"))
        out += [f"{name}: {m[0]} is Linux's: base/os.h, or an entry in LINUX_FILES" for m in LINUX.finditer(code)]
    return out


def unneeded(root: pathlib.Path) -> list[str]:
    """Public headers that are needed in their own room alone."""
    public = {h.relative_to(root / "include").as_posix() for h in (root / "include/tmux_orc").rglob("*.h")}
    includes: dict[str, set[str]] = {}
    needed: set[str] = set()
    for top in (root / "src", root / "include/tmux_orc"):
        for file in (f for f in top.rglob("*") if f.suffix in (".h", ".cc", ".in")):
            room = file.relative_to(top).parts[0]
            found = {m[1] for m in map(INCLUDE.match, file.read_text(encoding="utf-8").splitlines()) if m} & public
            needed |= {h for h in found if h.split("/")[1] != room}
            if top.name == "tmux_orc":
                includes[file.relative_to(root / "include").as_posix()] = found
    todo = list(needed)
    while todo:
        more = includes[todo.pop()] - needed
        needed |= more
        todo += more
    return [f"include/{h}: no other room uses it: it belongs into src/{h.split('/')[1]}" for h in sorted(public - needed)]


def unstated(root: pathlib.Path) -> list[str]:
    """Standard headers that a source uses, and neither it nor its own header includes."""
    out = []
    for file in sorted(f for top in ("src", "include/tmux_orc") for f in (root / top).rglob("*") if f.suffix in (".h", ".cc")):
        own = []
        if file.suffix == ".cc":
            room = file.relative_to(root / "src").parts[0]
            own = [h for h in (file.with_suffix(".h"), root / "include/tmux_orc" / room / f"{file.stem}.h") if h.exists()]
        lines = [line for f in [file, *own] for line in f.read_text(encoding="utf-8").splitlines()]
        included = {m[1] for m in map(INCLUDE.match, lines) if m}
        code = NO_CODE.sub("", file.read_text(encoding="utf-8"))
        out += [f"{file.relative_to(root).as_posix()}: uses <{header}> and does not include it"
                for header, use in USES.items() if header not in included and use.search(code)]
    return out


def problems(root: pathlib.Path) -> list[str]:
    out = unneeded(root) + unstated(root) + linux(root)
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
