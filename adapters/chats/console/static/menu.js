// What can be done with a message: the same actions that Slack and Discord offer in theirs.

import { popover } from "./dialog.js";
import { openForm } from "./form.js";
import { h } from "./dom.js";
import { dismiss } from "./message-actions.js";
import { emit, state } from "./state.js";
import { problem, toast } from "./toast.js";

export function openMenu(anchor, leaf) {
  const menu = h("div", { class: "menu popover", role: "menu", "aria-label": "Message actions" });
  let close = () => {};
  for (const [label, go] of choices(leaf)) {
    menu.append(h("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => (close(), go()) }, label));
  }
  menu.addEventListener("keydown", (event) => move(event, menu));
  close = popover(anchor, menu);
  menu.firstElementChild.focus();
}

function choices(leaf) {
  const kinds = new Set((leaf.files || []).map((file) => file.kind));
  if (leaf.video) kinds.add("video");
  const own = leaf.author === state.me || state.people.get(state.me)?.role === "admin";
  return [
    (leaf.text || kinds.has("sound") || kinds.has("picture")) && ["Make it talk", () => form(leaf, "talk")],
    kinds.has("picture") && ["Animate this photo", () => form(leaf, "animate")],
    kinds.has("video") && ["Translate this video", () => form(leaf, "translate")],
    ["Reply in thread", () => emit("thread", leaf.thread || leaf.id)],
    leaf.text && ["Copy text", () => copy(leaf.text)],
    own && !leaf.job && !leaf.deleted && ["Delete message", () => dismiss(leaf)],
  ].filter(Boolean);
}

async function form(leaf, action) {
  try {
    await openForm({ message: leaf.id, action }, { channel: leaf.channel, message: leaf.id });
  } catch (error) {
    problem(error);
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("The browser did not allow copying.", { bad: true });
  }
}

function move(event, menu) {
  const step = { ArrowDown: 1, ArrowUp: -1, Tab: event.shiftKey ? -1 : 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...menu.children];
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
}
