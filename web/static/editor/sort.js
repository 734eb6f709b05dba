/** Makes the columns of a table sortable by buttons in their heads. */
import { element } from "./dom.js";

const words = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });

/** `say` tells the new order to those who listen. */
export function sortable(table, say) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const name = head.textContent;
    const sort = () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      order(table.tBodies[0], column, down);
      say(`The rows shown are sorted by ${name}, ${down ? "descending" : "ascending"}.`);
    };
    head.replaceChildren(element("button", { type: "button", class: "sort", click: sort }, name));
  });
}

function order(body, column, down) {
  const rows = [...body.rows].map((row) => ({ row, text: row.cells[column].textContent }));
  const numeric = rows.every(({ row, text }) => !text || row.cells[column].classList.contains("num"));
  const compare = numeric ? (one, other) => one.text - other.text : (one, other) => words.compare(one.text, other.text);
  const sign = down ? -1 : 1;
  // What is missing stays at the end in both directions.
  rows.sort((one, other) => !one.text - !other.text || sign * compare(one, other));
  body.append(...rows.map(({ row }) => row));
}
