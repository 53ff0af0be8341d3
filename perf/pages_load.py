#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""As many pages as wanted, as far as the monitor sees them: the requests that web/app.js makes, at its pace.

  pages_load.py PORT TOKEN_FILE PAGES SCREENS SECONDS

Each page logs in, follows the events, and asks for the status, today's sums and the usage every 15 s; SCREENS of them have
an agent's screen open, which they ask for every 2 s. Prints one line of JSON: what came back, what was refused, and the
share of a core that all of this took here.
"""
import asyncio
import json
import resource
import sys
import time
from collections import Counter

PORT, TOKEN_FILE, PAGES, SCREENS, SECONDS = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
TOKEN = open(TOKEN_FILE, encoding="ascii").read().strip()
REFRESH, SCREEN, AGAIN = 15, 2, 5
codes, events, waits = Counter(), Counter(), []
until = time.monotonic() + SECONDS


def head(path):
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()


class Client:
    """One kept connection, as a browser has it; opened anew when the monitor closed it."""

    def __init__(self):
        self.streams = None

    async def get(self, path):
        for attempt in (1, 2):
            try:
                if self.streams is None:
                    self.streams = await asyncio.open_connection("127.0.0.1", PORT)
                reader, writer = self.streams
                start = time.monotonic()
                writer.write(head(path))
                header = (await reader.readuntil(b"\r\n\r\n")).decode()
                size = int(next(v for k, _, v in (line.partition(": ") for line in header.split("\r\n")) if k.lower() == "content-length"))
                body = await reader.readexactly(size)
                code = int(header.split(" ", 2)[1])
                codes[path.split("?")[0], code] += 1
                waits.append(time.monotonic() - start)
                return code, body
            except (OSError, asyncio.IncompleteReadError):
                self.streams = None
                if attempt == 2:
                    codes[path.split("?")[0], "no answer"] += 1
        return 0, b""


async def follow():
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
            writer.write(head("/api/v1/events"))
            code = int((await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1])
            codes["/api/v1/events", code] += 1
            if code == 200:
                events["following"] += 1
                while line := await asyncio.wait_for(reader.readline(), max(0.1, until - time.monotonic())):
                    events["transitions"] += line.startswith(b"event: transition")
                events["cut off"] += 1
                continue
            writer.close()
        except asyncio.TimeoutError:
            return
        except (OSError, asyncio.IncompleteReadError):
            codes["/api/v1/events", "no answer"] += 1
        await asyncio.sleep(AGAIN)


async def refresh(client):
    while time.monotonic() < until:
        next_ = time.monotonic() + REFRESH
        for path in ("/api/v1/status", "/api/v1/usage", "/api/v1/today"):
            for _ in range(20):
                code, _ = await client.get(path)
                if code != 202:
                    break
                await asyncio.sleep(0.5)
        await asyncio.sleep(max(0, min(next_, until) - time.monotonic()))


async def look(client, pane, server):
    while time.monotonic() < until:
        code, _ = await client.get(f"/api/v1/screen?pane=%25{pane[1:]}&server={server}")
        await asyncio.sleep(0.1 if code == 202 else SCREEN)


async def page(number, agents):
    await asyncio.sleep(min(REFRESH, SECONDS / 3) * number / PAGES)  # people do not come all at once
    tasks = [follow(), refresh(Client())]
    if number < SCREENS:
        agent = agents[number % len(agents)]
        tasks.append(look(Client(), agent["pane"], agent["server_id"]))
    await asyncio.gather(*tasks)


def own_cpu_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def main():
    agents = json.loads((await Client().get("/api/v1/agents"))[1])["agents"]
    codes.clear()
    waits.clear()
    await asyncio.gather(*(page(n, agents) for n in range(PAGES)))
    waits.sort()
    print(json.dumps({"following": events["following"], "cut_off": events["cut off"], "transitions": events["transitions"],
                      "answers": sum(n for (_, code), n in codes.items() if code in (200, 202)),
                      "refused": {f"{path} {code}": n for (path, code), n in codes.items() if code not in (200, 202)},
                      "cpu_percent": round(100 * own_cpu_s() / SECONDS, 2),
                      "answer_ms_p50": round(1000 * waits[len(waits) // 2], 1),
                      "answer_ms_p95": round(1000 * waits[len(waits) * 95 // 100], 1)}))


asyncio.run(main())
