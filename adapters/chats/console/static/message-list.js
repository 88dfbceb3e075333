// A list of messages, kept in order and drawn message by message.

import { get } from "./api.js";
import { tick } from "./card.js";
import { fill, el, focusOn } from "./dom.js";
import { messageView } from "./message.js";
import { byId, state, take } from "./state.js";
import { day } from "./time.js";
import { problem } from "./toast.js";

const NEAR_END_PX = 120; // a reader this close to the end follows new messages

export class List {
  constructor(box, { label, belongs, inThread = false }) {
    this.box = box;
    this.belongs = belongs;
    this.inThread = inThread;
    this.rows = new Map();
    this.stuck = true;
    this.list = el("ol", { class: "messages", role: "list", "aria-label": label });
    this.earlier = el("button", { type: "button", class: "earlier", hidden: true, onclick: () => this.older() }, "Show earlier messages");
    fill(box, this.earlier, this.list);
    box.addEventListener("scroll", () => (this.stuck = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX), { passive: true });
    // Pictures and videos grow when they load; a reader at the end stays there.
    new ResizeObserver(() => this.stuck && this.end()).observe(this.list);
  }

  show(label) {
    this.list.setAttribute("aria-label", label);
    this.rows.clear();
    const mine = [...state.messages.values()].filter((message) => this.wants(message)).sort(byId);
    for (const message of mine) this.rows.set(message.id, messageView(message, this.inThread));
    this.list.replaceChildren(...this.rows.values());
    this.days();
    this.earlier.hidden = this.inThread || mine.length < 30;
    this.stuck = true;
    this.end();
  }

  wants(message) {
    return this.belongs(message) && !(message.deleted && (message.private || !this.keeps(message)));
  }

  keeps(message) {
    // A deleted message stays visible only while it has replies.
    return !this.inThread && [...state.messages.values()].some((each) => each.thread === message.id && !each.deleted);
  }

  take(messages) {
    let grown = false;
    for (const message of messages) {
      const row = this.rows.get(message.id);
      if (!this.wants(message)) {
        if (row) (this.remove(row), (grown = true));
      } else if (row) row.update(message);
      else (this.insert(message), (grown = true));
      if (message.thread && !this.inThread) this.rows.get(message.thread)?.update(state.messages.get(message.thread));
    }
    if (grown) this.days();
    if (grown && this.stuck) this.end();
  }

  // Whoever was on a message that goes is led to the one beside it.
  remove(row) {
    const rows = [...this.list.querySelectorAll(".message")];
    const at = rows.indexOf(row);
    const focused = row.contains(document.activeElement);
    row.remove();
    this.rows.delete(row.message.id);
    if (focused) focusOn(rows[at + 1], rows[at - 1]);
  }

  insert(message) {
    const row = messageView(message, this.inThread);
    this.rows.set(message.id, row);
    let after = this.list.lastElementChild;
    while (after && (!after.message || byId(after.message, message) > 0)) after = after.previousElementSibling;
    if (after) after.after(row);
    else this.list.prepend(row);
  }

  days() {
    for (const line of this.list.querySelectorAll(".day")) line.remove();
    let last = "";
    for (const row of [...this.list.children]) {
      const words = day(row.message.posted_at);
      if (words !== last && !this.inThread) row.before(el("li", { class: "day" }, el("h3", {}, words)));
      last = words;
    }
  }

  end() {
    this.box.scrollTop = this.box.scrollHeight;
  }

  tick() {
    tick(this.list);
  }

  async older() {
    const first = [...this.rows.keys()].sort()[0] || "";
    const height = this.box.scrollHeight;
    try {
      const { messages } = await get("messages", { channel: state.channel, before: first });
      this.stuck = false;
      const fresh = take(messages);
      this.earlier.hidden = !fresh.length;
      this.box.scrollTop += this.box.scrollHeight - height;
    } catch (error) {
      problem(error);
    }
  }
}
