/** The terms of the graph with their labels and counts, and the search in them. */

const KINDS = { classes: "class", properties: "property", concepts: "concept" };

export class Terms {
  /** `found` has a list of `iri`, `label` and `count` for each kind of term. */
  constructor(found, prefixes) {
    this.items = Object.entries(KINDS).flatMap(([list, kind]) => (found[list] ?? []).map((term) => readTerm(term, kind, prefixes)));
    this.items.sort((one, other) => other.count - one.count);
  }

  static async load(prefixes) {
    const response = await fetch("/void/terms.json");
    if (!response.ok) throw new Error(`The terms cannot be had: ${response.status}`);
    return new Terms(await response.json(), prefixes);
  }

  /** The terms that fit what was typed, best first: `prefix:part of a name`, or part of a label. */
  search(typed, most = 40) {
    const [, prefix, rest] = /^(?:([^:]*):)?(.*)$/s.exec(typed.toLowerCase());
    return this.items
      .filter((item) => prefix === undefined || item.prefix === prefix)
      .map((item) => ({ item, rank: rank(item, rest) }))
      .filter((found) => found.rank < 4)
      .sort((one, other) => one.rank - other.rank)
      .slice(0, most)
      .map((found) => found.item);
  }
}

function readTerm({ iri, label, count }, kind, prefixes) {
  const written = prefixes.write(iri);
  const [prefix, name = ""] = written.startsWith("<") ? ["", iri] : written.split(/:(.*)/s);
  const words = label ?? name;
  return { kind, count, written, label: words, prefix: prefix.toLowerCase(), name: name.toLowerCase(), words: words.toLowerCase() };
}

function rank({ name, words }, typed) {
  if (name.startsWith(typed)) return 0;
  if (words.startsWith(typed)) return 1;
  if (words.includes(` ${typed}`) || name.includes(`-${typed}`)) return 2;
  return words.includes(typed) || name.includes(typed) ? 3 : 4;
}
