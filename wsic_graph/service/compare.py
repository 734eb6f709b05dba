"""Element 6: up to four initiatives side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from wsic_graph.answers import Iri
from wsic_graph.places.reported import Reported
from wsic_graph.places.similar import REASONS, Feature, Likeness
from wsic_graph.service.alike import AlikeOf
from wsic_graph.service.graph import GraphOf, NoSuchRecord, RecordGone, RecordMoved
from wsic_graph.service.pages import render
from wsic_graph.service.record import Node

router = APIRouter()
MOST = 4
"""How many initiatives a page shows side by side."""


@dataclass(frozen=True)
class Column:
    """One initiative of the comparison."""

    record: Node
    reported: Reported

    @property
    def title(self) -> str:
        """What the initiative is called."""
        return self.record.title


@router.get("/compare")
def compare(
    request: Request,
    graph: GraphOf,
    alike: AlikeOf,
    initiative: Annotated[list[str] | None, Query()] = None,
) -> Response:
    """The initiatives asked for, row by row; those that are not known or too many are named and left out."""
    wanted = list(dict.fromkeys(slug for slug in initiative or [] if slug))
    records: dict[str, Node] = {}
    unknown = []
    for slug in wanted[:MOST]:
        try:
            records[slug] = graph.record("initiative", slug)
        except (NoSuchRecord, RecordGone, RecordMoved) as error:
            unknown.append(error.detail)
    graph.shown = None
    results = alike.reported
    columns = [Column(record, results[record.iri]) for record in records.values()]
    return render(
        request,
        graph,
        "compare.html",
        status=404 if unknown and not records else 200,
        columns=columns,
        outcomes=_outcomes(columns),
        shared=_shared(alike.likeness, [column.record.iri for column in columns]),
        unknown=unknown,
        too_many=wanted[MOST:],
        most=MOST,
        choices=[feature for feature in alike.likeness.initiatives if feature.iri.slug not in records],
    )


def _outcomes(columns: list[Column]) -> dict[Iri, str]:
    """Every outcome that any of the initiatives reported on, by label."""
    found = {
        iri: str(results[0].row["outcomeLabel"])
        for column in columns
        for iri, results in column.reported.outcomes.items()
    }
    return dict(sorted(found.items(), key=lambda item: item[1].casefold()))


def _shared(likeness: Likeness, initiatives: list[Iri]) -> dict[str, list[Feature]]:
    """What all of them have, by kind; nothing for fewer than two."""
    if len(initiatives) < 2:
        return {}
    found = {kind: likeness.common(kind, initiatives) for kind in REASONS}
    return {kind: features for kind, features in found.items() if features}
