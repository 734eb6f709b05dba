"""A list of existing services as JSON, in a request and in a file. Coverage is a share from 0 to 1, as in the graph."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wsic_graph.calculator.faults import Fault
from wsic_graph.existing.services import LONGEST_NAME, MOST_SERVICES, Draft, Row, Situation, plain

Name = Annotated[str, Field(max_length=200)]
_MOST_FAULTS = 30


class ListedService(BaseModel):
    """A service that there is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=LONGEST_NAME)] = Field(
        description="What it is called; no name of a person.", examples=["Home first team"]
    )
    intervention: Name = Field(description="The intervention that it delivers.", examples=["reablement"])
    care_group: Name = Field(description="The care group to which it delivers it.", examples=["older-people"])
    coverage: Annotated[Decimal, Field(ge=0, le=1, max_digits=13)] = Field(
        description="Share of the care group that it reaches, from 0 to 1.", examples=["0.35"]
    )


class ServiceList(BaseModel):
    """What an area has and wants."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    area: Name | None = Field(None, description="Code or name of a council, for people only.", examples=["E06000027"])
    care_group: Name | None = Field(
        None, description="The care group whose effects are counted; all if none is given.", examples=["older-people"]
    )
    benefits: Annotated[list[Name], Field(max_length=100)] = Field(
        default_factory=list, description="Benefits that partners have agreed on.", examples=[["independence-at-home"]]
    )
    services: Annotated[list[ListedService], Field(max_length=MOST_SERVICES)] = Field(
        default_factory=list, description="The services that there are."
    )
    enablers: Annotated[list[Name], Field(max_length=100)] = Field(
        default_factory=list, description="Enablers that are in place.", examples=[["workforce"]]
    )

    @property
    def draft(self) -> Draft:
        """The list as if it had been typed."""
        rows = [
            Row(one.name, one.intervention, one.care_group, f"{plain(one.coverage * 100)}%", f"services[{number}]")
            for number, one in enumerate(self.services)
        ]
        return Draft(
            self.area or "", tuple(self.benefits), tuple(rows), tuple(self.enablers), people=self.care_group or ""
        )


EXAMPLE: dict[str, Any] = {
    "area": "E06000027",
    "benefits": ["independence-at-home", "acute-spending"],
    "services": [
        {"name": "Home first team", "intervention": "reablement", "care_group": "older-people", "coverage": "0.35"},
        {"name": "Hospital at home", "intervention": "hospital-at-home", "care_group": "older-people", "coverage": 0.2},
    ],
    "enablers": ["workforce"],
}
"""A list that shows how to write one."""


def read_tree(tree: Any) -> Draft:
    """The list in parsed JSON; what is not right is a fault in it. A result that stands beside the list is not read."""
    if isinstance(tree, dict):
        tree = {name: value for name, value in tree.items() if name != "result"}
    try:
        return ServiceList.model_validate(tree).draft
    except ValidationError as error:
        return Draft(faults=tuple(_fault(dict(item)) for item in error.errors(include_url=False)[:_MOST_FAULTS]))


def _fault(item: dict[str, Any]) -> Fault:
    where = ""
    for part in item["loc"]:
        where += f"[{part}]" if isinstance(part, int) else f"{'.' if where else ''}{part}"
    words = str(item["msg"])
    known = ListedService if where.startswith("services[") else ServiceList
    names = ", ".join(known.model_fields)
    if item["type"] == "extra_forbidden":
        return Fault(where[:80], "is no field", f"only these: {names}", "")
    return Fault(where[:80] or "list", words[:1].lower() + words[1:], "a value as the example has it", _example(item))


def _example(item: dict[str, Any]) -> str:
    name = next((str(part) for part in reversed(item["loc"]) if isinstance(part, str)), "")
    field = ListedService.model_fields.get(name) or ServiceList.model_fields.get(name)
    return str(field.examples[0]) if field and field.examples else ""


def as_tree(situation: Situation) -> dict[str, Any]:
    """The list as JSON has it, which :func:`read_tree` reads."""
    return {
        "area": situation.area or None,
        "care_group": situation.people or None,
        "benefits": list(situation.benefits),
        "services": [
            {"name": one.name, "intervention": one.intervention, "care_group": one.care_group, "coverage": one.coverage}
            for one in situation.services
        ],
        "enablers": list(situation.enablers),
    }
