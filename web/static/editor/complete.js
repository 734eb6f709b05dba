/**
 * A list of terms at the caret.
 *
 * The field keeps the focus; aria-activedescendant tells which option is meant
 * (the list autocomplete of the ARIA practices, with selection by hand: Enter
 * takes a term only after an arrow key has chosen one).
 */
import { element, plural } from "./dom.js";
import { replaceText } from "./text.js";
import { tokenAt } from "./tokens.js";

/** What the field is while the list is open; otherwise it is the text field that it always was. */
const OPEN = { role: "combobox", "aria-expanded": "true", "aria-controls": "completion" };
const KINDS = { name: true, word: true, keyword: true, call: true };

export class Completion {
  /** `terms` is a function that gives a promise of the terms; `say` tells those who listen. */
  constructor(field, paint, terms, say) {
    Object.assign(this, { field, paint, terms, say, options: [], chosen: -1, taken: false });
    this.list = element("ul", { class: "completion", id: "completion", role: "listbox", "aria-label": "Terms", hidden: true });
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.take(event.target.closest("[role=option]")));
    field.closest(".editor-field").append(this.list);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-haspopup", "listbox");
    field.addEventListener("keydown", (event) => this.pressed(event));
    for (const name of ["blur", "scroll", "click"]) field.addEventListener(name, () => this.close());
  }

  /** Offers terms for the name that is being typed; called after each change of the text. */
  suggest() {
    const token = this.token();
    const wanted = !this.taken && token?.kind === "name" && !token.text.startsWith("_");
    this.taken = false;
    return wanted ? this.open(token) : this.close();
  }

  /** The token before the caret if a term can stand in its place. */
  token() {
    const { value, selectionStart } = this.field;
    const token = tokenAt(value, selectionStart);
    if (!token || selectionStart !== token.end) return undefined;
    return token.before?.text.toLowerCase() === "prefix" ? undefined : token;
  }

  pressed(event) {
    const asks = (event.ctrlKey && event.code === "Space") || (event.altKey && event.key === "ArrowDown");
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (asks) this.open(this.token(), true);
    else if (this.list.hidden) return;
    else if (move && !event.altKey) this.choose(this.next(move));
    else if (event.key === "Enter" && this.chosen >= 0 && !event.ctrlKey && !event.metaKey) this.take(this.options[this.chosen]);
    else if (event.key === "Escape") this.close();
    else {
      if (["ArrowLeft", "ArrowRight", "Home", "End", "Tab", "Enter"].includes(event.key)) this.close();
      return;
    }
    event.preventDefault();
  }

  /** The option to choose after a step; the ends meet. */
  next(step) {
    const count = this.options.length;
    if (Math.abs(step) > 1) return Math.min(Math.max(this.chosen + step, 0), count - 1);
    return this.chosen < 0 && step < 0 ? count - 1 : (this.chosen + step + count) % count;
  }

  async open(token, first = false) {
    const { value, selectionStart } = this.field;
    const replaced = token && KINDS[token.kind] ? token.text : "";
    const terms = await this.terms().catch(() => undefined);
    if (!terms) {
      if (first) this.say("The terms could not be loaded.");
      return;
    }
    if (this.field.value !== value || this.field.selectionStart !== selectionStart) return;
    const found = terms.search(replaced);
    if (!found.length || (found.length === 1 && found[0].written === replaced)) {
      this.close();
      if (first) this.say(`No term fits “${replaced}”.`);
      return;
    }
    this.start = selectionStart - replaced.length;
    this.end = selectionStart;
    this.options = found.map(option);
    this.list.replaceChildren(...this.options);
    this.list.hidden = false;
    this.list.scrollTop = 0;
    for (const [name, value] of Object.entries(OPEN)) this.field.setAttribute(name, value);
    this.put();
    this.choose(first ? 0 : -1);
    this.say(`${plural(found.length, "term")}. Arrow keys choose, Enter takes.`);
  }

  /** Puts the list under the token, inside the field. */
  put() {
    const at = this.paint.place(this.start);
    const box = this.field.getBoundingClientRect();
    const left = Math.min(at.left - box.left, box.width - this.list.offsetWidth - 4);
    this.list.style.left = `${Math.max(left, 4)}px`;
    this.list.style.top = `${at.bottom - box.top + 4}px`;
  }

  choose(index) {
    this.options[this.chosen]?.removeAttribute("aria-selected");
    this.chosen = index;
    const option = this.options[index];
    if (!option) return this.field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    return this.field.setAttribute("aria-activedescendant", option.id);
  }

  take(option) {
    if (!option) return;
    const { start, end } = this;
    this.close();
    this.taken = true; // so that this change does not open the list again
    replaceText(this.field, start, end, option.dataset.written);
  }

  close() {
    this.list.hidden = true;
    this.options = [];
    this.chosen = -1;
    for (const name of ["aria-activedescendant", ...Object.keys(OPEN)]) this.field.removeAttribute(name);
  }
}

function option({ written, label, kind, count }, index) {
  return element(
    "li",
    { role: "option", id: `completion-${index}`, "data-written": written },
    element("code", {}, written),
    " ",
    element("span", { class: "completion-label" }, label),
    " ",
    element("span", { class: "completion-kind" }, `${kind}, ${plural(count, "use")}`),
  );
}
