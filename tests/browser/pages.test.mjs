// Every page, narrow and wide, light and dark: nothing runs, nothing leaves, nothing sticks out, nobody is shut out.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { barriers, faults, launch, open, overflow, signIn, token, world } from "./support.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const pages = {
  queue: "/",
  incomplete: "/?show=incomplete",
  empty: "/?show=dismissed",
  case: `/case/${world.cases.plain}`,
  hostile: `/case/${world.cases.hostile}`,
  unread: `/case/${world.cases.incomplete}`,
  verdicts: "/verdicts",
  fleet: "/fleet",
  audit: "/audit?verify=1",
  missing: "/case/999999",
};

for (const scheme of ["light", "dark"]) {
  for (const width of [320, 1280]) {
    test(`pages hold at ${width} px, ${scheme}`, async () => {
      const { context, page, seen } = await open(browser, { viewport: { width, height: 900 }, colorScheme: scheme });
      await page.goto(`${world.base}/login`);
      const wrong = [];
      const look = async (name) => {
        wrong.push(...(await faults(page, seen)).map((fault) => `${name}: ${fault}`));
        wrong.push(...(await overflow(page)).map((what) => `${name}: sticks out: ${what}`));
        wrong.push(...(await barriers(page)).map((what) => `${name}: ${what}`));
        await page.screenshot({ path: `${world.shots}/${name}-${width}-${scheme}.png` });
        if (name !== "hostile") await page.screenshot({ path: `${world.shots}/${name}-${width}-${scheme}-whole.png`, fullPage: true });
      };
      await look("login");
      await signIn(page, "alice");
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(world.base + path);
        await look(name);
      }
      await context.close();
      assert.deepEqual(wrong, []);
    });
  }
}

test("hostile text is shown, and shown as what it is", async () => {
  const { context, page } = await open(browser);
  await signIn(page, "alice");
  await page.goto(world.base + pages.hostile);
  const text = await page.locator("main").innerText();
  for (const shown of ["⟨U+202E⟩", "⟨U+200B⟩", "⟨U+001B⟩", "⟨U+009B⟩", "⟨U+0430⟩", "⟨80 spaces⟩", "<script>window.pwned=1</script>", "hxxps://evil[.]test/login", "before …", " more"]) {
    assert.ok(text.includes(shown), `${shown} is not on the page`);
  }
  assert.ok(!text.includes("https://evil.test"), "an address is not defanged");
  for (const hidden of ["\u202E", "\u200B", "\u001b", "\u2066", "\u{E0041}"]) {
    assert.ok(!(await page.content()).includes(hidden), `${JSON.stringify(hidden)} went through`);
  }
  const title = await page.title();
  assert.ok(title.includes("<img src=x") && !title.includes("\u202E"), title);
  await context.close();
});

test("the fleet's page says who lives, and who has fallen silent", async () => {
  const { context, page } = await open(browser);
  await signIn(page, "vera");
  await page.goto(world.base + pages.fleet);
  const table = page.getByRole("table", { name: /Each process/ });
  const rows = (await table.getByRole("row").allInnerTexts()).slice(1).map((row) => row.replace(/\s+/g, " "));
  assert.equal(rows.length, 5, rows.join("\n"));
  const row = (name) => rows.find((text) => text.includes(name));
  assert.match(row("scanner-7c9f4d6b8-x2x9p:1"), /scanner gatehouse\/0\.1\.0 [0-9a-f]{12} 4 of 5.* s ago/);
  assert.match(row("recorder-5d8c7-qwert:1"), /17 of 128/);
  assert.ok(row("onerror=").includes("⟨U+202E⟩") && /silent for 2\d min/.test(row("onerror=")), row("onerror="));
  assert.equal(rows.filter((text) => text.includes("silent")).length, 1);
  await context.close();
});

test("answers carry their headers", async () => {
  const { context, page } = await open(browser);
  for (const path of ["/login", "/assets/gatehouse.css", "/nowhere", "/v1/verdicts/zz", "/healthz"]) {
    const answer = await page.request.get(world.base + path);
    const headers = answer.headers();
    assert.match(headers["content-security-policy"], /^default-src 'none';.*require-trusted-types-for 'script'/, path);
    assert.equal(headers["x-content-type-options"], "nosniff", path);
    assert.equal(headers["referrer-policy"], "no-referrer", path);
    assert.equal(headers["cross-origin-opener-policy"], "same-origin", path);
  }
  await signIn(page, "alice");
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Strict"]);
  const queue = await page.request.get(`${world.base}/`);
  assert.equal(queue.headers()["cache-control"], "no-store");
  await context.close();
});

test("a link that is looked at is not used up, a used one is", async () => {
  const { context, page } = await open(browser);
  const link = `${world.base}/login?token=${token("alice")}`;
  for (const _ of [1, 2, 3]) await page.request.get(link);
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Queue" }).waitFor();
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await context.close();
});
