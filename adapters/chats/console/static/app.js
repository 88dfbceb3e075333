// Puts the page together.

import { start } from "./api.js";
import { Composer } from "./composer.js";
import { button, fill, el, focusOn, one } from "./dom.js";
import { TONES } from "./card.js";
import { applyColours } from "./fault-injection.js";
import { List } from "./message-list.js";
import { drawSidebar, markSeen, unread } from "./sidebar.js";
import { emit, name, now, on, remember, remembered, state, take } from "./state.js";
import { close, connect } from "./stream.js";
import { announce, problem } from "./toast.js";

const VERSION = one("meta[name=didtalk-version]").content;
const app = one("#app");
let main, side, sidebar;

async function begin() {
  applyColours();
  state.me = remembered("me", "ana");
  const facts = await start();
  for (const each of facts.people) state.people.set(each.id, each);
  Object.assign(state, { channels: facts.channels, verbs: facts.verbs, flags: facts.flags, maxBytes: facts.max_bytes, faultInjection: facts.fault_injection, bot: facts.bot, seq: facts.last });
  state.skew = facts.now - Date.now() / 1000;
  state.channel = wanted(remembered("channel", "general"));
  sidebar = drawSidebar(one("#sidebar"));
  main = pane("channel", "Messages");
  side = pane("thread", "Thread");
  build();
  take(facts.messages);
  state.seq = facts.last;
  goTo(state.channel, false);
  document.documentElement.dataset.ready = "true";
  connect();
}

const wanted = (channel) => (state.channels.some((each) => each.name === channel) ? channel : "general");

function pane(which) {
  const box = one(`#${which}`);
  const title = el("h2", { id: `${which}-title`, tabindex: "-1" });
  const about = el("p", { class: "about muted" });
  const scroll = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": which === "channel" ? "Messages" : "Replies" });
  const foot = el("div", { class: "foot" });
  const lead = which === "channel" ? button("Show channels", "menu", showChannels, { class: "tool phone" }) : button("Close thread", "close", closeThread);
  fill(box, el("header", { class: "pane-head" }, which === "channel" && lead, el("div", {}, title, about), which === "thread" && lead), scroll, foot);
  const inThread = which === "thread";
  const belongs = inThread
    ? (message) => state.thread && (message.id === state.thread || message.thread === state.thread)
    : (message) => message.channel === state.channel && !message.thread;
  return { box, title, about, foot, list: new List(scroll, { label: "", belongs, inThread }) };
}

function build() {
  main.composer = new Composer(main.foot, { id: "composer-main", label: "Message, or / for commands", where: () => ({ channel: state.channel, thread: "" }), drop: main.box });
  side.composer = new Composer(side.foot, { id: "composer-thread", label: "Reply, or mention @didtalk", where: () => ({ channel: state.channel, thread: state.thread || "" }), drop: side.box });
}

function goTo(channel, focus = true) {
  state.channel = wanted(channel);
  remember("channel", state.channel);
  closeThread(false);
  fill(main.title, `#${state.channel}`);
  fill(main.about, state.channels.find((each) => each.name === state.channel)?.about || "");
  main.list.show(`Messages in ${state.channel}`);
  main.composer.load();
  markSeen();
  redraw();
  show("channel");
  if (focus) main.composer.field.focus();
}

function openThread(root) {
  const message = state.messages.get(root);
  if (!message) return;
  if (message.channel !== state.channel) goTo(message.channel, false);
  state.thread = root;
  side.box.hidden = false;
  app.classList.add("threaded");
  fill(side.title, "Thread");
  fill(side.about, `#${message.channel}`);
  side.list.show("Messages in this thread");
  side.composer.load();
  show("thread");
  side.composer.field.focus();
}

function goToMessage(id) {
  const message = state.messages.get(id);
  if (!message || message.deleted) return problem(new Error("That message is no longer available."));
  if (message.channel !== state.channel) goTo(message.channel, false);
  if (message.thread) openThread(message.thread);
  const row = one(`#${message.thread ? "t" : "m"}-${id}`);
  (message.thread ? side : main).list.stuck = false;
  row?.scrollIntoView({ block: "center" });
  row?.querySelector(".video-box, button")?.focus({ preventScroll: true });
}

function closeThread(focus = true) {
  const root = state.thread;
  state.thread = null;
  side.box.hidden = true;
  app.classList.remove("threaded");
  show("channel");
  if (focus && root) (one(`#m-${root} .replies`) || main.composer.field).focus();
}

function show(what) {
  app.dataset.pane = what;
}

function showChannels() {
  show("sidebar");
  one(".channel-link[aria-current]").focus();
}

function redraw() {
  sidebar.draw();
  const all = state.channels.reduce((sum, each) => sum + unread(each.name).count, 0);
  document.title = `${all ? `(${all}) ` : ""}#${state.channel} · didtalk`;
}

function onMessages(messages) {
  main.list.take(messages);
  if (state.thread) side.list.take(messages);
  if (!document.hidden) markSeen();
  redraw();
  announceMessages(messages);
}

const NEWS_SECONDS = 60; // after a message was posted; older ones that are loaded later are not read out
const announced = new Map(); // the tone of the card when a message was last read out

// For screen readers: new messages in this channel, and that a job began, is done or failed; not the steps in between.
function announceMessages(messages) {
  for (const { id, card, text, author, channel, deleted, posted_at } of messages) {
    const isNews = announced.has(id) ? announced.get(id) !== card?.tone : now() - posted_at < NEWS_SECONDS;
    announced.set(id, card?.tone);
    if (!isNews || !state.connected || deleted || author === state.me || channel !== state.channel) continue;
    announce(card ? [TONES[card.tone], card.title, ...card.lines].filter(Boolean).join(". ") : `${author === state.bot ? "didtalk" : name(author)}: ${text}`);
  }
}

on("messages", onMessages);
on("channel", (channel) => goTo(channel));
on("thread", openThread);
on("go-to-message", goToMessage);
on("sent", ({ where }) => (where.thread ? side : main).list.end());
on("me", async (id) => {
  remember("me", id);
  close();
  try {
    state.me = id;
    const facts = await start();
    state.messages.clear();
    const thread = state.thread;
    take(facts.messages);
    state.seq = facts.last;
    goTo(state.channel, false);
    if (thread) openThread(thread);
    connect();
    focusOn(one(`input[value="${id}"]`));
  } catch (error) {
    problem(error);
  }
});
on("connected", ({ version }) => {
  state.connected = true;
  sidebar.status("Connected", true);
  if (version !== VERSION) outdated();
});
on("disconnected", () => sidebar.status("Reconnecting…", false));
on("lost", () => location.reload());

function outdated() {
  const banner = one("#banner");
  fill(banner, el("p", {}, "didtalk was updated. Reload this page; your text is kept."), el("button", { type: "button", onclick: () => location.reload() }, "Reload"));
  banner.hidden = false;
}

document.addEventListener("visibilitychange", () => (document.hidden ? null : (markSeen(), sidebar && redraw())));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.thread && !one("dialog[open], .popover")) closeThread();
});
// A file dropped elsewhere must not make the browser leave the page.
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
setInterval(() => (main?.list.tick(), state.thread && side.list.tick()), 1000);

begin().catch((error) => {
  problem(error);
  emit("disconnected");
});
