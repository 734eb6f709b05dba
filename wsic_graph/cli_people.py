"""The commands of whoever runs the machine about people: accounts, and the audit log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from wsic_graph.errors import WsicError
from wsic_graph.ledger.administration import account_named, accounts, give_password, lock, set_role
from wsic_graph.ledger.outbox import email_of
from wsic_graph.ledger.people import add_account, close_account
from wsic_graph.ledger.store import Ledger, audit_hashes
from wsic_graph.settings import get_settings

people = typer.Typer(no_args_is_help=True, help="Accounts of contributors and editors.")
Name = Annotated[str, typer.Argument(help="Name of the account.")]
Role = Annotated[str, typer.Option(help="reader, contributor, editor or administrator.")]


@contextmanager
def _ledger() -> Iterator[Ledger]:
    """The ledger of the settings; what goes wrong with it ends the command with status 2."""
    try:
        ledger = Ledger(get_settings().data_dir)
        try:
            yield ledger
        finally:
            ledger.close()
    except WsicError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _password() -> str:
    if sys.stdin.isatty():
        asked: str = typer.prompt("Password (12 characters or more)", hide_input=True, confirmation_prompt=True)
        return asked
    return sys.stdin.readline().rstrip("\n")


@people.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="Name to sign in with.")],
    role: Role = "contributor",
    shown: Annotated[str, typer.Option(help="How they are named in public; the name if not given.")] = "",
    email: Annotated[str, typer.Option(help="Their e-mail address, for a new password and messages.")] = "",
) -> None:
    """Add an account. The password is asked for, or read from standard input where that is no terminal."""
    with _ledger() as ledger:
        address = email_of(email) if email else None
        account = add_account(ledger, name, role, _password(), shown, email=address)
        typer.echo(f"{account.name} is {account.role}", err=True)


@people.command("list")
def list_users() -> None:
    """List the accounts: name, role and state, with tabs between."""
    with _ledger() as ledger:
        for item in reversed(accounts(ledger, most=1_000_000)):
            typer.echo(f"{item.name}\t{item.role}\t{item.state}")


@people.command("role")
def give_role(name: Name, role: Annotated[str, typer.Argument(help="The new role.")]) -> None:
    """Give an account another role; its sessions end."""
    with _ledger() as ledger:
        set_role(ledger, None, account_named(ledger, name).id, role)
        typer.echo(f"{name} is {role}", err=True)


@people.command("lock")
def lock_user(name: Name, undo: Annotated[bool, typer.Option("--undo", help="Unlock it again.")] = False) -> None:
    """Let nobody use an account until it is unlocked."""
    with _ledger() as ledger:
        lock(ledger, None, account_named(ledger, name).id, not undo)
        typer.echo(f"{name} is {'unlocked' if undo else 'locked'}", err=True)


@people.command("password")
def new_password(name: Name) -> None:
    """Give an account a new password, asked for or read as by `add`; its sessions end."""
    with _ledger() as ledger:
        give_password(ledger, account_named(ledger, name).id, _password())
        typer.echo(f"{name} has a new password", err=True)


@people.command("close")
def close_user(name: Name) -> None:
    """Close an account and end its sessions and tokens; what was accepted stays."""
    with _ledger() as ledger:
        close_account(ledger, name)
        typer.echo(f"{name} is closed", err=True)


def audit(
    holds: Annotated[str, typer.Option(help="A hash that this command printed before, to be found in it still.")] = "",
) -> None:
    """Check that the audit log is whole; print how many lines it has and the hash of the last one.

    Keep that hash somewhere else: then nobody can shorten the log, or write it anew, unseen.
    """
    with _ledger() as ledger:
        hashes = audit_hashes(ledger)
    if hashes is None:
        typer.echo("The audit log was changed: its hashes do not fit.", err=True)
        raise typer.Exit(1)
    if holds and holds not in hashes:
        typer.echo("The audit log was changed: it does not hold that hash any more.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{len(hashes)} {hashes[-1] if hashes else 'none'}")
