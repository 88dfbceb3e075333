// What cannot be taken back later waits ten seconds for an “Undo”; a page that is left does it at once.

import { toast } from "./toast.js";

const UNDO_SECONDS = 10;
const waiting = new Set();

export function withUndo(key, words, go) {
  if (waiting.has(key)) return; // asked for twice is done, and undone, once
  waiting.add(key);
  const finish = (done) => {
    waiting.delete(key);
    clearTimeout(timer);
    removeEventListener("pagehide", now);
    if (done) go();
  };
  const now = () => finish(true);
  const timer = setTimeout(now, UNDO_SECONDS * 1000);
  addEventListener("pagehide", now);
  toast(words, { seconds: UNDO_SECONDS, action: { label: "Undo", go: () => finish(false) } });
}
