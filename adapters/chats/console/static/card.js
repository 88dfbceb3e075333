// A card: how a job stands. Between the server's words the bar and the clock move by themselves.

import { post } from "./api.js";
import { fill, h } from "./dom.js";
import { emit, now } from "./state.js";
import { span } from "./time.js";
import { problem, toast } from "./toast.js";
import { openForm } from "./form.js";
import { lines, showCard } from "./details.js";

const TONES = { busy: "Working", good: "Done", bad: "Did not work", calm: "" };

export function cardView(leaf) {
  const card = leaf.card;
  const tone = card.tone || "calm";
  return h("div", { class: `card tone-${tone}`, role: "group", "aria-label": card.title },
    h("p", { class: "card-title" }, TONES[tone] && h("span", { class: "tone" }, TONES[tone]), " ", h("strong", {}, card.title)),
    lines(card.lines || []),
    tone === "busy" && bar(card, leaf.posted_at),
    (card.buttons?.length > 0 || leaf.linked_message) && h("div", { class: "buttons" },
      leaf.linked_message && h("button", { type: "button", data: { key: "points" }, onclick: () => emit("point", leaf.linked_message) }, "Go to the video"),
      (card.buttons || []).map((each) => act(leaf, each))));
}

function bar(card, at) {
  const progress = h("progress", { max: "1", "aria-label": "Progress" });
  const words = h("span", { class: "clock" });
  const box = h("div", { class: "bar" }, progress, words);
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
  const eta = left === null ? "" : left > 1 ? `about ${span(left)} left` : "any moment now";
  fill(words, [`${span(elapsed)} so far`, eta].filter(Boolean).join(" · "));
}

function fraction(card) {
  if (card.started_at && card.expected_at > card.started_at) {
    return Math.min(0.95, 0.2 + (0.7 * (now() - card.started_at)) / (card.expected_at - card.started_at));
  }
  return card.progress ?? null;
}

export function tick(root) {
  for (const box of root.querySelectorAll(".bar")) box.tick?.();
}

function act(leaf, wanted) {
  const kind = wanted.action === "delete" || wanted.action === "cancel" ? "quiet" : "";
  return h("button", { type: "button", class: kind, data: { key: `act-${wanted.action}` }, onclick: (event) => press(event, leaf, wanted) },
    wanted.label);
}

async function press(event, leaf, wanted) {
  const pressed = event.currentTarget;
  if (pressed.getAttribute("aria-disabled") === "true") return;
  // A second press of an impatient finger is the same press.
  pressed.setAttribute("aria-disabled", "true");
  try {
    if (wanted.action === "edit" || wanted.action === "translate") {
      await openForm({ job: wanted.job, act: wanted.action }, { channel: leaf.channel, thread: leaf.thread, again: wanted.job });
    } else {
      const answer = await post("press", { message: leaf.id, act: wanted.action, job: wanted.job });
      if (wanted.action === "details") showCard(answer.card);
      else if (wanted.action === "redo") toast("Asked once more.");
      else toast((answer.card.lines || [])[0] || answer.card.title);
      emit("pressed", { leaf, act: wanted.action });
    }
  } catch (error) {
    problem(error);
  } finally {
    setTimeout(() => pressed.removeAttribute("aria-disabled"), 1200);
  }
}
