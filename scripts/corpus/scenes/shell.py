# SPDX-License-Identifier: Apache-2.0
"""Panes without an agent, many of them showing the text of one. Transcripts come from the
agents' screens recorded before (tests/screens)."""
import glob
import json
import os
import random
import time

from record import OUT, Pane, reset

WAIT = 1.0


def start(cols, rows, direct=None):
    reset("home/dev", {".gitconfig": "[user]\n name = dev\n email = dev@example.com\n[core]\n pager = less -R\n", ".vimrc": "syntax on\n"})
    reset("work/demo", {"README.md": "# demo\n\nPrints a greeting.\n" * 8, "main.py": "print('hello')\n",
                        "ask.sh": "read -p \"$1\" answer\n",
                        "build.sh": "for i in $(seq 1 60); do echo \"[$i/60] Building CXX object src/CMakeFiles/core.dir/unit_$i.cpp.o\"; sleep 0.2; done\n",
                        "fail.sh": "echo 'src/main.cpp:12:5: error: expected primary-expression before ;'; echo 'make: *** [Makefile:4: all] Error 1'; exit 2\n",
                        "spin.sh": "while true; do for c in ⠋ ⠙ ⠹ ⠸ ⠼ ⠴; do printf '\\r%s Installing packages... (12s)' $c; sleep 0.2; done; done\n",
                        "dev.js": "console.log('\\n  VITE v5.4.2  ready in 312 ms\\n\\n  ➜  Local:   http://localhost:5173/\\n  ➜  press h + enter to show help\\n'); setInterval(() => {}, 1000)\n",
                        "watch.js": "let n=0; setInterval(() => console.log(new Date(0).toISOString(), 'GET /api/items 200', n++), 300)\n"})
    return Pane("shell", "", cols, rows, work="demo", direct=direct, env={"HOME": "/srv/dev/home/dev", "GIT_EDITOR": "vim", "MANPAGER": "less"})


def transcripts(count):
    """Recorded screens of agents that are busy, wait, or failed, as plain text files."""
    random.seed(7)
    found = []
    for agent in ("gemini", "codex", "claude", "opencode", "qwen", "pi"):
        for label in ("waiting", "working", "error", "rate_limited"):
            names = sorted(glob.glob("%s/%s/*-%s-*-80x24.json" % (OUT, agent, label)))
            if names:
                found.append((agent, label, json.load(open(random.choice(names)))["capture_text"].rstrip("\n") + "\n"))
    random.shuffle(found)
    files = []
    for agent, label, text in found[:count]:
        reset("work/demo", {"%s-%s.txt" % (agent, label): text})
        files.append((agent, label, "%s-%s.txt" % (agent, label)))
    return files


def simple(c, r):
    p = start(c, r)
    p.shot("not_agent", "plain-shell", "bash prompt, nothing run")
    for variant, command, wait, how, end in (
            ("ls", "ls -la", 0.6, "ls at a bash prompt", []),
            ("typed", "git commit -m 'not run yet'", -1, "a command typed, not run", ["C-c"]),
            ("build-failed", "sh fail.sh", 0.6, "a compiler's errors, the prompt is back", []),
            ("build-log", "sh build.sh", 2.5, "a build log scrolls", ["C-c"]),
            ("spinner", "sh spin.sh", 1.5, "a script with a braille spinner", ["C-c"]),
            ("yn-prompt", "bash ask.sh 'Do you want to continue? [Y/n] '", 0.6, "a script asks y/n", ["C-c"]),
            ("proceed-prompt", "bash ask.sh 'Do you want to proceed? (y/n) '", 0.6, "a script asks in an agent's words", ["C-c"]),
            ("ssh-hostkey", "bash ask.sh 'Are you sure you want to continue connecting (yes/no/[fingerprint])? '", 0.6, "an ssh-like question", ["C-c"]),
            ("password", "bash ask.sh \"dev@example.com's password: \"", 0.6, "an ssh-like password prompt", ["C-c"]),
            ("rm-i", "touch x; rm -i x", 0.6, "rm -i asks", ["C-c"]),
            ("dev-server", "node dev.js", 1.0, "a development server under node", ["C-c"]),
            ("server-log", "node watch.js", 3.0, "a server's log under node", ["C-c"]),
            ("node-repl", "node", 1.2, "node's REPL", ["C-d"]),
            ("python-repl", "python3 -q", 1.2, "python's REPL", ["C-d"]),
            ("sleep", "sleep 30", 1.0, "a silent command runs", ["C-c"]),
            ("top", "top -p $$", 2.0, "top", ["q"]),
            ("man", "man bash", 1.5, "a man page", ["q"]),
            ("less", "less README.md", 1.0, "less", ["q"]),
            ("cat-wait", "cat", 0.6, "cat waits for input", ["C-c"])):
        p.enter("clear")
        p.type(command)
        if wait >= 0:
            p.key("Enter")
            time.sleep(wait)
        p.shot("not_agent", variant, how)
        p.key(*end)
        time.sleep(0.3)
    p.close()


def git(c, r):
    p = start(c, r)
    p.enter("rm -rf .git; git init -q; git add -A; git commit -qm 'first'; for i in 1 2 3 4; do echo $i >> main.py; git commit -qam \"change $i\"; done; echo 9 >> main.py; clear")
    time.sleep(3)
    for variant, command, how, end in (
            ("git-log", "git log", "git log in a pager", ["q"]),
            ("git-diff", "git diff", "git diff in a pager", ["q"]),
            ("git-add-p", "git add -p", "git asks hunk by hunk", ["q", "Enter"]),
            ("git-rebase-i", "git stash -q; git rebase -i HEAD~3", "git rebase -i in vim", [":", "q", "!", "Enter"])):
        p.enter(command)
        time.sleep(1.5)
        p.shot("not_agent", variant, how)
        p.key(*end)
        time.sleep(0.5)
        p.enter("clear")
    p.close()


def quotes(c, r):
    for number, (agent, label, name) in enumerate(transcripts(12)):
        p = start(c, r)
        tool = ("vim", "less", "cat", "tail -n 30 -f", "grep -n ''", "less", "vim", "cat")[number % 8]
        p.enter("%s %s" % (tool, name))
        time.sleep(1.2)
        p.shot("not_agent", "%s-of-%s-%s" % (tool.split()[0], agent, label), "%s of a file with the screen of a %s agent (%s)" % (tool, agent, label))
        p.close()


def help_texts(c, r):
    p = start(c, r)
    for agent in ("gemini", "codex", "claude", "opencode"):
        p.enter("clear; /srv/dev/npm/%s/node_modules/.bin/%s --help" % (agent, agent))
        time.sleep(4)
        p.shot("not_agent", "help-of-" + agent, "the agent's --help printed, the prompt is back")
    p.close()


def title(c, r):
    """A pane title left behind by an agent, in a shell that has none."""
    for number, text in enumerate(("✋  Action Required (demo)", "✦  Working… (demo)", "⠋ Tidy the parser", "✳ Tidy the parser")):
        p = start(c, r)
        p.enter("printf '\\033]2;%s\\007'; clear" % text)
        time.sleep(0.6)
        p.shot("not_agent", "stale-title-%d" % number, "a shell whose title still is an agent's")
        p.close()


PARTS = ["simple", "git", "quotes", "help_texts", "title"]
