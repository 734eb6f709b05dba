"""The numbers of a scenario as a page lists them: what each is, where it is from and what you put in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from wsic_graph.prefill import Asked, Assumption, Prefilled, Verdict
from wsic_graph.queries import get_query
from wsic_graph.runs.changes import named
from wsic_graph.service.calculator_known import Cited, Known
from wsic_graph.service.links import address, page_of
from wsic_graph.service.words import money, number

GROUPS = {
    "people": "People",
    "reach": "Reach: who is offered it and who takes part",
    "cost": "Cost of the programme",
    "cashable": "What could become cash",
    "effects": "Effects",
    "activity": "Activity without the programme",
    "prices": "Prices",
    "run": "The run",
}
"""The groups of numbers in the order in which they are shown, with their headings."""
_OF_OUTCOME = {"baseline": "activity", "growth": "activity", "ceiling": "activity", "fed_by": "activity"}
_OF_SERVICE = {"effects": "effects", "cost": "cost"}
_FIXED = frozenset({"/settings/horizon"})


@dataclass(frozen=True)
class Query:
    """A saved query with the values it was given, as a link."""

    href: str
    summary: str


@dataclass(frozen=True)
class Line:
    """A number of the scenario as it is shown."""

    key: str
    """JSON pointer with the parts of lists by their id."""
    item: Assumption
    shown: str
    figures: tuple[tuple[str, str], ...]
    """Label and page of each figure it rests on."""
    sources: tuple[Cited, ...]
    queries: tuple[Query, ...]

    @property
    def fixed(self) -> bool:
        """Whether it is chosen elsewhere and cannot be changed here."""
        return self.key in _FIXED

    @property
    def name(self) -> str:
        """The name of its field in the form."""
        return f"set:{self.key}"

    @property
    def id(self) -> str:
        """The ``id`` of its row."""
        return "n" + "".join(sign if sign.isalnum() else "-" for sign in self.key)


@dataclass
class Group:
    """Numbers that belong together, by what they are about."""

    id: str
    label: str
    parts: dict[str, list[Line]] = field(default_factory=dict)

    @property
    def lines(self) -> list[Line]:
        """All of them."""
        return [line for lines in self.parts.values() for line in lines]

    @property
    def changed(self) -> int:
        """How many you changed."""
        return sum(line.item.changed for line in self.lines)


def groups_of(prefilled: Prefilled, known: Known) -> list[Group]:
    """The numbers of a scenario by group, each group with what its numbers are about."""
    labels = known.labels
    found = {name: Group(name, label) for name, label in GROUPS.items()}
    for item in prefilled.assumptions:
        key = named(prefilled.scenario, item.key)
        kind, about = _place(key)
        group = found[kind]
        words = labels.get(about, programme(prefilled, about) if about else "")
        group.parts.setdefault(words, []).append(line(key, item, known))
    return [group for group in found.values() if group.parts]


def line(key: str, item: Assumption, known: Known) -> Line:
    """One number as it is shown."""
    return Line(
        key,
        item,
        shown(item.value, item.unit),
        tuple((figure.label, page_of(figure.iri) or "") for figure in item.figures),
        tuple(known.cited(source) for source in item.sources),
        tuple(query(asked) for asked in item.queries),
    )


def query(asked: Asked) -> Query:
    """A query behind a number as a link to its page, which shows its answer."""
    return Query(address(f"/queries/{asked.name}", **dict(asked.values)), get_query(asked.name).summary)


def programme(prefilled: Prefilled, name: str) -> str:
    """What a part of the programme is called that is no intervention of the graph."""
    ends = (": set-up cost", ": cost a year", ": cost per person")
    for item in prefilled.assumptions:
        if item.key.startswith("/interventions/") and item.key.endswith("/cost/setup"):
            at = int(item.key.split("/")[2])
            if prefilled.scenario["interventions"][at]["id"] == name:
                label = item.label
                for end in ends:
                    label = label.removesuffix(end)
                return label
    return name


def shown(value: Any, unit: str) -> str:
    """A number as it is written on the page, to six significant digits or to the penny; the scenario has all."""
    if isinstance(value, list | tuple):
        return ", ".join(shown(item, "") for item in value)
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not exact.is_finite():
        return str(value)
    if unit == "seed":
        return str(value)
    rounded = exact if abs(exact) < 1 and len(exact.as_tuple().digits) <= 4 else Decimal(f"{exact:.6g}")
    if abs(exact) >= 1000:
        rounded = exact.quantize(Decimal(1)) if abs(exact) >= 100_000 else exact.quantize(Decimal("0.01"))
    text = rounded.normalize()
    if unit.startswith("GBP"):
        pence = text if text == text.to_integral_value() else exact.quantize(Decimal("0.01"))
        return money(pence + 0, "GBP") if pence else "£0"
    return number(text + 0)


def unit_words(unit: str) -> str:
    """The unit as it stands behind a number: the pound sign stands before it already."""
    return unit.removeprefix("GBP").strip()


def _place(key: str) -> tuple[str, str]:
    """The group of a number, and what it is about, by its pointer."""
    tokens = key.split("/")[1:]
    if tokens[0] == "segments":
        return "people", ""
    if tokens[0] == "outcomes":
        last = tokens[2]
        return ("cashable" if last == "cashable" else _OF_OUTCOME.get(last, "prices")), tokens[1]
    if tokens[0] == "interventions":
        return _OF_SERVICE.get(tokens[2], "reach"), tokens[1]
    return ("prices" if tokens[0] == "indices" else "run"), ""


@dataclass(frozen=True)
class Judged:
    """What became of one effect estimate."""

    verdict: Verdict
    outcome: str
    page: str
    query: Query | None

    @property
    def slug(self) -> str:
        """The last part of the IRI of the effect."""
        return str(self.verdict.effect).rsplit("/", 1)[-1] if self.verdict.effect else ""


def judged(verdicts: Iterable[Verdict], labels: Mapping[str, str]) -> dict[str, list[Judged]]:
    """What became of every estimate, by the label of the intervention, those that are used first."""
    found: dict[str, list[Judged]] = {}
    for one in sorted(verdicts, key=lambda verdict: not verdict.used):
        page = page_of(one.effect) if one.effect else None
        outcome = labels.get(one.outcome or "", one.outcome or "")
        behind = query(one.asked) if one.asked else None
        found.setdefault(one.label, []).append(Judged(one, outcome, page or "", behind))
    return dict(sorted(found.items()))


def shared_outcomes(scenario: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """Outcomes on which several services work, with the services."""
    found: dict[str, list[str]] = {}
    for part in scenario["interventions"]:
        for effect in part["effects"]:
            found.setdefault(effect["outcome"], []).append(part["id"])
    return {outcome: parts for outcome, parts in found.items() if len(parts) > 1}
