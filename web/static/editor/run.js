/** Asks a query without leaving the page, shows the answer, and can be cancelled. */
import { element } from "./dom.js";

const LONGEST_ADDRESS = 7000;

export class Runner {
  /**
   * `place` takes the answer and `say` tells how it goes; `ready` finishes the text before it is asked, and `shown`
   * is called with that text after each answer.
   */
  constructor(form, place, { say, ready, shown }) {
    Object.assign(this, { form, place, say, ready, shown });
    this.field = form.elements.query;
    this.cancel = form.querySelector("[data-cancel]");
    this.cancel.addEventListener("click", () => this.stop());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
    this.search = window.location.search;
    window.addEventListener("popstate", () => window.location.search === this.search || window.location.reload());
  }

  stop() {
    this.control?.abort();
    this.field.focus();
  }

  async run() {
    this.control?.abort();
    const control = new AbortController();
    this.control = control;
    const started = performance.now();
    const seconds = () => ((performance.now() - started) / 1000).toLocaleString("en-GB", { maximumFractionDigits: 2 });
    this.busy(true);
    this.say("Running…");
    try {
      await this.ready();
      const query = this.field.value;
      const found = await ask(query, control.signal);
      this.place.replaceChildren(...found);
      this.remember(query);
      const words = this.place.querySelector("[data-summary]")?.dataset.summary;
      this.say(words ? `${words} in ${seconds()} s.` : `Not answered (${seconds()} s).`);
      this.shown(query);
    } catch (error) {
      if (this.control !== control) return; // a later run has taken over
      this.place.replaceChildren();
      this.say(error.name === "AbortError" ? `Cancelled after ${seconds()} s.` : "The service could not be reached.");
    }
    if (this.control === control) this.busy(false);
  }

  busy(now) {
    this.place.setAttribute("aria-busy", String(now));
    this.cancel.hidden = !now;
  }

  /** Puts the query into the address, so that it can be kept, shared and reloaded. */
  remember(query) {
    const address = addressOf("/sparql", query);
    if (address !== window.location.pathname + window.location.search) {
      window.history.pushState(null, "", address.length <= LONGEST_ADDRESS ? address : "/sparql");
      this.search = window.location.search;
    }
  }
}

function addressOf(path, query) {
  return `${path}?${new URLSearchParams({ query })}`;
}

/** The nodes that show the answer, or the fault in words. */
async function ask(query, signal) {
  const address = addressOf("/sparql/answer", query);
  const headers = { Accept: "application/problem+json, text/html;q=0.9" };
  const response =
    address.length <= LONGEST_ADDRESS
      ? await fetch(address, { headers, signal })
      : await fetch("/sparql/answer", { method: "POST", body: new URLSearchParams({ query }), headers, signal });
  const text = await response.text();
  if (response.headers.get("Content-Type")?.startsWith("text/html")) {
    return new DOMParser().parseFromString(text, "text/html").body.childNodes;
  }
  return [fault(text, response.status)];
}

/** The words of a problem (RFC 9457), or the status where there are none. */
function fault(text, status) {
  let words = `The service answered with status ${status}.`;
  try {
    words = JSON.parse(text).detail ?? words;
  } catch {
    // no problem details: the status must do
  }
  return element("div", { class: "note problem", role: "alert" }, element("h2", {}, "The query was not answered"), element("p", {}, words));
}
