/** The editor: brings its parts together. Without it the page is a plain form that does the same. */
import { enhance } from "./answer.js";
import { Completion } from "./complete.js";
import { Paint } from "./paint.js";
import { Prefixes } from "./prefixes.js";
import { Runner } from "./run.js";
import { Terms } from "./terms.js";
import { offsetOf } from "./text.js";

const form = document.getElementById("query-form");
const place = document.getElementById("answer-place");
const status = form.querySelector("[data-status]");
const field = form.elements.query;
const say = (words) => status.replaceChildren(words);

/** Gives the value of `load` and asks for it once; what failed is asked for again. */
function once(load) {
  let loading;
  return () => (loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  }));
}

const paint = new Paint(field);
const prefixes = once(() => Prefixes.load());
prefixes().catch(() => undefined);
const terms = once(async () => Terms.load(await prefixes()));
const completion = new Completion(field, paint, terms, say);
const runner = new Runner(form, place, { say, ready: () => declare(false), shown });
let declaring = false;

/** Adds the PREFIX lines that are missing, or the one that the name at the caret needs. */
async function declare(atCaret) {
  const known = await prefixes().catch(() => undefined);
  if (!known) return; // without the table the query must declare its own
  declaring = true;
  const added = known.declare(field, atCaret);
  declaring = false;
  if (added.length) say(`Added: PREFIX ${added.join(", ")}.`);
}

/** Marks where the fault in the text is, if there is one, and adds to the answer what the script can. */
function shown(text) {
  const line = Number(place.querySelector("#query-fault")?.dataset.line ?? 0);
  paint.draw(field.value === text ? line : 0);
  if (line) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  field.setAttribute("aria-describedby", line ? "query-hint query-fault" : "query-hint");
  enhance(place, say, go);
}

function go(line, column) {
  const offset = offsetOf(field.value, line, column);
  field.focus();
  field.setSelectionRange(offset, offset);
}

field.addEventListener("focus", () => terms().catch(() => undefined), { once: true });
let waiting;
field.addEventListener("input", (event) => {
  if (declaring) return;
  if (event.isComposing || !event.inputType?.startsWith("insert")) completion.close();
  else waiting ??= declare(true).then(() => completion.suggest()).finally(() => (waiting = undefined));
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form.reportValidity()) {
    event.preventDefault();
    runner.run();
  }
});
form.querySelectorAll("[data-script]").forEach((node) => (node.hidden = false));
if (place.childElementCount) shown(field.value);
