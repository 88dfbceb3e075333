// What the page knows. Messages are kept by id; a newer change of one always wins over an older one.

export const state = {
  me: "ana",
  channel: "general",
  thread: null,
  people: new Map(),
  channels: [],
  leaves: new Map(),
  verbs: [],
  flags: [],
  most: 0,
  lab: {},
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

// Takes in changed messages; gives back those that are news to us.
export function take(leaves) {
  const fresh = leaves.filter((leaf) => {
    const known = state.leaves.get(leaf.id);
    if (known && known.seq >= leaf.seq) return false;
    state.leaves.set(leaf.id, leaf);
    state.seq = Math.max(state.seq, leaf.seq);
    return true;
  });
  if (fresh.length) emit("leaves", fresh);
  return fresh;
}

export const now = () => Date.now() / 1000 + state.skew;

export const name = (id) => state.people.get(id)?.name || id;

export function replies(root) {
  return [...state.leaves.values()].filter((leaf) => leaf.thread === root && !leaf.deleted).sort(byId);
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
