/** Calculates again while someone chooses or types: asks for the same page and takes over the parts that changed. */

const WAIT = 400; // milliseconds of rest before the site is asked
const AGAIN = 3000; // milliseconds after which a busy site is asked again
const form = document.getElementById("calculator");
let timer = 0;
let running = null;
let waiting = null; // parts of a page that were not taken, because someone typed there

form.addEventListener("submit", (event) => {
  event.preventDefault();
  calculate(true);
});
document.addEventListener("input", (event) => {
  if (event.target.form === form) later(WAIT);
});
document.addEventListener("focusout", () => setTimeout(() => waiting && take(waiting.page, waiting.ids)));
addEventListener("popstate", () => location.reload());

function later(wait) {
  clearTimeout(timer);
  timer = setTimeout(calculate, wait);
}

/** The address for what stands in the form: only what was entered; `name:key` becomes `name=key:value`. */
function address() {
  const pairs = [];
  for (const [name, raw] of new FormData(form)) {
    const value = raw.trim();
    if (!value) continue;
    const at = name.indexOf(":");
    pairs.push(at < 0 ? [name, value] : [name.slice(0, at), `${name.slice(at + 1)}:${value}`]);
  }
  return pairs.length ? `${form.getAttribute("action")}?${new URLSearchParams(pairs)}` : form.getAttribute("action");
}

async function calculate(asked = false) {
  waiting = null;
  clearTimeout(timer);
  running?.abort();
  const mine = (running = new AbortController());
  const target = address();
  say("Calculating…");
  document.body.classList.add("calculating");
  try {
    const answer = await fetch(target, { signal: mine.signal, headers: { Accept: "text/html" } });
    if (answer.status === 429 || answer.status === 503) {
      say("The calculator is busy; it will be asked again in a moment.");
      later(AGAIN);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const shown = page.getElementById("summary")?.dataset.address ?? target;
    if (asked) history.pushState(null, "", shown);
    else history.replaceState(null, "", shown);
    take(page);
  } catch (error) {
    if (error.name === "AbortError") return;
    say("The calculator cannot be reached; the result shown is of before.");
  } finally {
    if (running === mine) document.body.classList.remove("calculating");
  }
}

/** Puts the live parts of `page` in place of ours. A part in which someone types stays; the parts within it do not. */
function take(page, ids = null) {
  document.title = page.title;
  const left = [];
  const open = new Set([...document.querySelectorAll("details[open][id]")].map((item) => item.id));
  for (const old of document.querySelectorAll("[data-live]")) {
    if (!old.isConnected || (ids && !ids.includes(old.id))) continue;
    const fresh = page.getElementById(old.id);
    if (!fresh) continue;
    if (old.contains(document.activeElement)) left.push(old.id);
    else old.replaceWith(document.importNode(fresh, true));
  }
  waiting = left.length ? { page, ids: left } : null;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const field of form.elements) {
    const wrong = field.id && document.getElementById(`${field.id}-wrong`);
    if (!wrong) continue;
    const bad = wrong.textContent.trim() !== "";
    field.toggleAttribute("aria-invalid", bad);
    if (bad) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", wrong.id);
    }
  }
  if (ids) return;
  const sentence = document.querySelector("#summary .sentence") ?? document.querySelector("#summary .problem");
  say(sentence ? sentence.textContent.trim().replace(/\s+/g, " ") : "");
}

function say(words) {
  const status = document.getElementById("live-status");
  if (status) status.textContent = words;
}
