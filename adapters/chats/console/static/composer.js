// The message box: text, commands with completion, files by button, drop or paste. Drafts survive a reload.

import { post } from "./api.js";
import { complete, quote, verbOf } from "./complete.js";
import { pickEmoji } from "./emoji.js";
import { openForm } from "./form.js";
import { button, fill, el } from "./dom.js";
import { Popup } from "./popup.js";
import { emit, remember, remembered, state, take } from "./state.js";
import { Uploads, droppable } from "./uploads.js";

export class Composer {
  constructor(host, { id, label, where, drop }) {
    Object.assign(this, { where, sending: false });
    this.field = el("textarea", { id, rows: "1", "aria-label": label, placeholder: label, autocomplete: "off", spellcheck: "true" });
    this.alert = el("p", { class: "alert", role: "alert", hidden: true });
    this.chips = el("ul", { class: "chips", "aria-label": "Files to send", hidden: true });
    this.uploads = new Uploads(this.chips, () => this.ready());
    this.picker = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-hidden": "true", "aria-label": "Choose files" });
    this.go = button("Send", "send", () => this.send(), { class: "tool go" });
    const bar = el("div", { class: "composer-bar" },
      button("Attach files", "clip", () => this.picker.click()),
      button("Insert an emoji", "smile", (event) => pickEmoji(event.currentTarget, (emoji) => this.insert(emoji)), { "aria-haspopup": "dialog" }),
      button("Open a form", "form", () => this.form()), el("span", { class: "hint" }, "/ for commands · Shift+Enter for a new line"), this.go);
    this.box = el("form", { class: "composer", onsubmit: (event) => (event.preventDefault(), this.send()) }, this.alert, this.chips, this.field, this.picker, bar);
    host.append(this.box);
    this.popup = new Popup(this.field, this.box, { find: () => complete(this.line(), state.verbs), pick: (item, found) => this.put(item, found) });
    this.listen(drop);
  }

  listen(drop) {
    this.picker.addEventListener("change", () => (this.uploads.take([...this.picker.files]), (this.picker.value = "")));
    this.field.addEventListener("input", () => ((this.awaited = false), this.grow(), this.keep(), this.say("")));
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files || [])];
      if (files.length) (event.preventDefault(), this.uploads.take(files));
    });
    droppable(drop, (files) => (this.uploads.take(files), this.field.focus()));
  }

  line() {
    return this.field.value.slice(0, this.field.selectionStart);
  }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }

  put(item, found) {
    const after = this.field.value.slice(this.field.selectionStart);
    const words = found.what ? `${found.quoted ? quote(item.insert) : item.insert} ` : item.insert;
    const before = this.field.value.slice(0, found.from) + words;
    this.field.value = before + after;
    this.field.setSelectionRange(before.length, before.length);
    this.grow();
    this.keep();
    this.popup.look();
  }

  insert(words) {
    this.field.setRangeText(words, this.field.selectionStart, this.field.selectionEnd, "end");
    this.field.focus();
    this.grow();
    this.keep();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 220)}px`;
    this.ready();
  }

  ready() {
    if (this.awaited && !this.uploads.busy) return void this.send();
    const something = this.field.value.trim() || this.uploads.keys.length;
    this.go.setAttribute("aria-disabled", String(this.sending || this.uploads.busy || !something));
  }

  say(words) {
    fill(this.alert, words);
    this.alert.hidden = !words;
  }

  draft() {
    const { channel, thread } = this.where();
    return `draft:${state.me}:${channel}:${thread}`;
  }

  keep() {
    remember(this.draft(), this.field.value.slice(0, 50000) || null);
  }

  load() {
    this.field.value = remembered(this.draft(), "");
    this.popup.close();
    this.say("");
    this.grow();
  }

  async form() {
    const verb = verbOf(this.field.value, state.verbs);
    try {
      await openForm({ kind: verb?.form ? verb.word : "say" }, this.where(), { files: this.uploads.files, choose: true });
    } catch (error) {
      this.say(error.message);
    }
  }

  async send() {
    const text = this.field.value;
    // Enter while a file is on its way sends as soon as it is there.
    this.awaited = this.uploads.busy && Boolean(text.trim());
    if (this.sending || this.uploads.busy || (!text.trim() && !this.uploads.keys.length)) return;
    const verb = verbOf(text.trim(), state.verbs);
    const bare = verb?.form && text.trim().toLowerCase() === verb.typed && !this.uploads.keys.length;
    if (bare) return await this.form();
    this.sending = true;
    this.ready();
    try {
      const answer = await post("say", { ...this.where(), text, files: this.uploads.keys });
      if (answer.message) take([answer.message]);
      this.uploads.clear();
      this.field.value = "";
      this.keep();
      this.popup.close();
      this.say("");
      emit("sent", { where: this.where() });
    } catch (error) {
      this.say(error.message);
    } finally {
      this.sending = false;
      this.grow();
    }
  }
}
