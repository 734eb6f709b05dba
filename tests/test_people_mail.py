"""Messages to a true mail server that comes and goes, and to files."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.ledger_fixtures import letter, letters
from wsic_graph.ledger import outbox
from wsic_graph.ledger.people import add_account
from wsic_graph.ledger.store import Ledger, LedgerError, TooMany, audit_is_whole
from wsic_graph.service.post import Postman
from wsic_graph.settings import Settings


class Inbox:
    """What the mail server was given. ``answer`` is what it says to a recipient."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.answer = "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def mail_server(inbox: Inbox, port: int, **more: Any) -> Iterator[None]:
    controller = Controller(inbox, "127.0.0.1", port, ready_timeout=60, **more)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@contextmanager
def postman(ledger: Ledger, settings: Settings) -> Iterator[Postman]:
    found = Postman(ledger, settings)
    try:
        yield found
    finally:
        found.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(tmp_path)
    yield found
    found.close()


def until(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_message_waits_for_its_server(ledger: Ledger, tmp_path: Path) -> None:
    add_account(ledger, "mary", "contributor", "correct horse battery", email="mary@trust.example")
    inbox, port = Inbox(), free_port()
    settings = Settings(data_dir=tmp_path, mail_host="127.0.0.1", mail_port=port, mail_tls="none")
    with postman(ledger, settings):
        outbox.ask(ledger, "reset", "mary@trust.example", "here")
        outbox.ask(ledger, "reset", "nobody@trust.example", "here")
        until(lambda: outbox.waiting(ledger)[0] == 1 and "refused" in outbox.waiting(ledger)[1])
        inbox.answer = "451 later"
        with mail_server(inbox, port):
            until(lambda: "451" in outbox.waiting(ledger)[1])
        assert outbox.waiting(ledger)[0] == 1 and not inbox.taken
    inbox.answer = "250 OK"
    with ledger.writing() as db:
        db.execute("UPDATE outbox SET next = 0")  # the wait grows; nobody waits for it here
    with mail_server(inbox, port), postman(ledger, settings):
        until(lambda: not outbox.waiting(ledger)[0])
    (taken,) = inbox.taken
    assert taken.rcpt_tos == ["mary@trust.example"] and taken.mail_from == "wsic@localhost"
    assert isinstance(taken.content, bytes) and b"/account/links/" in taken.content
    assert not (tmp_path / "mail").exists()


def test_a_message_that_is_refused_for_good_is_given_up(ledger: Ledger, tmp_path: Path) -> None:
    inbox, port = Inbox(), free_port()
    inbox.answer = "550 no such person"
    settings = Settings(data_dir=tmp_path, mail_host="127.0.0.1", mail_port=port, mail_tls="none")
    with mail_server(inbox, port), postman(ledger, settings):
        outbox.ask(ledger, "register", "gone@trust.example", "here")
        until(lambda: not outbox.waiting(ledger)[0])
    with ledger.reading() as db:
        (about,) = db.execute("SELECT about FROM audit WHERE what = 'message given up'").fetchone()
    assert "550" in about and "gone" not in about and audit_is_whole(ledger)


def test_the_server_is_spoken_to_in_secret(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the certificate of an authority that is trusted here; and without that, not at all."""
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    seen: list[object] = []

    def who(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        seen.append(data)
        return AuthResult(success=True)

    password = tmp_path / "password"
    password.write_text("open sesame\n", encoding="utf-8")
    inbox, port = Inbox(), free_port()
    more = {"require_starttls": True, "tls_context": context, "authenticator": who, "auth_required": True}
    settings = Settings(
        data_dir=tmp_path,
        mail_host="localhost",
        mail_port=port,
        mail_user="wsic",
        mail_password_file=password,
        mail_from="Integrated care <care@site.example>",
    )
    with mail_server(inbox, port, **more):
        with postman(ledger, settings):
            outbox.ask(ledger, "register", "mary@trust.example", "here")
            until(lambda: "CERTIFICATE_VERIFY_FAILED" in outbox.waiting(ledger)[1])
        assert not seen and not inbox.taken
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with ledger.writing() as db:
            db.execute("UPDATE outbox SET next = 0")
        with postman(ledger, settings):
            until(lambda: not outbox.waiting(ledger)[0])
    assert seen == [LoginPassword(b"wsic", b"open sesame")] and inbox.taken[0].mail_from == "care@site.example"


def test_files_are_private_and_never_overwritten(ledger: Ledger, tmp_path: Path) -> None:
    with postman(ledger, Settings(data_dir=tmp_path, public_url="https://site.example")):
        for _ in range(3):
            outbox.ask(ledger, "register", "mary@trust.example", "here")
        letter(tmp_path, "mary@trust.example", 3)
    found = letters(tmp_path, "mary@trust.example")
    assert len({message.get_content() for message in found}) == 3, "each has a link of its own"
    for message in found:
        assert message["Subject"] == "Finish making your account" and message["Auto-Submitted"] == "auto-generated"
        assert "https://site.example/account/links/" in message.get_content()
    files = list((tmp_path / "mail").iterdir())
    for path in files:
        assert re.search(r"^https://site.example/account/links/[\w-]{43}$", path.read_text("utf-8"), re.MULTILINE)
    assert {path.suffix for path in files} == {".eml"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (tmp_path / "mail").stat().st_mode & 0o777 == 0o700


def test_no_secret_is_in_the_ledger(ledger: Ledger, tmp_path: Path) -> None:
    with postman(ledger, Settings(data_dir=tmp_path)):
        outbox.ask(ledger, "register", "mary@trust.example", "here")
        message = letter(tmp_path, "mary@trust.example")
    secret = message.get_content().split("/account/links/")[1].split()[0]
    ledger.close()
    for path in tmp_path.glob("ledger.sqlite3*"):
        assert secret.encode() not in path.read_bytes()


def test_a_disk_that_is_full_loses_no_message(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("not a folder", encoding="utf-8")
    with postman(ledger, Settings(data_dir=tmp_path)):
        outbox.ask(ledger, "register", "mary@trust.example", "here")
        until(lambda: outbox.waiting(ledger)[1])
        os.unlink(tmp_path / "mail")  # noqa: PTH108  the fault is mended
        with ledger.writing() as db:
            db.execute("UPDATE outbox SET next = 0")
        letter(tmp_path, "mary@trust.example")


def test_two_processes_send_one_message(ledger: Ledger, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    second = Ledger(tmp_path)
    with postman(ledger, settings), postman(second, settings):
        for number in range(8):
            outbox.ask(ledger, "register", f"mary{number}@trust.example", "here")
        until(lambda: not outbox.waiting(ledger)[0])
    second.close()
    assert len(list((tmp_path / "mail").iterdir())) == 8


def test_nobody_is_flooded(ledger: Ledger, tmp_path: Path) -> None:
    for _ in range(7):
        outbox.ask(ledger, "reset", "mary@trust.example", "here")
    assert outbox.waiting(ledger)[0] == 5, "the rest are not sent, and nobody is told"
    for _ in range(3):
        outbox.ask(ledger, "reset", "other@trust.example", "here")
    with pytest.raises(TooMany):
        outbox.ask(ledger, "reset", "third@trust.example", "here")


WRONG = (
    "",
    "mary",
    "mary@",
    "@trust.example",
    "mary@trust",
    "a@b.example\nBcc: c@d.example",
    "a b@c.example",
    "mary@trust.example, eve@evil.example",
    "Mary <mary@trust.example>",
    f"{'a' * 250}@b.example",
    "a@-b.example",
)


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_address(wrong: str) -> None:
    with pytest.raises(LedgerError, match="email"):
        outbox.email_of(wrong)
