// The one connection over which everything new comes. It says where it stands, so a broken one is taken up without gaps.

import { emit, state, take } from "./state.js";

const SILENCE = 25000; // the server says something every ten seconds
let source = null;
let watch = null;
let pause = 400;

export function connect() {
  close();
  const since = new URLSearchParams({ as: state.me, since: state.seq });
  source = new EventSource(`/console/api/stream?${since}`);
  source.addEventListener("hello", (event) => hello(JSON.parse(event.data)));
  source.addEventListener("leaves", (event) => {
    heard();
    performance.mark("leaves");
    take(JSON.parse(event.data));
    performance.measure("apply", "leaves");
  });
  source.addEventListener("beat", heard);
  source.onerror = () => again();
  heard();
}

export function close() {
  source?.close();
  source = null;
  clearTimeout(watch);
}

function hello(facts) {
  pause = 400;
  state.skew = facts.now - Date.now() / 1000;
  heard();
  if (facts.lost) emit("lost");
  else emit("connected", facts);
}

function heard() {
  clearTimeout(watch);
  watch = setTimeout(again, SILENCE);
}

function again() {
  close();
  emit("disconnected");
  // Many pages must not come back in the same instant.
  watch = setTimeout(connect, pause * (0.75 + Math.random() / 2));
  pause = Math.min(pause * 1.6, 5000);
}
