// A card in a dialog of its own, for whoever wants to know more.

import { dialog } from "./dialog.js";
import { h } from "./dom.js";

export function showCard(card) {
  dialog(card.title, (body) => body.append(h("div", { class: "card plain" }, lines(card.lines || []))));
}

export function lines(all) {
  const kept = all.filter((line) => line);
  if (kept.some((line) => / {2,}/.test(line))) return h("pre", { class: "table" }, kept.join("\n"));
  return kept.map((line) => h("p", {}, line));
}
