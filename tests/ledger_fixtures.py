"""People with browsers and programs over a true site with a ledger of its own."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
from lxml import html

from wsic_graph.ledger.people import Account, add_account
from wsic_graph.ledger.store import Ledger
from wsic_graph.namespaces import GRAPH
from wsic_graph.release.manifest import DATASET, MANIFEST, TABLES

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


def person_of(site: httpx.Client, name: str = "ed") -> Person:
    """The browser of somebody with an account, who is signed in."""
    person = Person(site)
    assert person.sign_in(name).status_code == 200, person.text
    return person


def letters(data_dir: Path, address: str) -> list[EmailMessage]:
    """The messages that were written to an address, the oldest first."""
    found = []
    for path in sorted((data_dir / "mail").glob("*.eml")):
        message = BytesParser(policy=default).parsebytes(path.read_bytes())
        assert isinstance(message, EmailMessage)
        if message["To"] == address:
            found.append(message)
    return found


def letter(data_dir: Path, address: str, count: int = 1) -> EmailMessage:
    """The message to an address that is the ``count``-th, which may be on its way."""
    deadline = time.monotonic() + 20
    while len(found := letters(data_dir, address)) < count:
        assert time.monotonic() < deadline, f"no message {count} to {address}"
        time.sleep(0.05)
    return found[count - 1]


def link_in(message: EmailMessage) -> str:
    """The path of the link that a message carries."""
    (found,) = re.findall(r"https?://[^/\s]+(/account/links/[\w-]+)$", message.get_content(), re.MULTILINE)
    return str(found)


def confirm(person: Person, data_dir: Path, address: str, back: str) -> None:
    """Open the link that was sent to an address and say that it is one's own, then go on to another page."""
    place = link_in(letter(data_dir, address))
    person.get(place)
    person.send(place)
    assert person.answer.status_code == 200, person.text
    person.get(back)


def editor_of(data_dir: Path, name: str = "ed", role: str = "editor") -> Account:
    """A new account in the ledger."""
    ledger = Ledger(data_dir)
    try:
        return add_account(ledger, name, role, PASSWORD, f"{name.title()} of the editors")
    finally:
        ledger.close()


def small_release(release: Path, target: Path, change: tuple[bytes, bytes] = (b"", b"")) -> Path:
    """The release without its observations, in ``target``: quick to load. ``change`` replaces some text in its lines.

    So a second release can be made that differs from the first in a few words, as an upgrade does.
    """
    target.mkdir()
    graph = f"<{GRAPH}observations> .\n".encode()
    lines = [line.replace(*change) if change[0] else line for line in (release / DATASET).open("rb")]
    data = b"".join(sorted(line for line in lines if not line.endswith(graph)))
    (target / DATASET).write_bytes(data)
    manifest = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
    graphs = {name: count for name, count in manifest["graphs"].items() if name != "observations"}
    manifest |= {"version": hashlib.sha256(data).hexdigest()[:16], "triples": data.count(b"\n"), "graphs": graphs}
    (target / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    shutil.copytree(release / TABLES, target / TABLES)
    return target
