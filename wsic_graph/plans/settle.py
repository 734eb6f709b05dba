"""What somebody chose for a plan, made sure of: every name is one of the graph, or the fault says which would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wsic_graph.answers import Iri
from wsic_graph.benefits_map.runs import COHORTS
from wsic_graph.calculator.faults import Fault
from wsic_graph.choices import near
from wsic_graph.errors import ParameterError
from wsic_graph.existing.address import read_fields
from wsic_graph.existing.services import Draft, Known, Situation, checked, short, tidy
from wsic_graph.places.finder import find_area
from wsic_graph.plans.model import Choices
from wsic_graph.plans.rules import read_year
from wsic_graph.prefill.facts import Rows

FIELDS = {
    "care_group": "care_groups",
    "benefit": "benefits",
    "intervention": "interventions",
    "service": "services",
}
"""Names in an address or form of which there may be many, with the field of the choices that they fill."""
SINGLE = ("area", "year", "value_case")


@dataclass(frozen=True)
class Settled:
    """Choices that the graph knows."""

    choices: Choices
    area: Iri
    name: str
    situation: Situation
    """The services that there are, and the benefits agreed on."""
    faults: tuple[Fault, ...] = ()

    @property
    def cohort(self) -> str:
        """The people of the calculation: those of the care groups where all have the same, else all adults."""
        found = {COHORTS.get(group, "adults") for group in self.choices.care_groups}
        return found.pop() if len(found) == 1 else "adults"


@dataclass
class _Settler:
    faults: list[Fault] = field(default_factory=list)

    def named(self, kind: str, texts: Sequence[str], known: Mapping[str, str]) -> list[str]:
        """The names of ``texts`` by name or label, each once, in the order given."""
        by_label = {label.casefold(): slug for slug, label in known.items()}
        found = []
        for text in texts:
            name = tidy(text)
            slug = name if name in known else by_label.get(name.casefold(), "")
            if slug:
                found.append(slug)
            elif name:
                close = near(name, known)
                hint = f"; near it: {', '.join(close)}" if close else ""
                self.faults.append(
                    Fault(
                        kind,
                        f"“{short(name)}” is not in the graph{hint}",
                        f"a {kind} of the graph",
                        next(iter(known), ""),
                    )
                )
        return list(dict.fromkeys(found))


def read_pairs(pairs: Sequence[tuple[str, str]]) -> dict[str, object]:
    """The fields of choices in the names and values of an address or form."""
    found: dict[str, object] = {}
    many: dict[str, list[str]] = {name: [] for name in FIELDS.values()}
    for name, value in pairs:
        text = value.strip()
        if name in SINGLE and text:
            found[name] = text
        elif name in FIELDS and text and text not in many[FIELDS[name]]:
            many[FIELDS[name]].append(text)
    return found | {name: values for name, values in many.items() if values}


def pairs_of(choices: Choices) -> list[tuple[str, str]]:
    """The choices as names and values of an address."""
    found = [(name, str(getattr(choices, name))) for name in SINGLE if getattr(choices, name)]
    return found + [(name, value) for name, wide in FIELDS.items() for value in getattr(choices, wide)]


def settle(choices: Choices, rows: Rows, known: Known, cases: Mapping[str, str]) -> Settled | None:
    """The choices with what is wrong told and left out; None where there is no area to draft for.

    ``known`` is what a list of services may name, ``cases`` the value cases by name. Raises ``ParameterError`` for an
    area or a year that there is not.
    """
    year = read_year(choices.year)
    if not choices.area.strip():
        return None
    area, name = _area(rows, choices.area)
    settler = _Settler()
    groups = settler.named("care group", choices.care_groups, known.care_group)
    benefits = settler.named("benefit", choices.benefits, known.benefit)
    interventions = settler.named("intervention", choices.interventions, known.intervention)
    case = settler.named("value case", [choices.value_case] if choices.value_case else [], cases)
    listed = read_fields([("service", text) for text in choices.services])
    situation, faults = checked(Draft(area.slug, tuple(benefits), listed.services), known)
    kept = choices.model_copy(
        update={
            "area": area.slug,
            "year": year,
            "care_groups": groups,
            "benefits": benefits,
            "interventions": interventions,
            "value_case": case[0] if case else "",
            "services": choices.services if not faults else [],
        }
    )
    return Settled(kept, area, name, situation, (*settler.faults, *faults))


def _area(rows: Rows, text: str) -> tuple[Iri, str]:
    councils = [row for row in rows("pages/areas") if row["current"] is True]
    found = find_area(councils, text[:60])
    if len(found) != 1:
        names = ", ".join(str(row["label"]) for row in found[:6])
        words = f"{text[:60]!r} may be one of several: {names}" if found else f"{text[:60]!r} is no present council"
        raise ParameterError(
            "area", f"{words}; give the name or code of a present English council, such as Torbay", text[:60]
        )
    iri = found[0]["area"]
    assert isinstance(iri, Iri)
    return iri, str(found[0]["label"])
