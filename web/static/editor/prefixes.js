/** Declares the known prefixes that a query uses. */
import { insertLines } from "./text.js";
import { tokenAt, tokens } from "./tokens.js";

export class Prefixes {
  /** `known` maps a prefix to its namespace. */
  constructor(known) {
    this.known = known;
    this.byLength = Object.entries(known).sort((one, other) => other[1].length - one[1].length);
  }

  static async load() {
    const response = await fetch("/sparql/prefixes.json");
    return new Prefixes(response.ok ? await response.json() : {});
  }

  /** An IRI as it is written in a query: with a prefix where its last part allows, otherwise in full. */
  write(iri) {
    for (const [prefix, namespace] of this.byLength) {
      const local = iri.startsWith(namespace) ? iri.slice(namespace.length) : "";
      if (/^[A-Za-z0-9_](?:[\w.-]*[\w-])?$/.test(local)) return `${prefix}:${local}`;
    }
    return `<${iri}>`;
  }

  /**
   * Adds a PREFIX line above the others for each known prefix that is used and not declared; returns their names.
   * While someone writes, only for the name at the caret: elsewhere a line may be unfinished.
   */
  declare(field, atCaret) {
    const text = field.value;
    const { missing: all, first } = this.wanted(tokens(text));
    const here = atCaret ? tokenAt(text, field.selectionStart)?.text.split(":")[0] : undefined;
    const missing = atCaret ? all.filter((name) => name === here) : all;
    if (missing.length) {
      const lines = missing.map((name) => `PREFIX ${name}: <${this.known[name]}>\n`).join("");
      const offset = first ? text.lastIndexOf("\n", first.start) + 1 : 0;
      insertLines(field, offset, first || /^\s*\n/.test(text) ? lines : `${lines}\n`);
    }
    return missing;
  }

  /** The prefixes to add, and the token of the first PREFIX that there is. */
  wanted(all) {
    const declared = new Set();
    const used = new Set();
    let first;
    all.forEach((token, index) => {
      if (token.kind !== "name") return;
      const prefix = token.text.slice(0, token.text.indexOf(":"));
      const declares = all[index - 1]?.text.toLowerCase() === "prefix";
      (declares ? declared : used).add(prefix);
      if (declares) first ??= all[index - 1];
    });
    return { missing: [...used].filter((name) => !declared.has(name) && Object.hasOwn(this.known, name)), first };
  }
}
