/** Changes the text of a field as if it were typed, so that undo keeps working. */

/** Replaces what is between two offsets and leaves the caret behind it. */
export function replaceText(field, start, end, text) {
  field.focus();
  field.setSelectionRange(start, end);
  // The only way to change a field and keep its undo; where it is missing the change is still made.
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, start, end, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
  }
}

/** Inserts whole lines at an offset; selection and scroll stay with the text they were on. */
export function insertLines(field, offset, lines) {
  const { selectionStart, selectionEnd, scrollTop, scrollLeft } = field;
  const moved = (place) => (place >= offset ? place + lines.length : place);
  replaceText(field, offset, offset, lines);
  field.setSelectionRange(moved(selectionStart), moved(selectionEnd));
  field.scrollLeft = scrollLeft;
  field.scrollTop = scrollTop ? scrollTop + (lines.split("\n").length - 1) * parseFloat(getComputedStyle(field).lineHeight) : 0;
}

/** The offset of a line and column, which count from 1. */
export function offsetOf(text, line, column) {
  const before = text.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  return Math.min(before + column - 1, text.length);
}
