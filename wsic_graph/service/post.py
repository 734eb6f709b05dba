"""The messages of the ledger's outbox, sent one by one in a thread of their own: to a mail server, or to files.

The same thread forgets once an hour what the ledger has kept for long enough.

Whatever goes wrong, a message stays in the ledger until it has gone; several processes share the work.
"""

from __future__ import annotations

import logging
import math
import os
import secrets
import smtplib
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from wsic_graph.errors import WsicError
from wsic_graph.ledger import outbox
from wsic_graph.ledger.keeping import forget_old
from wsic_graph.ledger.outbox import HOURS, Letter
from wsic_graph.ledger.store import Ledger
from wsic_graph.service.links import page_of
from wsic_graph.service.pages import WEB
from wsic_graph.settings import Settings

_log = logging.getLogger("wsic.post")
_LOOK_SECONDS = 1.0
_KEEPING_SECONDS = 3600
_SMTP_SECONDS = 10
_FOLDER = "mail"
_LONGEST_LINE = 900


class Postman:
    """Sends what the outbox of ``ledger`` holds, until it is closed."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings
        self._words = Environment(
            loader=FileSystemLoader(WEB / "templates" / "mail"),
            autoescape=select_autoescape(["html"]),  # these are plain text, in which an escape is read as it stands
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._words.filters["page_of"] = page_of
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="post", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End after the message in hand."""
        self._end.set()
        self._thread.join(timeout=2 * _SMTP_SECONDS)

    def _run(self) -> None:
        kept = -math.inf
        while not self._end.wait(_LOOK_SECONDS):
            try:
                if time.monotonic() - kept > _KEEPING_SECONDS:
                    kept = time.monotonic()
                    forget_old(self._ledger)
                while not self._end.is_set() and (letter := outbox.claim(self._ledger)):
                    self._send(letter)
            except WsicError as error:
                _log.error("messages wait: %s", error)
            except Exception:  # this thread alone sends: it outlives any fault, which the log has whole
                _log.exception("messages wait")

    def _send(self, letter: Letter) -> None:
        try:
            self._deliver(self.message(letter))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            outbox.failed(self._ledger, letter, f"refused with {codes}", for_good=all(code >= 500 for code in codes))
        except (OSError, smtplib.SMTPException) as error:
            _log.warning("a message waits: %s", type(error).__name__)
            outbox.failed(self._ledger, letter, f"{type(error).__name__}: {error}")
        else:
            outbox.sent(self._ledger, letter)

    def message(self, letter: Letter) -> EmailMessage:
        """The words of a letter as a message."""
        site = self._settings.public_url
        link = f"{site}/account/links/{letter.secret}" if letter.secret else ""
        text = self._words.get_template(f"{letter.template}.txt").render(
            **letter.values, site=site, link=link, hours=HOURS.get(letter.template, 0)
        )
        subject, _, body = text.partition("\n")
        message = EmailMessage()
        message["Subject"] = " ".join(subject.removeprefix("Subject:").split())
        message["From"] = self._settings.mail_from
        message["To"] = letter.email
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = make_msgid(domain=self._settings.mail_from.rpartition("@")[2].strip(">") or "localhost")
        message["Auto-Submitted"] = "auto-generated"
        words = body.lstrip("\n")
        plain = words.isascii() and all(len(line) < _LONGEST_LINE for line in words.splitlines())
        # Who opens the file of a message copies the link as it stands there, so that it must be in one piece.
        message.set_content(words, cte="7bit" if plain else "quoted-printable")
        return message

    def _deliver(self, message: EmailMessage) -> None:
        if self._settings.mail_host:
            self._to_server(message)
        else:
            self._to_file(message)

    def _to_server(self, message: EmailMessage) -> None:
        settings = self._settings
        where = (settings.mail_host, settings.mail_port)
        safe = ssl.create_default_context()
        server: smtplib.SMTP
        if settings.mail_tls == "tls":
            server = smtplib.SMTP_SSL(*where, timeout=_SMTP_SECONDS, context=safe)
        else:
            server = smtplib.SMTP(*where, timeout=_SMTP_SECONDS)
        with server:
            if settings.mail_tls == "starttls":
                server.starttls(context=safe)
            if settings.mail_user:
                password = settings.mail_password_file
                server.login(settings.mail_user, password.read_text(encoding="utf-8").strip() if password else "")
            server.send_message(message)

    def _to_file(self, message: EmailMessage) -> None:
        """A new file that only its owner reads, on the disk when this returns. None is ever overwritten."""
        folder = self._settings.data_dir / _FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        path = folder / f"{moment}-{secrets.token_hex(4)}.eml"
        part = path.with_suffix(".part")
        try:
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            os.link(part, path)  # fails where the name is taken, and shows no half of a message
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
