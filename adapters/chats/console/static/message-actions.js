// Reactions and deletion.

import { post } from "./api.js";
import { emit, state } from "./state.js";
import { problem } from "./toast.js";

export async function react(message, emoji, on) {
  try {
    const answer = await post("react", { message: message.id, emoji, on });
    if (answer.jobs?.length && answer.thread && state.thread !== answer.thread) emit("thread", answer.thread);
  } catch (error) {
    problem(error);
  }
}

export async function dismiss(message) {
  try {
    await post("remove", { message: message.id });
  } catch (error) {
    problem(error);
  }
}
