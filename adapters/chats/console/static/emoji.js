// The emoji picker: actions first, then flags that translate, then all others; searched by name.

import { popover } from "./dialog.js";
import { COMMON, MAKERS } from "./emoji-data.js";
import { fill, el } from "./dom.js";
import { state } from "./state.js";

export function pickEmoji(anchor, chosen, reacting = false) {
  const search = el("input", { type: "search", placeholder: "Find an emoji or a language", "aria-label": "Find an emoji or a language" });
  const grids = el("div", { class: "emoji-groups" });
  const box = el("div", { class: "emoji-picker popover", role: "dialog", "aria-label": reacting ? "React" : "Emoji" }, search, grids);
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
    ["Actions", reacting ? MAKERS : []],
    ["Translate a video", reacting ? flags : []],
    ["All emoji", reacting ? COMMON : [...COMMON, ...MAKERS, ...flags]],
  ];
  const found = all.map(([title, list]) => [title, list.filter(([emoji, words]) => !typed || emoji === typed || words.toLowerCase().includes(typed))]);
  const shown = found.filter(([, list]) => list.length);
  if (!shown.length) return [el("p", { class: "muted" }, "No results.")];
  return shown.map(([title, list]) => el("section", {}, el("h3", {}, title),
    el("div", { class: "emoji-grid" }, list.map(([emoji, words]) =>
      el("button", { type: "button", class: "emoji", title: words, "aria-label": `${emoji} ${words}`, onclick: () => pick(emoji) }, emoji)))));
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
