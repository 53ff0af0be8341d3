// SPDX-License-Identifier: Apache-2.0
// What the browser's parts of page.sh and page_reports.sh have in common: chromium without a network of its own, axe-core,
// what it said on its console, and what it asked of anybody else.
"use strict";
const assert = require("assert");
const fs = require("fs");
const { chromium } = require("playwright-core");
const { MODULES: modules, PICTURES: pictures } = process.env;
const axe = fs.readFileSync(modules + "/node_modules/axe-core/axe.min.js", "utf8");
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

// `home`: how the addresses begin that it may ask.
async function open(profile, home, options) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium", headless: true, args: flags, colorScheme: "light",
    viewport: { width: 1280, height: 800 }, bypassCSP: false, ...options });
  const page = context.pages()[0] || await context.newPage();
  const said = [], elsewhere = [];
  page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") said.push(m.text()); });
  page.on("pageerror", (e) => said.push(String(e)));
  page.on("request", (r) => { if (!r.url().startsWith(home) && !r.url().startsWith("data:")) elsewhere.push(r.url()); });
  const picture = async (name, more) => { if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, ...more }); };
  const check = async (what) => {
    // axe is put in by the driver, past the policy that the page itself is held to.
    const session = await context.newCDPSession(page);
    await session.send("Runtime.evaluate", { expression: axe });
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    assert.deepStrictEqual(found.violations.map((v) => v.id + " " + v.nodes.map((n) => n.html).join(" ")), [], what);
  };
  return { context, page, said, elsewhere, picture, check };
}
module.exports = { open };
