// Shows a card in a dialog.

import { dialog } from "./dialog.js";
import { el } from "./dom.js";

export function showCard(card) {
  dialog(card.title, (body) => body.append(el("div", { class: "card plain" }, lines(card.lines || []))));
}

export function lines(all) {
  return all.filter((line) => line).map((line) => el("p", {}, line));
}
