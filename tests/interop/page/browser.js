// SPDX-License-Identifier: Apache-2.0
// Looks at the operator's page with a browser, and uses it as a person does.
//
//     browser.js look URL [PATH …]        every page, of each kind one, and those at the paths, in both languages and colour schemes, wide and at 320 px: no violation that axe-core finds, nothing wider than the
//                                         window, no error in the console, and the same without scripts
//     browser.js live URL                 says `ready` when a list keeps itself up to date, waits for a line on standard input, and for the row that has come since
//     browser.js decide URL ID ACT        opens the operation, decides on it with the buttons, and says in which state it is then
//     browser.js pictures URL FOLDER      pictures for the documentation
//
// The first line of standard output that begins with `wrong` says what is not as it should be; exit code 1.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { chromium } = require("playwright-core");

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const LIMIT = 30_000;

const wrong = (what) => {
  console.log(`wrong ${what}`);
  process.exitCode = 1;
};

// A browser that asks nobody else for anything.
const launch = () =>
  chromium.launch({
    executablePath: process.env.SILTA_CHROMIUM || "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-default-apps",
      "--disable-sync",
      "--no-first-run",
      "--disable-gpu",
      "--disable-dev-shm-usage",
    ],
  });

// A context that tells what the browser objects to.
const context = async (browser, options) => {
  const made = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  made.setDefaultTimeout(LIMIT);
  made.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      wrong(`console: ${message.text()}`);
    }
  });
  made.on("weberror", (error) => wrong(`script: ${error.error()}`));
  return made;
};

// The pages that the first one leads to, one of each kind.
const paths = async (browser, url) => {
  const made = await context(browser, { locale: "en" });
  const page = await made.newPage();
  const found = new Map();
  const queue = ["/"];
  while (queue.length > 0) {
    const next = queue.shift();
    const kind = next.replace(/\d+/g, "N").replace(/\?.*/, "?");
    if (found.has(kind) || /lang=|^\/(health|metrics)/.test(next)) {
      continue;
    }
    found.set(kind, next);
    await page.goto(url + next);
    const links = await page.$$eval("a[href^='/']", (all) => all.map((a) => a.getAttribute("href")));
    queue.push(...links);
  }
  await made.close();
  return [...found.values()];
};

const violations = async (page, where) => {
  // As an extension does: the policy of the page has no say in it.
  const result = await page.evaluate(async (axe) => {
    eval(axe);
    return await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
  }, AXE);
  for (const violation of result.violations) {
    const nodes = violation.nodes.map((node) => node.html).slice(0, 3);
    wrong(`${where}: ${violation.id}: ${violation.help}: ${nodes.join(" ")}`);
  }
  return result.passes.length;
};

const overflow = async (page, where) => {
  const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (width > 0) {
    const widest = await page.evaluate(() =>
      [...document.querySelectorAll("main *")]
        .filter((e) => e.getBoundingClientRect().right > window.innerWidth)
        .map((e) => e.outerHTML.slice(0, 120))
        .pop(),
    );
    wrong(`${where}: ${width} px wider than the window: ${widest}`);
  }
};

const look = async (browser, url, ...more) => {
  const all = [...(await paths(browser, url)), ...more];
  let looked = 0;
  let rules = 0;
  for (const locale of ["en", "fi"]) {
    for (const colorScheme of ["light", "dark"]) {
      // Rules are put in from outside, which the policy of the page would forbid; the policy itself has a test of its own.
      const made = await context(browser, { locale, colorScheme, bypassCSP: true });
      const page = await made.newPage();
      for (const at of all) {
        for (const width of [1280, 320]) {
          const where = `${at} ${locale} ${colorScheme} ${width}`;
          await page.setViewportSize({ width, height: 900 });
          await page.goto(url + at);
          await overflow(page, where);
          rules += await violations(page, where);
          looked += 1;
        }
      }
      await made.close();
    }
  }
  // Without scripts the same words are there.
  const without = await context(browser, { locale: "fi", javaScriptEnabled: false });
  const page = await without.newPage();
  for (const at of all) {
    const response = await page.goto(url + at);
    if (response.status() !== 200 || (await page.locator("h1").count()) !== 1) {
      wrong(`${at} without scripts`);
    }
  }
  await page.goto(url + "/operations");
  await page.selectOption("#state", "held");
  await page.click(".filters button");
  if (!page.url().includes("state=held")) {
    wrong(`the filter leads to ${page.url()}`);
  }
  await page.click("a.language");
  if ((await page.getAttribute("html", "lang")) !== "en") {
    wrong("the language is not changed");
  }
  await page.goto(url + "/");
  if ((await page.getAttribute("html", "lang")) !== "en") {
    wrong("the language is not kept");
  }
  // With them, under the policy, and by the keyboard.
  const strict = await context(browser, { locale: "en" });
  const kept = await strict.newPage();
  await kept.goto(url + "/");
  await kept.waitForFunction(() => document.getElementById("live").textContent !== "");
  await kept.keyboard.press("Tab");
  const first = await kept.evaluate(() => document.activeElement.getAttribute("href"));
  if (first !== "#content") {
    wrong(`the first stop of the keyboard is ${first}`);
  }
  console.log(`${looked} looks at ${all.length} pages, ${rules} rules held: ${all.join(" ")}`);
};

const live = async (browser, url) => {
  const made = await context(browser, { locale: "en" });
  const page = await made.newPage();
  await page.goto(url + "/operations");
  await page.waitForFunction(() => document.getElementById("live").textContent === "Updates by itself");
  const rows = await page.locator("tbody tr").count();
  console.log("ready");
  await new Promise((resolve) => readline.createInterface(process.stdin).once("line", resolve));
  await page.waitForFunction((before) => document.querySelectorAll("tbody tr").length > before, rows);
  console.log(`rows ${rows} ${await page.locator("tbody tr").count()}`);
};

const decide = async (browser, url, id, act) => {
  // Once with scripts and once without is for whoever calls: ACT may end with `-plain`.
  const javaScriptEnabled = !act.endsWith("-plain");
  const made = await context(browser, { locale: "en", javaScriptEnabled });
  const page = await made.newPage();
  await page.goto(`${url}/operations/${id}`);
  await page.click(`a.button[href$="/${act.replace("-plain", "")}"]`);
  const told = await page.locator(".consequences li").allTextContents();
  console.log(`told ${told.length} ${told[0]}`);
  await page.click(".confirm button");
  // One that is replayed is another operation then.
  await page.waitForURL((at) => /^\/operations\/\d+$/.test(at.pathname));
  const goesOn = page.url();
  const deadline = Date.now() + LIMIT;
  let state = "";
  while (Date.now() < deadline) {
    await page.goto(goesOn);
    state = await page.locator(".facts .badge").first().textContent();
    if (["Done", "Given up", "Refused"].includes(state)) {
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  console.log(`state ${state}`);
};

const pictures = async (browser, url, folder, operation) => {
  for (const [name, at, options] of [
    ["overview", "/", { locale: "en", colorScheme: "light" }],
    ["operation", `/operations/${operation}`, { locale: "fi", colorScheme: "dark" }],
    ["cancel", `/operations/${operation}/cancel`, { locale: "en", colorScheme: "light" }],
    ["narrow", "/operations", { locale: "fi", colorScheme: "light", viewport: { width: 360, height: 740 } }],
  ]) {
    const made = await context(browser, { viewport: { width: 1120, height: 760 }, ...options });
    const page = await made.newPage();
    await page.goto(url + at);
    await page.waitForTimeout(1500);
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
    await made.close();
  }
};

(async () => {
  const [command, url, ...rest] = process.argv.slice(2);
  const commands = { look, live, decide, pictures };
  const browser = await launch();
  try {
    await commands[command](browser, url, ...rest);
  } catch (error) {
    wrong(String(error));
  } finally {
    await browser.close();
  }
})();
