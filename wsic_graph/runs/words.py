"""What a run says in a sentence, the same on its pages, in its report and in its workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wsic_graph.calculator.money import rough
from wsic_graph.calculator.results import Report


@dataclass(frozen=True)
class Piece:
    """Some words of a sentence; those that are ``strong`` are its numbers."""

    text: str
    strong: bool = False


def sentence(report: Report, name: Callable[[str], str]) -> list[Piece]:
    """What the programme is worth, what of it is cash and what it costs, as sums over the years to three figures.

    Never one of these without the others, nor without the services whose cost is missing, which ``name`` names.
    """
    return [piece for piece in _pieces(report, name) if piece.text]


def plain(pieces: list[Piece]) -> str:
    """The sentence without its emphasis."""
    return "".join(piece.text for piece in pieces)


def span(report: Report) -> str:
    """How long a run is: ``5 years``."""
    years = len(report.net_by_year)
    return "1 year" if years == 1 else f"{years} years"


def basis(report: Report) -> str:
    """What the sums of :func:`sentence` are sums of, and what they come to when they are discounted."""
    return (
        f"Sums over {span(report)} in pounds of {report.price_year or 'one price year'}, to three figures. Discounted, "
        f"the net present value is {rough(report.npv)}, in cash alone {rough(report.npv_cashable)}."
    )


def other_chances(report: Report) -> str:
    """The chances if the effects were correlated otherwise; nothing where fewer than two of them are uncertain."""
    found = report.simulation
    if found is None or not report.cost_total or not found.chances_at_other_correlations:
        return ""
    gross, cash = found.chance_of_net_saving.probability, found.chance_of_net_saving_cashable.probability
    rows = [(found.correlation, gross, cash)]
    rows += [(at.correlation, at.net_saving, at.net_saving_cashable) for at in found.chances_at_other_correlations]
    said = "; ".join(
        f"at {one:g}{', taken here,' if one == found.correlation else ''} it is {_percent(gross)}, "
        f"in cash alone {_percent(cash)}"
        for one, gross, cash in sorted(rows)
    )
    return f"Effects may hold or fail together. The chance of a net saving by their correlation: {said}."


def _percent(chance: float) -> str:
    if 0 < chance < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 < chance < 1 else f"{chance:.0%}"


def _pieces(report: Report, name: Callable[[str], str]) -> Iterator[Piece]:
    cost = Piece(rough(report.cost_total), strong=True)
    found = (value for people in report.combined_reduction.values() for years in people.values() for value in years)
    if not any(found):
        yield Piece(
            "None of the services chosen has an effect that can be counted here, so over "
            f"{span(report)} the programme changes nothing in this sum and costs "
        )
        yield from (cost, Piece("."))
    else:
        yield Piece(
            f"Over {span(report)} the programme would {'free' if report.gross_total >= 0 else 'add'} care worth "
        )
        yield from (Piece(rough(abs(report.gross_total)), strong=True), Piece(", "), *_cash(report))
        if not report.cost_total:
            yield from (
                Piece("; "),
                Piece("no cost has been entered yet, so this is not a result", strong=True),
                Piece("."),
            )
            return
        worth = report.net_total >= 0
        difference = f"{rough(abs(report.net_total))} more than it {'costs' if worth else 'is worth'}"
        yield from (Piece(", and cost "), cost, Piece(f": it {'is worth' if worth else 'costs'} "))
        yield from (Piece(difference, strong=True), Piece("."))
    yield from _missing(report, name)


def _cash(report: Report) -> Iterator[Piece]:
    cash = report.cashable_total
    if not cash:
        yield Piece("none of it as cash", strong=True)
        return
    yield Piece("of which " if cash > 0 else "with ")
    yield Piece(rough(abs(cash)), strong=True)
    yield Piece(" could be released as cash" if cash > 0 else " more to pay in cash")


def _missing(report: Report, name: Callable[[str], str]) -> Iterator[Piece]:
    """The services that look free because nobody has said what they cost."""
    places = [warning.field for warning in report.warnings if warning.code == "no-cost"]
    services = list(report.cost_by_intervention)
    free = [name(services[int(place.partition("[")[2].partition("]")[0])]) for place in places]
    if free:
        words = f"{', '.join(free[:-1])} and {free[-1]}" if len(free) > 1 else free[0]
        yield Piece(" ")
        yield Piece(f"No cost has been entered for {words}, so the true cost is higher.", strong=True)
