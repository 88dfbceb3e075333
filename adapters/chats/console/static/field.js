// One field of a form: label, control, sentence, and its own place for a complaint.

import { asked, bounds } from "./complete.js";
import { fill, h } from "./dom.js";
import { Popup } from "./popup.js";
import { Uploads, droppable } from "./uploads.js";

const ACCEPT = { picture: "image/*,.heic", sound: "audio/*", video: "video/*", text: ".txt,.yaml,.yml,.json,.csv" };
const FACES = ["ada", "ben"];
let number = 0;

export function fieldView(option, form) {
  const id = `field-${++number}`;
  const problem = h("p", { class: "field-alert", id: `${id}-no`, hidden: true });
  const hint = h("p", { class: "hint", id: `${id}-hint` }, option.sentence + bounds(option) + (option.example ? `. Such as ${option.example}` : ""));
  const control = (option.takes ? media : KINDS[option.shape] || words)(option, id, form);
  const target = control.target;
  target.setAttribute("aria-describedby", `${id}-hint ${id}-no`);
  if (option.required) target.setAttribute("aria-required", "true");
  const label = h("label", { class: "label", for: id }, title(option), option.required && h("span", { class: "muted" }, " (needed)"));
  const flag = option.shape === "flag";
  const element = h("div", { class: `field${flag ? " flag" : ""}`, data: { field: option.field } }, flag ? [control.element, label] : [label, control.element], hint, problem);
  const complain = (words) => {
    fill(problem, words);
    problem.hidden = !words;
    if (words) target.setAttribute("aria-invalid", "true");
    else target.removeAttribute("aria-invalid");
  };
  return { option, element, value: control.value, put: control.put, complain, focus: () => target.focus(), get filled() { return control.filled(); } };
}

function title(option) {
  const words = option.word.replaceAll("-", " ");
  return words[0].toUpperCase() + words.slice(1);
}

const KINDS = { flag, choice };

function words(option, id, form) {
  const long = option.rest && (option.longest || 0) > 1000;
  const many = option.shape === "words" && !option.rest && !option.suggests;
  const target = long || many ? h("textarea", { id, rows: long ? "4" : "2" }) : h("input", { id, type: "text", autocomplete: "off", inputmode: /number|whole/.test(option.shape) ? "decimal" : null });
  target.value = option.value ?? "";
  const element = h("div", { class: "holder" }, target);
  if (option.suggests) suggest(target, element, option, form);
  return { element, target, value: () => target.value, filled: () => target.value.trim() !== "" };
}

function suggest(target, host, option, form) {
  const several = option.shape === "words";
  const find = () => {
    const line = target.value.slice(0, target.selectionStart);
    const typed = several ? /([^,]*)$/.exec(line)[1].trimStart() : line;
    return { what: asked(option, form), typed, from: line.length - typed.length, title: option.sentence, eager: false };
  };
  const pick = (item, found) => (target.value = target.value.slice(0, found.from) + item.insert + (several ? ", " : ""));
  const popup = new Popup(target, host, { find, pick });
  target.addEventListener("focus", () => popup.look());
}

function flag(option, id) {
  const target = h("input", { id, type: "checkbox" });
  target.checked = option.value === true;
  let touched = option.value !== null;
  target.addEventListener("change", () => (touched = true));
  return { element: target, target, value: () => (touched ? target.checked : undefined), filled: () => touched };
}

function choice(option, id) {
  const target = h("select", { id }, h("option", { value: "" }, "As usual"), option.choices.map((each) => h("option", { value: each }, each)));
  target.value = option.value ?? "";
  return { element: target, target, value: () => target.value, filled: () => target.value !== "" };
}

function media(option, id) {
  let fixed = option.value; // what the form began with, or a face that ships with didtalk
  const chips = h("ul", { class: "chips", "aria-label": title(option), hidden: true });
  const uploads = new Uploads(chips, () => uploads.chips.length || (fixed = null), 1);
  const picker = h("input", { type: "file", accept: ACCEPT[option.takes], hidden: true, tabindex: "-1", "aria-hidden": "true", "aria-label": title(option) });
  const link = h("input", { id, type: "text", placeholder: "https:// link, or drop a file here", autocomplete: "off" });
  const take = (files) => ((fixed = null), uploads.take(files.slice(0, 1)));
  picker.addEventListener("change", () => (take([...picker.files]), (picker.value = "")));
  const put = (file) => ((fixed = null), uploads.put(file));
  const face = (name) => ((fixed = { at: `portrait:${name}`, name }), uploads.put({ name: `${name} (portrait)`, type: "", key: "" }));
  const faces = option.takes === "picture" && option.field === "image" ? FACES.map((name) => h("button", { type: "button", onclick: () => face(name) }, title({ word: name }))) : [];
  const element = h("div", { class: "holder media" }, chips, h("div", { class: "media-row" }, link, h("button", { type: "button", onclick: () => picker.click() }, "Choose a file"), faces), picker);
  droppable(element, take);
  if (fixed) uploads.put({ name: fixed.name || fixed.at, type: "", key: "" });
  const value = () => fixed || (uploads.keys[0] ? { at: `shelf:${uploads.keys[0]}`, name: uploads.files[0].name } : link.value.trim());
  return { element, target: link, value, put, filled: () => Boolean(value()) };
}
