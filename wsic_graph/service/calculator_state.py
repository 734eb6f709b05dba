"""What somebody chose on the page of the calculator, as the address of the page has it.

Whatever belongs to one thing of many has one shape, ``name=key:value``, and may be repeated:
``set=/interventions/telecare/uptake:0.6``, ``deadweight=reablement--readmissions:0.5``, ``payer=acute:1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

PAIRED = {"set": "overrides", "deadweight": "deadweight", "overlap": "overlaps", "payer": "payers"}
"""Names in the address for values that belong to one of many things, with the field of the choice they fill."""
_MANY = ("intervention", "prefer")
_SINGLE = ("area", "value_case", "cohort", "persons", "horizon", "evidence", "valuation")
_FLAGS = ("recalled", "uncorrected")
_DEFAULTS = {"cohort": "adults", "horizon": "5", "evidence": "controlled", "valuation": "admissions"}
_MOST, _LONGEST = 1_000, 400
_PER_YEAR = ("/ramp", "/profile", "/cashable")
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True)
class State:
    """The choices as they were typed; nothing is checked yet."""

    single: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    paired: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    """What in the address cannot be read, by the name of the field."""

    def __getitem__(self, name: str) -> str:
        """A value of which there is one, as typed, or what stands for it."""
        return self.single.get(name, _DEFAULTS.get(name, ""))

    def value(self, name: str, key: str) -> str:
        """The value given for one of many things, or an empty string."""
        return self.paired.get(name, {}).get(key, "")

    @property
    def missing(self) -> str:
        """What has to be chosen before anything can be calculated, in words; empty if nothing."""
        programme = self["value_case"] or self.many.get("intervention")
        if self["area"] and programme:
            return ""
        return "a council" if programme else "a value case or services" if self["area"] else "a council and a programme"

    def choice(self) -> dict[str, Any]:
        """The fields of a choice of quick mode; the area as typed."""
        horizon = self["horizon"]
        return {
            "area": self["area"],
            "value_case": self["value_case"] or None,
            "interventions": list(self.many.get("intervention", ())),
            "cohort": self["cohort"],
            "persons": _plain(self["persons"]) or None,
            "horizon": int(horizon) if re.fullmatch(r"\d{1,4}", horizon, re.ASCII) else horizon,
            "evidence": self["evidence"],
            "recalled": "recalled" in self.flags,
            "valuation": self["valuation"],
            "prefer": list(self.many.get("prefer", ())),
            "optimism": "uncorrected" not in self.flags,
            **{
                wide: {key: typed(value, key) for key, value in self.paired.get(name, {}).items()}
                for name, wide in PAIRED.items()
            },
        }

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of the address, in one order, without what stands for itself."""
        found = [(name, self[name]) for name in _SINGLE if self[name] and self[name] != _DEFAULTS.get(name)]
        found += [(name, value) for name in _MANY for value in self.many.get(name, ())]
        found += [(name, "yes") for name in _FLAGS if name in self.flags]
        for name in PAIRED:
            found += [(name, f"{key}:{value}") for key, value in self.paired.get(name, {}).items()]
        return found

    def address(self, path: str = "/calculator") -> str:
        """The address of a page for these choices."""
        pairs = self.pairs()
        return f"{path}?{urlencode(pairs, safe='/:,', quote_via=quote)}" if pairs else path

    def with_area(self, code: str) -> State:
        """The same with the area by its code."""
        return replace(self, single={**self.single, "area": code})


def read_state(pairs: Iterable[tuple[str, str]]) -> State:
    """The choices in the names and values of an address or of the form.

    The form writes ``name:key`` and ``value``; what is empty was not chosen.
    """
    single: dict[str, str] = {}
    many: dict[str, list[str]] = {name: [] for name in _MANY}
    flags: set[str] = set()
    paired: dict[str, dict[str, str]] = {name: {} for name in PAIRED}
    wrong: dict[str, str] = {}
    for name, raw in list(pairs)[:_MOST]:
        value = raw.strip()[:_LONGEST]
        family, _, key = name.partition(":")
        if not value:
            continue
        if name in _SINGLE:
            single[name] = value
        elif name in many and value not in many[name]:
            many[name].append(value)
        elif name in _FLAGS:
            flags.add(name)
        elif family in PAIRED:
            key, _, given = (key, "", value) if key else value.rpartition(":")
            if key and given.strip():
                paired[family][key] = given.strip()
            elif not key:
                wrong[family] = f"“{value[:80]}” has no colon; write it as key:value, such as {_EXAMPLES[family]}."
    return State(single, {name: tuple(found) for name, found in many.items()}, frozenset(flags), paired, wrong)


def state_of(choices: Mapping[str, Any]) -> State:
    """The choices of a run as the page has them."""
    pairs = [(name, str(choices[name])) for name in _SINGLE if choices.get(name) is not None]
    pairs += [("intervention", name) for name in choices.get("interventions", ())]
    pairs += [("prefer", name) for name in choices.get("prefer", ())]
    pairs += [("recalled", "yes")] * bool(choices.get("recalled"))
    pairs += [("uncorrected", "yes")] * (not choices.get("optimism", True))
    for name, wide in PAIRED.items():
        pairs += [(f"{name}:{key}", _written(value)) for key, value in choices.get(wide, {}).items()]
    return read_state(pairs)


def _written(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


_EXAMPLES = {
    "set": "/settings/discount_rate:0.035",
    "deadweight": "reablement--readmissions:0.5",
    "overlap": "emergency-admissions:0.5",
    "payer": "social-care:0.5",
}


def typed(value: str, key: str = "") -> Any:
    """A number as people type it, as the calculator reads it: without signs and separators, a list for years.

    What is no number stays as it is, so that the calculator can say so.
    """
    parts = re.split(r"[,;\s]+", value)
    if key.endswith(_PER_YEAR) and len(parts) > 1:
        return [_plain(part) for part in parts]
    return _plain(value)


def _plain(value: str) -> str:
    text = value.strip().replace("£", "").replace("\N{MINUS SIGN}", "-").strip()
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    share = re.fullmatch(r"(-?\d{1,6}(?:\.\d{1,6})?)\s*%", text, re.ASCII)
    return f"{float(share[1]) / 100:.10g}" if share else text
