// Uploads: one chip with a progress bar per file, under the message box or in a form.

import { fileUrl, upload } from "./api.js";
import { button, fill, el } from "./dom.js";
import { state } from "./state.js";
import { size } from "./time.js";
import { problem, toast } from "./toast.js";

export class Uploads {
  constructor(box, changed = () => {}, maxFiles = 10) {
    Object.assign(this, { box, changed, maxFiles, chips: [] });
  }

  get keys() {
    return this.chips.filter((chip) => chip.file).map((chip) => chip.file.key);
  }

  get files() {
    return this.chips.filter((chip) => chip.file).map((chip) => chip.file);
  }

  get busy() {
    return this.chips.some((chip) => !chip.file);
  }

  take(files) {
    for (const file of files) this.add(file);
  }

  add(file) {
    // Checked before the upload; the server checks it too.
    if (file.size > state.maxBytes) {
      toast(`“${file.name}” is ${size(file.size)}. The limit is ${size(state.maxBytes)}.`, { bad: true });
      return;
    }
    if (this.chips.length >= this.maxFiles) {
      if (this.maxFiles > 1) return toast(`A message can have at most ${this.maxFiles} files.`, { bad: true });
      this.clear();
    }
    const chip = { name: file.name || "pasted", bar: el("progress", { max: "1", value: "0", "aria-label": `Sending ${file.name}` }) };
    this.chips.push(chip);
    const { done, stop } = upload(file, (part) => (chip.bar.value = part));
    chip.stop = stop;
    this.draw();
    done.then((kept) => (chip.file = kept)).catch((error) => (this.drop(chip), problem(error))).finally(() => (this.draw(), this.changed()));
  }

  put(file) {
    this.chips = [{ name: file.name, file }];
    this.draw();
  }

  drop(chip) {
    if (!chip.file) chip.stop?.();
    this.chips = this.chips.filter((each) => each !== chip);
    this.draw();
    this.changed();
  }

  clear() {
    for (const chip of this.chips) if (!chip.file) chip.stop?.();
    this.chips = [];
    this.draw();
  }

  draw() {
    fill(this.box, this.chips.map((chip) => el("li", { class: "chip" },
      chip.file?.key && chip.file.type.startsWith("image/") && el("img", { src: fileUrl(chip.file.key), alt: "" }),
      el("span", {}, chip.name), !chip.file && chip.bar, button(`Remove ${chip.name}`, "close", () => this.drop(chip)))));
    this.box.hidden = !this.chips.length;
  }
}

// Lets files be dropped on an element.
export function droppable(element, take) {
  let depth = 0;
  const over = (on) => element.classList.toggle("dropping", on);
  const files = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  element.addEventListener("dragenter", (event) => files(event) && (event.preventDefault(), (depth += 1), over(true)));
  element.addEventListener("dragover", (event) => files(event) && event.preventDefault());
  element.addEventListener("dragleave", () => over((depth = Math.max(0, depth - 1)) > 0));
  element.addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    event.stopPropagation();
    over(Boolean((depth = 0)));
    take([...event.dataTransfer.files]);
  });
}
