// A request's form, built from its options: common ones first, the others under “More options”.

import { get, newIdempotencyKey, post } from "./api.js";
import { dialog } from "./dialog.js";
import { fieldView } from "./field.js";
import { fill, el } from "./dom.js";
import { emit, state } from "./state.js";
import { toast } from "./toast.js";

const unsent = new Map(); // what was entered into forms that were closed, by how they began

// `begin` says how it starts (a kind, a message action, an earlier job); `where` goes along when it is sent.
export async function openForm(begin, where, { files = [], choose = false, onsent = () => {} } = {}) {
  const form = await get("form", { ...begin, channel: where.channel });
  const draft = JSON.stringify([begin, where]);
  restore(form, unsent.get(draft));
  let fields = [];
  let sent = false;
  const box = dialog(form.title, (body, close, box) => draw(body, close, box, form, where, files, choose, (drawn) => (fields = drawn), () => ((sent = true), onsent())), { class: "form-dialog", light: false });
  box.addEventListener("close", () => (sent ? unsent.delete(draft) : unsent.set(draft, entered(fields))));
  return box;
}

const entered = (fields) => Object.fromEntries(fields.filter((field) => field.filled).map((field) => [field.option.field, field.value()]));

function restore(form, values = {}) {
  for (const field of form.fields) {
    const value = values[field.field];
    if (value === undefined) continue;
    field.value = field.media_kind && typeof value === "string" ? { address: value, name: value } : value;
  }
}

function draw(body, close, box, form, where, files, choose, onDrawn, onSent) {
  const fields = form.fields.map((field) => fieldView(field, form));
  onDrawn(fields);
  attach(fields, files);
  const alert = el("p", { class: "alert", role: "alert", hidden: true });
  const more = fields.filter((field) => field.option.advanced);
  const extra = el("details", { open: more.some((field) => field.filled) }, el("summary", {}, `More options (${more.length})`), more.map((field) => field.element));
  const go = el("button", { type: "submit", class: "primary" }, "Create video");
  const key = newIdempotencyKey();
  const send = async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    clear(fields, alert);
    try {
      const values = Object.fromEntries(fields.map((field) => [field.option.field, field.value()]).filter(([, value]) => value !== undefined));
      const answer = await post("ask", { kind: form.kind, values, ...where, idempotency_key: key });
      onSent();
      close();
      toast("Got it. Your video is being made.");
      if (answer.thread && answer.thread !== state.thread) emit("thread", answer.thread);
    } catch (error) {
      showError(fields, alert, extra, error);
    } finally {
      go.disabled = false;
    }
  };
  const again = async (event) => {
    const next = await get("form", { kind: event.target.value, channel: where.channel });
    restore(next, entered(fields));
    fill(box.querySelector("h2"), next.title);
    fill(body);
    draw(body, close, box, next, where, files, choose, onDrawn, onSent);
  };
  body.append(el("form", { class: "fields", novalidate: true, onsubmit: send }, choose && kinds(form, again), alert,
    fields.filter((field) => !field.option.advanced).map((field) => field.element), more.length > 0 && extra,
    el("div", { class: "form-end" }, el("button", { type: "button", onclick: close }, "Cancel"), go)));
  (fields.find((field) => !field.filled) || fields[0])?.focus();
}

function kinds(form, again) {
  const all = state.verbs.filter((verb) => verb.form);
  return el("label", { class: "field" }, el("span", { class: "label" }, "Kind of video"),
    el("select", { onchange: again }, all.map((verb) => el("option", { value: verb.word, selected: verb.word === form.kind }, verb.sentence))));
}

// Files that wait in the composer go into the first fields that take them.
function attach(fields, files) {
  for (const file of files) fields.find((field) => field.option.media_kind === file.kind && !field.filled && !field.option.advanced)?.put(file);
}

function clear(fields, alert) {
  alert.hidden = true;
  for (const field of fields) field.showError("");
}

function showError(fields, alert, extra, error) {
  const at = fields.find((field) => field.option.field === error.field);
  if (!at) {
    fill(alert, error.message);
    alert.hidden = false;
    return;
  }
  if (at.option.advanced) extra.open = true;
  at.showError(error.message);
  at.focus();
}
