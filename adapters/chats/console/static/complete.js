// Completes a typed line: a command, an option, or an option's value. Has no side effects.

const COMMANDS = /^\/(\S*)$/;
const VERB = /^\/did\s+(\S*)$/i;
const VALUE = /(?:^|\s)--([A-Za-z-]+)(?:=|\s+)(?:"([^"]*)|(\S*))$/;
const OPTION = /(?:^|\s)(--([A-Za-z-]*))$/;

// `line` ends at the caret. Gives {items, from} or {what, typed, from}, or null when nothing fits.
export function complete(line, verbs) {
  if (!line.startsWith("/")) return null;
  const first = COMMANDS.exec(line);
  if (first) return commands(line.toLowerCase(), verbs, 0);
  const verbTyped = VERB.exec(line);
  if (verbTyped) return commands(`/did ${verbTyped[1].toLowerCase()}`, verbs, 0);
  const verb = verbOf(line, verbs);
  if (!verb) return null;
  return verb.form ? inForm(line, verb) : afterVerb(line, verb, verbs);
}

export function verbOf(line, verbs) {
  const match = /^\/(didtalk|did)(?:\s+(\S+))?/i.exec(line);
  if (!match) return null;
  if (match[1].toLowerCase() === "didtalk") return verbs.find((verb) => verb.word === "say");
  return verbs.find((verb) => verb.word === (match[2] || "").toLowerCase()) || null;
}

function commands(typed, verbs, from) {
  const items = verbs
    .filter((verb) => verb.typed.startsWith(typed) || (typed.length > 2 && verb.word.startsWith(typed.replace(/^\/(did)?\s*/, ""))))
    .map((verb) => ({ insert: `${verb.typed} `, label: verb.typed, sentence: verb.sentence }));
  return items.length ? { items, from, title: "Commands" } : null;
}

function inForm(line, verb) {
  const option = OPTION.exec(line);
  if (option) return options(line, verb, option);
  const value = VALUE.exec(line);
  if (value) {
    const wanted = verb.options.find((each) => each.word === value[1].toLowerCase());
    const typed = value[2] ?? value[3] ?? "";
    const from = line.length - typed.length - (value[2] === undefined ? 0 : 1);
    if (wanted && wanted.value_type !== "flag") return values(wanted, typed, from, verb);
  }
  const rest = verb.options.find((each) => each.positional && each.suggests);
  const word = /(\S*)$/.exec(line)[1];
  return rest ? { what: catalogueOf(rest, verb), typed: word, from: line.length - word.length, title: rest.sentence } : null;
}

function options(line, verb, match) {
  const typed = match[2].toLowerCase();
  const used = new Set([...line.matchAll(/--([A-Za-z-]+)\s/g)].map((each) => each[1]));
  const rank = (each) => (each.word.startsWith(typed) ? 0 : 2) + (each.advanced ? 1 : 0);
  const items = verb.options
    .filter((each) => !each.positional && each.word.includes(typed) && (each.multiple || !used.has(each.word)))
    .sort((one, other) => rank(one) - rank(other))
    .map((each) => ({ insert: `--${each.word} `, label: `--${each.word}`, sentence: each.sentence + bounds(each) }));
  return items.length ? { items, from: line.length - match[1].length, title: `Options of ${verb.typed}` } : null;
}

function values(option, typed, from, verb) {
  if (option.suggests) return { what: catalogueOf(option, verb), typed, from, quoted: true, title: option.sentence };
  const items = option.choices.filter((each) => each.startsWith(typed.toLowerCase())).map((each) => ({ insert: `${each} `, label: each }));
  return items.length ? { items, from, title: option.sentence } : null;
}

function afterVerb(line, verb, verbs) {
  const rest = line.replace(/^\/did\s+\S+\s+/i, "");
  const from = line.length - rest.length;
  if (verb.word === "help") {
    const items = verbs.filter((each) => each.word.startsWith(rest.toLowerCase())).map((each) => ({ insert: each.word, label: each.word, sentence: each.sentence }));
    return items.length ? { items, from, title: "Commands" } : null;
  }
  if (["voices", "presenters", "languages"].includes(verb.word)) return { what: verb.word, typed: rest, from, title: verb.sentence };
  return null;
}

export function catalogueOf(option, verb) {
  const own = { say: "talk", animate: "animation" }[verb.word || verb.kind];
  return option.suggests === "drivers" && own ? `drivers:${own}` : option.suggests;
}

export function bounds(option) {
  if (option.choices.length) return ` (${option.choices.join(", ")})`;
  if (option.minimum !== null && option.maximum !== null) return ` (${option.minimum} to ${option.maximum})`;
  return "";
}

export const quote = (value) => (/\s/.test(value) ? `"${value}"` : value);
