# SPDX-License-Identifier: Apache-2.0
"""What is met between the scenes of daily.py and doors.py: parts `letters verdicts spans gates panels splits crossings`: words typed at odd places,
answers that look like something else, turns under popups and views, dialogs of a helper's, of a heredoc, of a file that is
there, lists with a second page, panes split, dialogs over a draft. Texts, files and commands are in no other part (corners.json)."""
import time

from common import begin, clear, is_there, stop
from daily import dressed, turned, unsent
from record import state

LONG = ("the loader should read the old export, skip what was booked before 2019, round once at the end, and write one line per tenant; "
        "if a tenant has none, say so, do not stop; and what about (y/n) in the importer, does anyone press Enter to continue there?")
SAID = (("compare the drivers", "drivers", "wide-table", "a table wider than the pane, then a line of code"),
        ("what changed since friday", "friday", "diff-quoted", "the answer is a diff"),
        ("why did the pipeline fail", "pipeline", "log-of-failures", "the answer ends in a log of errors and a shell's prompt"),
        ("how would you split it", "split", "asks-in-prose", "the answer ends in a question in prose"),
        ("how does the wizard look", "wizard", "list-quoted", "the answer ends in a list to choose from"),
        ("how do i restart it", "restart", "password-quoted", "the answer ends in sudo's question and [Y/n]"))
PANELS = {"claude": (("/help", "Right"), ("/status", "Right"), ("/config", "=thinking"), ("/hooks", "Enter"), ("/memory", "Down"), ("/effort", "Right"), ("/context", ""), ("/cost", ""), ("/color", ""), ("/sandbox", "Down")),
          "codex": (("/status", ""), ("/keymap", "Down"), ("/goal", ""), ("/copy", ""), ("/apps", ""), ("/statusline", "Space"), ("/hooks", "Down"), ("/memories", "Down"), ("/usage", "")),
          "gemini": (("/settings", "=vim"), ("/stats", ""), ("/auth", "Down"), ("/editor", "Down"), ("/about", ""), ("/footer", "Down"), ("/directory show", ""), ("/shortcuts", "")),
          "qwen": (("/settings", "Down"), ("/stats", ""), ("/auth", "Down"), ("/editor", "Down"), ("/about", ""), ("/help", "Right"), ("/status", ""), ("/statusline", ""), ("/context", "")),
          "copilot": (("/help", "Down"), ("/context", ""), ("/usage", ""), ("/tasks", ""), ("/diff", "Down"), ("/keep-alive", ""), ("/env", ""), ("/search", "=in"), ("/statusline", "Down"), ("/effort", "Down")),
          "opencode": (("/help", ""), ("/themes", "Down"), ("/models", "=gra"), ("/status", ""), ("/timeline", "Down"), ("/sessions", "=wh"), ("/variants", "Down"), ("/rename", "=x")),
          "pi": (("/hotkeys", ""), ("/session", ""), ("/settings", "Enter"), ("/tree", "Up"), ("/fork", "Down"), ("/login", "Down"), ("/scoped-models", "Space"), ("/copy", "")),
          "cline": (("/settings", "Right"), ("/help", ""), ("/account", ""), ("/skills", ""), ("/plugins", ""), ("/history", "Down")),
          "kilo": (("/help", ""), ("/themes", "Down"), ("/models", "=gra"), ("/status", ""), ("/timeline", "Down"), ("/sessions", "=wh")),
          "droid": (("/help", "Down"), ("/model", "Down"), ("/settings", "Down"), ("/mcp", "Down"), ("/cost", ""), ("/status", ""), ("/skills", "Down"), ("/droids", "Down"), ("/rewind-conversation", "Down"), ("/hooks", "Down")),
          "grok": (("/help", ""), ("/models", "Down")),
          "continue": (("/help", ""), ("/model", "Down"), ("/config", "Down"), ("/info", ""), ("/mcp", "Down"), ("/jobs", ""), ("/fork", "")),
          "nanocoder": (("/help", "Down"), ("/model", "Down"), ("/settings", "Down"), ("/checkpoint list", ""), ("/mcp", ""), ("/usage", ""), ("/custom-commands", "")),
          "omp": (("/settings", "Down"), ("/model", "=gra"), ("/hotkeys", ""), ("/session", ""), ("/tree", "Up"), ("/help", ""), ("/extensions", "Down"), ("/branch", "Up")),
          "letta": (("/agents", "Down"), ("/model", "Down"), ("/memory", "Down"), ("/help", "Right"), ("/toolset", "Down"), ("/mcp", ""), ("/search", "=in"), ("/skills", "Down"), ("/context", ""), ("/hooks", "Down"))}
SPLITS = ((0.5, 1), (1, 0.45), (0.5, 0.5), (1.7, 0.4))  # of width and height: what a window becomes when panes are split off


def letters(spec, start):
    """Words typed at odd places, and keys that end something."""
    spec, start = dressed(spec, start)
    p = begin(spec, start, "-1")
    p.type(LONG)
    unsent(p, "long-line", "a message of five lines, unsent")
    p.key("Home", gap=0.5)
    unsent(p, "long-line-home", "the same, the cursor at its begin")
    p.key("C-c", gap=0.6)
    if is_there(p):
        p.shot("idle", "ctrl-c-over-draft", "Ctrl-C over a message", held=False)
    p.close()
    p = begin(spec, start, "-1")
    if turned(p, "what is here", "done"):
        p.type("> 1. größer → kleiner? ✓ 完成 🙂 │ ❯ ja")
        unsent(p, "odd-letters", "letters of other scripts and a prompt's sign")
        clear(p, spec)
        for text, variant in (("/zzqx", "slash-nothing"), ("see @zzqx", "file-nothing"), ("!git log --oneline | head", "shell-pipe")):
            p.type(text)
            time.sleep(0.8)
            unsent(p, variant, text + " typed")
            p.key("Escape", gap=0.8)
            clear(p, spec)
            p.key("BSpace", gap=0.3)
        p.type("/")
        time.sleep(0.6)
        p.key("Down", "Down", "Down", gap=0.3)
        unsent(p, "slash-down", "the commands' popup, Down three times")
    p.close()
    p = begin(spec, start, "-1")
    if turned(p, "what is here", "done"):
        p.key("C-c", gap=0.5)
        if is_there(p):
            p.shot("idle", "ctrl-c-after-turn", "Ctrl-C once after a turn", held=False)
            time.sleep(4)
            p.key("C-d", gap=0.5)
        if is_there(p):
            p.shot("idle", "ctrl-d-once", "Ctrl-D once after a turn", held=False)
    p.close()


def verdicts(spec, start):
    """Answers that look like something else, each the last in its pane."""
    spec, start = dressed(spec, start)
    for first in (0, 3):
        p = begin(spec, start, "-2")
        for prompt, scene, variant, how in SAID[first:first + 3]:
            if turned(p, prompt, scene, settle=3):
                p.shot("idle", variant, how, held=False)
        if first:
            p.type("the second, please")
            unsent(p, "under-quoted", "words typed under an answer that quotes a question")
            clear(p, spec)
            p.enter("choose an index for me")
            if p.asked("ruminate"):
                time.sleep(2)
                p.shot("working", "under-quoted", "it thinks under an answer that quotes a question", held=True)
        p.close()


def spans(spec, start):
    """Turns under popups and views, after errors, and stopped in other ways."""
    spec, start = dressed(spec, start)
    p = begin(spec, start, "-3")
    p.enter("choose an index for me")
    if p.asked("ruminate"):
        time.sleep(1.5)
        p.type("see @src/le")
        time.sleep(1)
        p.shot("working", "file-popup-meanwhile", "a file is named while it thinks", held=True)
        p.key("BSpace", *["BSpace"] * 10, gap=0.1)
        clear(p, spec)
        p.type(LONG)
        p.shot("working", "long-line-meanwhile", "five lines typed while it thinks", held=True)
        clear(p, spec)
        p.key("C-o", gap=1.2)
        p.shot("working", "ctrl-o-meanwhile", "Ctrl-O while it thinks", held=True)
    p.close()
    p = begin(spec, start, "-3")
    p.enter("choose an index for me")
    if p.asked("ruminate"):
        time.sleep(1.5)
        p.key("C-c", gap=0.3)
        p.open(0, 3)
        time.sleep(1.5)
        if is_there(p):
            p.shot("interrupted", "ctrl-c-in-turn", "Ctrl-C in a turn", held=False)
            clear(p, spec)
            p.enter("choose an index for me, again")
            time.sleep(2.5)
            p.shot("working", "after-ctrl-c", "a further turn after a stopped one", held=True)
    p.close()
    p = begin(spec, start, "-3")
    p.enter("there is organisation trouble")
    if p.asked("e403"):
        time.sleep(6)
        clear(p, spec)
        p.enter("choose an index for me")
        if p.asked("ruminate"):
            time.sleep(2)
            p.shot("working", "after-e403", "it thinks, an error above", held=True)
            stop(p, spec)
    p.close()
    p = begin(spec, start, "-3")
    p.enter("import the dump")
    if spec["ask"] and p.see(spec["ask"], 15):
        p.key(*spec["yes"])
    if p.running(r"seq 1 70", 15):
        time.sleep(7)
        p.shot("working", "progress-bar", "a command draws a bar", held=False, child=r"seq 1 70|sleep 1")
        p.type("/")
        time.sleep(0.8)
        p.shot("working", "progress-popup", "a command draws a bar, the commands' popup", held=False, child=r"seq 1 70|sleep 1")
    p.close()


def gates(spec, start):
    """Dialogs of a heredoc, of a file that is there, of a helper; a question of several lines; messages sent with a refusal."""
    spec, start = dressed(spec, start)
    for prompt, scene, variant, how in (("write the cron job", "cron", "heredoc", "a command with a file in it"), ("rewrite the rounding note", "note", "overwrite", "a file that is there is rewritten"),
                                        ("hand the cleanup to a helper", "prune", "helpers", "a helper's command"), ("settle the naming", "naming", "naming", "a question of three lines")):
        asks = "net_total_cents" if scene == "naming" else spec["ask"]
        if not asks:
            continue
        p = begin(spec, start, "-4")
        p.enter(prompt)
        if not p.asked(scene, 20) or not p.see(asks, 12) or not p.open(0, 5):
            print("NO DIALOG", spec["agent"], scene, p.screen()[-600:], flush=True)
            p.close()
            continue
        time.sleep(1.5)
        p.shot("waiting", variant, how, held=False)
        p.key("Down", gap=0.6)
        p.shot("waiting", variant + "-down", how + ", Down once", held=False)
        if scene == "cron":
            p.key("C-o", gap=1)
            p.shot("waiting", variant + "-ctrl-o", how + ", Ctrl-O", held=False)
        p.close()


def panels(spec, start):
    """Lists and cards opened after a turn, with a key that leads on."""
    spec, start = dressed(spec, start)
    for command, key in PANELS.get(spec["agent"], ()):
        p = begin(spec, start, "-5")
        turned(p, "what is here", "done")
        seen = state()["seen"]
        p.enter(command)
        time.sleep(2.5)
        if is_there(p) and state()["seen"] == seen:
            variant = "panel-" + command.strip("/").replace(" ", "-")
            p.shot("menu", variant, command + " after a turn", held=False)
            if key:
                p.type(key[1:]) if key[0] == "=" else p.key(key, gap=1)
                p.shot("menu", variant + "-on", "%s, then %s" % (command, key), held=False)
        p.close()


def split(p, label, variant, how, held):
    """The screen in the sizes that splits of its window make, which then is as it was."""
    cols, rows = p.cols, p.rows
    for number, (wide, high) in enumerate(SPLITS, 1):
        p.resize(int(cols * wide), int(rows * high))
        p.shot(label, "%s-split-%d" % (variant, number), "%s, the pane %dx%d" % (how, p.cols, p.rows), held=held)
    p.resize(cols, rows)


def splits(spec, start):
    """Panes that are split while the agent rests, thinks, asks or holds a message."""
    spec, start = dressed(spec, start)
    p = begin(spec, start, "-6")
    if turned(p, "how would you split it", "split"):
        split(p, "idle", "rests", "a turn is over", False)
        p.type("the first; but leave the importer (y/n) as it is")
        split(p, "draft", "typed", "words typed", False)
        clear(p, spec)
        p.enter("choose an index for me")
        if p.asked("ruminate"):
            time.sleep(1.5)
            split(p, "working", "thinks", "it thinks", True)
    p.close()
    p = begin(spec, start, "-6")
    p.enter("prune the caches" if spec["ask"] else "settle the naming")
    if p.see(spec["ask"] or "net_total_cents", 15) and p.open(0, 5):
        time.sleep(1.5)
        split(p, "waiting", "asks", "it asks", False)
    p.close()
    p = begin(spec, start, "-6")
    p.enter("there is organisation trouble")
    if p.asked("e403") and p.rests(12, 40):
        split(p, "error", "failed", "HTTP 403", False)
    p.close()


def crossings(spec, start):
    """Words typed while it thinks, over which a dialog or an answer comes; work right behind a dialog; a screen cleared."""
    spec, start = dressed(spec, start)
    words = "then (y/n) tell the tenants"
    p = begin(spec, start, "-7")
    p.enter("sweep the staging bucket")
    if p.asked("sweep"):
        time.sleep(1)
        p.type(words)
        if spec["ask"] and p.see(spec["ask"], 25) and p.open(0, 5):
            time.sleep(1)
            p.shot("waiting", "over-draft", "a dialog came over words typed", held=False)
            p.key(*spec["no"], gap=2.5)
            if p.open(0, 8) and p.see("tell the tenants", 0.5) and not p.see(spec["ask"], 0.3):
                p.shot("draft", "back-under-refusal", "refused; the words typed before are back", held=False)
    p.close()
    p = begin(spec, start, "-7")
    p.enter("sweep the staging bucket")
    if spec["ask"] and p.see(spec["ask"], 30) and p.open(0, 5):
        p.key(*spec["yes"], gap=0)
        if p.running(r"sleep 37", 8):
            time.sleep(1)
            p.shot("working", "just-approved", "a command that was just approved runs", held=False, child=r"sleep 37")
            p.type(words)
            p.shot("working", "just-approved-typed", "it runs, words typed", held=False, child=r"sleep 37")
    p.close()
    p = begin(spec, start, "-7")
    p.enter("vet the totals")
    if p.asked("vet"):
        time.sleep(1)
        p.type(words)
        if p.open(0, 20):
            time.sleep(4)
            p.shot("draft", "under-answer", "the answer came over words typed", held=False)
            clear(p, spec)
            p.enter("/clear")
            time.sleep(3)
            if is_there(p) and p.open(0, 1):
                p.shot("idle", "cleared", "/clear", held=False)
    p.close()
    p = begin(spec, start, "-7")
    p.enter("there is organisation trouble")
    if p.asked("e403") and p.rests(12, 40):
        p.type(words)
        p.shot("draft", "under-error", "words typed below an error", held=False)
    p.close()
