// The laboratory: restart the bot, make the studio misbehave, and watch nothing get lost.

import { get, post } from "./api.js";
import { dialog } from "./dialog.js";
import { fill, h } from "./dom.js";
import { remember, remembered, state } from "./state.js";
import { problem, toast } from "./toast.js";

export function openLab() {
  dialog("Laboratory", (body, shut) => {
    if (state.lab.restart) body.append(restarting(shut));
    if (state.lab.faults) body.append(misbehaving());
    body.append(looks());
  }, { class: "lab-dialog" });
}

function restarting(shut) {
  const go = async () => {
    try {
      await post("restart");
      shut();
      toast("The bot stops and starts again. Watch the jobs: none is lost.");
    } catch (error) {
      problem(error);
    }
  };
  return h("section", {}, h("h3", {}, "Restart the bot"),
    h("p", { class: "hint" }, "Stops everything and starts it again, in the middle of whatever it does. Jobs go on where they were; nothing is made or posted twice."),
    h("button", { type: "button", onclick: go }, "Restart the bot"));
}

function misbehaving() {
  const which = h("select", { id: "fault" });
  const times = h("input", { id: "fault-times", type: "number", min: "1", max: "50", value: "1" });
  const armed = h("p", { class: "hint", role: "status" });
  const draw = (facts) => {
    if (!which.options.length) which.append(...Object.entries(facts.known).map(([name, { meaning }]) => h("option", { value: name }, `${name}: ${meaning}`)));
    fill(armed, facts.armed.length ? `Set: ${facts.armed.map((each) => `${each.fault} × ${each.times}`).join(", ")}.` : "The studio behaves.");
  };
  const arm = async (fault) => {
    try {
      draw(await post("arm", { fault, times: times.value }));
    } catch (error) {
      problem(error);
    }
  };
  get("faults").then(draw).catch(problem);
  return h("section", {}, h("h3", {}, "Make the studio misbehave"),
    h("p", { class: "hint" }, "The sandbox fails on request, so that you can see what people are told and that nothing is paid twice."),
    h("label", { class: "label", for: "fault" }, "What goes wrong"), which,
    h("label", { class: "label", for: "fault-times" }, "How many times"), times,
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => arm(which.value) }, "Set it"), h("button", { type: "button", class: "quiet", onclick: () => arm("") }, "Let all go well")),
    armed);
}

function looks() {
  const choose = (event) => (remember("look", event.target.value), dress());
  return h("section", {}, h("h3", {}, "Look"), h("label", { class: "label", for: "look" }, "Colours"),
    h("select", { id: "look", onchange: choose }, [["auto", "As the system has it"], ["light", "Light"], ["dark", "Dark"]].map(([value, label]) =>
      h("option", { value, selected: value === remembered("look", "auto") }, label))));
}

export function dress() {
  const look = remembered("look", "auto");
  if (look === "auto") delete document.documentElement.dataset.look;
  else document.documentElement.dataset.look = look;
}
