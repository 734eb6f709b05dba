"""What people type, read as what to look for. Nothing they type is an error.

``falls "care home" -dementia`` asks for records with the word falls (or one of the
same stem), the phrase care home, and without dementia. A name of a concept stands
for all its names: ED finds A&E. A star after a word finds every word that begins so.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

LONGEST = 300
"""Characters of a search that are read."""
_MOST_TERMS = 24
_PIECE = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_SHARED = 3
"""Names that two concepts have in common when they are looked for as one."""
_TOKEN = re.compile(r"[^\W_]+")
_SMALL_WORDS = """
a about an and are as at be by did do does for from had has have how i in is it its of on or our that the their there
they this to was we were what when where which who why will with you your
"""
SMALL = frozenset(_SMALL_WORDS.split())
"""Words that say nothing alone; they count inside a phrase or a name."""

Tokens = tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """What a record must have: one of ``phrases``; in the last word of the first, only the beginning if ``begins``."""

    phrases: tuple[Tokens, ...]
    begins: bool = False

    @property
    def expression(self) -> str:
        """The term in the language of FTS5. Only letters and digits stand between the quotation marks."""
        written = [f'"{" ".join(phrase)}"{"*" if self.begins else ""}' for phrase in self.phrases]
        return f"({' OR '.join(written)})"


@dataclass(frozen=True)
class Wanted:
    """A search: every one of ``terms`` and none of ``without``. ``words`` are the single words among the terms."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    words: Tokens = ()

    def __bool__(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.terms or self.without)

    @property
    def expression(self) -> str:
        """All of the terms, for FTS5; empty if there are none."""
        return " AND ".join(term.expression for term in self.terms)

    @property
    def own_expression(self) -> str:
        """All of the terms as they were typed, without other names."""
        return " AND ".join(Term(term.phrases[:1], term.begins).expression for term in self.terms)

    @property
    def any_expression(self) -> str:
        """At least one of the terms, for FTS5."""
        return " OR ".join(term.expression for term in self.terms)

    def begun(self) -> Wanted:
        """The same search with the last word as the beginning of one."""
        if not self.terms or len(self.terms[-1].phrases[0][-1]) < 2:
            return self
        last = Term(self.terms[-1].phrases, True)
        return Wanted((*self.terms[:-1], last), self.without, self.words)


def tokens_of(text: str) -> list[str]:
    """The words of ``text`` in small letters and without accents, as the index tells them apart."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return _TOKEN.findall(bare.lower())


def read_words(text: str, synonyms: Mapping[Tokens, Sequence[Tokens]]) -> Wanted:
    """What ``text`` looks for. ``synonyms`` has all names of a concept by each of them (:func:`sound_of`)."""
    terms: list[Term] = []
    without: list[Term] = []
    words: list[str] = []
    run: list[str] = []

    def end_run() -> None:
        terms.extend(_with_names(run, synonyms))
        run.clear()

    for piece in _PIECE.finditer(text[:LONGEST]):
        phrase, word = piece["phrase"], piece["word"]
        found = tokens_of(phrase if phrase is not None else word)
        if not found:
            continue
        if piece["minus"]:
            without.append(Term((tuple(found),)))
        elif phrase is not None:
            end_run()
            terms.append(Term((tuple(found),)))
        elif word.endswith("*"):
            end_run()
            terms.append(Term((tuple(found),), True))
        else:
            words += found
            run += found
    end_run()
    return Wanted(_telling(terms)[:_MOST_TERMS], tuple(without[:_MOST_TERMS]), tuple(words))


def _with_names(run: Sequence[str], synonyms: Mapping[Tokens, Sequence[Tokens]]) -> Iterable[Term]:
    """The words of ``run``, the longest names of concepts in it as all names of these."""
    longest = max(map(len, synonyms), default=1)
    start = 0
    while start < len(run):
        for end in range(min(len(run), start + longest), start, -1):
            names = synonyms.get(sound_of(run[start:end]))
            if names:
                own = tuple(run[start:end])
                yield Term((own, *(name for name in names if name != own)))
                break
        else:
            end = start + 1
            yield Term(((run[start],),))
        start = end


def _telling(terms: Sequence[Term]) -> tuple[Term, ...]:
    """``terms`` without small words, unless there are no others."""
    telling = [term for term in terms if term.phrases[0][0] not in SMALL or len(term.phrases[0]) > 1]
    return tuple(telling or terms)


def sound_of(tokens: Iterable[str]) -> Tokens:
    """A name so that singular and plural are the same."""
    return tuple(token[:-1] if len(token) > 3 and token.endswith("s") else token for token in tokens)


def meanings(names: Iterable[tuple[str, str]]) -> dict[str, list[int]]:
    """The numbers of the meanings of each name, from pairs of a concept and a name of it.

    A concept is a meaning. Concepts that share several names (a department and the
    attendances there) are one, so that each of these names finds the same.
    """
    named: dict[str, dict[Tokens, str]] = {}
    for concept, name in names:
        tokens = tokens_of(name)
        named.setdefault(concept, {}).setdefault(sound_of(tokens), " ".join(tokens))
    carriers: dict[Tokens, list[str]] = {}
    for concept, own in sorted(named.items()):
        for sound in own:
            carriers.setdefault(sound, []).append(concept)
    shared = Counter(pair for found in carriers.values() for pair in combinations(found, 2))
    one = {concept: concept for concept in named}
    for (first, second), count in sorted(shared.items()):
        if count >= _SHARED:
            kept, merged = one[first], one[second]
            one = {concept: kept if of == merged else of for concept, of in one.items()}
    numbers = {concept: number for number, concept in enumerate(sorted(set(one.values())))}
    found: dict[str, set[int]] = {}
    for concept, own in named.items():
        for name in own.values():
            found.setdefault(name, set()).add(numbers[one[concept]])
    return {name: sorted(of) for name, of in sorted(found.items()) if name}
