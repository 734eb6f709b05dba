"""What people use in a year before the programme: counted here, else modelled by the documented fallback.

The fallbacks are those of the notes on the area data: what came before the council by shares of its people, then
the rate of England. Three counts of emergency admissions are three measures; one run uses one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wsic_graph.prefill.facts import total
from wsic_graph.prefill.numbers import Number
from wsic_graph.prefill.people import HUNDRED, Ages, People, Segment

SITREP, RETURN, EPISODES = "emergency-admissions-ae-sitrep", "emergency-admissions", "emergency-admissions-hes"
MORBIDITY = "acute-morbidity-ratio"


@dataclass(frozen=True)
class Measure:
    """Where the activity of an outcome is counted."""

    indicator: str
    band: str
    ages: Ages
    words: str = ""


MEASURES: dict[str, Measure] = {
    "ae-attendances": Measure("ae-attendances", "all", "all"),
    "outpatient-attendances": Measure(
        "outpatient-first-attendances", "all", "all", "first attendances only, so follow-up visits are left out"
    ),
    "elective-admissions": Measure("elective-admissions", "all", "all"),
    "delayed-transfers": Measure("delayed-transfer-days", "18plus", "adults"),
    "home-care-hours": Measure("home-care-hours", "18plus", "adults", "hours that the council arranged"),
}
HOLDS_ALL = {
    "leaving-hospital": frozenset({"emergency-admissions", "readmissions", "emergency-bed-days", "delayed-transfers"}),
    "long-term-support": frozenset({"home-care-hours", "care-home-admissions"}),
}
"""Groups to whom, by what they are, all of an outcome of older people falls."""
LONG_TERM_SHARE = {"outpatient-attendances": "s4-ltc-op"}
"""The published share of an outcome that falls to people with a long-term condition."""


class Activity:
    """The activity of the people of one segment."""

    def __init__(self, people: People, segment: Segment) -> None:
        self.people, self.segment = people, segment
        self._known: dict[str, Number | None] = {}

    def baseline(self, outcome: str) -> Number | None:
        """Units a year of ``outcome``, or None if the graph holds nothing to work them out from."""
        if outcome not in self._known:
            self._known[outcome] = self._worked_out(outcome)
        return self._known[outcome]

    def _worked_out(self, outcome: str) -> Number | None:
        if outcome in HOLDS_ALL.get(self.segment.group or "", ()):
            every = Activity(self.people, self.people.segment("65plus")).baseline(outcome)
            return every and every.said(f"{every.how}; all of it falls to these people")
        special: dict[str, Callable[[], Number | None]] = {
            "emergency-admissions": self._emergency,
            "readmissions": self._readmissions,
            "emergency-bed-days": self._bed_days,
            "care-home-admissions": self._care_home,
        }
        if outcome in special:
            return special[outcome]()
        return self._measured(outcome, MEASURES[outcome]) if outcome in MEASURES else None

    def _measured(self, outcome: str, measure: Measure) -> Number | None:
        counted = self._counted(measure.indicator, measure.band, measure.ages)
        if counted is None:
            return None
        if measure.words:
            counted = counted.said(f"{counted.how} ({measure.words})")
        if self.segment.group == "long-term-conditions" and outcome in LONG_TERM_SHARE:
            figure = self.people.facts.national(LONG_TERM_SHARE[outcome])
            share = Number.of(figure) / HUNDRED
            how = f"{counted.how}; of these {figure.value:f} per cent in England ({figure.label}, {figure.period})"
            return (counted * share).said(how, modelled=True)
        if outcome == "home-care-hours" and self.segment.ages == "older" and self.segment.whole:
            return self._older_home_care(counted)
        return self._for_segment(counted, measure.ages)

    def _older_home_care(self, counted: Number) -> Number:
        parts = [self.people.statistics.newest("home-care-clients", band) for band in ("65plus", "18plus")]
        older, every = parts
        if older is None or every is None or not every.value:
            return self._for_segment(counted, "adults")
        how = f"{counted.how}, by the share of home care clients who were 65 and over ({older.period})"
        return (counted * (Number.of(older) / Number.of(every))).said(how, modelled=True)

    def _counted(self, indicator: str, band: str, ages: Ages) -> Number | None:
        """What is counted of ``indicator`` in the place: its own, that of its predecessors, or the rate of England."""
        own = self.people.statistics.newest(indicator, band)
        if own is not None and own.value:
            return Number.of(own)
        return self._before(indicator, band, ages) or self._as_england(indicator, band, ages)

    def _before(self, indicator: str, band: str, ages: Ages) -> Number | None:
        kin = self.people.place.predecessors
        figures = [self.people.facts.statistics(old.area).newest(indicator, band) for old in kin]
        there = [(old, figure) for old, figure in zip(kin, figures, strict=True) if figure is not None]
        if not kin or len(there) < len(kin) or len({figure.period for _, figure in there}) > 1:
            return None
        parts = [Number.of(figure) * Number.of(old.share65 if ages == "older" else old.share) for old, figure in there]
        found = parts[0]
        for part in parts[1:]:
            found = found + part
        names = ", ".join(old.label for old, _ in there)
        figure = there[0][1]
        how = f"{figure.label} of {names}, {figure.period}, by the share of its people that came to the new council"
        return found.said(how, figure.unit, modelled=True)

    def _as_england(self, indicator: str, band: str, ages: Ages) -> Number | None:
        national = self.people.facts.england.newest(indicator, band)
        if national is None:
            return None
        local, england = self.people.population(ages), self.people.england(ages, national.start)
        own = self.people.statistics.newest(indicator, band)
        why = "Not counted here" if own is None else f"A nought was returned here for {own.period}, which is no count"
        how = f"{why}, so the rate of England: {national.label}, {national.period}, over {england.how}"
        found = Number.of(national) / england * local
        return found.said(f"{how}; times {local.how} here", national.unit, modelled=True)

    def _for_segment(self, counted: Number, ages: Ages) -> Number:
        """A count for all people of ``ages`` as one for the segment, at the same use a head."""
        segment = self.segment
        inside = ages == "adults" and segment.ages == "all"  # a count of adults is all that everyone has of it
        if segment.whole and (segment.ages == ages or inside):
            return counted
        people = self.people.population(ages)
        how = f"{counted.how}; for these people as much a head as for all ({people.how}), though they may use more"
        return (counted / people * segment.population).said(how, modelled=True)

    @property
    def emergency_measure(self) -> str:
        """The one count of emergency admissions that this run uses."""
        if self.segment.ages == "older":
            return EPISODES
        own = self.people.statistics
        found = [name for name in (SITREP, RETURN) if own.newest(name, "all") is not None]
        return found[0] if found else SITREP

    def _emergency(self) -> Number | None:
        if self.segment.ages == "older":
            return self._emergency_older()
        counted = self._counted(self.emergency_measure, "all", "all")
        return counted and self._for_segment(counted, "all")

    def _emergency_older(self) -> Number | None:
        """Older people times the national rate times the local need for acute care over that of England."""
        national = self.people.facts.england.newest(EPISODES, "65plus")
        if national is None:
            return None
        england = self.people.england("older", national.start)
        found = Number.of(national) / england * self.segment.population
        how = (
            f"Not published by council for older people: the national rate ({national.label}, {national.period}, "
            f"over {england.how}, the nearest held) times these people"
        )
        here = self.people.statistics.newest(MORBIDITY, "all")
        standard = here and self.people.facts.england.at(MORBIDITY, "all", here.iri.rsplit(".", 1)[-1])
        if here is None or standard is None:
            return found.said(how, "admissions", modelled=True)
        words = f"{how}, times the acute morbidity ratio here over that of England ({here.period})"
        return (found * (Number.of(here) / Number.of(standard))).said(words, "admissions", modelled=True)

    def _readmissions(self) -> Number | None:
        own = self.people.statistics.newest("emergency-readmissions", "all")
        if own is not None and self.segment.ages != "older":
            return self._for_segment(Number.of(own), "all")
        admissions = self.baseline("emergency-admissions")
        name = "emergency-readmissions-30-days"
        rate = self.people.statistics.newest(name, "all") or self.people.facts.england.newest(name, "all")
        if admissions is None or rate is None:
            return None
        how = (
            f"{rate.value:f} per cent ({rate.label}, {rate.period}) of the emergency admissions of these people; the "
            "published rate is of discharges"
        )
        return (admissions * (Number.of(rate) / HUNDRED)).said(how, "readmissions", modelled=True)

    def _bed_days(self) -> Number | None:
        admissions, england = self.baseline("emergency-admissions"), self.people.facts.england
        days = england.newest("emergency-bed-days", "all")
        stays = days and england.at(EPISODES, "all", days.iri.rsplit(".", 1)[-1])
        if admissions is None or days is None or stays is None:
            return None
        how = f"The emergency admissions of these people times the bed days of each in England, {days.period}"
        return (admissions * (Number.of(days) / Number.of(stays))).said(how, "bed days", modelled=True)

    def _care_home(self) -> Number | None:
        name = "care-home-admissions"
        if self.segment.ages == "older":
            counted = self._counted(name, "65plus", "older")
            return counted and self._for_segment(counted, "older")
        figures = self.people.statistics.together(name, ("18-64", "65plus"))
        counted = total(figures) if figures else self._as_england_adults(name)
        return counted and self._for_segment(counted, "adults")

    def _as_england_adults(self, name: str) -> Number | None:
        older = self._counted(name, "65plus", "older")
        return older and older.said(f"{older.how} (people aged 65 and over only)")
