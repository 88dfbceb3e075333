// The emoji picker: those that make something first, then flags that translate, then the rest; found by name.

import { popover } from "./dialog.js";
import { COMMON, MAKERS } from "./emoji-data.js";
import { fill, h } from "./dom.js";
import { state } from "./state.js";

export function pickEmoji(anchor, chosen, reacting = false) {
  const search = h("input", { type: "search", placeholder: "Find an emoji or a language", "aria-label": "Find an emoji or a language" });
  const grids = h("div", { class: "emoji-groups" });
  const box = h("div", { class: "emoji-picker popover", role: "dialog", "aria-label": reacting ? "React" : "Emoji" }, search, grids);
  let close = () => {};
  const pick = (emoji) => (close(), chosen(emoji));
  const draw = () => fill(grids, groups(reacting, search.value.trim().toLowerCase(), pick));
  search.addEventListener("input", draw);
  box.addEventListener("keydown", (event) => move(event, search, grids));
  draw();
  close = popover(anchor, box);
  search.focus();
}

function groups(reacting, typed, pick) {
  const flags = state.flags.map(({ emoji, name }) => [emoji, name]);
  const all = [
    ["Makes something", reacting ? MAKERS : []],
    ["Translates a video", reacting ? flags : []],
    ["All the others", reacting ? COMMON : [...COMMON, ...MAKERS, ...flags]],
  ];
  const found = all.map(([title, list]) => [title, list.filter(([emoji, words]) => !typed || emoji === typed || words.toLowerCase().includes(typed))]);
  const shown = found.filter(([, list]) => list.length);
  if (!shown.length) return [h("p", { class: "muted" }, "Nothing by that name.")];
  return shown.map(([title, list]) => h("section", {}, h("h3", {}, title),
    h("div", { class: "emoji-grid" }, list.map(([emoji, words]) =>
      h("button", { type: "button", class: "emoji", title: words, "aria-label": `${emoji} ${words}`, onclick: () => pick(emoji) }, emoji)))));
}

function move(event, search, grids) {
  const all = [...grids.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  if (event.key === "Enter" && document.activeElement === search) {
    event.preventDefault();
    all[0]?.click();
    return;
  }
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
  if (!step || (at < 0 && event.key !== "ArrowDown")) return;
  event.preventDefault();
  const next = at < 0 ? all[0] : all[at + step];
  (next || (step < 0 ? search : all.at(-1)))?.focus();
}
