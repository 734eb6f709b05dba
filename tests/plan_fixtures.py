"""What the tests of plans share: one plan, and its address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlencode

import httpx

from wsic_graph.content import ROOT
from wsic_graph.plans.model import Plan

WORKED = (
    ("area", "E06000027"),
    ("year", "2025-26"),
    ("care_group", "older-people"),
    ("care_group", "frailty"),
    ("benefit", "independence-at-home"),
    ("benefit", "time-out-of-hospital"),
    ("intervention", "reablement"),
    ("intervention", "hospital-at-home"),
    ("intervention", "case-management"),
)
"""The choices of the worked plan in the guide."""
GUIDE = ROOT / "web" / "guide" / "plan.md"
_MARK = "fails if it differs.\n"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def plan_of(site: httpx.Client, pairs: Iterable[tuple[str, str]] = WORKED) -> Plan:
    """The plan for the choices, as the API gives it."""
    answer = site.get("/api/plan", params=list(pairs))
    assert answer.status_code == 200, answer.text
    return Plan.model_validate(answer.json()["plan"])


def guide_with(plan: str) -> str:
    """The guide with ``plan``, the worked plan as Markdown, in it; its headings are two levels lower."""
    text = GUIDE.read_text(encoding="utf-8")
    body = plan.partition("\n")[2]
    return text.partition(_MARK)[0] + _MARK + re.sub(r"^##", "###", body, flags=re.MULTILINE)


def posted(site: httpx.Client, path: str, *fields: tuple[str, str], **headers: str) -> httpx.Response:
    """The answer to a form."""
    return site.post(path, content=urlencode(fields), headers=FORM | headers)
