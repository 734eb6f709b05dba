/** Reads a table as columns, and says which figure fits it. */

/** The columns of a table: `name`, `cells` (text, link), and whether they are all numbers or all IRIs. */
export function columnsOf(table) {
  const rows = [...table.tBodies[0].rows];
  return [...table.tHead.rows[0].cells].map((head, index) => {
    const nodes = rows.map((row) => row.cells[index]);
    const filled = nodes.filter((node) => node.textContent);
    return {
      name: head.textContent.trim(),
      cells: nodes.map((node) => ({ text: node.textContent, link: node.querySelector("a")?.href })),
      number: filled.length > 0 && filled.every((node) => node.classList.contains("num")),
      iri: filled.length > 0 && filled.every((node) => node.classList.contains("iri")),
    };
  });
}

/** The column that names the rows: the first text, else the first IRI. */
export function nameColumn(columns, besides = []) {
  const rest = columns.filter((column) => !column.number && !besides.includes(column));
  return rest.find((column) => !column.iri) ?? rest[0];
}
