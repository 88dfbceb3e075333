// Builds elements. User text only becomes text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  hash: "M7 3 5 17M15 3l-2 14M3 7h15M2 13h15",
  plus: "M10 4v12M4 10h12",
  smile: "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM7 8v.5M13 8v.5M6.5 12a4 4 0 0 0 7 0",
  reply: "M3 4h14v9H9l-4 4v-4H3z",
  dots: "M4 10h.01M10 10h.01M16 10h.01",
  clip: "M14.5 8.5 9 14a2.8 2.8 0 0 1-4-4l6-6a4 4 0 0 1 5.7 5.7L10 16.5",
  send: "M3 10 17 3l-4 14-3-6z",
  flask: "M8 2h4M9 2v6L4 16a1.5 1.5 0 0 0 1.3 2h9.4A1.5 1.5 0 0 0 16 16L11 8V2M6.5 13h7",
  close: "M5 5l10 10M15 5 5 15",
  play: "M6 4v12l10-6z",
  back: "M12 4l-6 6 6 6",
  menu: "M3 5h14M3 10h14M3 15h14",
  down: "M10 3v10M5 9l5 5 5-5M4 17h12",
  form: "M4 3h12v14H4zM7 7h6M7 10h6M7 13h4",
};

export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  element.append(...children.flat().filter((each) => each !== null && each !== undefined && each !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.className = value;
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name in element && !name.startsWith("aria") && typeof value !== "string") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function button(label, what, onclick, props = {}) {
  return el("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick, ...props }, icon(what));
}

export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter(Boolean));
  return element;
}

// One stop of Tab for many buttons: arrows move inside.
export function toolbar(box, label) {
  box.setAttribute("role", "toolbar");
  box.setAttribute("aria-label", label);
  const buttons = () => [...box.querySelectorAll("button")];
  const choose = (chosen) => buttons().forEach((each) => (each.tabIndex = each === chosen ? 0 : -1));
  choose(buttons()[0]);
  box.addEventListener("focusin", (event) => event.target.closest("button") && choose(event.target.closest("button")));
  box.addEventListener("keydown", (event) => {
    const all = buttons();
    const at = all.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length].focus();
  });
  return box;
}

// Puts the focus on the first of these that is there, else on the message box, so that it is never lost.
export function focusOn(...wanted) {
  const all = [...wanted, ...document.querySelectorAll("#composer-main, #composer-thread")];
  all.find((each) => each?.isConnected && each.checkVisibility())?.focus();
}

export const one = (selector, within = document) => within.querySelector(selector);
