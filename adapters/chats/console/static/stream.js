// The event stream. After a reconnect it continues after the last change seen, without gaps.

import { emit, state, take } from "./state.js";

const SILENCE_TIMEOUT_MS = 25000; // the server sends a heartbeat every ten seconds
let source = null;
let watch = null;
let pause = 400;

export function connect() {
  close();
  const since = new URLSearchParams({ as: state.me, since: state.seq });
  source = new EventSource(`/console/api/stream?${since}`);
  source.addEventListener("hello", (event) => hello(JSON.parse(event.data)));
  source.addEventListener("messages", (event) => {
    resetSilenceTimer();
    performance.mark("messages");
    take(JSON.parse(event.data));
    performance.measure("apply", "messages");
  });
  source.addEventListener("heartbeat", resetSilenceTimer);
  source.onerror = () => again();
  resetSilenceTimer();
}

export function close() {
  source?.close();
  source = null;
  clearTimeout(watch);
}

function hello(facts) {
  pause = 400;
  state.skew = facts.now - Date.now() / 1000;
  resetSilenceTimer();
  if (facts.lost) emit("lost");
  else emit("connected", facts);
}

function resetSilenceTimer() {
  clearTimeout(watch);
  watch = setTimeout(again, SILENCE_TIMEOUT_MS);
}

function again() {
  close();
  emit("disconnected");
  // Jitter, so that many pages do not reconnect at once.
  watch = setTimeout(connect, pause * (0.75 + Math.random() / 2));
  pause = Math.min(pause * 1.6, 5000);
}
