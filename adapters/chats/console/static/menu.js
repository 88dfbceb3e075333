// The actions of a message, as in Slack and Discord.

import { popover } from "./dialog.js";
import { openForm } from "./form.js";
import { el } from "./dom.js";
import { dismiss } from "./message-actions.js";
import { emit, state } from "./state.js";
import { problem, toast } from "./toast.js";

export function openMenu(anchor, message) {
  const menu = el("div", { class: "menu popover", role: "menu", "aria-label": "Message actions" });
  let close = () => {};
  for (const [label, go] of choices(message)) {
    menu.append(el("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => (close(), go()) }, label));
  }
  menu.addEventListener("keydown", (event) => move(event, menu));
  close = popover(anchor, menu);
  menu.firstElementChild.focus();
}

function choices(message) {
  const kinds = new Set((message.files || []).map((file) => file.kind));
  if (message.video) kinds.add("video");
  const own = message.author === state.me || state.people.get(state.me)?.role === "admin";
  return [
    (message.text || kinds.has("sound") || kinds.has("picture")) && ["Make it talk", () => form(message, "talk")],
    kinds.has("picture") && ["Animate this photo", () => form(message, "animate")],
    kinds.has("video") && ["Translate this video", () => form(message, "translate")],
    ["Reply in thread", () => emit("thread", message.thread || message.id)],
    message.text && ["Copy text", () => copy(message.text)],
    own && !message.job && !message.deleted && ["Delete message", () => dismiss(message)],
  ].filter(Boolean);
}

async function form(message, action) {
  try {
    await openForm({ message: message.id, action }, { channel: message.channel, message: message.id });
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
