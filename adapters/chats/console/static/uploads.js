// Files on their way: each a chip with its progress, under a composer or in a form.

import { fileUrl, upload } from "./api.js";
import { button, fill, h } from "./dom.js";
import { state } from "./state.js";
import { size } from "./time.js";
import { problem, toast } from "./toast.js";

export class Uploads {
  constructor(box, changed = () => {}, most = 10) {
    Object.assign(this, { box, changed, most, chips: [] });
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
    // Refused here, before a byte of it travels; the server refuses it too.
    if (file.size > state.most) {
      toast(`“${file.name}” has ${size(file.size)}; the console takes files of up to ${size(state.most)}.`, { bad: true });
      return;
    }
    if (this.chips.length >= this.most) {
      if (this.most > 1) return toast(`At most ${this.most} files go with one message.`, { bad: true });
      this.clear();
    }
    const chip = { name: file.name || "pasted", bar: h("progress", { max: "1", value: "0", "aria-label": `Sending ${file.name}` }) };
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
    fill(this.box, this.chips.map((chip) => h("li", { class: "chip" },
      chip.file?.key && chip.file.type.startsWith("image/") && h("img", { src: fileUrl(chip.file.key), alt: "" }),
      h("span", {}, chip.name), !chip.file && chip.bar, button(`Remove ${chip.name}`, "close", () => this.drop(chip)))));
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
