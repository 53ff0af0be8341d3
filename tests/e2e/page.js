// SPDX-License-Identifier: Apache-2.0
// The browser's part of page.sh. Usage: node page.js FOLDER; URL, BASE, LIVE, ASKING, LOG, ORC, MODULES in the environment.
"use strict";
const { execFileSync } = require("child_process");
const assert = require("assert");
const fs = require("fs");
const { chromium } = require("playwright-core");
const { URL: url, BASE: base, LIVE: live, ASKING: asking, LOG: log, ORC: orc, MODULES: modules, PICTURES: pictures } = process.env;
const axe = fs.readFileSync(modules + "/node_modules/axe-core/axe.min.js", "utf8");
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const tmux = (...words) => execFileSync("tmux", ["-L", "a", ...words]).toString();
const becomes = (state) => tmux("respawn-pane", "-k", "-t", live, orc, "__replay", "gemini", state, "still", "0");

(async () => {
  const context = await chromium.launchPersistentContext(process.argv[2], {
    executablePath: "/usr/bin/chromium", headless: true, args: flags, colorScheme: "light",
    viewport: { width: 1280, height: 800 }, bypassCSP: false });
  const page = context.pages()[0] || await context.newPage();
  const console_ = [], elsewhere = [];
  page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") console_.push(m.text()); });
  page.on("pageerror", (e) => console_.push(String(e)));
  page.on("request", (r) => { if (!r.url().startsWith(base) && !r.url().startsWith("data:")) elsewhere.push(r.url()); });
  const picture = async (name) => { if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` }); };
  const check = async (what) => {
    // axe is put in by the driver, past the policy that the page itself is held to.
    const session = await context.newCDPSession(page);
    await session.send("Runtime.evaluate", { expression: axe });
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    assert.deepStrictEqual(found.violations.map((v) => v.id + " " + v.nodes.map((n) => n.html).join(" ")), [], what);
  };

  // Without a login: it says how, and shows nothing.
  await page.goto(base + "/");
  await page.getByText("Run tmux-orc page where the monitor runs").waitFor();
  assert.strictEqual(await page.locator(".agent").count(), 0);
  await check("not logged in");
  console_.length = 0;  // the refusals are on the console, and must be

  // With one: who waits stands first, the code is gone from the address, and the number is in the title.
  await page.goto(url);
  await page.locator(".agent").nth(3).waitFor();
  assert.strictEqual(page.url(), base + "/");
  const first = page.locator(".agent").first();
  assert.match(await first.locator(".state").innerText(), /waiting/);
  assert.match(await first.locator(".where").innerText(), /claude/);
  assert.match(await first.locator(".title").innerText(), /^run `.*`\?$/);
  assert.strictEqual(await page.title(), "(2) tmux-orc");
  assert.ok((await page.locator("link[rel=icon]").getAttribute("href")).startsWith("data:image/svg"));
  assert.strictEqual(await page.locator("#groups img").count(), 0, "a window's name is text");
  await check("light");
  await picture("page-light");

  // A change is there within a second of the monitor's seeing it: the monitor looks every 0.3 s.
  becomes("waiting");
  await page.locator("#changes li").filter({ hasText: "waiting" }).first().waitFor({ timeout: 15000 });
  const late = await page.evaluate(() => Date.now() - Date.parse(document.querySelector("#changes li time").dateTime));
  assert.ok(late < 1500, `the change was ${late} ms old`);
  await page.waitForFunction(() => document.title === "(3) tmux-orc");

  // Keys: the first, its screen, the filter.
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator(".look > pre").filter({ hasText: /\w/ }).waitFor();
  await page.waitForFunction(() => document.querySelector(".look > pre").textContent.split("\n").length > 5);
  assert.strictEqual(await first.locator("> button").getAttribute("aria-expanded"), "true");
  await check("with a screen");
  await page.keyboard.press("Escape");
  assert.strictEqual(await page.locator(".look").count(), 0);
  await page.keyboard.press("/");
  await page.keyboard.type("codex");
  assert.strictEqual(await page.locator(".agent:visible").count(), 1);
  await page.keyboard.press("Escape");
  assert.strictEqual(await page.locator(".agent:visible").count(), 4);
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");

  // What a message opens: the agent it is about.
  await page.goto(base + "/#pane=%25" + live.slice(1));
  await page.waitForFunction(() => document.querySelector("button[aria-expanded=true]"));
  await page.keyboard.press("Escape");

  // An answer, by the question's id: the agent gets its own key, and the question goes.
  await page.goto(base + "/#pane=%25" + asking.slice(1));
  const options = page.locator(".asks-form .options button");
  await options.nth(2).waitFor();
  assert.strictEqual(await options.nth(2).innerText(), "3. No");
  await check("with answers");
  await picture("page-answer");
  const before = await page.locator(".asks-form").getAttribute("data-id");
  await options.nth(2).click();
  await page.waitForFunction((id) => { const f = document.querySelector(".asks-form"); return !f || f.dataset.id !== id; }, before);
  assert.match(fs.readFileSync(log, "utf8"), /^chose step\d+ 3$/m);
  await page.keyboard.press("Escape");

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
  await page.locator(".agent").nth(3).waitFor();

  // 500 agents: still one page. The API's answer is replaced, since 500 panes prove nothing more of the page.
  const status = await page.evaluate(async () => (await fetch("/api/v1/status")).json());
  const one = status.snapshot.agents[0];
  status.snapshot.agents = Array.from({ length: 500 }, (_, i) => ({ ...one, pane: "%" + (1000 + i), target: "many:0." + i }));
  await page.route("**/api/v1/status", (r) => r.fulfill({ json: status }));
  await page.reload();
  await page.locator(".agent").nth(499).waitFor({ timeout: 10000 });
  await context.close();
})().catch((e) => { console.error(e); process.exit(1); });
