// The program as it is started at home: a file is posted, judged, looked at, decided, and the index can ask.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { barriers, faults, launch, open, overflow, signIn, world } from "./support.mjs";

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const scan = (filename) => fetch(`${world.base}/v1/scan?filename=${encodeURIComponent(filename)}&wait=60`, {
  method: "POST",
  headers: { authorization: `Bearer ${world.token}` },
  body: readFileSync(world.archive),
});

// Asks until the answer is the wanted one; the test's own limit ends it when that never comes.
async function until(ask, wanted) {
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test("from a posted archive to the decision that the index hears of", { timeout: 240_000 }, async () => {
  const refused = await fetch(`${world.base}/v1/scan?filename=a-1.zip`, { method: "POST", body: "x" });
  assert.equal(refused.status, 401);

  const answer = await scan(world.filename);
  assert.equal(answer.status, 200, await answer.clone().text());
  const { verdict, case: opened } = await answer.json();
  assert.ok(["hold", "review"].includes(verdict.outcome), JSON.stringify(verdict.summary));
  assert.ok(verdict.findings.length > 0);

  const name = [verdict.project, verdict.version, verdict.filename].map(encodeURIComponent).join("/");
  const state = async () => (await (await fetch(`${world.base}/integrity/${name}/verdicts`)).json()).state;
  assert.equal(await state(), "suspicious");

  const { context, page, seen } = await open(browser, { viewport: { width: 320, height: 640 }, colorScheme: "dark" });
  await signIn(page, "moderator");
  for (const path of ["/", "/verdicts", "/audit", opened.url]) {
    await page.goto(world.base + path);
    assert.deepEqual(await faults(page, seen), [], path);
    assert.deepEqual(await barriers(page), [], path);
    assert.deepEqual(await overflow(page), [], path);
  }
  const text = await page.locator("main").innerText();
  assert.ok(text.includes("⟨U+202E⟩") && text.includes("setup.py"), text.slice(0, 2000));
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.screenshot({ path: `${world.shots}/up-1280-dark.png` });
  await page.getByRole("button", { name: "Confirm malware" }).click();
  await page.getByText("Confirmed as malware:").waitFor();
  assert.equal(await until(state, (now) => now !== "suspicious"), "quarantined");

  const metrics = await (await fetch(`${world.base}/metrics`)).text();
  for (const line of [
    /^gatehouse_scans_total\{outcome="(hold|review)"\} 1$/m,
    /^gatehouse_decisions_total\{decision="confirm"\} 1$/m,
    /^gatehouse_csp_reports_total 0$/m,
  ]) {
    assert.match(metrics, line);
  }
  assert.equal((await fetch(`${world.base}/readyz`)).status, 200);
  await context.close();
});
