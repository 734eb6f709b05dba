"""What an area provides already, as somebody listed it: services, the benefits agreed on, the enablers in place.

A list comes as text that may be wrong (:class:`Draft`) and becomes a :class:`Situation`, in which every name is one
of the graph and every share lies between nought and one, together with the faults of all that was left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from wsic_graph.benefits_map.services import Own, Service
from wsic_graph.calculator.faults import Fault
from wsic_graph.choices import near
from wsic_graph.namespaces import ID, SCHEME

MOST_SERVICES = 150
"""Most services in one list."""
LONGEST_NAME = 120
"""Most letters in the name of a service."""
_NUMBER = re.compile(r"\d{1,3}(\.\d{1,10})?", re.ASCII)
_SMALL = Decimal("0.01")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True)
class Situation:
    """What is there and what is wanted, all by the last parts of IRIs of the graph; ``area`` may be empty."""

    area: str = ""
    benefits: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    enablers: tuple[str, ...] = ()
    people: str = ""
    """The care group whose effects are counted; empty for all."""

    @property
    def own(self) -> Own:
        """The same as the queries of the check see it."""
        return Own(self.services, self.benefits, self.enablers)

    @property
    def empty(self) -> bool:
        """Whether nothing was listed that could be checked."""
        return not (self.benefits or self.services)


def per_cent(service: Service) -> str:
    """The coverage of a service as it is typed, in per cent; one and less with its sign, lest it be read as a share."""
    share = Decimal(service.coverage)
    return f"{plain(share * 100)}{'%' if 0 < share <= _SMALL else ''}"


@dataclass(frozen=True)
class Row:
    """A service as it was typed; ``where`` says where, for people: ``line 3`` or ``service 2``."""

    name: str = ""
    intervention: str = ""
    care_group: str = ""
    coverage: str = ""
    where: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was typed in it."""
        return not (self.name or self.intervention or self.care_group or self.coverage)


@dataclass(frozen=True)
class Draft:
    """A list as it was typed, with the faults that were found while it was read."""

    area: str = ""
    benefits: tuple[str, ...] = ()
    services: tuple[Row, ...] = ()
    enablers: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    people: str = ""
    """The care group whose effects are counted; empty for all."""


@dataclass(frozen=True)
class Known:
    """Last parts of IRIs and labels of what a list may name."""

    intervention: Mapping[str, str]
    care_group: Mapping[str, str]
    benefit: Mapping[str, str]
    enabler: Mapping[str, str]
    area: Mapping[str, str]
    others: Mapping[str, str] = field(default_factory=dict)
    """Other names, as ``scheme:name`` in small letters, with the last part of the IRI that each stands for."""


@dataclass
class _Reader:
    """Reads one list, and gathers its faults."""

    known: Known
    faults: list[Fault] = field(default_factory=list)

    def slug(self, kind: str, text: str, where: str) -> str:
        """The last part of the IRI of what ``text`` names: by that part, in full or by its label; else nothing."""
        choices: Mapping[str, str] = getattr(self.known, kind)
        base = f"{ID}{kind}/" if kind in ("benefit", "area") else f"{SCHEME}{kind.replace('_', '-')}/"
        name = tidy(text).removeprefix(base)
        if name in choices:
            return name
        by_label = {label.casefold(): slug for slug, label in choices.items()}
        found = by_label.get(name.casefold()) or self.known.others.get(f"{kind.replace('_', '-')}:{name.casefold()}")
        if found:
            return found
        words = kind.replace("_", " ")
        one = "an" if words[0] in "aeiou" else "a"
        close = near(name, choices)
        message = f"“{short(name)}” is not {one} {words} of the graph" if name else f"{one} {words} is missing"
        if close:
            message += f"; near it: {', '.join(close)}"
        example = next(iter(close or choices), "")
        self.faults.append(Fault(where, message, f"the short name or the label of {one} {words}", example))
        return ""

    def slugs(self, kind: str, texts: Sequence[str]) -> tuple[str, ...]:
        """All that ``texts`` name, each once and in one order, which says nothing."""
        found = [self.slug(kind, text, f"{kind}s") for text in texts if tidy(text)]
        return tuple(sorted({slug for slug in found if slug}))

    def service(self, row: Row, number: int) -> Service | None:
        """The service in ``row``, or None if anything in it is not right."""
        place: Callable[[str], str] = f"{row.where or f'service {number}'}, column {{}}".format
        name = tidy(row.name)
        before = len(self.faults)
        if not name or len(name) > LONGEST_NAME:
            words = f"a name of 1 to {LONGEST_NAME} letters"
            self.faults.append(Fault(place("name"), "is missing" if not name else "is too long", words, "Home first"))
        intervention = self.slug("intervention", row.intervention, place("intervention"))
        care_group = self.slug("care_group", row.care_group, place("care_group"))
        coverage = self.share(row.coverage, place("coverage"))
        return Service(name, intervention, care_group, plain(coverage)) if len(self.faults) == before else None

    def share(self, text: str, where: str) -> Decimal:
        """A share that is typed in per cent. One per cent and less has to say so, because a share may be meant."""
        given = tidy(text)
        signed = given.endswith("%")
        digits = given.removesuffix("%").strip()
        limit = "the share of these people that it reaches, in per cent from 0 to 100"
        if not _NUMBER.fullmatch(digits) or Decimal(digits) > 100:
            message = f"“{short(given)}” is not such a number" if given else "is missing"
            self.faults.append(Fault(where, message, limit, "35"))
        elif 0 < Decimal(digits) <= 1 and not signed:
            message = f"“{digits}” may be a share or per cent"
            self.faults.append(Fault(where, message, limit, f"{plain(Decimal(digits) * 100)} or {digits}%"))
        else:
            return Decimal(digits) / 100
        return Decimal(0)


def checked(draft: Draft, known: Known) -> tuple[Situation, tuple[Fault, ...]]:
    """What is right in ``draft``, and the faults of everything else."""
    reader = _Reader(known, list(draft.faults))
    area = reader.slug("area", draft.area, "area") if tidy(draft.area) else ""
    rows = [row for row in draft.services if not row.empty]
    if len(rows) > MOST_SERVICES:
        words = f"there are {len(rows):,}"
        reader.faults.append(Fault("services", words, f"at most {MOST_SERVICES} services in one list", ""))
        rows = rows[:MOST_SERVICES]
    services = [reader.service(row, number) for number, row in enumerate(rows, 1)]
    situation = Situation(
        area,
        reader.slugs("benefit", draft.benefits),
        tuple(service for service in services if service),
        reader.slugs("enabler", draft.enablers),
        reader.slug("care_group", draft.people, "people") if tidy(draft.people) else "",
    )
    return situation, tuple(reader.faults)


def tidy(text: str) -> str:
    """``text`` on one line, without control characters and needless spaces."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def short(text: str) -> str:
    """The start of ``text``, as a message quotes it."""
    return text if len(text) <= 60 else f"{text[:59]}…"


def plain(value: Decimal) -> str:
    """A number without needless noughts and without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
