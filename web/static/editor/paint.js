/**
 * Colours and line numbers for a field.
 *
 * The field stays the control: what is painted lies under it, and the field's
 * own text is made transparent. Editing, input methods, undo and screen readers
 * are the browser's own.
 */
import { element } from "./dom.js";
import { tokens } from "./tokens.js";

const FEWEST_ROWS = 8;
const MOST_ROWS = 18;

export class Paint {
  constructor(field) {
    this.field = field;
    this.keys = [];
    this.numbers = element("div", { class: "editor-numbers" });
    this.code = element("code");
    field.closest(".editor").prepend(element("div", { class: "editor-gutter", "aria-hidden": "true" }, this.numbers));
    field.before(element("pre", { class: "editor-paint", "aria-hidden": "true" }, this.code));
    field.classList.add("painted");
    field.addEventListener("input", () => this.drawSoon());
    field.addEventListener("scroll", () => this.follow());
    this.draw();
  }

  /** Draws before the next frame: one change may come as many events. An edit takes the mark of a wrong line away. */
  drawSoon() {
    this.soon ??= requestAnimationFrame(() => this.draw());
  }

  /** Draws the lines that have changed, and marks a wrong one. */
  draw(wrong = 0) {
    cancelAnimationFrame(this.soon);
    this.soon = undefined;
    const lines = linesOf(this.field.value);
    const keys = lines.map((parts, index) => JSON.stringify([index + 1 === wrong, parts]));
    const [start, end] = changed(this.keys, keys);
    const old = Array.from(this.code.children).slice(start, this.keys.length - end);
    const rest = this.code.children[this.keys.length - end] ?? null;
    old.forEach((node) => node.remove());
    lines.slice(start, lines.length - end).forEach((parts, index) => {
      this.code.insertBefore(line(parts, start + index + 1 === wrong), rest);
    });
    this.keys = keys;
    this.field.rows = Math.min(Math.max(lines.length, FEWEST_ROWS), MOST_ROWS);
    this.numbers.replaceChildren(...lines.map((_, index) => number(index + 1, index + 1 === wrong)));
    this.follow();
  }

  /** Moves what is painted to where the field has scrolled. */
  follow() {
    const { scrollLeft, scrollTop } = this.field;
    this.code.style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
    this.numbers.style.transform = `translateY(${-scrollTop}px)`;
  }

  /** Where the character at an offset is drawn, in the window. */
  place(offset) {
    if (this.soon) this.draw();
    const before = this.field.value.slice(0, offset).split("\n");
    const row = this.code.children[before.length - 1];
    let left = before.at(-1).length;
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (left <= node.length) {
        const range = document.createRange();
        range.setStart(node, left);
        range.collapse(true);
        return range.getClientRects()[0] ?? row.getBoundingClientRect();
      }
      left -= node.length;
    }
    return row.getBoundingClientRect();
  }
}

/** The text as lines of parts, each a text with the kind of its token. */
function linesOf(text) {
  const lines = [[]];
  const add = (kind, piece) => {
    piece.split("\n").forEach((part, index) => {
      if (index) lines.push([]);
      if (part) lines.at(-1).push([kind, part]);
    });
  };
  let end = 0;
  for (const token of tokens(text)) {
    add("", text.slice(end, token.start));
    add(token.kind, token.text);
    end = token.end;
  }
  add("", text.slice(end));
  return lines;
}

/** How many items at the start and at the end two lists share. */
function changed(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [start, end];
}

function line(parts, wrong) {
  const children = parts.map(([kind, text]) => (kind ? element("span", { class: `t-${kind}` }, text) : text));
  return element("div", { class: wrong ? "line wrong" : "line" }, ...children, "\n");
}

function number(value, wrong) {
  return element("div", { class: wrong ? "wrong" : "" }, String(value));
}
