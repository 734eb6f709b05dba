"""What people make of a drafted plan: their own words, answers, goals and sums, kept apart from what was drafted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from wsic_graph.calculator.faults import Fault
from wsic_graph.plans.model import Part, Plan, Statement

LONGEST = 8_000
"""Most characters of one text."""
MOST_SUMS = 40
"""Most lines of income, and of spending."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")
_NUMBER = re.compile(r"-?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,6})?", re.ASCII)
Text = Annotated[str, StringConstraints(max_length=LONGEST)]
Name = Annotated[str, StringConstraints(max_length=200)]


class Answer(Part):
    """The answer to a national condition."""

    met: Literal["", "yes", "partly", "no"] = ""
    text: Text = Field("", description="Evidence, or what will be done and by when.")


class Goal(Part):
    """The goal for a metric."""

    value: Decimal | None = None
    baseline: Decimal | None = Field(None, description="The area's own baseline, in place of that of the graph.")
    text: Text = Field("", description="Why it can be reached.")


class Sum(Part):
    """A line of income or of spending, in pounds."""

    name: Name
    amount: Decimal


class Edits(Part):
    """Everything that people entered. Nothing of it is a statement of the graph."""

    statements: dict[str, Text] = Field(
        default_factory=dict, description="Own words for a drafted statement, by its id; empty where it is struck out."
    )
    texts: dict[str, Text] = Field(default_factory=dict, description="Own text of a section, by its name.")
    answers: dict[str, Answer] = Field(default_factory=dict, description="By national condition.")
    goals: dict[str, Goal] = Field(default_factory=dict, description="By metric.")
    income: tuple[Sum, ...] = ()
    spending: tuple[Sum, ...] = ()

    def words(self, statement: Statement) -> str:
        """What a statement says now; empty where it is struck out."""
        return self.statements.get(statement.id, statement.text)

    def part(self, plan: Plan, slug: str) -> object:
        """All that was entered in one section, to tell whether it has changed."""
        section = plan.section(slug)
        ids = {one.id for one in section.statements} if section else set()
        found: list[object] = [{key: text for key, text in self.statements.items() if key in ids}, self.texts.get(slug)]
        found.append({"national-conditions": self.answers, "metrics": self.goals}.get(slug))
        found.append({"income": self.income, "expenditure": self.spending}.get(slug))
        return found


def tidy(text: str) -> str:
    """``text`` as plain text: lines and paragraphs, no control characters, no spaces at its ends."""
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def paragraphs(text: str) -> list[list[str]]:
    """The paragraphs of a text, each as its lines."""
    return [block.split("\n") for block in text.split("\n\n") if block.strip()]


def edited(plan: Plan, edits: Edits, slug: str, fields: Sequence[tuple[str, str]]) -> tuple[Edits, list[Fault]]:
    """``edits`` with what the form of one section says: names ``text``, ``say:<id>``, ``strike``, ``met:<condition>``,
    ``evidence:<condition>``, ``goal:<metric>``, ``baseline:<metric>``, ``reason:<metric>``, ``name`` and ``amount``.

    Faults name the fields that are not right; these are left as they were.
    """
    section = plan.section(slug)
    if section is None:
        return edits, [Fault("section", f"“{slug[:40]}” is not in this plan", "a section of the plan", "")]
    values = dict(fields)
    faults: list[Fault] = []
    texts = dict(edits.texts)
    text = _text("text", values.get("text", ""), faults)
    texts.pop(slug, None)
    if text:
        texts[slug] = text
    struck = {value for name, value in fields if name == "strike"}
    statements = dict(edits.statements)
    for one in section.statements:
        own = _text(f"say:{one.id}", values.get(f"say:{one.id}", one.text), faults)
        statements.pop(one.id, None)
        if one.id in struck or not own:
            statements[one.id] = ""
        elif " ".join(own.split()) != one.text:
            statements[one.id] = own
    changed: dict[str, object] = {"statements": statements, "texts": texts}
    if slug == "national-conditions":
        changed["answers"] = _answers(plan, values, faults)
    elif slug == "metrics":
        changed["goals"] = _goals(plan, edits, values, faults)
    elif slug in ("income", "expenditure"):
        changed["income" if slug == "income" else "spending"] = _sums(fields, faults)
    return edits.model_copy(update=changed), faults


def _text(field: str, text: str, faults: list[Fault]) -> str:
    found = tidy(text)
    if len(found) > LONGEST:
        faults.append(Fault(field, f"has {len(found):,} characters", f"at most {LONGEST:,}", ""))
        return found[:LONGEST]
    return found


def _answers(plan: Plan, values: Mapping[str, str], faults: list[Fault]) -> dict[str, Answer]:
    found = {}
    for one in plan.conditions:
        met = values.get(f"met:{one.slug}", "")
        text = _text(f"evidence:{one.slug}", values.get(f"evidence:{one.slug}", ""), faults)
        if met not in ("", "yes", "partly", "no"):
            faults.append(Fault(f"met:{one.slug}", f"“{met[:20]}” is no answer", "yes, partly or no", "yes"))
        elif met or text:
            found[one.slug] = Answer(met=met, text=text)
    return found


def _goals(plan: Plan, edits: Edits, values: Mapping[str, str], faults: list[Fault]) -> dict[str, Goal]:
    found = {}
    for one in plan.metrics:
        before = edits.goals.get(one.slug, Goal())
        goal = Goal(
            value=number(f"goal:{one.slug}", values.get(f"goal:{one.slug}", ""), faults, before.value),
            baseline=number(f"baseline:{one.slug}", values.get(f"baseline:{one.slug}", ""), faults, before.baseline),
            text=_text(f"reason:{one.slug}", values.get(f"reason:{one.slug}", ""), faults),
        )
        if goal != Goal():
            found[one.slug] = goal
    return found


def number(field: str, text: str, faults: list[Fault], before: Decimal | None = None) -> Decimal | None:
    """A number as people type it; None for nothing. What is no number is a fault, and ``before`` stays."""
    given = text.strip().removeprefix("£").removesuffix("%").replace("\N{MINUS SIGN}", "-").strip()
    if not given:
        return None
    if not _NUMBER.fullmatch(given):
        faults.append(Fault(field, f"“{text.strip()[:40]}” is no number", "a number", "560.5"))
        return before
    return Decimal(given.replace(",", ""))


def _sums(fields: Sequence[tuple[str, str]], faults: list[Fault]) -> tuple[Sum, ...]:
    names = [" ".join(tidy(value).split())[:200] for name, value in fields if name == "name"]
    amounts = [value for name, value in fields if name == "amount"]
    found = []
    for place, (name, amount) in enumerate(zip(names, amounts, strict=False), 1):
        value = number(f"amount {place}", amount, faults)
        if name and value is not None:
            found.append(Sum(name=name, amount=value))
        elif name or value is not None:
            faults.append(Fault(f"line {place}", "has only a name or only an amount", "both", "NHS minimum: 9,500,000"))
    if len(found) > MOST_SUMS:
        faults.append(Fault("lines", f"are {len(found)}", f"at most {MOST_SUMS}", ""))
    return tuple(found[:MOST_SUMS])
