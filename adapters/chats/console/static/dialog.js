// Dialogs: the browser's own, so that focus, Escape and screen readers work as everywhere.

import { button, el, focusOn, one } from "./dom.js";

let number = 0;

export function dialog(title, build, props = {}) {
  const id = `dialog-${++number}`;
  const box = el("dialog", { class: `dialog ${props.class || ""}`, "aria-labelledby": id });
  const body = el("div", { class: "dialog-body" });
  const close = () => box.close();
  box.append(el("header", {}, el("h2", { id }, title), button("Close", "close", close)), body);
  // What had the focus before may have been redrawn.
  box.addEventListener("close", () => (box.remove(), document.activeElement === document.body && focusOn()));
  box.addEventListener("click", (event) => event.target === box && props.light !== false && close());
  document.body.append(box);
  box.showModal(); // first, as it moves the focus
  build(body, close, box);
  if (!body.contains(document.activeElement)) body.querySelector("input:not([hidden]), textarea, select, button, a[href]")?.focus();
  return box;
}

// A small box beside a button; Escape or a click elsewhere closes it and gives the focus back.
export function popover(anchor, element, onclose = () => {}) {
  const before = document.activeElement;
  const close = (back = true) => {
    document.removeEventListener("pointerdown", outside, true);
    element.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (back) focusOn(before);
    onclose();
  };
  const outside = (event) => !element.contains(event.target) && !anchor.contains(event.target) && close(false);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    close();
  });
  anchor.setAttribute("aria-expanded", "true");
  one("main").append(element);
  place(anchor, element);
  document.addEventListener("pointerdown", outside, true);
  return close;
}

function place(anchor, element) {
  const at = anchor.getBoundingClientRect();
  const { width, height } = element.getBoundingClientRect();
  const below = at.bottom + height + 8 < innerHeight;
  element.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
  element.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - height - 4)}px`;
}
