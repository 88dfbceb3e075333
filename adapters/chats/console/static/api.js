// Calls the server. A change without a response is sent again with the same idempotency key.

import { state } from "./state.js";

const RETRY_FOR_MS = 25000;
const MAX_KEEPALIVE_CHARS = 10000; // browsers finish small requests of a page that is left, 64 KB in all
let token = "";

export class Refusal extends Error {
  constructor(body, status) {
    super(body.error || "Something went wrong.");
    this.field = body.field || null;
    this.reload = Boolean(body.reload);
    this.status = status;
  }
}

export const newIdempotencyKey = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

export async function start() {
  const body = await get("start");
  token = body.token;
  return body;
}

export async function get(what, query = {}) {
  const words = new URLSearchParams({ as: state.me, ...query });
  return await withRetry(() => fetch(`/console/api/${what}?${words}`, { headers: { accept: "application/json" } }));
}

export async function post(what, fields = {}) {
  const body = JSON.stringify({ idempotency_key: newIdempotencyKey(), ...fields });
  return await withRetry(() =>
    fetch(`/console/api/${what}`, { method: "POST", body, keepalive: body.length < MAX_KEEPALIVE_CHARS, headers: { ...changeHeaders(), "content-type": "application/json" } }));
}

async function withRetry(call) {
  const until = Date.now() + RETRY_FOR_MS;
  for (let pause = 250; ; pause = Math.min(pause * 1.6, 2000)) {
    let answer = null;
    try {
      answer = await call();
      if (answer.ok) return await answer.json();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // TypeError means a lost connection
    }
    const body = answer ? await answer.json().catch(() => ({})) : {};
    const unavailable = !answer || (answer.status === 503 && (body.again || !body.error));
    if (!unavailable) throw new Refusal(body, answer.status);
    if (Date.now() > until) throw new Refusal({ error: "didtalk isn't responding. Your text is kept; try again." }, 0);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const changeHeaders = () => ({ "x-didtalk-token": token, "x-didtalk-as": state.me });

// fetch reports no upload progress.
export function upload(file, progress) {
  const call = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    call.open("POST", `/console/api/files?name=${encodeURIComponent(file.name || "pasted")}`);
    for (const [name, value] of Object.entries(changeHeaders())) call.setRequestHeader(name, value);
    call.responseType = "json";
    call.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    call.onload = () => (call.status === 200 ? resolve(call.response) : reject(new Refusal(call.response || {}, call.status)));
    call.onerror = () => reject(new Refusal({ error: `“${file.name}” could not be uploaded. Try again.` }, 0));
    call.onabort = () => reject(new Refusal({ error: "" }, 0));
    call.send(file);
  });
  return { done, stop: () => call.abort() };
}

export const fileUrl = (key, role = "file") => `/console/files/${role}/${encodeURIComponent(key)}`;

export const sampleUrl = (what, typed, value) =>
  `/console/api/sample?${new URLSearchParams({ what, typed, value })}`;
