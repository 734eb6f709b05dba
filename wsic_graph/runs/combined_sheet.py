"""The sheet on which the effects on one outcome meet: groups, combined reduction, ceiling, and each one's share."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from wsic_graph.calculator.model import Channel
from wsic_graph.runs.book import SHARE, Sheet
from wsic_graph.runs.chain_sheets import Chain, Together, Years
from wsic_graph.runs.formulas import NOUGHT, Term, largest, ranked, smallest
from wsic_graph.runs.sharing import Meeting, Nodes, Overlapping, joined, joint_effect, shares, without


def combined_sheet(chain: Chain, nodes: Mapping[int, Nodes]) -> None:
    """How the effects on one outcome combine, and what each adds."""
    sheet = chain.book.sheet("Combined", [26, 20, 52, *[13] * chain.model.horizon], labels=3)
    sheet.title(
        "Combined reduction",
        "Effects multiply: what is left is the product of what each leaves. In an overlap group with redundancy r the "
        "joint effect is (1 - r) x that of independent effects + r x the largest alone; a rise leaves its group. "
        "The combined reduction is at most the ceiling of the outcome.",
        "Share = Shapley value: what an intervention adds on average over all orders in which they could be counted. "
        "The shares add up to the combined reduction before the ceiling. Without = the combined reduction if that "
        "intervention did nothing.",
    )
    sheet.heads(["Outcome", "People", "What", *chain.heads], freeze=True)
    for outcome, segment in chain.worked():
        chain.together[outcome, segment] = _together(chain, sheet, outcome, segment, nodes)
        sheet.row += 1


def _together(chain: Chain, sheet: Sheet, outcome: int, segment: int, nodes: Mapping[int, Nodes]) -> Together:
    channel, names = chain.model.channels[outcome], chain.names(outcome, segment)
    rows = chain.effects[outcome, segment]
    interventions = [chain.intervention(int(place)) for place in channel.present]
    effects = []
    for place, label in zip(channel.present, interventions, strict=True):
        mine = [row for row, owner in zip(rows, channel.interventions, strict=True) if owner == place]
        cells = [joined([row[year] for row in mine]) for year in chain.years]
        effects.append(sheet.line((*names, label), cells, SHARE))
    groups = [_group(chain, sheet, (outcome, segment), number, effects) for number in range(len(channel.groups))]
    met = [Meeting([row[year] for row in effects], [group[year] for _, group in groups]) for year in chain.years]
    left = [
        [*(joint[year] for joint, _ in groups), *met[year].rises.values(), *met[year].singles.values()]
        for year in chain.years
    ]
    raw = sheet.line((*names, "All together, before the ceiling"), [joined(part) for part in left], SHARE)
    ceiling = chain.given.one(f"/outcomes/{outcome}/ceiling")
    reduction = sheet.line((*names, "Combined reduction"), [smallest(part, ceiling) for part in raw], SHARE, total=True)
    place = nodes[ceil(len(effects) / 2)]
    by_year = [shares(one, place) for one in met]
    found: tuple[list[Years], list[Years]] = ([], [])
    for member, label in enumerate(interventions):
        found[0].append(sheet.line((*names, f"Share of {label}"), [part[member] for part in by_year], SHARE))
    for member, label in enumerate(interventions):
        cells = [smallest(without(one, member), ceiling) for one in met]
        found[1].append(sheet.line((*names, f"Without {label}"), cells, SHARE))
    return Together(effects, raw, reduction, *found)


def _group(
    chain: Chain, sheet: Sheet, place: tuple[int, int], number: int, effects: list[Years]
) -> tuple[Years, list[Overlapping]]:
    """The rows of one overlap group: its joint effect, and the group in each year."""
    channel, names = chain.model.channels[place[0]], chain.names(*place)
    members, years = channel.groups[number].members, chain.years
    rows: dict[str, dict[int, Years]] = {"gain": {}, "rise": {}}
    for kind, pick in (("gain", largest), ("rise", smallest)):
        for member in members:
            label = f"Group {number + 1}, {kind} of {chain.intervention(int(channel.present[member]))}"
            cells = [pick(NOUGHT, effects[member][year]) for year in years]
            rows[kind][member] = sheet.line((*names, label), cells, SHARE)
    falling = []
    for rank in range(1, len(members) + 1):
        cells = [ranked([row[year] for row in rows["gain"].values()], rank) for year in years]
        falling.append(sheet.line((*names, f"Group {number + 1}, gain of rank {rank}"), cells, SHARE))
    redundancy = _redundancy(chain, channel, place[0], number)
    found = []
    for year in years:
        gains, rises = ({member: row[year] for member, row in rows[kind].items()} for kind in ("gain", "rise"))
        found.append(Overlapping(redundancy, gains, rises, [row[year] for row in falling]))
    cells = [joint_effect(list(group.gains.values()), redundancy) for group in found]
    return sheet.line((*names, f"Group {number + 1}, joint effect"), cells, SHARE), found


def _redundancy(chain: Chain, channel: Channel, outcome: int, number: int) -> Term:
    """The redundancy of the overlap group that is the ``number``th of those on an outcome."""
    scenario = chain.model.scenario
    present = {scenario.interventions[int(place)].id for place in channel.present}
    wanted = [
        place
        for place, group in enumerate(scenario.overlap_groups)
        if present & set(group.members) and (group.outcomes is None or scenario.outcomes[outcome].id in group.outcomes)
    ]
    return chain.given.one(f"/overlap_groups/{wanted[number]}/redundancy")
