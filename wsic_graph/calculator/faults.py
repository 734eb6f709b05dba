"""What is wrong with a scenario, and what would be right."""

from __future__ import annotations

from dataclasses import dataclass

from wsic_graph.errors import WsicError


@dataclass(frozen=True)
class Fault:
    """One thing wrong: ``field`` as ``outcomes[0].unit_cost``, ``limit`` what is taken there, and an ``example``."""

    field: str
    message: str
    limit: str
    example: str

    def __str__(self) -> str:
        example = f", for example {self.example}" if self.example else ""
        return f"{self.field}: {self.message}. Give {self.limit}{example}."


class ScenarioError(WsicError):
    """A scenario is not right; ``faults`` lists everything that is wrong."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))
