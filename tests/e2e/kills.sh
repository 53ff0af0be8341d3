#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 at random moments, 20 times (ORC_KILLS=200 for more), with history and notifications on: no committed round is
# lost, both databases are whole, and each wait is told exactly once to who knows a message by its number.
. "$(dirname "$0")/lib.sh"
KILLS=${ORC_KILLS:-20}
STATE=$HOME/.tmux-orchestrator
mkdir -p "$STATE" "$HOME/seen"
# A message that comes again, since the kill came between its delivery and the note of it, has its number.
cat >"$WORK/files/hook" <<'H'
#!/bin/sh
text=$(cat)
[ -n "$text" ] || exit 1  # the monitor was killed before it wrote the message: it comes again
mkdir "$HOME/seen/${TMUX_ORC_ID:-none}" 2>/dev/null || { echo x >>"$HOME/again"; exit 0; }
printf '%s\n' "$text" >>"$HOME/told.jsonl"
H
chmod +x "$WORK/files/hook"
cat >"$STATE/config.yaml" <<Y
servers:
  - {name: k, socket_name: k}
monitoring: {check_interval: 0.2, confirm_delay: 0}
notifications:
  startup_grace: 0
  channels: [{name: hook, type: command, command: [$WORK/files/hook]}]
  rules: [{states: [waiting], channels: [hook]}]
  pace: {waiting: {debounce: 0, cooldown: 0, repeat: 0}}
Y
cat >"$WORK/files/kills.py" <<'P'
import json, os, random, signal, sqlite3, subprocess, sys, time

orc, kills, state = sys.argv[1], int(sys.argv[2]), os.environ["HOME"] + "/.tmux-orchestrator"
seed = int(os.environ.get("ORC_SEED", time.time()))
print("seed", seed, flush=True)
random.seed(seed)
panes = {}
for line in subprocess.check_output(["tmux", "-L", "k", "list-panes", "-a", "-F", "#{pane_id} #{pane_pid} #{window_name}"],
                                    text=True).splitlines():
    pane, pid, name = line.split()
    if name == "agent":
        panes[pane] = int(pid)
waits = {pane: 0 for pane in panes}  # how often each began to wait
asking = set()
told = lambda: [json.loads(line) for line in open(os.environ["HOME"] + "/told.jsonl")] if os.path.exists(
    os.environ["HOME"] + "/told.jsonl") else []

def count():
    out = {pane: 0 for pane in panes}
    for m in told():
        for i in m["items"]:
            out[i["pane"]] += 1
    return out

def rows(db):
    c = sqlite3.connect(f"file:{state}/{db}?mode=ro", uri=True, timeout=10)
    c.execute("BEGIN")
    return c

def committed():
    try:
        c = rows("history.db")
        return set(c.execute("SELECT at_ms, number, agents FROM round"))
    except sqlite3.OperationalError:
        return set()  # not made yet

daemon = lambda: subprocess.Popen([orc, "monitor", "run", "--supervised"], stdout=subprocess.DEVNULL, stderr=open(os.environ["HOME"] + "/daemon.log", "ab"))
kept, d, ready = set(), None, 0
def up():
    s = subprocess.run([orc, "monitor", "status"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return s.returncode == 0
def wait_up():
    until = time.time() + 20
    while not up():
        assert time.time() < until and d.poll() is None, "the monitor does not start after a kill"
        time.sleep(0.02)

def settled(deadline=20):
    until = time.time() + deadline
    while count() != waits and time.time() < until:
        time.sleep(0.05)
    return count() == waits

for kill in range(kills):
    d = daemon()
    if kill % 5 == 0:  # the others are killed at any moment of their start, too
        wait_up()
        ready += 1
    time.sleep(random.random() * 0.2)
    # What rests long enough to be seen begins to ask; what asks, and was told, rests.
    for pane in random.sample(sorted(panes), 2):
        if pane in asking:
            if count()[pane] == waits[pane] and up():
                os.kill(panes[pane], signal.SIGUSR2)
                time.sleep(0.6)  # seen at rest
                if up():
                    asking.discard(pane)
                else:
                    os.kill(panes[pane], signal.SIGUSR1)
        else:
            os.kill(panes[pane], signal.SIGUSR1)
            asking.add(pane)
            waits[pane] += 1
    # Rounds are written in batches of 2 s: a third lives long enough to commit some.
    time.sleep(random.random() * 0.6 + (2.5 if kill % 3 == 0 else 0))
    before = committed()
    d.send_signal(signal.SIGKILL)
    d.wait()
    after = committed()
    assert before <= after, f"kill {kill}: {len(before - after)} committed rounds are gone"
    assert kept <= after, f"kill {kill}: {len(kept - after)} rounds of earlier runs are gone"
    kept = after
    for db in ("history.db", "notify.db"):
        if os.path.exists(f"{state}/{db}"):
            assert rows(db).execute("PRAGMA integrity_check").fetchone()[0] == "ok", db

d = daemon()
wait_up()
assert settled(), f"told {count()}, began to wait {waits}"
time.sleep(1)
assert count() == waits, f"told twice: {count()}, began to wait {waits}"
waiting = rows("notify.db").execute("SELECT count(*) FROM outbox").fetchone()[0]
assert waiting == 0, f"{waiting} messages are left"
assert not [f for f in os.listdir(state) if ".corrupt-" in f], os.listdir(state)
d.terminate()
assert d.wait() == 0
sums = rows("history.db").execute("SELECT sum(rounds) FROM rollup WHERE span=1").fetchone()[0]
raw = rows("history.db").execute("SELECT count(*) FROM round").fetchone()[0]
assert sums == raw, f"{raw} rounds, {sums} in the sums"
again = open(os.environ["HOME"] + "/again").read().count("x") if os.path.exists(os.environ["HOME"] + "/again") else 0
print(f"{kills} kills, {raw} rounds kept, {sum(waits.values())} waits told once each; {again} messages came again with their number")
P
start_server k sleep 10000
for _ in 1 2 3 4 5 6; do new_window k agent "$ORC" __replay claude idle flip-screen 0 >/dev/null; done
run timeout $((60 + KILLS * 8)) "$PYTHON" "$WORK/files/kills.py" "$ORC" "$KILLS"
exit_is 0
echo "$OUT"
