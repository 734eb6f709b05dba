"""A kept run as text: everything but the report, which is calculated again from it and is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from wsic_graph.calculator.results import Report
from wsic_graph.prefill import Prefilled
from wsic_graph.runs.run import Run, identifier_of


@dataclass(frozen=True)
class Record:
    """What is kept of a run. Nothing in it says who kept it."""

    choices: Mapping[str, Any]
    scenario: Mapping[str, Any]
    prefilled: Prefilled | None
    data_version: str
    software: str
    kept_on: date

    @property
    def identifier(self) -> str:
        """The name of the run."""
        return identifier_of(self.choices, self.scenario, self.data_version)

    def text(self) -> str:
        """The record as JSON."""
        return _RECORD.dump_json(self).decode()

    def run(self, report: Report) -> Run:
        """The run, with what came out."""
        return Run(
            self.identifier,
            self.choices,
            self.scenario,
            self.prefilled,
            report,
            self.data_version,
            self.software,
            self.kept_on,
        )


_RECORD = TypeAdapter(Record)


def read_record(text: str) -> Record:
    """The record that :meth:`Record.text` wrote."""
    return _RECORD.validate_json(text)
