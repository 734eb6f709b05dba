"""Evidence sources for reference managers: RIS, BibTeX and CSL-JSON.

Only what the graph holds is written: no volume, pages or date of access, because it
knows none. A list of authors that ends in "et al." stays an open list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

import rispy
from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.model import Entry, Field
from pylatexenc.latexencode import unicode_to_latex

from wsic_graph.answers import Iri, Row
from wsic_graph.formats import Format

_PERSON = re.compile(r"(?P<family>[^&]*[^\W\d_]) (?P<initials>[A-Z]{1,3}(?:-[A-Z])?)")
_JOINED = re.compile(r"\b(and|for|of)\b")
_OPEN = "et al."
_OPEN_NOTE = "Further authors are not named in the record."


@dataclass(frozen=True)
class Author:
    """A person with a family name and initials, or a body whose whole name is ``family``."""

    family: str
    initials: str = ""

    @property
    def given(self) -> str:
        """Initials with full stops: ``D. C.``."""
        return " ".join(f"{letter}." for letter in self.initials if letter != "-")


@dataclass(frozen=True)
class Citation:
    """What is known of a publication. ``journal`` says that ``published_in`` is one; else it may be a body."""

    iri: Iri
    title: str
    authors: tuple[Author, ...]
    more_authors: bool
    published_in: str
    journal: bool
    year: str
    doi: str
    url: str
    abstract: str
    keywords: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where it can be read, or an empty string."""
        return self.url or (f"https://doi.org/{self.doi}" if self.doi else "")


def read_authors(text: str) -> tuple[tuple[Author, ...], bool]:
    """The authors of "Roland M, Lewis R, et al." and whether there are more. A body is one author."""
    if not text:
        return (), False
    people = [part.strip() for part in text.split(",")]
    more = people[-1] == _OPEN
    named = people[:-1] if more else people
    matches = [_PERSON.fullmatch(name) for name in named]
    if named and all(match and not _JOINED.search(match["family"]) for match in matches):
        return tuple(Author(match["family"], match["initials"]) for match in matches if match), more
    return (Author(text.removesuffix(f", {_OPEN}")),), more


def read_citations(rows: Iterable[Row]) -> dict[str, Citation]:
    """The citations in the rows of the query ``pages/citations``, by slug and in their order."""
    found: dict[str, Citation] = {}
    for row in rows:
        iri = row["evidence"]
        assert isinstance(iri, Iri)
        if iri.slug not in found:
            found[iri.slug] = _citation(iri, row)
        if row["keyword"]:
            citation = found[iri.slug]
            found[iri.slug] = replace(citation, keywords=(*citation.keywords, str(row["keyword"])))
    return found


def _citation(iri: Iri, row: Row) -> Citation:
    authors, more = read_authors(_line(row["creator"]))
    return Citation(
        iri,
        title=_line(row["title"]),
        authors=authors,
        more_authors=more,
        published_in=_line(row["publisher"]),
        journal=row["periodical"] is True,
        year=str(row["year"]),
        doi=_line(row["doi"]),
        url=str(row["url"] or ""),
        abstract=_line(row["abstract"]),
    )


def _line(value: object) -> str:
    """A text in one line: in RIS a new line begins another field, or another entry."""
    return " ".join(str(value or "").split())


def to_ris(citations: Collection[Citation]) -> str:
    """RIS: an article (JOUR) in a journal, everything else of the general type (GEN)."""
    entries: list[dict[str, Any]] = []
    for item in citations:
        entry: dict[str, Any] = {
            "type_of_reference": "JOUR" if item.journal else "GEN",
            "id": item.iri.slug,
            "title": item.title,
            "authors": [", ".join(filter(None, (author.family, author.given))) for author in item.authors],
            "year": item.year,
            "secondary_title" if item.journal else "publisher": item.published_in,
            "doi": item.doi,
            "urls": [item.address] if item.address else [],
            "abstract": item.abstract,
            "keywords": list(item.keywords),
            "notes": [item.iri, *([_OPEN_NOTE] if item.more_authors else [])],
        }
        entries.append({name: value for name, value in entry.items() if value})
    return str(rispy.dumps(entries))


_NO_BRACES = str.maketrans("{}", "()")
"""What stands in BibTeX as it is has no braces: one too many ends a field, and others could follow."""


def to_bibtex(citations: Collection[Citation]) -> str:
    """BibTeX: ``@article`` in a journal, else ``@misc``; bodies stand in braces, text is escaped for LaTeX."""
    library = Library()
    for item in citations:
        names = [_latex(f"{a.family}, {a.given}") if a.initials else f"{{{_latex(a.family)}}}" for a in item.authors]
        fields = {
            "title": f"{{{_latex(item.title)}}}",
            "author": " and ".join([*names, *(["others"] if item.more_authors else [])]),
            "journal" if item.journal else "publisher": _latex(item.published_in),
            "year": item.year,
            "doi": item.doi.translate(_NO_BRACES),
            "url": item.address.translate(_NO_BRACES),
            "abstract": _latex(item.abstract),
            "keywords": _latex(", ".join(item.keywords)),
            "note": _latex(item.iri),
        }
        kept = [Field(name, value) for name, value in fields.items() if value]
        library.add(Entry("article" if item.journal else "misc", item.iri.slug, kept))
    return str(write_string(library))


def to_csl(citations: Collection[Citation]) -> str:
    """CSL-JSON: an array of items, as the Citation Style Language 1.0.2 describes them."""
    items: list[dict[str, Any]] = []
    for item in citations:
        names = [{"family": a.family, "given": a.given} if a.initials else {"literal": a.family} for a in item.authors]
        entry = {
            "id": item.iri.slug,
            "type": "article-journal" if item.journal else "document",
            "title": item.title,
            "author": names,
            "container-title" if item.journal else "publisher": item.published_in,
            "issued": {"date-parts": [[int(item.year)]]} if item.year.isdigit() else {},
            "DOI": item.doi,
            "URL": item.address,
            "abstract": item.abstract,
            "keyword": ", ".join(item.keywords),
            "note": f"{item.iri}{'. ' + _OPEN_NOTE if item.more_authors else ''}",
        }
        items.append({name: value for name, value in entry.items() if value})
    return json.dumps(items, ensure_ascii=False, indent=1)


def _latex(text: str) -> str:
    return str(unicode_to_latex(text, unknown_char_policy="keep", unknown_char_warning=False))


FORMS: dict[str, tuple[Format, Callable[[Collection[Citation]], str]]] = {
    "ris": (Format("ris", "application/x-research-info-systems", "RIS"), to_ris),
    "bib": (Format("bib", "application/x-bibtex", "BibTeX"), to_bibtex),
    "csl.json": (Format("csl.json", "application/vnd.citationstyles.csl+json", "CSL-JSON"), to_csl),
}
"""The formats by the suffix of their addresses, and what writes them."""
