"""Where the pounds of a run go: from interventions by way of outcomes to the benefits of the sectors that gain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from wsic_graph.answers import Iri, Row
from wsic_graph.mapped.model import Benefit, BenefitsMap, Thing
from wsic_graph.mapped.narrow import Chosen, Line


@dataclass(frozen=True)
class Amount:
    """Pounds that an intervention adds for a sector by way of an outcome; below nought for a loss."""

    intervention: Thing
    outcome: Thing
    sector: str
    pounds: Decimal
    link: Iri | None = None
    """The contribution whose present value it is, in a default run."""


@dataclass(frozen=True)
class Flow:
    """The lines of the picture; gains and losses apart, so that both are conserved at every node."""

    amounts: tuple[Amount, ...]
    lines: tuple[Line, ...]
    homeless: tuple[Amount, ...]
    """Amounts for which no benefit of their sector is measured by their outcome."""

    @property
    def gains(self) -> Decimal:
        """All gains."""
        return sum((item.pounds for item in self.amounts if item.pounds > 0), Decimal(0))

    @property
    def losses(self) -> Decimal:
        """All losses, below nought."""
        return sum((item.pounds for item in self.amounts if item.pounds < 0), Decimal(0))


def read_amounts(found: Sequence[Row]) -> list[Amount]:
    """The amounts of a default run from the rows of ``benefits_map/present-values``."""
    amounts = []
    for row in found:
        by, to, sector, pounds, link = (row[name] for name in ("by", "to", "sector", "amount", "contribution"))
        assert isinstance(by, Iri) and isinstance(to, Iri) and isinstance(sector, Iri) and isinstance(link, Iri)
        assert isinstance(pounds, int | Decimal)
        things = Thing(by, str(row["byLabel"])), Thing(to, str(row["toLabel"]))
        amounts.append(Amount(*things, sector.slug, Decimal(pounds), link))
    return amounts


def flow(whole: BenefitsMap, amounts: Iterable[Amount], chosen: Chosen, focus: Thing | None) -> Flow:
    """The flow of what passes ``chosen`` and, if there is a ``focus``, goes through it."""
    links = {link.iri: link for link in whole.links}
    passes = _through(whole, focus)
    kept: list[Amount] = []
    homeless: list[Amount] = []
    sums: dict[tuple[int, Thing, Thing, bool], list[Amount]] = {}
    for amount in amounts:
        benefit = gainer(whole.benefits, amount)
        if benefit is None:
            homeless.append(amount)
            continue
        link = links.get(amount.link) if amount.link else None
        if (
            chosen.intervention in ("", amount.intervention.iri.slug)
            and chosen.benefit in ("", benefit.thing.iri.slug)
            and chosen.sector in ("", amount.sector)
            and (not chosen.grade or link is None or str(link.grade) <= chosen.grade)
            and passes(amount, benefit)
        ):
            kept.append(amount)
            loss = amount.pounds < 0
            sums.setdefault((1, amount.intervention, amount.outcome, loss), []).append(amount)
            sums.setdefault((2, amount.outcome, benefit.thing, loss), []).append(amount)
    lines = [
        Line(
            layer,
            source,
            target,
            "against" if loss else "for",
            tuple(dict.fromkeys(links[item.link] for item in parts if item.link in links)) if layer == 1 else (),
            value=sum((item.pounds for item in parts), Decimal(0)),
        )
        for (layer, source, target, loss), parts in sums.items()
        if any(item.pounds for item in parts)
    ]
    return Flow(tuple(kept), tuple(lines), tuple(homeless))


def gainer(benefits: Iterable[Benefit], amount: Amount) -> Benefit | None:
    """The financial benefit of the sector that gains, measured by the outcome."""
    for item in benefits:
        if item.sector and item.sector.iri.slug == amount.sector and amount.outcome in item.outcomes:
            return item
    return None


def _through(whole: BenefitsMap, focus: Thing | None) -> Callable[[Amount, Benefit], bool]:
    if focus is None:
        return lambda _amount, _benefit: True
    wanting = {one.subject for one in whole.needs if one.object == focus}

    def passes(amount: Amount, benefit: Benefit) -> bool:
        ends = {amount.intervention, amount.outcome, benefit.thing, *benefit.objectives}
        return focus in ends or amount.intervention in wanting

    return passes
