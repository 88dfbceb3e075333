// The sidebar: channels, the current person, the connection status and the test tools.

import { post } from "./api.js";
import { dialog } from "./dialog.js";
import { button, fill, el, icon } from "./dom.js";
import { openTestTools } from "./fault-injection.js";
import { emit, remember, remembered, state } from "./state.js";
import { problem } from "./toast.js";

const seenKey = (channel) => `seen:${state.me}:${channel}`;

export function drawSidebar(box) {
  const status = el("p", { class: "status", role: "status" });
  const channels = el("ul", { class: "channels", role: "list" });
  fill(box,
    el("header", { class: "brand" }, el("span", { class: "logo", "aria-hidden": "true" }, "▶"), el("p", { class: "brand-name" }, "didtalk"), status),
    el("nav", { "aria-label": "Channels" }, el("div", { class: "nav-head" }, el("h2", {}, "Channels"), button("Create channel", "plus", addChannel)), channels),
    people(),
    el("footer", {}, el("button", { type: "button", class: "test-tools-button", onclick: openTestTools }, icon("flask"), " Test tools")));
  return { draw: () => drawChannels(channels), status: (words, on) => (fill(status, words), status.classList.toggle("off", !on)) };
}

function drawChannels(box) {
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
  fill(box, state.channels.map(({ name }) => {
    const { count, mentionsMe } = unread(name);
    const here = name === state.channel;
    return el("li", {}, el("button", { type: "button", class: `channel-link${count ? " new" : ""}`, "aria-current": here ? "page" : null, data: { channel: name },
      "aria-label": `${name}${count ? `, ${count} new` : ""}`, onclick: () => emit("channel", name) },
      icon("hash"), el("span", {}, name), count > 0 && el("span", { class: `count${mentionsMe ? " mentions-me" : ""}`, "aria-hidden": "true" }, String(count))));
  }));
  if (focused) box.querySelector(`[data-channel="${focused}"]`)?.focus();
}

export function unread(channel) {
  const seen = remembered(seenKey(channel), 0);
  const fresh = [...state.messages.values()].filter((message) => message.channel === channel && !message.deleted && message.posted_at > seen && message.author !== state.me);
  return { count: fresh.length, mentionsMe: fresh.some((message) => message.mentions === state.me) };
}

export function markSeen() {
  if (document.hidden) return;
  const newest = [...state.messages.values()].filter((message) => message.channel === state.channel).reduce((at, message) => Math.max(at, message.posted_at), 0);
  remember(seenKey(state.channel), newest);
}

function people() {
  return el("fieldset", { class: "people" }, el("legend", {}, "You are"), [...state.people.values()].map(({ id, name, role }) =>
    el("label", { class: "person" },
      el("input", { type: "radio", name: "me", value: id, checked: id === state.me, onchange: () => emit("me", id) }),
      el("span", { class: `avatar small who-${id}`, "aria-hidden": "true" }, name.slice(0, 1)),
      el("span", {}, name, " ", el("span", { class: "muted" }, role)))));
}

function addChannel() {
  dialog("Create channel", (body, close) => {
    const input = el("input", { id: "channel-name", type: "text", autocomplete: "off", maxlength: "40" });
    const send = async (event) => {
      event.preventDefault();
      try {
        const { channel } = await post("channel", { name: input.value });
        if (!state.channels.some((each) => each.name === channel)) state.channels.push({ name: channel, about: "" });
        close();
        emit("channel", channel);
      } catch (error) {
        problem(error);
      }
    };
    body.append(el("form", { class: "fields", onsubmit: send }, el("label", { class: "label", for: "channel-name" }, "Channel name"), input,
      el("div", { class: "form-end" }, el("button", { type: "button", onclick: close }, "Cancel"), el("button", { type: "submit", class: "primary" }, "Create"))));
  });
}
