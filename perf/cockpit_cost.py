#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast the cockpit opens, and what it costs while it is open: on a private tmux server whose panes replay agents'
screens, beside a monitor with default settings. All of it is measured in this run, and torn down at the end.

    cockpit_cost.py TMUX_ORC [--agents 200] [--painting 100] [--seconds 60] [--opens 20] [--json]
"""
import argparse
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROWS, COLUMNS = 50, 160
TICKS = os.sysconf("SC_CLK_TCK")


def say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


class Cockpit:
    """The cockpit on a terminal of its own."""

    def __init__(self, orc: str):
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execv(orc, [orc])
        self.bytes = 0

    def read(self, until: float) -> bytes:
        if not select.select([self.fd], [], [], max(0.0, until - time.monotonic()))[0]:
            return b""
        with contextlib.suppress(OSError):
            data = os.read(self.fd, 1 << 16)
            self.bytes += len(data)
            return data
        return b""

    def first_list_ms(self) -> float:
        """From before the fork until rows of agents are drawn."""
        seen = b""
        while b"opencode" not in seen:
            seen += self.read(time.monotonic() + 10)
            if time.monotonic() - self.began > 10:
                raise SystemExit(f"the cockpit shows no agents: {seen[-300:]!r}")
        return (time.monotonic() - self.began) * 1000

    def cpu_s(self) -> float:
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_kb(self) -> int:
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0

    def close(self) -> None:
        os.write(self.fd, b"q")
        end = time.monotonic() + 5
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            self.read(time.monotonic() + 0.05)
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise SystemExit("the cockpit does not quit on q")
        os.close(self.fd)


def measure_open(orc: str, opens: int) -> list[float]:
    times = []
    for i in range(opens):
        say(f"opening, {i + 1} of {opens}")
        cockpit = Cockpit(orc)
        times.append(cockpit.first_list_ms())
        cockpit.close()
    return times


def measure_cost(orc: str, seconds: int) -> dict:
    cockpit = Cockpit(orc)
    cockpit.first_list_ms()
    settled = time.monotonic() + min(10, seconds / 3)
    while time.monotonic() < settled:
        cockpit.read(settled)
    began, cpu, resident, sent = time.monotonic(), cockpit.cpu_s(), [cockpit.resident_kb()], cockpit.bytes
    next_look = began
    while time.monotonic() < began + seconds:
        cockpit.read(min(next_look, began + seconds))
        if time.monotonic() >= next_look:
            resident.append(cockpit.resident_kb())
            say(f"open, {time.monotonic() - began:.0f} of {seconds} s")
            next_look += max(1.0, seconds / 60)
    took = time.monotonic() - began
    out = {"seconds": round(took, 1), "cpu_percent": round((cockpit.cpu_s() - cpu) / took * 100, 3),
           "resident_first_kb": resident[0], "resident_last_kb": cockpit.resident_kb(), "resident_peak_kb": max(resident),
           "terminal_bytes_per_s": round((cockpit.bytes - sent) / took)}
    cockpit.close()
    return out


def recognised(orc: str) -> int:
    said = subprocess.run([orc, "status", "--json"], capture_output=True, text=True, check=False).stdout
    with contextlib.suppress(ValueError, KeyError):
        return sum(a["state"] in ("idle", "working") for a in json.loads(said)["agents"])
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("orc")
    for name, value in (("agents", 200), ("painting", 100), ("seconds", 60), ("opens", 20)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    orc = str(pathlib.Path(given.orc).resolve())
    work = tempfile.mkdtemp(prefix="orc-cockpit-")
    os.environ.update(HOME=f"{work}/home", TMUX_TMPDIR=work, LC_ALL="C.UTF-8", TERM="xterm-256color")
    for name in ("TMUX", "TMUX_PANE", "NO_COLOR"):
        os.environ.pop(name, None)
    os.mkdir(f"{work}/home")
    pathlib.Path(work, "tmux.conf").touch()
    with open(f"{work}/panes", "wb") as out:
        subprocess.run(["bash", pathlib.Path(__file__).with_name("replay_panes.sh"), orc, str(given.agents),
                        str(given.painting)], stdout=out, check=True)
    tmux = ["tmux", "-f", f"{work}/tmux.conf"]  # the default server of a folder of our own
    monitor = None
    try:
        subprocess.run([*tmux, "start-server", ";", "set", "-g", "exit-empty", "off", ";", "set", "-g", "status", "off"],
                       check=True)
        subprocess.run([*tmux, "source-file", f"{work}/panes"], check=True)
        end = time.monotonic() + 120
        while recognised(orc) < given.agents:
            say("waiting until all paint")
            if time.monotonic() > end:
                raise SystemExit(f"only {recognised(orc)} of {given.agents} panes showed their screens")
            time.sleep(0.5)
        monitor = subprocess.Popen([orc, "monitor", "run"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while recognised(orc) < given.agents or not pathlib.Path(work, "home/.tmux-orchestrator").exists():
            time.sleep(0.5)
        opens = measure_open(orc, given.opens)
        figures = {"agents": given.agents, "painting_percent": given.painting,
                   "open_ms": {"median": round(statistics.median(opens), 1), "min": round(min(opens), 1),
                               "max": round(max(opens), 1), "times": len(opens)},
                   "open_for": measure_cost(orc, given.seconds)}
    finally:
        if monitor:
            monitor.terminate()
            monitor.wait()
        subprocess.run([*tmux, "-N", "kill-server"], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(work, ignore_errors=True)
    say("")
    if given.json:
        print(json.dumps(figures))
        return 0
    o, c = figures["open_ms"], figures["open_for"]
    print(f"{given.agents} agents, {given.painting}% painting, {COLUMNS}x{ROWS}, beside a monitor\n"
          f"until the list is drawn   median {o['median']} ms, {o['min']} to {o['max']} ({o['times']} times)\n"
          f"open for {c['seconds']:.0f} s            {c['cpu_percent']}% of a core, {c['terminal_bytes_per_s']} bytes/s to the "
          f"terminal\nresident                  {c['resident_first_kb']} KB, at the end {c['resident_last_kb']} KB, "
          f"peak {c['resident_peak_kb']} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
