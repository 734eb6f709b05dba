"""Make the graph of the benefits map from a release: contributions, default runs and plain relations.

Nothing in it is typed: the same release gives the same statements. The build calls :func:`derive` with the folder in
which the checked files and tables stand as a dataset.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from wsic_graph.answers import Row, rows
from wsic_graph.benefits_map.effects import Judged, Names, counted, judged_effects
from wsic_graph.benefits_map.findings import found_only
from wsic_graph.benefits_map.links import GRAPH, Share, of_effect, of_findings, of_run
from wsic_graph.benefits_map.runs import Run, run_of
from wsic_graph.engine import Door
from wsic_graph.namespaces import ONTOLOGY
from wsic_graph.prefill.facts import Facts, Rows
from wsic_graph.prefill.prices import index
from wsic_graph.release.files import Statement
from wsic_graph.settings import get_settings

_LIMITS = {"query_seconds": 60.0, "query_rows": 500_000, "query_bytes": 200_000_000, "query_length": 20_000}
_SUBSTITUTES = f"{ONTOLOGY}substitutesFor"


def derive(release: Path) -> list[Statement]:
    """The statements of the benefits map, made from the dataset in the folder ``release``. About four seconds."""
    settings = get_settings()
    with Door(release, settings.model_copy(update=_LIMITS)) as door:
        return list(statements(_asker(door)))


def statements(ask: Rows) -> Iterator[Statement]:
    """The statements of the benefits map from the answers of saved queries."""
    facts = Facts(ask)
    now = int(index(facts).base[:4])
    names, judged = judged_effects(facts)
    relations = facts.rows("benefits_map/making/relations")
    for row in relations:
        yield Statement(str(row["subject"]), str(row["predicate"]), ox.NamedNode(str(row["object"])), GRAPH)
    overlaps = _overlaps([row for row in relations if row["predicate"] == _SUBSTITUTES])
    for group in sorted({one.group for one in judged}):
        mine = [one for one in judged if one.group == group]
        yield from _group(facts, names, mine, overlaps, now)
    for found in found_only(facts, now):
        yield from of_findings(found)


def _group(
    facts: Facts, names: Names, judged: Sequence[Judged], overlaps: Sequence[frozenset[str]], now: int
) -> Iterator[Statement]:
    """The contributions of one care group, and its run if anything of the calculator's kind counts in it."""
    group = judged[0].group
    every = counted(judged, group)
    modelled = [one for one in every if one.estimate.outcome not in names.better_up]
    run = run_of(facts, group, modelled, overlaps) if modelled else None
    if run:
        yield from of_run(run, names.groups[group], [one.estimate.iri for one in modelled])
    year = run.price_year if run else ""
    for one in judged:
        share = _share(one, every, run, names) if one in every else Share(None, None, None, {})
        yield from of_effect(one, names, share, now, year)


def _share(one: Judged, every: Sequence[Judged], run: Run | None, names: Names) -> Share:
    """The share of an effect that counts: by Shapley, or in proportion where more is better and nothing is modelled."""
    outcome = one.estimate.outcome
    same = [other for other in every if other.estimate.outcome == outcome]
    if outcome in names.better_up:
        total = sum(other.gain for other in same if other.gain > 0)
        return Share(one.gain / total if one.gain > 0 else None, "evidence-proportional", None, {})
    assert run is not None
    parts = [run.parts[other.estimate.intervention, outcome].reduction for other in same]
    total = sum(part for part in parts if part > 0)
    mine = run.parts[one.estimate.intervention, outcome]
    return Share(mine.reduction / total if mine.reduction > 0 else None, "modelled", mine.reduction, mine.pounds)


def _overlaps(relations: Sequence[Any]) -> list[frozenset[str]]:
    """Interventions that stand in for each other, also by way of a third, as groups."""
    groups: list[frozenset[str]] = []
    for row in relations:
        joined = frozenset({row["subject"].slug, row["object"].slug})
        for group in [group for group in groups if group & joined]:
            groups.remove(group)
            joined |= group
        groups.append(joined)
    return sorted(groups, key=sorted)


def _asker(door: Door) -> Rows:
    def ask(name: str, **values: str) -> Sequence[Row]:
        return rows(door, name, **values)

    return ask
