"""The benefits map as files: a table, JSON, and the statements of the graph that a part of it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from wsic_graph.mapped.model import Benefit, BenefitsMap, Link, Thing
from wsic_graph.mapped.money import Flow, gainer
from wsic_graph.mapped.narrow import LAYERS, Line, Shown

LINK_COLUMNS = (
    "enablers", "intervention", "outcome", "benefits", "care_group", "status", "direction", "change", "low", "high",
    "share", "share_basis", "grade", "evidence_level", "basis", "applies_to", "run", "link", "effect", "sources",
)  # fmt: skip
MONEY_COLUMNS = ("intervention", "outcome", "sector", "benefit", "pounds", "link")
BETWEEN = "; "


def link_rows(whole: BenefitsMap, shown: Shown, links: Iterable[Link]) -> list[Sequence[str]]:
    """A line for each link under :data:`LINK_COLUMNS`; lists have ``;`` between."""
    rows: list[Sequence[str]] = [LINK_COLUMNS]
    for link in links:
        needs = [one.object.label for one in whole.needs if one.subject == link.intervention]
        numbers = ("" if value is None else f"{value:f}" for value in (link.change, link.low, link.high, link.share))
        change, low, high, share = numbers
        rows.append(
            (
                BETWEEN.join(needs),
                link.intervention.label,
                link.outcome.label,
                BETWEEN.join(thing.label for thing in shown.benefits_of(link.outcome)),
                link.group.label,
                link.status.iri.slug,
                link.direction.slug,
                change,
                low,
                high,
                share,
                link.share_basis.slug if link.share_basis else "",
                str(link.grade),
                link.level.slug,
                link.basis.slug,
                link.applies_to,
                link.run or "",
                link.iri,
                link.effect or "",
                BETWEEN.join(source.iri for source in link.sources),
            )
        )
    return rows


def money_rows(found: Flow, benefits: Sequence[Benefit]) -> list[Sequence[str]]:
    """A line for each amount under :data:`MONEY_COLUMNS`."""
    rows: list[Sequence[str]] = [MONEY_COLUMNS]
    for amount in found.amounts:
        benefit = gainer(benefits, amount)
        ends = (amount.intervention.label, amount.outcome.label, amount.sector, benefit.thing.label if benefit else "")
        rows.append((*ends, f"{amount.pounds:f}", amount.link or ""))
    return rows


def tree(lines: Iterable[Line]) -> dict[str, Any]:
    """The nodes and lines of a picture before the least are pooled, as JSON has them. Decimals are text."""
    lines = list(lines)
    return {
        "nodes": [
            {"id": str(thing.iri), "label": thing.label, "layer": LAYERS[layer]}
            for thing, layer in nodes(lines).items()
        ],
        "lines": [
            {
                "source": str(line.source.iri),
                "target": str(line.target.iri),
                "kind": line.style,
                "pounds": None if line.value is None else f"{line.value:f}",
                "links": [
                    {
                        "id": str(link.iri),
                        "careGroup": str(link.group.iri),
                        "status": link.status.iri.slug,
                        "share": None if link.share is None else f"{link.share:f}",
                        "grade": link.grade,
                        "sources": [str(source.iri) for source in link.sources],
                    }
                    for link in line.links
                ],
                "relation": str(line.relation.iri) if line.relation else None,
            }
            for line in lines
        ],
    }


def nodes(lines: Iterable[Line]) -> dict[Thing, int]:
    """What stands at the ends of ``lines``, with its layer."""
    found: dict[Thing, int] = {}
    for line in lines:
        found[line.source] = line.layer
        found[line.target] = line.layer + 1
    return found


def records(lines: Iterable[Line], links: Iterable[Link]) -> set[str]:
    """The records that a part of the map consists of: links with their runs, relations, and what stands at the ends."""
    lines, links = list(lines), list(links)
    found = {str(thing.iri) for thing in nodes(lines)}
    found |= {str(line.relation.iri) for line in lines if line.relation}
    found |= {str(link.iri) for link in links} | {str(link.run) for link in links if link.run}
    return found | {str(thing.iri) for link in links for thing in (link.intervention, link.outcome, link.group)}
