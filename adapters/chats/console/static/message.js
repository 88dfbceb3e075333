// One message. A part is redrawn only when it changed, so that videos keep playing and the focus stays.

import { cardView } from "./card.js";
import { pickEmoji } from "./emoji.js";
import { fileView, videoView } from "./video.js";
import { button, fill, el, focusOn, toolbar } from "./dom.js";
import { dismiss, react } from "./message-actions.js";
import { openMenu } from "./menu.js";
import { emit, name, replies, state } from "./state.js";
import { clock, iso } from "./time.js";

const PARTS = {
  head: [(message) => [message.author, message.posted_at, message.private, message.asker], head],
  text: [(message) => message.text, (message) => message.text && el("p", { class: "text" }, ...words(message.text))],
  files: [(message) => message.files, (message) => message.files?.length && el("div", { class: "files" }, message.files.map(fileView))],
  video: [(message) => message.video, (message) => message.video && videoView(message.video)],
  card: [(message) => message.card, (message) => message.card && cardView(message)],
  reactions: [(message) => [message.reactions, state.me], reactions],
  thread: [(message, inThread) => (inThread ? null : summary(message)), (message, inThread) => !inThread && threadLink(message)],
};

export function messageView(message, inThread) {
  const bot = message.author === state.bot;
  const body = el("div", { class: "body" });
  const element = el("li", { class: `message${bot ? " bot" : ""}`, id: `${inThread ? "t" : "m"}-${message.id}`, tabindex: "-1", data: { id: message.id } },
    el("div", { class: `avatar who-${message.author}`, "aria-hidden": "true" }, bot ? "▶" : name(message.author).slice(0, 1)), body, tools());
  element.parts = {};
  for (const part of Object.keys(PARTS)) body.append((element.parts[part] = el("div", { class: `part-${part}` })));
  element.signs = {};
  element.update = (fresh) => draw(element, fresh, inThread);
  element.update(message);
  return element;
}

function draw(element, message, inThread) {
  element.message = message;
  element.classList.toggle("gone", Boolean(message.deleted));
  if (message.deleted && element.contains(document.activeElement)) element.focus();
  element.classList.toggle("private", message.private);
  element.classList.toggle("mentions-me", message.mentions === state.me);
  for (const [part, [sign, build]] of Object.entries(PARTS)) {
    const mark = JSON.stringify([Boolean(message.deleted), sign(message, inThread) ?? null]);
    if (element.signs[part] === mark) continue;
    element.signs[part] = mark;
    redraw(element.parts[part], message.deleted && part !== "head" && part !== "thread" ? erased(part) : build(message, inThread));
  }
}

const erased = (part) => part === "text" && el("p", { class: "text muted" }, "This message was deleted.");

function redraw(box, content) {
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.key || "" : null;
  fill(box, content);
  if (focused !== null) focusOn(box.querySelector(`[data-key="${focused}"]`), box.querySelector("button"), box.closest(".message"));
}

function head(message) {
  const bot = message.author === state.bot;
  return el("p", { class: "head" }, el("strong", {}, bot ? "didtalk" : name(message.author)), bot && el("span", { class: "badge" }, "App"),
    el("time", { datetime: iso(message.posted_at) }, clock(message.posted_at)),
    message.asker && el("span", { class: "muted" }, `for ${name(message.asker)}`),
    message.private && el("span", { class: "muted only" }, "Only you can see this"),
    message.private && !message.deleted && el("button", { type: "button", class: "link", onclick: () => dismiss(message) }, "Dismiss"));
}

// Highlights mentions and commands.
function words(text) {
  return text.split(/(@didtalk\b|\/didtalk\b|\/did\b(?: [a-z]+\b)?)/g).map((part, nth) => (nth % 2 ? el("span", { class: "highlight" }, part) : part));
}

function reactions(message) {
  const all = Object.entries(message.reactions || {});
  if (!all.length) return null;
  return toolbar(el("div", { class: "reactions" }, all.map(([emoji, users]) => {
    const mine = users.includes(state.me);
    return el("button", { type: "button", class: `reaction${mine ? " mine" : ""}`, "aria-pressed": String(mine), data: { key: `r-${emoji}` },
      title: users.map(name).join(", "), "aria-label": `${emoji} ${users.length}, by ${users.map(name).join(", ")}`,
      onclick: () => react(message, emoji, !mine) }, el("span", { class: "emoji" }, emoji), ` ${users.length}`);
  })), "Reactions");
}

function summary(message) {
  const all = replies(message.id);
  const last = all.at(-1);
  return last ? [all.length, last.posted_at, last.card?.tone === "busy", last.author] : null;
}

function threadLink(message) {
  const found = summary(message);
  if (!found) return null;
  const [count, at, busy] = found;
  return el("button", { type: "button", class: "replies", data: { key: "replies" }, onclick: () => emit("thread", message.id) },
    `${count} ${count === 1 ? "reply" : "replies"}`, el("span", { class: "muted" }, busy ? "working…" : `last at ${clock(at)}`));
}

function tools() {
  const of = (event) => event.currentTarget.closest(".message").message;
  return toolbar(el("div", { class: "tools" },
    button("Add a reaction", "smile", (event) => {
      const message = of(event);
      pickEmoji(event.currentTarget, (emoji) => react(message, emoji, true), true);
    }, { "aria-haspopup": "dialog" }),
    button("Reply in thread", "reply", (event) => emit("thread", of(event).thread || of(event).id)),
    button("More actions", "dots", (event) => openMenu(event.currentTarget, of(event)), { "aria-haspopup": "menu" })), "Message actions");
}
