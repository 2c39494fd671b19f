// Decisions: without scripts, with a keyboard, and two people at once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { barriers, faults, launch, open, signIn, world } from "./support.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const at = (name) => `${world.base}/case/${world.cases[name]}`;

test("confirming and taking it back work without scripts", async () => {
  const { context, page, seen } = await open(browser, { javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  await signIn(page, "alice");
  await page.goto(at("decide"));
  const reason = page.getByLabel("Reason");
  assert.match(await reason.inputValue(), /^flow-download-execute .*setup\.py:12/);
  await page.getByRole("link", { name: "Decide" }).click();
  await page.getByRole("button", { name: "Confirm malware" }).click();
  assert.match(page.url(), /\?done=\d+$/);
  await page.getByText("Confirmed as malware:").waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Opened again:").waitFor();
  await page.goto(at("decide"));
  await page.getByText("machine verdict, not reviewed").waitFor();
  const history = page.getByRole("region", { name: "History" });
  assert.match(await history.innerText(), /took the last decision back[\s\S]*confirmed as malware \(taken back later\)/);
  assert.match(await history.innerText(), /cited: flow-download-execute/);
  assert.deepEqual([seen.elsewhere, seen.policy, seen.dialogs], [[], [], []]);
  await context.close();
});

test("a dismissal needs a reason of a kind, and shows hostile reasons safely", async () => {
  const { context, page, seen } = await open(browser);
  await signIn(page, "alice");
  await page.goto(at("dismiss"));
  await page.getByLabel("Dismiss because").selectOption("benign-trigger");
  await page.getByLabel("Reason").fill("");
  await page.getByRole("button", { name: "Dismiss" }).click();
  assert.equal(page.url(), at("dismiss"), "a decision without a reason was sent");
  await page.getByLabel("Reason").fill("<img src=x onerror=window.pwned=1> vendored \u202E downloader");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.getByText("Dismissed:").waitFor();
  for (const path of [`/case/${world.cases.dismiss}`, "/audit", "/?show=dismissed"]) {
    await page.goto(world.base + path);
    assert.deepEqual(await faults(page, seen), [], path);
    assert.deepEqual(await barriers(page), [], path);
  }
  await page.goto(at("dismiss"));
  assert.match(await page.getByRole("region", { name: "History" }).innerText(), /benign trigger[\s\S]*<img src=x onerror=window\.pwned=1> vendored ⟨U\+202E⟩/);
  await context.close();
});

test("of two people who decide the same case, the second sees what the first did", async () => {
  const alice = await open(browser);
  const bob = await open(browser);
  await signIn(alice.page, "alice");
  await signIn(bob.page, "bob");
  await alice.page.goto(at("conflict"));
  await bob.page.goto(at("conflict"));
  await alice.page.getByRole("button", { name: "Confirm malware" }).click();
  await alice.page.getByText("Confirmed as malware:").waitFor();
  await bob.page.getByLabel("Reason").fill("my own long thought");
  const answer = bob.page.waitForResponse((response) => response.url().endsWith("/decide"));
  await bob.page.getByRole("button", { name: "Dismiss" }).click();
  assert.equal((await answer).status(), 409);
  const text = await bob.page.locator("main").innerText();
  assert.match(text, /Somebody was faster/);
  assert.match(text, /alice/);
  assert.match(text, /my own long thought/);
  assert.deepEqual(await barriers(bob.page), []);
  await bob.page.getByRole("link", { name: "Look at the case" }).click();
  await bob.page.locator(".case-head").getByText("confirmed by alice").waitFor();
  await alice.context.close();
  await bob.context.close();
});

test("a keyboard is enough, from the queue to the decision and back", async () => {
  const { context, page } = await open(browser);
  await signIn(page, "alice");
  await page.goto(world.base);
  const name = () => page.evaluate(() => document.activeElement === document.body ? "" : document.activeElement.textContent.trim());
  for (let steps = 0; steps < 20 && !(await name()).includes("awscli-helper"); steps++) await page.keyboard.press("j");
  assert.match(await name(), /awscli-helper/);
  await page.keyboard.press("Enter");
  await page.waitForURL(at("keyboard"));
  await page.keyboard.press("j");
  await page.keyboard.press("m");
  assert.equal(await name(), "Confirm malware");
  const visible = await page.evaluate(() => {
    const box = document.activeElement.getBoundingClientRect();
    return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === document.activeElement;
  });
  assert.ok(visible, "the focused button is covered");
  await page.keyboard.press("Enter");
  await page.getByText("Confirmed as malware:").waitFor();
  assert.equal(await name(), "Next case", "after a decision the focus is on the next case");
  await page.keyboard.press("u");
  await page.keyboard.press("Enter");
  await page.getByText("Opened again:").waitFor();
  // Nothing is reached by Tab that cannot be seen.
  await page.goto(at("keyboard"));
  const covered = [];
  for (let stops = 0; stops < 60; stops++) {
    await page.keyboard.press("Tab");
    const hidden = await page.evaluate(() => {
      const node = document.activeElement;
      const box = node.getBoundingClientRect();
      const out = box.bottom <= 0 || box.top >= innerHeight || box.width === 0;
      return out ? node.outerHTML.slice(0, 100) : "";
    });
    if (hidden) covered.push(hidden);
  }
  assert.deepEqual(covered, []);
  await context.close();
});

test("Enter in the reason decides nothing, and single keys can be switched off", async () => {
  const { context, page } = await open(browser);
  await signIn(page, "alice");
  await page.goto(at("plain"));
  await page.getByLabel("Reason").focus();
  await page.keyboard.press("Enter");
  assert.equal(page.url(), at("plain"));
  await page.locator("h1").click();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await dialog.waitFor();
  await dialog.getByLabel("Single-key shortcuts").uncheck();
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.locator("h1").click();
  await page.keyboard.press("m");
  assert.notEqual(await page.evaluate(() => document.activeElement.textContent), "Confirm malware");
  await context.close();
});

test("who may only look cannot decide, and nobody can from elsewhere", async () => {
  const { context, page } = await open(browser);
  await signIn(page, "vera");
  await page.goto(at("plain"));
  assert.equal(await page.getByRole("button", { name: "Confirm malware" }).count(), 0);
  await page.getByText("You may look, and moderators decide").waitFor();
  assert.deepEqual(await barriers(page), []);
  const csrf = await page.locator("input[name=csrf]").first().inputValue();
  const form = { csrf, revision: "1", act: "confirm", reason: "x" };
  const viewer = await page.request.post(`${at("plain")}/decide`, { form });
  assert.equal(viewer.status(), 403);
  await context.clearCookies();
  await signIn(page, "alice");
  const forged = await page.request.post(`${at("plain")}/decide`, { form: { ...form, csrf: "0".repeat(64) } });
  assert.equal(forged.status(), 403);
  const foreign = await page.request.post(`${at("plain")}/decide`, { form, headers: { "sec-fetch-site": "cross-site" } });
  assert.equal(foreign.status(), 403);
  const rebound = await page.request.get(`${world.base}/`, { headers: { host: "evil.test" } });
  assert.equal(rebound.status(), 421);
  await page.goto(at("plain"));
  await page.getByText("machine verdict, not reviewed").waitFor();
  await context.close();
});
