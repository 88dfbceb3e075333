// Shows a card in a dialog.

import { dialog } from "./dialog.js";
import { el } from "./dom.js";

export function showCard(card) {
  dialog(card.title, (body) => body.append(el("div", { class: "card plain" }, lines(card.lines || []))));
}

export function lines(all) {
  const kept = all.filter((line) => line);
  if (kept.some((line) => / {2,}/.test(line))) return el("pre", { class: "table" }, kept.join("\n"));
  return kept.map((line) => el("p", {}, line));
}
