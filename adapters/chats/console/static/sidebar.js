// The left side: channels, who one is, how the connection stands, and the way to the laboratory.

import { post } from "./api.js";
import { dialog } from "./dialog.js";
import { button, fill, h, icon } from "./dom.js";
import { openLab } from "./fault-injection.js";
import { emit, remember, remembered, state } from "./state.js";
import { problem } from "./toast.js";

const seenKey = (channel) => `seen:${state.me}:${channel}`;

export function drawSidebar(box) {
  const status = h("p", { class: "status", role: "status" });
  const channels = h("ul", { class: "channels", role: "list" });
  fill(box,
    h("header", { class: "brand" }, h("span", { class: "logo", "aria-hidden": "true" }, "▶"), h("h1", {}, "didtalk"), status),
    h("nav", { "aria-label": "Channels" }, h("div", { class: "nav-head" }, h("h2", {}, "Channels"), button("Open a channel", "plus", addChannel)), channels),
    people(),
    h("footer", {}, h("button", { type: "button", class: "lab-button", onclick: openLab }, icon("flask"), " Laboratory")));
  return { draw: () => drawChannels(channels), status: (words, on) => (fill(status, words), status.classList.toggle("off", !on)) };
}

function drawChannels(box) {
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
  fill(box, state.channels.map(({ name }) => {
    const { count, calls } = unread(name);
    const here = name === state.channel;
    return h("li", {}, h("button", { type: "button", class: `channel-link${count ? " new" : ""}`, "aria-current": here ? "page" : null, data: { channel: name },
      "aria-label": `${name}${count ? `, ${count} new` : ""}`, onclick: () => emit("channel", name) },
      icon("hash"), h("span", {}, name), count > 0 && h("span", { class: `count${calls ? " calls" : ""}`, "aria-hidden": "true" }, String(count))));
  }));
  if (focused) box.querySelector(`[data-channel="${focused}"]`)?.focus();
}

export function unread(channel) {
  const seen = remembered(seenKey(channel), 0);
  const fresh = [...state.leaves.values()].filter((leaf) => leaf.channel === channel && !leaf.deleted && leaf.posted_at > seen && leaf.author !== state.me);
  return { count: fresh.length, calls: fresh.some((leaf) => leaf.mentions === state.me) };
}

export function markSeen() {
  if (document.hidden) return;
  const newest = [...state.leaves.values()].filter((leaf) => leaf.channel === state.channel).reduce((at, leaf) => Math.max(at, leaf.posted_at), 0);
  remember(seenKey(state.channel), newest);
}

function people() {
  return h("fieldset", { class: "people" }, h("legend", {}, "You are"), [...state.people.values()].map(({ id, name, role }) =>
    h("label", { class: "person" },
      h("input", { type: "radio", name: "me", value: id, checked: id === state.me, onchange: () => emit("me", id) }),
      h("span", { class: `avatar small who-${id}`, "aria-hidden": "true" }, name.slice(0, 1)),
      h("span", {}, name, " ", h("span", { class: "muted" }, role)))));
}

function addChannel() {
  dialog("Open a channel", (body, shut) => {
    const input = h("input", { id: "channel-name", type: "text", autocomplete: "off", maxlength: "40" });
    const send = async (event) => {
      event.preventDefault();
      try {
        const { channel } = await post("channel", { name: input.value });
        if (!state.channels.some((each) => each.name === channel)) state.channels.push({ name: channel, about: "" });
        shut();
        emit("channel", channel);
      } catch (error) {
        problem(error);
      }
    };
    body.append(h("form", { class: "fields", onsubmit: send }, h("label", { class: "label", for: "channel-name" }, "Its name"), input,
      h("div", { class: "form-end" }, h("button", { type: "button", onclick: shut }, "Cancel"), h("button", { type: "submit", class: "primary" }, "Open it"))));
  });
}
