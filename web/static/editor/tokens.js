/** Reads SPARQL as tokens, for colours, prefixes and completion. An unfinished text is read as far as it goes. */

const KEYWORDS = `a as ask asc ask base bind by clear construct describe desc distinct exists false filter from graph
  group having in insert delete limit minus named not offset optional order prefix reduced select separator service
  silent true undef union using values where with`.split(/\s+/);

const TOKEN = new RegExp(
  [
    String.raw`(?<comment>#[^\n]*)`,
    String.raw`(?<string>"""(?:"{0,2}(?:[^"\\]|\\[^]))*(?:"""|"{0,2}$)|'''(?:'{0,2}(?:[^'\\]|\\[^]))*(?:'''|'{0,2}$)` +
      String.raw`|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)`,
    String.raw`(?<iri><[a-z][a-z0-9+.-]*:[^<>"{}|^\x60\\\s]*>?|<[^<>"{}|^\x60\\\s]*>)`,
    String.raw`(?<variable>[?$][\p{L}\p{N}_]+)`,
    String.raw`(?<name>_:[\p{L}\p{N}_]+|(?:\p{L}[\p{L}\p{N}_-]*(?:\.[\p{L}\p{N}_-]+)*)?:` +
      String.raw`(?:[\p{L}\p{N}_:%~-]|\\.|\.(?=[\p{L}\p{N}_:%\\-]))*)`,
    String.raw`(?<tag>@[a-z]+(?:-[a-z0-9]+)*)`,
    String.raw`(?<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_]*)`,
    String.raw`(?<mark>\S)`,
  ].join("|"),
  "giu",
);

/** The tokens of a text: `kind`, `text`, `start` and `end` of each. Space between them is left out. */
export function tokens(text) {
  return Array.from(text.matchAll(TOKEN), (match) => {
    const [kind] = Object.entries(match.groups).find(([, value]) => value !== undefined);
    return { kind: kind === "word" ? kindOfWord(text, match) : kind, text: match[0], start: match.index, end: match.index + match[0].length };
  });
}

function kindOfWord(text, match) {
  if (KEYWORDS.includes(match[0].toLowerCase())) return "keyword";
  return /^\s*\(/.test(text.slice(match.index + match[0].length, match.index + match[0].length + 40)) ? "call" : "word";
}

/** The token that ends at or spans the offset, or undefined, with the one before it as `before`. */
export function tokenAt(text, offset) {
  const all = tokens(text);
  const index = all.findIndex((token) => token.start < offset && offset <= token.end);
  return index < 0 ? undefined : { ...all[index], before: all[index - 1] };
}
