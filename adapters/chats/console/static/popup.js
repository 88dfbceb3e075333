// A list of choices under a text field: the field keeps the focus, arrows move, and how many there are is read out.

import { get, sampleUrl } from "./api.js";
import { fill, el, icon } from "./dom.js";
import { toast } from "./toast.js";

const SUGGEST_DELAY_MS = 120; // after the last key
let number = 0;
let playing = null;

export class Popup {
  // `find` says what fits at the caret (see complete.js); `pick` puts a choice into the field.
  constructor(field, host, { find, pick }) {
    Object.assign(this, { field, find, pick, items: [], at: -1, turn: 0 });
    const id = `choices-${++number}`;
    this.list = el("ul", { class: "choices-list", role: "listbox", id, "aria-label": "Suggestions", tabindex: "0" });
    this.title = el("p", { class: "choices-title" });
    this.foot = el("p", { class: "choices-foot" }, "Tab to complete, ↑ ↓ to choose, Esc to close");
    this.box = el("div", { class: "choices", hidden: true }, this.title, this.list, this.foot);
    this.count = el("p", { class: "unseen", role: "status" });
    host.append(this.box, this.count);
    for (const [name, value] of Object.entries(this.states(id))) {
      field.setAttribute(name, value);
    }
    field.addEventListener("input", () => this.look());
    field.addEventListener("click", () => this.look());
    for (const each of [field, this.list]) {
      each.addEventListener("blur", () => setTimeout(() => [field, this.list].includes(document.activeElement) || this.close(), 120));
      each.addEventListener("keydown", (event) => this.key(event));
    }
  }

  // A textarea may not be called a combobox; it can still say that it has a list and what is chosen there.
  states(id) {
    const shared = { "aria-autocomplete": "list", "aria-controls": id };
    return this.field.tagName === "TEXTAREA" ? { ...shared, "aria-haspopup": "listbox" } : { ...shared, role: "combobox", "aria-expanded": "false" };
  }

  expanded(open) {
    this.box.hidden = !open;
    if (this.field.getAttribute("role") === "combobox") this.field.setAttribute("aria-expanded", String(open));
  }

  get open() {
    return !this.box.hidden;
  }

  async look() {
    const turn = ++this.turn;
    const found = this.find();
    if (!found) return this.close();
    if (found.items) return this.show(found, found.items);
    await new Promise((resolve) => setTimeout(resolve, SUGGEST_DELAY_MS));
    if (turn !== this.turn) return;
    try {
      const { choices } = await get("suggest", { what: found.what, typed: found.typed });
      if (turn !== this.turn) return;
      this.show(found, choices.map((each) => ({ ...each, insert: each.value, what: found.what, typed: found.typed })));
    } catch {
      this.close(); // suggestions are optional
    }
  }

  show(found, items) {
    if (!items.length) return this.close();
    this.found = found;
    this.items = items.slice(0, 25);
    this.title.textContent = found.title || "";
    fill(this.list, this.items.map((item, nth) => this.row(item, nth)));
    this.expanded(true);
    this.move(-1); // Enter sends what was typed, unless the arrows chose something
    const sounds = this.items.some((item) => item.sample);
    this.foot.textContent = `Tab to complete, ↑ ↓ to choose${sounds ? ", Alt+Enter to play" : ""}, Esc to close`;
    this.count.textContent = `${this.items.length} ${this.items.length === 1 ? "suggestion" : "suggestions"}. ${this.foot.textContent}`;
  }

  row(item, nth) {
    const id = `${this.list.id}-${nth}`;
    const picture = item.sample && item.what !== "voices";
    return el("li", { role: "option", id, "aria-selected": "false", onmousedown: (event) => event.preventDefault(), onclick: () => this.choose(nth) },
      picture && thumbnail(item),
      el("span", { class: "choice-label" }, item.label), item.sentence && el("span", { class: "choice-sentence" }, item.sentence),
      // A choice holds no button: it is for the mouse, and Alt+Enter plays the sample.
      item.sample && !picture && el("span", { class: "play", "aria-hidden": "true", title: "Play a sample",
        onclick: (event) => (event.stopPropagation(), play(item)) }, icon("play")));
  }

  move(to) {
    const rows = [...this.list.children];
    this.at = to < 0 ? -1 : (to + rows.length) % rows.length;
    rows.forEach((row, nth) => row.setAttribute("aria-selected", String(nth === this.at)));
    rows[this.at]?.scrollIntoView({ block: "nearest" });
    for (const each of [this.field, this.list]) {
      if (this.at < 0) each.removeAttribute("aria-activedescendant");
      else each.setAttribute("aria-activedescendant", rows[this.at].id);
    }
  }

  key(event) {
    if (!this.open || event.isComposing) return;
    if (event.key === "Enter" && event.altKey && this.items[this.at]?.sample) play(this.items[this.at]);
    else if (event.key === "ArrowDown") this.move(this.at + 1);
    else if (event.key === "ArrowUp") this.move(this.at < 0 ? -1 + this.items.length : this.at - 1);
    else if (event.key === "Escape") (this.close(), this.field.focus());
    else if (event.key === "Tab" && !event.shiftKey && this.changes(Math.max(this.at, 0))) this.choose(Math.max(this.at, 0));
    else if (event.key === "Enter" && !event.shiftKey && this.at >= 0) this.choose(this.at);
    else return void (event.key === "Tab" && this.close());
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // When the choice is already typed in full, Tab moves on instead; also from a field of a form that is left empty.
  changes(nth) {
    const typed = this.field.value.slice(this.found.from, this.field.selectionStart).trim();
    return typed !== this.items[nth].insert.trim() && (typed !== "" || this.at >= 0 || this.field.tagName !== "INPUT");
  }

  choose(nth) {
    const item = this.items[nth];
    this.close();
    this.pick(item, this.found);
    this.field.focus();
  }

  close() {
    this.turn += 1;
    this.expanded(false);
    this.count.textContent = "";
    this.items = [];
    this.move(-1);
  }
}

function thumbnail(item) {
  const image = el("img", { class: "choice-picture", src: sampleUrl(item.what, item.typed, item.value), alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.remove());
  return image;
}

function play(item) {
  playing?.pause();
  playing = new Audio(sampleUrl(item.what, item.typed, item.value));
  playing.play().catch(() => toast("No preview available.", { bad: true }));
}
