// What a person does to a message: react to it, take it away.

import { post } from "./api.js";
import { emit, state } from "./state.js";
import { problem } from "./toast.js";

export async function react(leaf, emoji, on) {
  try {
    const answer = await post("react", { message: leaf.id, emoji, on });
    if (answer.jobs?.length && answer.thread && state.thread !== answer.thread) emit("thread", answer.thread);
  } catch (error) {
    problem(error);
  }
}

export async function dismiss(leaf) {
  try {
    await post("remove", { message: leaf.id });
  } catch (error) {
    problem(error);
  }
}
