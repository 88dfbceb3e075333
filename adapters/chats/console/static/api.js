// Talks to the server. A change that got no answer is sent again with the same mark, so that it happens once.

import { state } from "./state.js";

const PATIENCE = 25000;
let token = "";

export class Refusal extends Error {
  constructor(body, status) {
    super(body.error || "That did not work.");
    this.field = body.field || null;
    this.reload = Boolean(body.reload);
    this.status = status;
  }
}

export const once = () => {
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
  return await told(() => fetch(`/console/api/${what}?${words}`, { headers: { accept: "application/json" } }));
}

export async function post(what, fields = {}) {
  const body = JSON.stringify({ once: once(), ...fields });
  return await told(() =>
    fetch(`/console/api/${what}`, { method: "POST", body, headers: { ...marks(), "content-type": "application/json" } }));
}

async function told(call) {
  const until = Date.now() + PATIENCE;
  for (let pause = 250; ; pause = Math.min(pause * 1.6, 2000)) {
    let answer = null;
    try {
      answer = await call();
      if (answer.ok) return await answer.json();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // anything else than a broken line
    }
    const body = answer ? await answer.json().catch(() => ({})) : {};
    const away = !answer || (answer.status === 503 && (body.again || !body.error));
    if (!away) throw new Refusal(body, answer.status);
    if (Date.now() > until) throw new Refusal({ error: "didtalk does not answer. What you typed is kept; try again." }, 0);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const marks = () => ({ "x-didtalk-token": token, "x-didtalk-as": state.me });

// An upload tells how far it is, which fetch cannot.
export function upload(file, progress) {
  const call = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    call.open("POST", `/console/api/files?name=${encodeURIComponent(file.name || "pasted")}`);
    for (const [name, value] of Object.entries(marks())) call.setRequestHeader(name, value);
    call.responseType = "json";
    call.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    call.onload = () => (call.status === 200 ? resolve(call.response) : reject(new Refusal(call.response || {}, call.status)));
    call.onerror = () => reject(new Refusal({ error: `“${file.name}” did not get through. Drop it again.` }, 0));
    call.onabort = () => reject(new Refusal({ error: "" }, 0));
    call.send(file);
  });
  return { done, stop: () => call.abort() };
}

export const fileUrl = (key, role = "file") => `/console/files/${role}/${encodeURIComponent(key)}`;

export const sampleUrl = (what, typed, value) =>
  `/console/api/sample?${new URLSearchParams({ what, typed, value })}`;
