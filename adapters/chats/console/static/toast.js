// Notices that come and go: what was done, and what was refused and why.

import { button, h, one } from "./dom.js";

export function toast(words, { bad = false, action = null } = {}) {
  const box = h("div", { class: `toast${bad ? " bad" : ""}`, role: bad ? "alert" : null }, h("p", {}, words));
  const away = () => box.remove();
  if (action) box.append(h("button", { type: "button", onclick: () => (away(), action.go()) }, action.label));
  box.append(button("Dismiss", "close", away));
  // A modal dialog hides everything below it, so its own notices go inside.
  const open = [...document.querySelectorAll("dialog[open]")].at(-1);
  (open || one("#toasts")).append(box);
  const seconds = bad ? 12 : 5;
  setTimeout(away, seconds * 1000);
}

export function problem(error) {
  if (!error?.message) return;
  const action = error.reload ? { label: "Reload", go: () => location.reload() } : null;
  toast(error.message, { bad: true, action });
  if (error.status === undefined) console.error(error);
}

// For screen readers: what happened elsewhere on the page.
export function announce(words) {
  const live = one("#live");
  const line = h("p", {}, words);
  live.append(line);
  setTimeout(() => line.remove(), 8000);
}
