// One message. Each part is drawn anew only when it says something new, so that videos play on and focus stays.

import { cardView } from "./card.js";
import { pickEmoji } from "./emoji.js";
import { fileView, filmView } from "./video.js";
import { button, fill, h } from "./dom.js";
import { dismiss, react } from "./message-actions.js";
import { openMenu } from "./menu.js";
import { emit, name, replies, state } from "./state.js";
import { clock, iso } from "./time.js";

const PARTS = {
  head: [(leaf) => [leaf.author, leaf.posted_at, leaf.private, leaf.asker], head],
  text: [(leaf) => leaf.text, (leaf) => leaf.text && h("p", { class: "text" }, ...words(leaf.text))],
  files: [(leaf) => leaf.files, (leaf) => leaf.files?.length && h("div", { class: "files" }, leaf.files.map(fileView))],
  film: [(leaf) => leaf.video, (leaf) => leaf.video && filmView(leaf.video)],
  card: [(leaf) => leaf.card, (leaf) => leaf.card && cardView(leaf)],
  reactions: [(leaf) => [leaf.reactions, state.me], reactions],
  thread: [(leaf, inThread) => (inThread ? null : summary(leaf)), (leaf, inThread) => !inThread && threadLink(leaf)],
};

export function messageView(leaf, inThread) {
  const bot = leaf.author === state.bot;
  const body = h("div", { class: "body" });
  const element = h("li", { class: `message${bot ? " bot" : ""}`, id: `${inThread ? "t" : "m"}-${leaf.id}`, data: { id: leaf.id } },
    h("div", { class: `avatar who-${leaf.author}`, "aria-hidden": "true" }, bot ? "▶" : name(leaf.author).slice(0, 1)), body, tools());
  element.parts = {};
  for (const part of Object.keys(PARTS)) body.append((element.parts[part] = h("div", { class: `part-${part}` })));
  element.signs = {};
  element.update = (fresh) => draw(element, fresh, inThread);
  element.update(leaf);
  return element;
}

function draw(element, leaf, inThread) {
  element.leaf = leaf;
  element.classList.toggle("gone", Boolean(leaf.deleted));
  element.classList.toggle("private", leaf.private);
  element.classList.toggle("calls", leaf.mentions === state.me);
  for (const [part, [sign, build]] of Object.entries(PARTS)) {
    const mark = JSON.stringify([Boolean(leaf.deleted), sign(leaf, inThread) ?? null]);
    if (element.signs[part] === mark) continue;
    element.signs[part] = mark;
    redraw(element.parts[part], leaf.deleted && part !== "head" && part !== "thread" ? erased(part) : build(leaf, inThread));
  }
}

const erased = (part) => part === "text" && h("p", { class: "text muted" }, "This message was deleted.");

function redraw(box, content) {
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  fill(box, content);
  if (focused) (box.querySelector(`[data-key="${focused}"]`) || box.querySelector("button"))?.focus();
}

function head(leaf) {
  const bot = leaf.author === state.bot;
  return h("p", { class: "head" }, h("strong", {}, bot ? "didtalk" : name(leaf.author)), bot && h("span", { class: "badge" }, "App"),
    h("time", { datetime: iso(leaf.posted_at) }, clock(leaf.posted_at)),
    leaf.asker && h("span", { class: "muted" }, `for ${name(leaf.asker)}`),
    leaf.private && h("span", { class: "muted only" }, "Only you can see this"),
    leaf.private && !leaf.deleted && h("button", { type: "button", class: "link", onclick: () => dismiss(leaf) }, "Dismiss"));
}

// Mentions and commands stand out; everything stays text.
function words(text) {
  return text.split(/(@didtalk\b|\/didtalk\b|\/did\b(?: [a-z]+\b)?)/g).map((part, nth) => (nth % 2 ? h("span", { class: "spoken" }, part) : part));
}

function reactions(leaf) {
  const all = Object.entries(leaf.reactions || {});
  if (!all.length) return null;
  return h("div", { class: "reactions", role: "group", "aria-label": "Reactions" }, all.map(([emoji, users]) => {
    const mine = users.includes(state.me);
    return h("button", { type: "button", class: `reaction${mine ? " mine" : ""}`, "aria-pressed": String(mine), data: { key: `r-${emoji}` },
      title: users.map(name).join(", "), "aria-label": `${emoji} ${users.length}, by ${users.map(name).join(", ")}`,
      onclick: () => react(leaf, emoji, !mine) }, h("span", { class: "emoji" }, emoji), ` ${users.length}`);
  }));
}

function summary(leaf) {
  const all = replies(leaf.id);
  const last = all.at(-1);
  return last ? [all.length, last.posted_at, last.card?.tone === "busy", last.author] : null;
}

function threadLink(leaf) {
  const found = summary(leaf);
  if (!found) return null;
  const [count, at, busy] = found;
  return h("button", { type: "button", class: "replies", data: { key: "replies" }, onclick: () => emit("thread", leaf.id) },
    `${count} ${count === 1 ? "reply" : "replies"}`, h("span", { class: "muted" }, busy ? "at work…" : `last at ${clock(at)}`));
}

function tools() {
  const of = (event) => event.currentTarget.closest(".message").leaf;
  return h("div", { class: "tools", role: "group", "aria-label": "Message actions" },
    button("Add a reaction", "smile", (event) => {
      const leaf = of(event);
      pickEmoji(event.currentTarget, (emoji) => react(leaf, emoji, true), true);
    }, { "aria-haspopup": "dialog" }),
    button("Reply in thread", "reply", (event) => emit("thread", of(event).thread || of(event).id)),
    button("More actions", "dots", (event) => openMenu(event.currentTarget, of(event)), { "aria-haspopup": "menu" }));
}
