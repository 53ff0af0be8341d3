// SPDX-License-Identifier: Apache-2.0
// The browser's part of page_reports.sh. Usage: node page_reports.js PROFILE FOLDER; each .html in FOLDER is a report.
"use strict";
const assert = require("assert");
const fs = require("fs");
const { open } = require("./browser.js");
const [, , profile, folder] = process.argv;

// Runs in the page: texts of a chart or of an axis that overlap or are too small to read, and what is wider than the screen.
function flaws() {
  const out = [];
  const groups = [...document.querySelectorAll(".report svg:not(.strip svg)")].map((svg) => [...svg.querySelectorAll("text")]);
  for (const ticks of document.querySelectorAll(".ticks")) groups.push([...ticks.children]);
  for (const texts of groups) {
    const boxes = texts.filter((t) => t.textContent).map((t) => ({ text: t.textContent, box: t.getBoundingClientRect() }));
    for (const [i, a] of boxes.entries()) {
      if (a.box.height < 11) out.push(`"${a.text}" is ${a.box.height} px high`);
      if (a.box.left < 0 || a.box.right > innerWidth) out.push(`"${a.text}" leaves the screen`);
      for (const b of boxes.slice(i + 1))
        if (a.box.left < b.box.right + 4 && b.box.left < a.box.right + 4 && a.box.top + 2 < b.box.bottom && b.box.top + 2 < a.box.bottom)
          out.push(`"${a.text}" lies on "${b.text}"`);
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) out.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  for (const strip of document.querySelectorAll(".strip svg"))
    if (strip.getBoundingClientRect().width < 150) out.push("a strip is too narrow");
  return out;
}

(async () => {
  const { context, page, said, elsewhere, picture, check } = await open(profile, "file://");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const fill = (what) => page.evaluate((w) => getComputedStyle(document.querySelector(w)).fill, what);
  for (const name of fs.readdirSync(folder).filter((n) => n.endsWith(".html"))) {
    for (const width of [1280, 400]) {
      for (const colorScheme of ["light", "dark"]) {
        const what = `${name} ${width} ${colorScheme}`;
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ media: "screen", colorScheme });
        await page.goto(`file://${folder}/${name}`);
        assert.deepStrictEqual(await page.evaluate(flaws), [], what);
        assert.strictEqual(await ground(), colorScheme === "dark" ? "rgb(22, 24, 29)" : "rgb(255, 255, 255)", what);
        await check(what);
        await picture(`${name.replace(".html", "")}-${width}-${colorScheme}`, { fullPage: true });
      }
    }
    // On paper: light, whatever the screen is, and in the width of a page.
    await page.setViewportSize({ width: 720, height: 1000 });
    await page.goto(`file://${folder}/${name}`);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.waitForFunction(() => matchMedia("print").matches);
    assert.deepStrictEqual(await page.evaluate(flaws), [], name + " on paper");
    assert.strictEqual(await ground(), "rgb(255, 255, 255)", name + " on paper");
    const pdf = await page.pdf({ format: "A4" });
    assert.ok(pdf.length > 5000, name + " as PDF");
    if (process.env.PICTURES) fs.writeFileSync(`${process.env.PICTURES}/${name}.pdf`, pdf);
  }
  // A state has one colour everywhere: the strip's is the table's of base/state_style.h, in both schemes.
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
  await page.goto(`file://${folder}/agents.html`);
  assert.strictEqual(await fill(".strip path.s-waiting"), "rgb(138, 82, 0)");
  await page.emulateMedia({ media: "screen", colorScheme: "dark" });
  assert.strictEqual(await fill(".strip path.s-waiting"), "rgb(255, 193, 69)");
  assert.strictEqual(await page.locator("img, script, link").count(), 0, "a name is text, and nothing is loaded");
  assert.deepStrictEqual(said, []);
  assert.deepStrictEqual(elsewhere, []);
  await context.close();
})().catch((e) => { console.error(e); process.exit(1); });
