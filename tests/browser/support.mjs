// What every browser test uses: the browser, the session, and the checks that a page holds.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { chromium } from "playwright-core";

export const world = JSON.parse(process.env.GATEHOUSE_BROWSER_WORLD);
const logins = world.logins[basename(process.argv[1])];

// A token that nobody has used.
export const token = (name) => logins[name].pop();

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-default-apps",
      "--disable-domain-reliability",
      "--disable-sync",
      "--no-first-run",
      "--no-pings",
    ],
  });

// A browser of somebody's own, which notes what a page does that it must not.
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const seen = { policy: [], elsewhere: [], dialogs: [], errors: [] };
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted ?Types?/i.test(message.text())) seen.policy.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("dialog", async (dialog) => { seen.dialogs.push(dialog.message()); await dialog.dismiss(); });
  page.on("request", (request) => {
    if (!request.url().startsWith(world.base + "/")) seen.elsewhere.push(request.url());
  });
  return { context, page, seen };
}

export async function signIn(page, name) {
  await page.goto(`${world.base}/login?token=${encodeURIComponent(token(name))}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Queue" }).waitFor();
}

// All that is wrong with the page that is open; empty when it holds.
export async function faults(page, seen) {
  const faults = [];
  const look = () => {
    const found = [...document.querySelectorAll("main script, main img, main svg, main iframe, main object, main embed, main style, main link, main base, main meta")];
    const handlers = [...document.querySelectorAll("main *")].filter((node) => [...node.attributes].some((one) => /^on/i.test(one.name) || (one.name === "style")));
    const links = [...document.querySelectorAll("a[href]")].filter((link) => new URL(link.href).origin !== location.origin);
    const forms = [...document.querySelectorAll("form")].filter((form) => new URL(form.getAttribute("action") ?? "", location.href).origin !== location.origin);
    const foreign = [...found, ...handlers, ...links, ...forms].map((node) => `foreign element: ${node.outerHTML.slice(0, 120)}`);
    return "pwned" in window ? [...foreign, "a payload ran"] : foreign;
  };
  faults.push(...(await page.evaluate(look)));
  faults.push(...seen.policy.map((text) => `policy: ${text}`));
  faults.push(...seen.elsewhere.map((url) => `request elsewhere: ${url}`));
  faults.push(...seen.dialogs.map((text) => `dialog: ${text}`));
  faults.push(...seen.errors.map((text) => `error: ${text}`));
  return faults;
}

// Breaches of WCAG 2.2 AA that axe can see.
export async function barriers(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    // eslint-disable-next-line no-undef
    axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`);
}

// What sticks out to the right of the window, if the page can be scrolled sideways.
export async function overflow(page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const inside = (node) => node.closest(".code, .scroll, .hide, .skip");
    return [...document.querySelectorAll("body *")]
      .filter((node) => !inside(node) && node.getBoundingClientRect().right > root.clientWidth + 1)
      .map((node) => `${node.tagName}.${node.className}: ${node.textContent.trim().slice(0, 40)}`)
      .slice(0, 5)
      .concat(`${root.scrollWidth} > ${root.clientWidth}`);
  });
}
