// A job's card. The progress bar and the clock move on between the server's updates.

import { post } from "./api.js";
import { fill, el, toolbar } from "./dom.js";
import { emit, now, state } from "./state.js";
import { span } from "./time.js";
import { problem, toast } from "./toast.js";
import { openForm } from "./form.js";
import { lines, showCard } from "./details.js";
import { dialog } from "./dialog.js";
import { dismiss } from "./message-actions.js";
import { withUndo } from "./undo.js";

const ASSUMED_SECONDS = 60; // of a render while nothing is known of others like it
export const TONES = { busy: "Working", good: "Done", bad: "Failed", calm: "" };

export function cardView(message) {
  const card = message.card;
  const buttons = (card.buttons || []).filter((each) => mayPress(message, each));
  const tone = card.tone || "calm";
  return el("div", { class: `card tone-${tone}`, role: "group", "aria-label": card.title },
    el("p", { class: "card-title" }, TONES[tone] && el("span", { class: "tone" }, TONES[tone]), " ", el("strong", {}, card.title)),
    lines(card.lines || []),
    tone === "busy" && bar(card, message.posted_at),
    (buttons.length > 0 || message.linked_message) && toolbar(el("div", { class: "buttons" },
      message.linked_message && el("button", { type: "button", data: { key: "linked" }, onclick: () => emit("go-to-message", message.linked_message) }, "Go to the video"),
      buttons.map((each) => actionButton(message, each))), "Actions"));
}

// Only the requester or an admin may stop or delete a video.
function mayPress(message, { action }) {
  const mine = !message.asker || message.asker === state.me || state.people.get(state.me)?.role === "admin";
  return mine || (action !== "cancel" && action !== "delete");
}

function bar(card, at) {
  const progress = el("progress", { max: "1", "aria-label": "Progress" });
  const words = el("span", { class: "clock" });
  const box = el("div", { class: "bar" }, progress, words);
  box.tick = () => draw(card, at, progress, words);
  box.tick();
  return box;
}

function draw(card, at, progress, words) {
  const elapsed = now() - (card.started_at || at);
  const part = fraction(card);
  if (part === null) progress.removeAttribute("value");
  else progress.value = part;
  const left = card.expected_at ? card.expected_at - now() : null;
  const eta = left === null ? "" : left > 1 ? `about ${span(left)} left` : "longer than usual";
  fill(words, [`${span(elapsed)} so far`, eta].filter(Boolean).join(" · "));
}

// A bar only ever grows: towards its end, and ever slower, so that it never stands there full.
function fraction(card) {
  if (!card.started_at) return card.progress ?? null;
  const usual = card.expected_at > card.started_at ? card.expected_at - card.started_at : ASSUMED_SECONDS;
  return 0.2 + 0.75 * (1 - Math.exp((-1.5 * (now() - card.started_at)) / usual));
}

export function tick(root) {
  for (const box of root.querySelectorAll(".bar")) box.tick?.();
}

const KINDS = { delete: "quiet", cancel: "quiet", dismiss: "quiet", make: "primary", fill: "primary" };

function actionButton(message, wanted) {
  return el("button", { type: "button", class: KINDS[wanted.action] || "", data: { key: `action-${wanted.action}` }, onclick: (event) => press(event, message, wanted) },
    wanted.label);
}

async function press(event, message, wanted) {
  const pressed = event.currentTarget;
  if (pressed.getAttribute("aria-disabled") === "true") return;
  // A double click counts as one press.
  pressed.setAttribute("aria-disabled", "true");
  try {
    await act(message, wanted);
  } catch (error) {
    problem(error);
  } finally {
    setTimeout(() => pressed.removeAttribute("aria-disabled"), 1200);
  }
}

async function act(message, wanted) {
  const { action, target } = wanted;
  const where = { channel: message.channel, thread: message.thread };
  if (action === "fill") return void (await openForm({ draft: target }, where, { onsent: () => dismiss(message) }));
  if (action === "edit" || action === "translate") return void (await openForm({ job: target, action }, action === "edit" ? { ...where, redo_of: target } : where));
  if (action === "confirm_delete") return withUndo(target, "The video will be deleted.", () => send(message, action).catch(problem));
  await send(message, action);
}

async function send(message, action) {
  const { card } = await post("press", { message: message.id, action });
  if (action === "delete" && card.buttons.length) ask(message, card);
  else if (action === "details") showCard(card);
  else if (action === "redo") toast("Started again.");
  else if (action !== "dismiss") toast((card.lines || [])[0] || card.title);
}

function ask(message, card) {
  dialog(card.title, (body, close) => body.append(el("div", { class: "card plain" }, lines(card.lines),
    el("div", { class: "buttons" }, card.buttons.map((each) => el("button", { type: "button", data: { key: `action-${each.action}` }, onclick: () => {
      close();
      if (each.action !== "dismiss") act(message, each).catch(problem);
    } }, each.label))))));
}
