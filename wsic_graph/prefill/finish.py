"""The last step: numbers become plain values and assumptions, and your own values take their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from wsic_graph.errors import ParameterError
from wsic_graph.prefill.model import Assumption, Gap, Prefilled, Verdict
from wsic_graph.prefill.numbers import Number
from wsic_graph.prefill.pointers import leaves, pointer, resolve


def finish(
    tree: dict[str, Any],
    overrides: Mapping[str, object],
    notes: Sequence[str],
    gaps: Sequence[Gap],
    verdicts: Sequence[Verdict],
) -> Prefilled:
    """The scenario with your own values in it. Raises ``ParameterError`` for one that has no place."""
    numbers = {pointer(*path): leaf for path, leaf in leaves(tree) if isinstance(leaf, Number)}
    found = {key: assumption(key, number) for key, number in numbers.items()}
    scenario = _plain(tree)
    for key, value in overrides.items():
        at, holder, name = resolve(scenario, str(key))
        if at == "/settings/horizon":
            raise ParameterError(
                "overrides", "the years of the run are chosen by horizon and not changed here", str(key)
            )
        if name == "id" or "/evidence/" in at:
            raise ParameterError("overrides", f"{at!r} is a name or a source and cannot be changed", str(key))
        was, holder[name] = holder[name], value
        for inner in [known for known in found if known.startswith(f"{at}/")]:
            del found[inner]
        before = found.get(at) or assumption(at, Number.convention(0, "", "").named(at))
        found[at] = replace(
            before,
            value=value,
            basis="yours",
            how=f"Changed by you; before: {was}. {before.how}".strip(),
            formula="",
            figures=(),
            sources=(),
            queries=(),
            period="",
            changed=True,
            was=was,
        )
    closed = {key for key, item in found.items() if item.changed}
    open_gaps = [gap for gap in gaps if not {_at(scenario, key) for key in gap.keys} & closed]
    return Prefilled(
        scenario=scenario,
        assumptions=tuple(found.values()),
        notes=tuple(dict.fromkeys(notes)),
        gaps=tuple(replace(gap, keys=tuple(_at(scenario, key) for key in gap.keys)) for gap in open_gaps),
        verdicts=tuple(verdicts),
    )


def _at(scenario: Any, key: str) -> str:
    return resolve(scenario, key)[0]


def _plain(tree: Any) -> Any:
    if isinstance(tree, Number):
        return tree.plain
    if isinstance(tree, dict):
        return {name: _plain(part) for name, part in tree.items()}
    if isinstance(tree, list):
        return [_plain(part) for part in tree]
    return tree


def assumption(key: str, number: Number) -> Assumption:
    """``number`` as a page shows it: with its figures, sources and queries."""
    figures = number.figures
    return Assumption(
        key=key,
        label=number.label,
        value=number.plain,
        unit=number.unit,
        basis=number.basis,
        how=number.how,
        formula=number.formula,
        figures=figures,
        sources=tuple(dict.fromkeys(source for figure in figures for source in figure.sources)),
        period="; ".join(dict.fromkeys(figure.period for figure in figures if figure.period)),
        queries=tuple(dict.fromkeys(figure.asked for figure in figures)),
    )
