// One field of a form: label, control, hint and error.

import { catalogueOf, bounds } from "./complete.js";
import { fill, el } from "./dom.js";
import { Popup } from "./popup.js";
import { Uploads, droppable } from "./uploads.js";

const ACCEPT = { picture: "image/*,.heic", sound: "audio/*", video: "video/*", text: ".txt,.yaml,.yml,.json,.csv" };
const PORTRAITS = ["ada", "ben"];
let number = 0;

export function fieldView(option, form) {
  const id = `field-${++number}`;
  const problem = el("p", { class: "field-alert", id: `${id}-no`, hidden: true });
  const hint = el("p", { class: "hint", id: `${id}-hint` }, option.sentence + bounds(option) + (option.example ? `. Example: ${option.example}` : ""));
  const control = (option.media_kind ? media : KINDS[option.value_type] || words)(option, id, form);
  const target = control.target;
  target.setAttribute("aria-describedby", `${id}-hint ${id}-no`);
  if (option.required) target.setAttribute("aria-required", "true");
  const label = el("label", { class: "label", for: id }, title(option), option.required && el("span", { class: "muted" }, " (required)"));
  const flag = option.value_type === "flag";
  const element = el("div", { class: `field${flag ? " flag" : ""}`, data: { field: option.field } }, flag ? [control.element, label] : [label, control.element], hint, problem);
  const showError = (words) => {
    fill(problem, words);
    problem.hidden = !words;
    if (words) target.setAttribute("aria-invalid", "true");
    else target.removeAttribute("aria-invalid");
  };
  return { option, element, value: control.value, put: control.put, showError, focus: () => target.focus(), get filled() { return control.filled(); } };
}

function title(option) {
  const words = option.word.replaceAll("-", " ");
  return words[0].toUpperCase() + words.slice(1);
}

const KINDS = { flag, choice };

function words(option, id, form) {
  const long = option.positional && (option.max_length || 0) > 1000;
  const many = option.multiple && !option.positional && !option.suggests;
  const target = long || many ? el("textarea", { id, rows: long ? "4" : "2" }) : el("input", { id, type: "text", autocomplete: "off", inputmode: option.numeric ? "decimal" : null });
  target.value = option.value ?? "";
  const element = el("div", { class: "holder" }, target);
  if (option.suggests) suggest(target, element, option, form);
  return { element, target, value: () => target.value, filled: () => target.value.trim() !== "" };
}

function suggest(target, host, option, form) {
  const several = option.multiple;
  const find = () => {
    const line = target.value.slice(0, target.selectionStart);
    const typed = several ? /([^,]*)$/.exec(line)[1].trimStart() : line;
    return { what: catalogueOf(option, form), typed, from: line.length - typed.length, title: option.sentence };
  };
  const pick = (item, found) => (target.value = target.value.slice(0, found.from) + item.insert + (several ? ", " : ""));
  const popup = new Popup(target, host, { find, pick });
  target.addEventListener("focus", () => popup.look());
}

function flag(option, id) {
  const target = el("input", { id, type: "checkbox" });
  target.checked = option.value === true;
  let touched = option.value !== null;
  target.addEventListener("change", () => (touched = true));
  return { element: target, target, value: () => (touched ? target.checked : undefined), filled: () => touched };
}

function choice(option, id) {
  const target = el("select", { id }, el("option", { value: "" }, "Default"), option.choices.map((each) => el("option", { value: each }, each)));
  target.value = option.value ?? "";
  return { element: target, target, value: () => target.value, filled: () => target.value !== "" };
}

function media(option, id) {
  let fixed = option.value; // the form's initial value, or a built-in portrait
  const chips = el("ul", { class: "chips", "aria-label": title(option), hidden: true });
  const uploads = new Uploads(chips, () => uploads.chips.length || (fixed = null), 1);
  const picker = el("input", { type: "file", accept: ACCEPT[option.media_kind], hidden: true, tabindex: "-1", "aria-hidden": "true", "aria-label": title(option) });
  const link = el("input", { id, type: "text", placeholder: "https:// link, or drop a file here", autocomplete: "off" });
  const take = (files) => ((fixed = null), uploads.take(files.slice(0, 1)));
  picker.addEventListener("change", () => (take([...picker.files]), (picker.value = "")));
  const put = (file) => ((fixed = null), uploads.put(file));
  const portrait = (name) => ((fixed = { address: `portrait:${name}`, name }), uploads.put({ name: `${name} (portrait)`, type: "", key: "" }));
  const portraits = option.media_kind === "picture" && option.field === "image" ? PORTRAITS.map((name) => el("button", { type: "button", onclick: () => portrait(name) }, title({ word: name }))) : [];
  const element = el("div", { class: "holder media" }, chips, el("div", { class: "media-row" }, link, el("button", { type: "button", onclick: () => picker.click() }, "Choose a file"), portraits), picker);
  droppable(element, take);
  if (fixed) uploads.put({ name: fixed.name || fixed.address, type: "", key: "" });
  const value = () => fixed || (uploads.keys[0] ? { address: `shelf:${uploads.keys[0]}`, name: uploads.files[0].name } : link.value.trim());
  return { element, target: link, value, put, filled: () => Boolean(value()) };
}
