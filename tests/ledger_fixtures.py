"""People with browsers and programs over a true site with a ledger of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
from lxml import html

from wsic_graph.ledger.people import Account, add_account
from wsic_graph.ledger.store import Ledger

PASSWORD = "correct horse battery"  # noqa: S105  of accounts that these tests make
WIGAN = "initiative/wigan-deal"
WIGAN_IRI = f"https://w3id.org/wsic/id/{WIGAN}"


class Person:
    """A browser: it keeps cookies, reads the forms of pages and sends them as they stand, with changes."""

    def __init__(self, site: httpx.Client) -> None:
        self.client = httpx.Client(base_url=site.base_url, timeout=60, trust_env=False)
        self.page: Any = None
        self.answer: httpx.Response

    def get(self, place: str) -> httpx.Response:
        """Open a page."""
        self.answer = self.client.get(place, follow_redirects=True)
        self.page = html.fromstring(self.answer.text) if self.answer.text else None
        return self.answer

    @property
    def text(self) -> str:
        """The words of the page."""
        return re.sub(r"\s+", " ", self.page.text_content())

    def fields(self, action: str, place: int = 0) -> dict[str, list[str]]:
        """What the form that leads to ``action`` would send."""
        forms = [form for form in self.page.forms if form.method == "POST" and form.action == action]
        assert forms, f"{self.answer.status_code}: {self.text[:1500]}"
        found: dict[str, list[str]] = {}
        for name, value in forms[place].form_values():
            found.setdefault(name, []).append(value)
        return found

    def send(self, action: str, change: dict[str, Any] | None = None, place: int = 0) -> httpx.Response:
        """Send a form of the page with some fields changed."""
        fields: dict[str, Any] = {**self.fields(action, place), **(change or {})}
        self.answer = self.client.post(action, data=fields, follow_redirects=True)
        self.page = html.fromstring(self.answer.text)
        return self.answer

    @property
    def here(self) -> str:
        """The path of the page."""
        return self.answer.url.path

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in."""
        self.get("/account/sign-in")
        return self.send("/account/sign-in", {"name": name, "password": password})


def editor_of(data_dir: Path, name: str = "ed", role: str = "editor") -> Account:
    """A new account in the ledger."""
    ledger = Ledger(data_dir)
    try:
        return add_account(ledger, name, role, PASSWORD, f"{name.title()} of the editors")
    finally:
        ledger.close()
