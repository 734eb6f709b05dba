"""Element 6 from where you are: what councils like yours did, and what was reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from wsic_graph.answers import Iri
from wsic_graph.namespaces import ID
from wsic_graph.places.measures import Council
from wsic_graph.places.neighbours import Neighbour, nearest
from wsic_graph.places.reported import Reported, Result, total
from wsic_graph.service.alike import Alike, AlikeOf
from wsic_graph.service.graph import GraphOf
from wsic_graph.service.pages import render

router = APIRouter()
FURTHER = 5
"""How many councils less like are shown where nothing that matches is known in the most alike."""


class Asked(BaseModel):
    """What is asked for: a council's code, names of measures (none: the usual ones), and features of initiatives."""

    area: str = ""
    measure: list[str] = []
    care_group: str = ""
    intervention: str = ""


@dataclass(frozen=True)
class There:
    """A result reported in a place like mine."""

    reported: Reported
    councils: tuple[Council, ...]
    result: Result


@router.get("/places-like-mine")
def places_like_mine(
    request: Request,
    graph: GraphOf,
    alike: AlikeOf,
    wanted: Annotated[Asked, Query()],
) -> Response:
    """The councils most like ``area``, what initiatives did there with their results side by side, and others alike."""
    table = alike.table
    iri = Iri(f"{ID}area/{wanted.area}")
    mine = table.councils.get(iri)
    measures, unknown = table.choose(wanted.measure)
    neighbours = nearest(table, iri, measures)
    features = {"care_group": wanted.care_group, "intervention": wanted.intervention}
    found = alike.reported_with(**features) if mine else {}
    there = _there(alike, neighbours, found)
    further: dict[Iri, int] = {}
    if neighbours and found and not there:
        everyone = nearest(table, iri, measures, len(table.councils))
        places = [(place, item) for place, item in enumerate(everyone, 1) if _there(alike, [item], found)][:FURTHER]
        further = {item.council.iri: place for place, item in places}
        neighbours = [*neighbours, *(item for _, item in places)]
        there = _there(alike, neighbours, found)
    return render(
        request,
        graph,
        "places_like_mine.html",
        status=404 if wanted.area and not mine else 200,
        wanted=wanted,
        mine=mine,
        table=table,
        measures=measures,
        unknown=unknown,
        neighbours=neighbours,
        further=further,
        there=there,
        reported=found,
        outcomes=_side_by_side(found, there),
        total=total(found[initiative] for initiative in there),
        elsewhere=_best_known(item for initiative, item in found.items() if initiative not in there)
        if any(features.values())
        else [],
        choices={name: alike.likeness.choices(name.replace("_", "-")) for name in features},
    )


def _best_known(items: Iterable[Reported]) -> list[Reported]:
    """``items`` with those first of which a comparison tells most, then those with any result; else by title."""
    return sorted(items, key=lambda item: ("controlled", "reported", "none").index(item.standing))


def _there(alike: Alike, neighbours: list[Neighbour], found: dict[Iri, Reported]) -> dict[Iri, tuple[Council, ...]]:
    """The initiatives of ``found`` that name one of the councils of ``neighbours`` as their place, and which."""
    councils = {neighbour.council.iri: neighbour.council for neighbour in neighbours}
    there: dict[Iri, tuple[Council, ...]] = {}
    for council, initiatives in alike.likeness.in_councils(councils).items():
        for initiative in initiatives:
            if initiative in found:
                there[initiative] = (*there.get(initiative, ()), councils[council])
    return there


def _side_by_side(found: dict[Iri, Reported], there: dict[Iri, tuple[Council, ...]]) -> dict[str, list[There]]:
    """The results in places like mine by outcome; forecasts are no results."""
    outcomes: dict[str, list[There]] = {}
    for initiative, councils in there.items():
        for result in found[initiative].results:
            outcomes.setdefault(str(result.row["outcomeLabel"]), []).append(There(found[initiative], councils, result))
    return dict(sorted(outcomes.items(), key=lambda item: item[0].casefold()))
