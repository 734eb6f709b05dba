/** A bar chart of one column of text and one of numbers. The table beside it says the same. */
import { element, svg } from "./dom.js";
import { nameColumn } from "./figures.js";

const MOST_BARS = 60;
const ROW = 44;
const LABEL = 16;
const BAR = 14;

/** The chart as a figure, or nothing where the columns do not fit: one of text, one of numbers, IRIs aside. */
export function chart(columns) {
  const numbers = columns.filter((column) => column.number);
  const texts = columns.filter((column) => !column.number && !column.iri);
  const name = nameColumn(columns);
  const rows = name?.cells.length ?? 0;
  if (numbers.length !== 1 || texts.length > 1 || !name || rows < 2 || rows > MOST_BARS) return undefined;
  if (!texts.length && columns.length > 2) return undefined;
  const bars = name.cells
    .map((cell, index) => ({ label: cell.text, text: numbers[0].cells[index].text, value: Number(numbers[0].cells[index].text) }))
    .filter((bar) => bar.text && Number.isFinite(bar.value));
  return bars.length < 2 ? undefined : draw(bars, `${numbers[0].name} by ${name.name}`);
}

function draw(bars, title) {
  const low = Math.min(0, ...bars.map((bar) => bar.value));
  const high = Math.max(0, ...bars.map((bar) => bar.value));
  const share = (value) => (high > low ? (value / (high - low)) * 84 : 0); // the rest is room for the number
  const zero = share(-low);
  const rows = bars.map((bar, index) => {
    const width = Math.abs(share(bar.value));
    const left = bar.value < 0 ? zero - width : zero;
    const top = index * ROW + LABEL + 4;
    return svg(
      "g",
      {},
      svg("title", {}, `${bar.label}: ${bar.text}`),
      svg("text", { class: "chart-label", x: 0, y: index * ROW + LABEL - 2 }, bar.label),
      svg("rect", { class: bar.value < 0 ? "chart-bar minus" : "chart-bar", x: `${left}%`, y: top, width: `${width}%`, height: BAR }),
      svg("text", { class: "chart-value", x: `${left + width}%`, dx: 6, y: top + BAR - 2 }, bar.value.toLocaleString("en-GB")),
    );
  });
  const picture = svg(
    "svg",
    { class: "chart", width: "100%", height: bars.length * ROW, role: "img", "aria-label": `Bar chart: ${title}. The table has the same numbers.` },
    svg("line", { class: "chart-zero", x1: `${zero}%`, x2: `${zero}%`, y1: 0, y2: bars.length * ROW }),
    ...rows,
  );
  return element("figure", { class: "answer-figure" }, element("figcaption", {}, title), picture);
}
