"""The kinds of value that a scenario is made of: each knows its unit, its limits and an example.

Numbers may be written as JSON numbers or as decimal text ("0.20"). What is not right is refused in words that say
what was found and what would be right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

LONGEST_HORIZON = 10
"""Most years of a run."""
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_FINANCIAL_YEAR = re.compile(r"(19|20)(\d\d)/(\d\d)", re.ASCII)


@dataclass(frozen=True)
class Estimate:
    """A number with, if they are known, its lower and upper limit; ``low <= central <= high``."""

    central: float
    low: float | None = None
    high: float | None = None

    @property
    def limited(self) -> bool:
        """Whether limits were given, and differ."""
        return self.low is not None and self.high is not None and self.low < self.high


@dataclass(frozen=True)
class Kind:
    """What a number may be. With ``above``, ``low`` itself is not allowed."""

    low: float
    high: float
    unit: str
    example: str
    above: bool = False

    @property
    def limit(self) -> str:
        """The limits in words."""
        if self.above:
            return f"above {_plain(self.low)}, at most {_plain(self.high)}"
        return f"from {_plain(self.low)} to {_plain(self.high)}"

    def read(self, value: object) -> float:
        """``value`` as a number within the limits. Raises ``PydanticCustomError``."""
        number = self._number(value)
        if not math.isfinite(number):
            raise self.wrong(f"{_shown(value)} is not a finite number")
        if number < self.low or (self.above and number == self.low):
            raise self.wrong(f"{_shown(value)} is too low")
        if number > self.high:
            raise self.wrong(f"{_shown(value)} is too high")
        return number

    def _number(self, value: object) -> float:
        if isinstance(value, str):
            if len(value) <= 40 and _DECIMAL.fullmatch(value.strip()):
                return float(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return float(value)
            except OverflowError:
                return math.inf
        raise self.wrong(f"{_shown(value)} is not a number")

    def wrong(self, words: str, wanted: str = "a number") -> PydanticCustomError:
        """The error that says ``words`` and what would be right."""
        return refusal(words, f"{wanted} {self.limit} ({self.unit})", self.example)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema has it."""
        lowest = {"exclusiveMinimum" if self.above else "minimum": self.low}
        return {"type": ["number", "string"], **lowest, "maximum": self.high}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _plain_schema(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _documented(self, self.schema())


def refusal(words: str, limit: str, example: str) -> PydanticCustomError:
    """An error of one field: what is wrong, what is right, and an example of it."""
    return PydanticCustomError(
        "scenario", "{words}; give {limit}, for example {example}", {"words": words, "limit": limit, "example": example}
    )


def _shown(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        return "a list" if isinstance(value, list | tuple) else "an object"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > 200:
        return "a number of more than 60 digits"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,}"


@dataclass(frozen=True)
class Whole:
    """A whole number from ``low`` to ``high``."""

    low: int
    high: int
    example: str

    def read(self, value: object) -> int:
        """``value`` as a whole number within the limits. Raises ``PydanticCustomError``."""
        limit = f"a whole number from {self.low:,} to {self.high:,}"
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise refusal(f"{_shown(value)} is not a whole number", limit, self.example)
        if not self.low <= value <= self.high:
            raise refusal(f"{_shown(value)} is too {'low' if value < self.low else 'high'}", limit, self.example)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _plain_schema(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high, "examples": [int(self.example)]}


@dataclass(frozen=True)
class Ranged:
    """A number of a kind, or an object with its ``low``, ``central`` and ``high``; read as :class:`Estimate`."""

    kind: Kind

    def read(self, value: object) -> Estimate:
        """``value`` as an estimate. Raises ``PydanticCustomError``."""
        if isinstance(value, Estimate):
            return value
        if not isinstance(value, Mapping):
            return Estimate(self.kind.read(value))
        if set(value) != {"low", "central", "high"}:
            raise self.kind.wrong("an object has exactly low, central and high", "a number or such an object,")
        low, central, high = (self.kind.read(value[name]) for name in ("low", "central", "high"))
        if not low <= central <= high:
            found = f"low {low:g}, central {central:g} and high {high:g} are not in rising order"
            raise self.kind.wrong(found, "rising numbers")
        return Estimate(central, low, high)

    def schema(self) -> dict[str, Any]:
        """As JSON Schema has it."""
        names = ("low", "central", "high")
        limits = {
            "type": "object",
            "properties": {name: self.kind.schema() for name in names},
            "required": list(names),
            "additionalProperties": False,
        }
        return {"anyOf": [self.kind.schema(), limits]}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _plain_schema(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _documented(self.kind, self.schema())


@dataclass(frozen=True)
class PerYear:
    """One number of a kind for every year, or a list with one for each; with ``limits`` also a range for all years."""

    kind: Kind
    limits: bool = False

    def read(self, value: object) -> float | Estimate | tuple[float, ...]:
        """``value`` as a number, a tuple or an estimate. Raises ``PydanticCustomError``."""
        if isinstance(value, list | tuple):
            if not 1 <= len(value) <= LONGEST_HORIZON:
                raise self.kind.wrong(f"the list has {len(value)} values", "one number, or a list of one a year, each")
            return tuple(self.kind.read(item) for item in value)
        if self.limits and isinstance(value, Mapping | Estimate):
            return Ranged(self.kind).read(value)
        return self.kind.read(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _plain_schema(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        array = {"type": "array", "items": self.kind.schema(), "minItems": 1, "maxItems": LONGEST_HORIZON}
        single = Ranged(self.kind).schema()["anyOf"] if self.limits else [self.kind.schema()]
        return _documented(self.kind, {"anyOf": [*single, array]})


def _plain_schema(read: Callable[[object], object]) -> CoreSchema:
    written = core_schema.plain_serializer_function_ser_schema(_written)
    return core_schema.no_info_plain_validator_function(read, serialization=written)


def _written(value: Any) -> Any:
    if isinstance(value, Estimate):
        if value.low is None:
            return value.central
        return {"low": value.low, "central": value.central, "high": value.high}
    return value


def _documented(kind: Kind, schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "x-unit": kind.unit, "x-limit": kind.limit, "examples": [kind.example]}


def _financial_year(value: object) -> str:
    found = _FINANCIAL_YEAR.fullmatch(value) if isinstance(value, str) else None
    if found is None or (int(found[2]) + 1) % 100 != int(found[3]):
        raise refusal(f"{_shown(value)} is not a financial year", "two years that follow each other", "2023/24")
    return found[0]


FinancialYear = Annotated[
    str,
    PlainValidator(_financial_year),
    WithJsonSchema({"type": "string", "pattern": "^(19|20)[0-9]{2}/[0-9]{2}$", "examples": ["2023/24"]}),
]
"""A financial year as ``2023/24``."""

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^/\x00-\x1f\x7f]+$")]
"""The name by which the parts of a scenario refer to each other; it has no slash."""

SHARE = Kind(0, 1, "share", "0.6")
REDUCTION = Kind(-1, 1, "share; positive means less activity", "0.2")
POUNDS = Kind(0, 1e12, "pounds", "60000")
UNIT_COST = Kind(0, 1e9, "pounds per unit", "2595.43", above=True)
PERSONS = Kind(0, 1e9, "persons", "1000")
UNITS = Kind(0, 1e12, "units a year", "500")
YEARLY_CHANGE = Kind(-0.9, 10, "share a year", "0.02")
