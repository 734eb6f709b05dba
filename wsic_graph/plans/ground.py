"""What a plan is drafted on: the graph, the measures of councils, and the words for what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from wsic_graph.answers import Iri, Row
from wsic_graph.namespaces import ID, SCHEME
from wsic_graph.places.measures import Table
from wsic_graph.places.neighbours import Neighbour, nearest
from wsic_graph.places.statistics import ENGLAND, Series, codes, read_series
from wsic_graph.plans.model import Blank, Fact, Mark, Stance, Statement
from wsic_graph.prefill.facts import Rows

_WEAKEST: tuple[Mark, ...] = ("modelled", "recalled", "derived", "verified")
_SHOWN = 3


class Say(Protocol):
    """Words of a template by their name, with the values that stand in them."""

    def __call__(self, key: str, /, **values: Any) -> str:
        """The words, as plain text."""
        ...


def mark_of(value: object) -> Mark:
    """The mark of a basis, given by its IRI or slug."""
    slug = value.slug if isinstance(value, Iri) else str(value or "")
    return next((mark for mark in _WEAKEST if mark == slug), "")


def weakest(facts: Sequence[Fact]) -> Mark:
    """The weakest mark of facts."""
    marks = {fact.mark for fact in facts}
    return next((mark for mark in _WEAKEST if mark in marks), "")


@dataclass
class Ground:
    """Everything that drafting asks, for one council."""

    rows: Rows
    table: Table
    compared: Callable[[list[Iri]], list[Row]]
    say: Say
    area: Iri
    name: str
    last: str
    """Last day of the planning period; guidance of later years comes behind that of its own time."""
    first: str = ""
    """First day of the planning period."""
    used: dict[str, Fact] = field(default_factory=dict)
    """Sources that statements rest on, by IRI."""

    # ------------------------------------------------------------- places

    @cached_property
    def neighbours(self) -> list[Neighbour]:
        """The councils most like this one."""
        return nearest(self.table, self.area, self.table.usual)

    @cached_property
    def codes(self) -> str:
        """The codes of this council and its neighbours, as queries take them."""
        return codes([self.area, *(one.council.iri for one in self.neighbours)])

    @cached_property
    def series(self) -> dict[tuple[str, str], Series]:
        """Rates here, in the middle of the neighbours and in England, by indicator and age band."""
        areas = [self.area, *(one.council.iri for one in self.neighbours)]
        found = read_series(self.compared(areas), self.area, ENGLAND)
        return {(indicator.slug, band.slug): one for (indicator, band), one in found.items()}

    # -------------------------------------------------------------- facts

    @cached_property
    def _sources(self) -> dict[str, Row]:
        return {str(row["source"]): row for row in self.rows("calculator/sources")}

    def cited(self, source: object) -> str:
        """How a source is cited."""
        row = self._sources.get(str(source))
        if row is None:
            return Iri(str(source)).slug
        return ", ".join(str(part) for part in (row["publisher"] or row["title"], row["year"]) if part)

    def fact(self, label: str, iri: object, query: str, mark: object = "", **values: str) -> Fact:
        """A fact that the saved query ``query`` gives for ``values``."""
        return Fact(label=label, iri=str(iri or ""), query=query, values=values, mark=mark_of(mark))

    def statistic(self, label: str, source: object, mark: object) -> Fact:
        """A fact of the comparison of areas; ``source`` is the publication it comes from."""
        found = self.fact(f"{self.cited(source)}: {label}", source, "pages/area-comparison", mark, areas=self.codes)
        self.use(source)
        return found

    def use(self, source: object) -> None:
        """Remember that the plan rests on ``source``."""
        iri = str(source or "")
        if iri:
            row = self._sources.get(iri)
            label = self.say("source", row=row) if row else self.cited(iri)
            self.used.setdefault(iri, Fact(label=label, iri=iri, query="calculator/sources"))

    # ---------------------------------------------------------- statements

    def state(
        self,
        name: str,
        key: str,
        /,
        facts: Sequence[Fact] = (),
        *,
        mark: Mark | None = None,
        stance: Stance = "",
        **values: Any,
    ) -> Statement:
        """The statement ``name`` in the words ``key``; its mark is that of the weakest fact unless given."""
        text = self.say(key, area=self.name, **values)
        return Statement(
            id=name, text=text, facts=tuple(facts), mark=weakest(facts) if mark is None else mark, stance=stance
        )

    def blank(self, name: str, ask: str, who: str, elements: str = "") -> Blank:
        """What local people have to say; ``elements`` of resources, with ``|`` between, tell where to look."""
        return Blank(id=name, ask=ask, who=self.say(f"who_{who}"), look=self.look(elements))

    def look(self, elements: str, most: int = _SHOWN) -> tuple[Fact, ...]:
        """Guidance of the graph: what was current in the period first, the newest first."""
        if not elements:
            return ()
        found = [row for row in self.rows("pages/resources", element=elements, version="newest") if row["year"]]
        guides = sorted(found, key=lambda row: (str(row["year"]) > self.last[:4], str(row["typeLabel"]) not in _GUIDES))
        return tuple(
            self.fact(
                self.say("resource", row=row), row["resource"], "pages/resources", row["basis"],
                element=elements, version="newest",
            )
            for row in guides[:most]
        )  # fmt: skip

    def concept(self, scheme: Literal["intervention", "outcome", "care-group"], slug: str) -> str:
        """The IRI of a concept."""
        return f"{SCHEME}{scheme}/{slug}"

    def record(self, kind: str, slug: str) -> str:
        """The IRI of a record."""
        return f"{ID}{kind}/{slug}"


_GUIDES = frozenset({"Guidance", "Guide", "Framework", "Toolkit", "Policy", "Template", "Agreement", "Tool"})
