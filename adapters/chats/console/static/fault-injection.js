// Test tools: restart the bot, simulate provider errors, choose the colours.

import { get, post } from "./api.js";
import { dialog } from "./dialog.js";
import { fill, el } from "./dom.js";
import { remember, remembered, state } from "./state.js";
import { problem, toast } from "./toast.js";

export function openTestTools() {
  dialog("Test tools", (body, close) => {
    if (state.faultInjection.restart) body.append(restarting(close));
    if (state.faultInjection.faults) body.append(faultForm());
    body.append(appearance());
  }, { class: "test-tools-dialog" });
}

function restarting(close) {
  const go = async () => {
    try {
      await post("restart");
      close();
      toast("The bot is restarting. No job is lost.");
    } catch (error) {
      problem(error);
    }
  };
  return el("section", {}, el("h3", {}, "Restart the bot"),
    el("p", { class: "hint" }, "Stops everything at once and starts it again. Jobs resume where they were; no video is made or posted twice."),
    el("button", { type: "button", onclick: go }, "Restart the bot"));
}

function faultForm() {
  const which = el("select", { id: "fault" });
  const times = el("input", { id: "fault-times", type: "number", min: "1", max: "50", value: "1" });
  const armed = el("p", { class: "hint", role: "status" });
  const draw = (facts) => {
    if (!which.options.length) which.append(...Object.entries(facts.known).map(([name, { meaning }]) => el("option", { value: name }, `${name}: ${meaning}`)));
    fill(armed, facts.armed.length ? `Active: ${facts.armed.map((each) => `${each.fault} × ${each.times}`).join(", ")}.` : "No faults active.");
  };
  const arm = async (fault) => {
    try {
      draw(await post("arm", { fault, times: times.value }));
    } catch (error) {
      problem(error);
    }
  };
  get("faults").then(draw).catch(problem);
  return el("section", {}, el("h3", {}, "Simulate provider errors"),
    el("p", { class: "hint" }, "Makes the sandbox fail, so you can see which messages people get and that nothing is charged twice."),
    el("label", { class: "label", for: "fault" }, "Fault"), which,
    el("label", { class: "label", for: "fault-times" }, "How many times"), times,
    el("div", { class: "buttons" }, el("button", { type: "button", onclick: () => arm(which.value) }, "Apply"), el("button", { type: "button", class: "quiet", onclick: () => arm("") }, "Clear faults")),
    armed);
}

function appearance() {
  const choose = (event) => (remember("look", event.target.value), applyColours());
  return el("section", {}, el("h3", {}, "Appearance"), el("label", { class: "label", for: "look" }, "Colours"),
    el("select", { id: "look", onchange: choose }, [["auto", "Use system setting"], ["light", "Light"], ["dark", "Dark"]].map(([value, label]) =>
      el("option", { value, selected: value === remembered("look", "auto") }, label))));
}

export function applyColours() {
  const look = remembered("look", "auto");
  if (look === "auto") delete document.documentElement.dataset.look;
  else document.documentElement.dataset.look = look;
}
