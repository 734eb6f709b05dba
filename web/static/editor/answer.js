/** What the script adds to an answer that the server has rendered: order, figures, and buttons. */
import { chart } from "./chart.js";
import { element } from "./dom.js";
import { columnsOf } from "./figures.js";
import { map } from "./map.js";
import { copyButton, shareable } from "./share.js";
import { sortable } from "./sort.js";

/** `say` tells a new order to those who listen; `go` takes the caret to a line and column. */
export function enhance(place, say, go) {
  const table = place.querySelector("table.plain");
  if (table) {
    const columns = columnsOf(table);
    const drawn = map(columns);
    const figure = drawn ?? chart(columns);
    if (figure) table.closest(".scroll").before(figure);
    if (drawn) figure.parentElement.classList.add("has-map");
    sortable(table, say);
  }
  place.querySelectorAll("form.share").forEach(shareable);
  for (const snippet of place.querySelectorAll(".snippet")) {
    snippet.append(copyButton("Copy", () => snippet.querySelector("code").textContent));
  }
  const { line, column } = place.querySelector("#query-fault")?.dataset ?? {};
  if (Number(line)) {
    const button = element("button", { type: "button", class: "second" }, `Go to line ${line}, column ${column}`);
    button.addEventListener("click", () => go(Number(line), Number(column)));
    place.querySelector("#query-fault").append(button);
  }
}
