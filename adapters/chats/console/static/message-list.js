// A list of messages, kept in order and drawn message by message.

import { get } from "./api.js";
import { tick } from "./card.js";
import { fill, h } from "./dom.js";
import { messageView } from "./message.js";
import { byId, state, take } from "./state.js";
import { day } from "./time.js";
import { problem } from "./toast.js";

const NEAR = 120; // pixels from the end within which a reader is taken along

export class List {
  constructor(box, { label, belongs, inThread = false }) {
    this.box = box;
    this.belongs = belongs;
    this.inThread = inThread;
    this.rows = new Map();
    this.stuck = true;
    this.list = h("ol", { class: "messages", role: "list", "aria-label": label });
    this.earlier = h("button", { type: "button", class: "earlier", hidden: true, onclick: () => this.older() }, "Show earlier messages");
    fill(box, this.earlier, this.list);
    box.addEventListener("scroll", () => (this.stuck = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR), { passive: true });
    // Pictures and videos grow when they arrive; whoever was at the end stays there.
    new ResizeObserver(() => this.stuck && this.end()).observe(this.list);
  }

  show(label) {
    this.list.setAttribute("aria-label", label);
    this.rows.clear();
    const mine = [...state.leaves.values()].filter((leaf) => this.wants(leaf)).sort(byId);
    for (const leaf of mine) this.rows.set(leaf.id, messageView(leaf, this.inThread));
    this.list.replaceChildren(...this.rows.values());
    this.days();
    this.earlier.hidden = this.inThread || mine.length < 30;
    this.stuck = true;
    this.end();
  }

  wants(leaf) {
    return this.belongs(leaf) && !(leaf.deleted && (leaf.private || !this.keeps(leaf)));
  }

  keeps(leaf) {
    // A deleted message stays visible only where it holds others together.
    return !this.inThread && [...state.leaves.values()].some((each) => each.thread === leaf.id && !each.deleted);
  }

  take(leaves) {
    let grown = false;
    for (const leaf of leaves) {
      const row = this.rows.get(leaf.id);
      if (!this.wants(leaf)) {
        if (row) (row.remove(), this.rows.delete(leaf.id), (grown = true));
      } else if (row) row.update(leaf);
      else (this.insert(leaf), (grown = true));
      if (leaf.thread && !this.inThread) this.rows.get(leaf.thread)?.update(state.leaves.get(leaf.thread));
    }
    if (grown) this.days();
    if (grown && this.stuck) this.end();
  }

  insert(leaf) {
    const row = messageView(leaf, this.inThread);
    this.rows.set(leaf.id, row);
    let after = this.list.lastElementChild;
    while (after && (!after.leaf || byId(after.leaf, leaf) > 0)) after = after.previousElementSibling;
    if (after) after.after(row);
    else this.list.prepend(row);
  }

  days() {
    for (const line of this.list.querySelectorAll(".day")) line.remove();
    let last = "";
    for (const row of [...this.list.children]) {
      const words = day(row.leaf.posted_at);
      if (words !== last && !this.inThread) row.before(h("li", { class: "day", role: "separator" }, h("span", {}, words)));
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
      const { leaves } = await get("messages", { channel: state.channel, before: first });
      this.stuck = false;
      const fresh = take(leaves);
      this.earlier.hidden = !fresh.length;
      this.box.scrollTop += this.box.scrollHeight - height;
    } catch (error) {
      problem(error);
    }
  }
}
