"""What the answer hangs on: one input at a time, and all at once (section 2.7)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wsic_graph.calculator.chain import present_values
from wsic_graph.calculator.model import Model
from wsic_graph.calculator.parameters import Parameter
from wsic_graph.calculator.results import Bar, Sensitivity, Strip

_BARS = 12


def sensitivity(model: Model, found: Sequence[Parameter]) -> Sensitivity:
    """Tornado of the twelve largest swings, and the scenario strip.

    Pessimistic is every input at the limit that lowers the NPV on its own, optimistic at the other.
    """
    values = np.repeat(model.column(), 2 * len(found) + 1, axis=1)
    for number, parameter in enumerate(found):
        values[parameter.rows, 2 * number] = parameter.low
        values[parameter.rows, 2 * number + 1] = parameter.high
    net = present_values(model, values).net
    central, at_low, at_high = net[-1], net[:-1:2], net[1::2]
    bars = [
        Bar(
            key=parameter.key,
            label=parameter.label,
            unit=parameter.unit,
            low=parameter.low.mean(),
            central=parameter.central.mean(),
            high=parameter.high.mean(),
            assumed=parameter.assumed,
            npv_at_low=low,
            npv_at_high=high,
            change_at_low=low - central,
            change_at_high=high - central,
            swing=abs(high - low),
        )
        for parameter, low, high in zip(found, at_low.tolist(), at_high.tolist(), strict=True)
    ]
    ends = np.repeat(model.column(), 3, axis=1)
    for parameter, low, high in zip(found, at_low, at_high, strict=True):
        ends[parameter.rows, 0], ends[parameter.rows, 2] = (
            (parameter.low, parameter.high) if low <= high else (parameter.high, parameter.low)
        )
    strip = present_values(model, ends)
    gross, cashable = strip.net.tolist(), strip.net_cashable.tolist()
    return Sensitivity(
        tornado=sorted(bars, key=lambda bar: (-bar.swing, bar.key))[:_BARS],
        strip=Strip(
            pessimistic_npv=gross[0],
            central_npv=gross[1],
            optimistic_npv=gross[2],
            pessimistic_npv_cashable=cashable[0],
            central_npv_cashable=cashable[1],
            optimistic_npv_cashable=cashable[2],
        ),
    )
