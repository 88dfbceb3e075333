// A card in a dialog of its own, for whoever wants to know more.

import { lines } from "./card.js";
import { dialog } from "./dialog.js";
import { h } from "./h.js";

export function showCard(card) {
  dialog(card.title, (body) => body.append(h("div", { class: "card plain" }, lines(card.lines || []))));
}
