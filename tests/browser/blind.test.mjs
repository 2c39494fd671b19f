// The checks themselves: a page with each fault must be caught, or a green run says nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { barriers, faults, launch, open, overflow, signIn, world } from "./support.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

// Our own case page as it would be without the escape: what the server wrote, with some of it unescaped again.
// A refresh would take the page away before it can be looked at, so that one stays escaped.
const unescaped = (html) =>
  html.replaceAll("&lt;meta", "&amp;lt;meta").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("[.]", ".");

test("a page that forgets to escape is caught, though its policy stops every script", async () => {
  const { context, page, seen } = await open(browser);
  await signIn(page, "bob");
  await page.route(`**/case/${world.cases.hostile}`, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: unescaped(await answer.text()) });
  });
  await page.goto(`${world.base}/case/${world.cases.hostile}`);
  const found = await faults(page, seen);
  assert.deepEqual(seen.dialogs, []);
  assert.ok(found.some((fault) => fault.startsWith("foreign element")), "no foreign element was noticed");
  assert.ok(found.some((fault) => fault.startsWith("policy")), "no breach of the policy was noticed");
  await context.close();
});

test("a page that shuts people out or sticks out is caught", async () => {
  const { context, page } = await open(browser, { viewport: { width: 320, height: 640 } });
  await page.route("**/bad", (route) => route.fulfill({
    contentType: "text/html",
    body: "<!doctype html><main><input><p style='color:#ccc'>pale</p><div style='width:900px'>wide</div></main>",
  }));
  await page.goto(`${world.base}/bad`);
  const found = (await barriers(page)).join("\n");
  for (const rule of ["html-has-lang", "document-title", "label", "color-contrast"]) assert.match(found, new RegExp(rule));
  assert.notDeepEqual(await overflow(page), []);
  await context.close();
});
