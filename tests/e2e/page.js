// SPDX-License-Identifier: Apache-2.0
// The browser's part of page.sh. Usage: node page.js FOLDER; URL, BASE, LIVE, ASKING, LOG, ORC, MODULES in the environment.
"use strict";
const { execFileSync } = require("child_process");
const assert = require("assert");
const fs = require("fs");
const { open } = require("./browser.js");
const { URL: url, BASE: base, LIVE: live, ASKING: asking, PARKED: parked, LOG: log, ORC: orc, PUSHED: pushed } = process.env;
const tmux = (...words) => execFileSync("tmux", ["-L", "a", ...words]).toString();
const becomes = (state) => tmux("respawn-pane", "-k", "-t", live, orc, "__replay", "gemini", state, "still", "0");

(async () => {
  const { context, page, said: console_, elsewhere, picture, check } = await open(process.argv[2], base);

  // Without a login: it says how, and shows nothing.
  await page.goto(base + "/");
  await page.getByText("Run tmux-orc page where the monitor runs").waitFor();
  assert.strictEqual(await page.locator(".agent").count(), 0);
  await check("not logged in");
  console_.length = 0;  // the refusals are on the console, and must be

  // With one: who waits stands first, the code is gone from the address, and the number is in the title.
  await page.goto(url);
  await page.locator(".agent").nth(4).waitFor();
  assert.strictEqual(page.url(), base + "/");
  const first = page.locator(".agent").first();
  assert.match(await first.locator(".state").innerText(), /waiting/);
  assert.match(await first.locator(".where").innerText(), /claude/);
  assert.match(await first.locator(".title").innerText(), /^run `.*`\?$/);
  assert.strictEqual(await page.title(), "(3) tmux-orc");
  assert.ok((await page.locator("link[rel=icon]").getAttribute("href")).startsWith("data:image/svg"));
  assert.strictEqual(await page.locator("#groups img").count(), 0, "a window's name is text");
  // Who is parked, what is used of which limit, and what was used today: the history is written every two seconds.
  const limits = page.locator("#limits li");
  assert.match(await limits.filter({ hasText: "claude" }).first().innerText(), /parked: main:\d\.0/);
  assert.match(await limits.filter({ hasText: "codex 5h" }).innerText(), /82% used, ends .*, in (59m|1h)[\s\S]*at work: main:\d\.0/);
  await page.waitForFunction(() => /shop\s*codex\s*7000\s*300\s*-/.test(document.querySelector("#used tbody").innerText), null, { timeout: 40000 });
  assert.match(await page.locator("#today").innerText(), /Waits for a person/);
  await check("light");
  await picture("page-light");

  // A change is there within a second of the monitor's seeing it: the monitor looks every 0.3 s.
  becomes("waiting");
  await page.locator("#changes li").filter({ hasText: "waiting" }).first().waitFor({ timeout: 15000 });
  const late = await page.evaluate(() => Date.now() - Date.parse(document.querySelector("#changes li time").dateTime));
  assert.ok(late < 1500, `the change was ${late} ms old`);
  await page.waitForFunction(() => document.title === "(4) tmux-orc");

  // Keys: the first, its screen, the filter.
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator(".look > pre").filter({ hasText: /\w/ }).waitFor();
  await page.waitForFunction(() => document.querySelector(".look > pre").textContent.split("\n").length > 5);
  assert.strictEqual(await first.locator("> button").getAttribute("aria-expanded"), "true");
  // What it did, as a strip, and in words.
  await page.locator(".look .strip path").first().waitFor({ timeout: 15000 });
  assert.match(await page.locator(".look .strip svg").getAttribute("aria-label"), /Since .*: waiting/);
  await check("with a screen");
  await page.keyboard.press("Escape");
  assert.strictEqual(await page.locator(".look").count(), 0);
  await page.keyboard.press("/");
  await page.keyboard.type("codex");
  assert.strictEqual(await page.locator(".agent:visible").count(), 1);
  await page.keyboard.press("Escape");
  assert.strictEqual(await page.locator(".agent:visible").count(), 5);
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");

  // What a message opens: the agent it is about.
  await page.goto(base + "/#pane=%25" + live.slice(1));
  await page.waitForFunction(() => document.querySelector("button[aria-expanded=true]"));
  await page.keyboard.press("Escape");

  // A message's button marks its option; a person presses it. Then the agent gets its own key, and the question goes.
  const of = (pane) => "#pane=%25" + pane.slice(1);
  await page.goto(base + "/" + of(asking));
  const options = page.locator(".asks-form .options button"), told = page.locator(".told");
  await options.nth(2).waitFor();
  assert.strictEqual(await options.nth(2).innerText(), "3. No");
  const before = await page.locator(".asks-form").getAttribute("data-id");
  const message = fs.readFileSync(pushed, "utf8").split("\n").filter((l) => l.startsWith("/ {"))
    .map((l) => JSON.parse(l.slice(2))).find((m) => m.actions && m.actions[0].url.includes("&ask=" + before));
  assert.strictEqual(message.topic, "a-topic");
  assert.ok(message.click.startsWith(`${base}/${of(asking)}&server=`), message.click);
  assert.deepStrictEqual(message.actions.map((a) => a.action + " " + a.label), ["view 1. Yes", "view 2. Yes, and don't ask again for make", "view 3. No"]);
  await page.goto(message.actions[2].url);
  await told.filter({ hasText: "Press the marked answer" }).waitFor();
  assert.strictEqual(await page.locator(".chosen").innerText(), "3. No");
  assert.ok(await options.nth(2).evaluate((b) => b === document.activeElement), "Enter is enough");
  await check("with answers");
  await picture("page-answer");
  assert.doesNotMatch(fs.readFileSync(log, "utf8"), /^chose/m, "a link answers nothing");
  await page.keyboard.press("Enter");
  await page.waitForFunction((id) => { const f = document.querySelector(".asks-form"); return !f || f.dataset.id !== id; }, before);
  assert.match(fs.readFileSync(log, "utf8"), /^chose step\d+ 3$/m);
  await page.goto(message.actions[0].url);
  await told.filter({ hasText: "not asked any more" }).waitFor();
  assert.strictEqual(await page.locator(".chosen").count(), 0);
  assert.strictEqual((fs.readFileSync(log, "utf8").match(/^chose/mg) || []).length, 1);
  await page.goto(`${base}/#pane=%2599999`);
  await page.getByText("The agent of the message is gone.").waitFor();
  await page.keyboard.press("Escape");

  // Events that are refused, as when there are too many pages: it asks instead, and does not call itself old.
  await page.route("**/api/v1/events", (r) => r.fulfill({ status: 503, body: "{}" }));
  await page.reload();
  await page.locator(".agent").nth(4).waitFor();
  becomes("idle");
  await page.locator("#group-free .agent").first().waitFor({ timeout: 20000 });
  assert.ok(await page.locator("#stale").isHidden());
  await page.unroute("**/api/v1/events");

  // Events that were lost: how things stand is asked anew.
  await page.route("**/api/v1/events", (r) => r.fulfill({ contentType: "text/event-stream", body: "id: 7\nevent: reset\ndata: {}\n\n" }));
  let asked = 0;
  const count = (r) => { asked += r.url().endsWith("/api/v1/status"); };
  page.on("request", count);
  await page.reload();
  for (const until = Date.now() + 2500; asked < 2 && Date.now() < until;) await page.waitForTimeout(50);
  page.off("request", count);
  assert.ok(asked >= 2, "asked after a reset: " + asked);
  await page.unroute("**/api/v1/events");
  await page.reload();
  await page.locator(".agent").nth(4).waitFor();
  console_.length = 0;  // the refusals

  // A phone, in the dark.
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: "dark" });
  await first.locator("> button").click();
  await page.waitForFunction(() => document.querySelector(".look > pre").textContent.split("\n").length > 5);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360), "it fits 360 px");
  await check("dark, 360 px");
  await picture("page-phone");
  assert.deepStrictEqual(console_, []);
  assert.deepStrictEqual(elsewhere, []);

  // The monitor goes and comes back: the page says so, and goes on.
  execFileSync(orc, ["monitor", "stop"]);
  await page.locator("#stale").filter({ hasText: "No connection" }).waitFor({ timeout: 15000 });
  execFileSync(orc, ["monitor", "start"]);
  await page.locator("#stale").waitFor({ state: "hidden", timeout: 30000 });
  await page.locator(".agent").nth(4).waitFor();

  // A browser would install it.
  const session = await context.newCDPSession(page);
  const manifest = await session.send("Page.getAppManifest");
  assert.strictEqual(JSON.parse(manifest.data).name, "tmux-orc");
  assert.deepStrictEqual(manifest.errors, []);
  assert.deepStrictEqual((await session.send("Page.getInstallabilityErrors")).installabilityErrors, []);

  // None, one, and 500 agents on a wall's screen: still one page. The API's answer is replaced, since 500 panes prove nothing
  // more of the page.
  await page.setViewportSize({ width: 2560, height: 1440 });
  const status = await page.evaluate(async () => (await fetch("/api/v1/status")).json());
  const one = status.snapshot.agents[0];
  for (const count of [0, 1, 500]) {
    status.snapshot.agents = Array.from({ length: count }, (_, i) => ({ ...one, pane: "%" + (1000 + i), target: "many:0." + i }));
    await page.route("**/api/v1/status", (r) => r.fulfill({ json: status }));
    await page.reload();
    if (count) await page.locator(".agent").nth(count - 1).waitFor({ timeout: 10000 });
    else await page.getByText("No agents are running.").waitFor();
    assert.strictEqual(await page.locator(".agent").count(), count);
    await check(count + " agents");
  }
  await picture("page-wall");
  await context.close();
})().catch((e) => { console.error(e); process.exit(1); });
