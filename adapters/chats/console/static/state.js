// The page's state. Messages are kept by id; the change with the higher number wins.

export const state = {
  me: "ana",
  channel: "general",
  thread: null,
  people: new Map(),
  channels: [],
  messages: new Map(),
  verbs: [],
  flags: [],
  maxBytes: 0,
  faultInjection: {},
  seq: 0,
  skew: 0, // the server's clock minus ours, in seconds
  connected: false,
};

const listeners = new Map();

export function on(event, listener) {
  listeners.set(event, [...(listeners.get(event) || []), listener]);
}

export function emit(event, detail) {
  for (const listener of listeners.get(event) || []) listener(detail);
}

// Takes in changed messages; returns those that are new.
export function take(messages) {
  const fresh = messages.filter((message) => {
    const known = state.messages.get(message.id);
    if (known && known.seq >= message.seq) return false;
    state.messages.set(message.id, message);
    state.seq = Math.max(state.seq, message.seq);
    return true;
  });
  if (fresh.length) emit("messages", fresh);
  return fresh;
}

export const now = () => Date.now() / 1000 + state.skew;

export const name = (id) => state.people.get(id)?.name || id;

export function replies(root) {
  return [...state.messages.values()].filter((message) => message.thread === root && !message.deleted).sort(byId);
}

export const byId = (one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);

export function remembered(key, fallback = null) {
  try {
    return JSON.parse(localStorage.getItem(`didtalk:${key}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(`didtalk:${key}`, JSON.stringify(value));
  } catch {
    // A browser without storage forgets drafts; everything else works.
  }
}
