// Short notices that disappear by themselves.

import { button, el, focusOn, one } from "./dom.js";

export function toast(words, { bad = false, action = null, seconds = bad ? 12 : 5 } = {}) {
  const box = el("div", { class: `toast${bad ? " bad" : ""}`, role: bad ? "alert" : null }, el("p", {}, words));
  const before = document.activeElement;
  const dismiss = () => {
    const focused = box.contains(document.activeElement);
    box.remove();
    if (focused) focusOn(before);
  };
  if (action) box.append(el("button", { type: "button", onclick: () => (dismiss(), action.go()) }, action.label));
  box.append(button("Dismiss", "close", dismiss));
  // A modal dialog hides everything below it, so its own notices go inside.
  const open = [...document.querySelectorAll("dialog[open]")].at(-1);
  (open || one("#toasts")).append(box);
  setTimeout(dismiss, seconds * 1000);
}

export function problem(error) {
  if (!error?.message) return;
  const action = error.reload ? { label: "Reload", go: () => location.reload() } : null;
  toast(error.message, { bad: true, action });
  if (error.status === undefined) console.error(error);
}

// Read out by screen readers.
export function announce(words) {
  const live = one("#live");
  const line = el("p", {}, words);
  live.append(line);
  setTimeout(() => line.remove(), 8000);
}
