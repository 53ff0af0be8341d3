# SPDX-License-Identifier: Apache-2.0
"""What the documentation tells a reader to type, for docs.sh.

  script DOC OUT    OUT: the commands of DOC's sh and bash blocks, without the exceptions
  spans DOC...      every command that stands in a line or a table in backquotes, one a line, once
  files DOC FOLDER  DOC's yaml blocks as files, named by what they are: config-N.yaml, prometheus-N.yaml, rules-N.yaml
  table DOC         "command TAB options" of the table of commands
  unused            the exceptions that no document needs

An exception is a line of docs.exceptions: how the command begins (with "$" at the end: all of it),
" :: ", why it is not run.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
EXCEPTIONS = [line.split(" :: ")[0] for line in (HERE / "docs.exceptions").read_text(encoding="utf-8").splitlines()
              if line.strip() and not line.startswith("# ")]
PROGRAMS = ("tmux-orc ", "tmux ", "curl ", "sudo ", "docker ", "scripts/", "cmake ", "buildah ", "promtool ", "amtool ",
            "ssh ", "systemctl ", "journalctl ", "git ", "apt ", "build/default/", "perf/")
CONFIG_KEYS = {"monitoring", "servers", "agents", "notifications", "actions", "thresholds", "history", "api", "log"}


def blocks(text, *tags):
    return re.findall(rf"^```(?:{'|'.join(tags)})\n(.*?)^```", text, re.M | re.S)


def exception(command):
    return next((e for e in EXCEPTIONS if e == command.strip() + "$" or command.startswith(e)), None)


def commands(block):
    """A command goes on over lines that end with a backslash or an operator."""
    command = ""
    for line in block.splitlines():
        command += line + "\n"
        if not re.search(r"(\\|\||&&)\s*$", line):
            if command.strip():
                yield command
            command = ""


def in_blocks(text):
    return [c for block in blocks(text, "sh", "bash") for c in commands(block)]


def in_spans(text):
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    spans = [" ".join(s.split()) for s in re.findall(r"`([^`]+)`", prose)]
    return [s.replace("\\|", "|") for s in spans if s.startswith(PROGRAMS) and "..." not in s]


def kind(block):
    keys = set(re.findall(r"^(\w+):", block, re.M))
    if keys and keys <= CONFIG_KEYS:
        return "config"
    return "rules" if "agent" in keys else "prometheus" if "scrape_configs" in keys else "unknown"


def command_table(text):
    for cell in re.findall(r"^\| (`.*?) \| ", text[text.index("## Commands"):], re.M):
        for span in re.findall(r"`([^`]+)`", cell.replace("\\|", "|")):
            words = re.split(r"[\s\[\]|]+", span)
            options = [w for w in words if w.startswith("--")]
            first = [w for w in re.split(r"\s+(?=[\[A-Z])", span)[0].split() if not w.startswith("--")]
            names = [" ".join(first[:-1] + [last]) for last in first[-1].split("|")] if first else []
            for name in names:
                yield name, options


def main(action, *args):
    if action == "unused":
        everything = [c for p in sorted([HERE.parent.parent / "README.md", *(HERE.parent.parent / "docs").rglob("*.md")])
                      for t in [p.read_text(encoding="utf-8")] for c in in_blocks(t) + in_spans(t)]
        print("\n".join(e for e in EXCEPTIONS if not any(exception(c) == e for c in everything)))
        return
    if action == "spans":
        found = [c for p in args for c in in_spans(pathlib.Path(p).read_text(encoding="utf-8"))]
        print("\n".join(c for c in dict.fromkeys(found) if not exception(c)))
        return
    text = pathlib.Path(args[0]).read_text(encoding="utf-8")
    if action == "script":
        pathlib.Path(args[1]).write_text("".join(c for c in in_blocks(text) if not exception(c)), encoding="utf-8")
    elif action == "files":
        for n, block in enumerate(blocks(text, "yaml")):
            pathlib.Path(args[1], f"{kind(block)}-{n}.yaml").write_text(block, encoding="utf-8")
    elif action == "table":
        for name, options in command_table(text):
            print(name + "\t" + " ".join(options))


main(*sys.argv[1:])
