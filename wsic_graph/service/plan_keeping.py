"""Plans that somebody asked to be kept: versions that are never changed, under a link to read and a link to edit.

They are texts in the store for kept things (:mod:`wsic_graph.service.kept`): append-only, limited for each client and
in all, and of nobody's account. A plan has codes that begin with its name: ``<name>`` holds the hash of the secret of
its edit link, ``<name>.v00001`` a version, and ``<name>.d<hash>`` a draft, which versions share until it is drafted
again. The ledger's drafts are proposals to the graph, with an owner and a decision at their end; a plan has neither.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from wsic_graph.plans.edits import Edits
from wsic_graph.plans.model import Plan
from wsic_graph.service.graph import NoSuchRecord
from wsic_graph.service.kept import KeptTexts
from wsic_graph.settings import Settings

MOST_VERSIONS = 2_000
"""Versions that one plan may have."""
_NAME = re.compile(r"[0-9a-f]{24}")
_HASH = 32


class Version(BaseModel):
    """One version as it is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    saved: str = ""
    """Day and time in UTC, to the minute."""
    what: str
    """What was done."""
    draft: str = ""
    """Hash of the draft that it is of."""
    edits: Edits


@dataclass(frozen=True)
class Kept:
    """A plan in one of its versions."""

    name: str
    version: Version
    plan: Plan
    count: int
    """How many versions there are."""


class PlanStore:
    """The kept plans of one installation."""

    def __init__(self, settings: Settings) -> None:
        self.texts = KeptTexts(
            settings.data_dir / "plans.sqlite3",
            settings.plans_mb,
            settings.plans_per_hour,
            "versions of plans",
            "Take the plan away as a file.",
        )

    def begin(self, plan: Plan, client: str) -> tuple[str, str]:
        """Keep a new plan; its name, and the secret of its edit link, which is kept as a hash alone."""
        name, secret = secrets.token_hex(12), secrets.token_urlsafe(24)
        self.texts.keep([name], json.dumps({"edit": _hash(secret)}), client)
        self._add(name, plan, Version(number=1, what="Drafted from the graph", edits=Edits()), client)
        return name, secret

    def save(self, kept: Kept, plan: Plan, edits: Edits, what: str, client: str) -> int:
        """Keep a new version after the newest; its number. Raises ``HTTPException`` 409 if another came first."""
        if kept.count >= MOST_VERSIONS:
            raise HTTPException(409, f"This plan has {kept.count:,} versions, which is the most. Start a new one.")
        return self._add(kept.name, plan, Version(number=kept.count + 1, what=what, edits=edits), client)

    def read(self, name: str, number: int = 0) -> Kept:
        """A version of a plan, the newest unless told. Raises ``NoSuchRecord``."""
        codes = self.texts.codes(f"{name}.v") if _NAME.fullmatch(name) else []
        wanted = _code(name, number or len(codes))
        text = self.texts.text(wanted) if wanted in codes else None
        if text is None:
            raise NoSuchRecord("plan", f"{name[:24]}{f', version {number}' if number else ''}", "/plan")
        version = Version.model_validate_json(text)
        draft = self.texts.text(f"{name}.d{version.draft}")
        assert draft is not None, "a version is kept after its draft"
        return Kept(name, version, Plan.model_validate_json(draft), len(codes))

    def versions(self, name: str) -> list[Version]:
        """Every version of a plan, the newest first."""
        found = (self.texts.text(code) for code in reversed(self.texts.codes(f"{name}.v")))
        return [Version.model_validate_json(text) for text in found if text]

    def admits(self, name: str, secret: str) -> bool:
        """Whether ``secret`` is that of the edit link of a plan."""
        text = self.texts.text(name) if _NAME.fullmatch(name) else None
        return text is not None and hmac.compare_digest(json.loads(text)["edit"], _hash(secret))

    def forget(self, name: str) -> None:
        """Take a plan away with all its versions."""
        self.texts.forget(name)

    def _add(self, name: str, plan: Plan, version: Version, client: str) -> int:
        text = plan.model_dump_json()
        digest = hashlib.sha256(text.encode()).hexdigest()[:_HASH]
        if f"{name}.d{digest}" not in self.texts.codes(f"{name}.d"):
            self.texts.keep([f"{name}.d{digest}"], text, client)
        saved = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
        version = version.model_copy(update={"saved": saved, "draft": digest})
        try:
            self.texts.keep([_code(name, version.number)], version.model_dump_json(), client)
        except HTTPException as error:
            if error.status_code == 507 and _code(name, version.number) in self.texts.codes(f"{name}.v"):
                raise HTTPException(
                    409,
                    "Somebody else saved this plan in the same moment. Go back, load the page again and save again.",
                ) from None
            raise
        return version.number


def _code(name: str, number: int) -> str:
    return f"{name}.v{number:05}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
