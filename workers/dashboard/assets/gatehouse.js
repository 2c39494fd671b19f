// Comfort for people with a keyboard. Every page works without it. It builds no markup and reads no hostile text.
"use strict";
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window forgets */ } },
  };

  // Single keys may be in the way of speech input and other tools, so one switch turns them off.
  const dialog = one("#keys");
  const singles = one("[data-single-keys]");
  if (singles) {
    singles.checked = store.get("single-keys") !== "off";
    singles.addEventListener("change", () => store.set("single-keys", singles.checked ? "on" : "off"));
  }
  const hint = one(".keys-hint");
  if (hint && dialog) {
    hint.hidden = false;
    one("[data-keys]").addEventListener("click", () => dialog.showModal());
  }

  if (store.get("wrap") === "on") document.documentElement.classList.add("wrap");

  const step = (by) => {
    const rows = all("[data-row] a");
    const stops = rows.length > 0 ? rows : all("[data-finding]");
    if (stops.length === 0) return;
    const at = stops.findIndex((stop) => stop === document.activeElement || stop.contains(document.activeElement));
    const next = stops[Math.max(0, Math.min(stops.length - 1, at < 0 ? 0 : at + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const focus = (selector) => { const target = one(selector); if (target) { target.focus(); target.scrollIntoView({ block: "nearest" }); } };

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    m: () => focus("[data-confirm]"),
    d: () => focus("[data-dismiss]"),
    u: () => focus("[data-undo]"),
    n: () => focus("[data-next]"),
    w: () => store.set("wrap", document.documentElement.classList.toggle("wrap") ? "on" : "off"),
    "?": () => dialog && dialog.showModal(),
  };
  let pending = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || (singles && !singles.checked && event.key !== "?")) return;
    if (event.target.closest("input, select, textarea, dialog")) return;
    if (pending === "g" && event.key === "q") { pending = ""; location.assign("/"); return; }
    pending = event.key === "g" ? "g" : "";
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  // New cases never move the rows that are being looked at: they are counted, and shown when asked for.
  const fresh = one("[data-fresh]");
  if (fresh) {
    const newest = Number(fresh.dataset.newest);
    const look = async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(`/queue/new?after=${newest}`, { headers: { accept: "application/json" } });
        if (!answer.ok) return;
        const { count } = await answer.json();
        if (count > 0) {
          const link = document.createElement("a");
          link.href = location.pathname + location.search;
          link.textContent = count === 1 ? "1 new case, show" : `${count} new cases, show`;
          if (fresh.textContent !== link.textContent) fresh.replaceChildren(link);
        }
      } catch { /* the next look may succeed */ }
    };
    setInterval(look, 15000);
  }

  // A decision that was not sent yet should not be lost by closing the page.
  const reason = one("#reason");
  if (reason) {
    const form = reason.form;
    let sent = false;
    form.addEventListener("submit", () => { sent = true; });
    addEventListener("beforeunload", (event) => { if (!sent && reason.value !== reason.defaultValue) event.preventDefault(); });
  }
})();
