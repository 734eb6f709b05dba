/** The terms of the graph with their labels and counts, and the search in them. */

export class Terms {
  constructor(items, prefixes) {
    this.items = items.map((item) => {
      const written = prefixes.write(item.iri);
      const [prefix, name = ""] = written.startsWith("<") ? ["", written] : written.split(/:(.*)/s);
      return { ...item, written, prefix: prefix.toLowerCase(), name: name.toLowerCase(), words: item.label.toLowerCase() };
    });
    this.items.sort((one, other) => other.count - one.count);
  }

  static async load(prefixes) {
    const response = await fetch("/void/terms.json");
    return new Terms(response.ok ? await response.json() : [], prefixes);
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

function rank({ name, words }, typed) {
  if (name.startsWith(typed)) return 0;
  if (words.startsWith(typed)) return 1;
  if (words.includes(` ${typed}`) || name.includes(`-${typed}`)) return 2;
  return words.includes(typed) || name.includes(typed) ? 3 : 4;
}
