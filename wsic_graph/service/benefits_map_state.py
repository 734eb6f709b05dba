"""What the page of the benefits map shows, as its address says, and the addresses of its other states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from wsic_graph.mapped.model import Thing
from wsic_graph.mapped.narrow import Chosen
from wsic_graph.service.links import address

PATH = "/benefits-map"
ALL = "all"
"""The care group of an address that asks for every care group."""
FIRST = "frailty"
"""The care group that is shown first: the one for which most has been tried by teams from several services, and
whose whole map fits one picture."""
SORTS = ("intervention", "outcome", "care_group", "share", "grade")
"""What the table can be sorted by; the first is the usual order."""
NAMES = ("show", "care_group", "benefit", "sector", "intervention", "grade", "links", "focus", "run", "sort")
_NARROWING = ("care_group", "benefit", "sector", "intervention", "focus", "run")
_LONGEST = 120


@dataclass(frozen=True)
class State:
    """The values of the address, each cut to a sensible length; empty where nothing was given."""

    show: str = ""
    care_group: str = ""
    benefit: str = ""
    sector: str = ""
    intervention: str = ""
    grade: str = ""
    links: str = ""
    focus: str = ""
    run: str = ""
    sort: str = ""

    @property
    def mode(self) -> Literal["dependencies", "money"]:
        """Which of the two pictures is shown; they are never mixed."""
        return "money" if self.show == "money" else "dependencies"

    @property
    def group(self) -> str:
        """The care group that is shown, empty for all. Pounds of two care groups are never added: they overlap."""
        if self.care_group and self.care_group != ALL:
            return self.care_group
        if self.mode == "money" and not self.run:
            return FIRST
        return "" if any(getattr(self, name) for name in _NARROWING) else FIRST

    @property
    def chosen(self) -> Chosen:
        """What the map is narrowed by."""
        every = self.links == ALL or (bool(self.focus) and self.links != "judged")
        return Chosen(self.group, self.benefit, self.sector, self.intervention, self.grade, self.focus, every)

    def address(self, form: str = "", **changes: Any) -> str:
        """The address of the page, or of the file ``form``, with ``changes``."""
        other = replace(self, **changes)
        values = {name: getattr(other, name) for name in NAMES}
        return address(f"{PATH}{f'.{form}' if form else ''}", **values)

    def focused(self, thing: Thing) -> str:
        """The address with ``thing`` in focus, or without any if it is in focus already."""
        name = f"{thing.iri.kind}/{thing.iri.slug}"
        return self.address(focus="" if self.focus == name else name, care_group=self.group or ALL)


def read_state(given: Mapping[str, str]) -> State:
    """The state in the values of an address; names that are not known are left out."""
    return State(**{name: given[name].strip()[:_LONGEST] for name in NAMES if given.get(name)})
