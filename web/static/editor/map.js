/** A map of the United Kingdom with the rows that have coordinates. The table beside it says the same. */
import { element, plural, svg } from "./dom.js";
import { nameColumn } from "./figures.js";

const OUTLINE = "/static/uk-outline.svg#uk";
const BOX = { x: -490, y: -6100, width: 610, height: 1120 };
const SQUEEZE = Math.cos((54.5 * Math.PI) / 180); // as the outline was drawn
const MOST_POINTS = 500;

/** The map as a figure, or nothing where no row has coordinates within it. */
export function map(columns) {
  const found = coordinates(columns);
  if (!found) return undefined;
  const names = nameColumn(columns, found.columns);
  const links = columns.find((column) => column.cells.some((cell) => cell.link));
  const points = found.pairs
    .map((pair, index) => pair && { ...position(pair), name: names?.cells[index].text || `Row ${index + 1}`, link: links?.cells[index].link })
    .filter(Boolean);
  const inside = points.filter(isInside).slice(0, MOST_POINTS);
  return inside.length ? draw(inside, points.length - inside.length) : undefined;
}

function coordinates(columns) {
  const named = (pattern) => columns.find((column) => column.number && pattern.test(column.name));
  const lat = named(/^lat(itude)?$/i);
  const long = named(/^(lng|lon|long|longitude)$/i);
  if (lat && long) {
    const pairs = lat.cells.map((cell, index) => cell.text && long.cells[index].text && [Number(long.cells[index].text), Number(cell.text)]);
    return { columns: [lat, long], pairs };
  }
  const point = /^\s*(?:<[^>]*>\s*)?POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)\s*$/i;
  const wkt = columns.find((column) => column.cells.some((cell) => point.test(cell.text)));
  return wkt && { columns: [wkt], pairs: wkt.cells.map((cell) => point.exec(cell.text)?.slice(1).map(Number)) };
}

function position([long, lat]) {
  return { x: long * 100 * SQUEEZE, y: -lat * 100 };
}

function isInside({ x, y }) {
  return x >= BOX.x && x <= BOX.x + BOX.width && y >= BOX.y && y <= BOX.y + BOX.height;
}

function draw(points, outside) {
  const here = element("p", { class: "map-here", "aria-hidden": "true" }, "\u00a0");
  const nodes = points.map((point) => node(point, here));
  const picture = svg(
    "svg",
    { class: "map", viewBox: Object.values(BOX).join(" "), role: "group", "aria-label": `Map: ${plural(points.length, "place")}. The table has the same places.` },
    svg("use", { href: OUTLINE, class: "map-land" }),
    ...nodes,
  );
  oneStop(picture, nodes);
  const others = outside ? `${plural(outside, "row")} with coordinates elsewhere ${outside === 1 ? "is" : "are"} in the table alone. ` : "";
  return element(
    "figure",
    { class: "answer-figure answer-map" },
    element(
      "figcaption",
      {},
      `${plural(points.length, "place")} on the map`,
      element("span", { class: "quiet" }, `${others}Arrow keys move from one to the next.`),
    ),
    picture,
    here,
    element("p", { class: "quiet" }, "Outline: ONS boundaries, Open Government Licence v3.0. Contains OS data © Crown copyright and database right."),
  );
}

function node({ x, y, name, link }, here) {
  const show = () => here.replaceChildren(name);
  const attributes = { class: "map-point", "aria-label": name, tabindex: -1, focus: show, pointerenter: show };
  const circle = svg("circle", { cx: x, cy: y, r: 9 }, svg("title", {}, name));
  return link ? svg("a", { ...attributes, href: link }, circle) : svg("g", { ...attributes, role: "img" }, circle);
}

/** The points are one stop of the Tab key; arrow keys move among them, north to south. */
function oneStop(picture, nodes) {
  const place = (point) => Number(point.firstChild.getAttribute("cy"));
  const inOrder = [...nodes].sort((one, other) => place(one) - place(other));
  inOrder[0].setAttribute("tabindex", 0);
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const from = inOrder.indexOf(document.activeElement);
    const to = event.key === "Home" ? 0 : event.key === "End" ? inOrder.length - 1 : from + step;
    if (from < 0 || !inOrder[to]) return;
    event.preventDefault();
    inOrder[from].setAttribute("tabindex", -1);
    inOrder[to].setAttribute("tabindex", 0);
    inOrder[to].focus();
  });
}
