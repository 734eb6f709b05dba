"""What administrators see and do: accounts with their roles and locks, messages that wait, the audit log."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from wsic_graph.ledger import administration, outbox
from wsic_graph.ledger.people import ROLES
from wsic_graph.ledger.store import LedgerError, audit_is_whole
from wsic_graph.service.visitors import AccountOf, FormOf, LedgerOf, VisitorOf, go, private

router = APIRouter(prefix="/administration", include_in_schema=False)
_ROWS, _LINES = 50, 100
_MOST = 1_000_000_000


def whole_number(text: str) -> int:
    """A number from an address that may hold anything; 0 for what is none."""
    return min(int(text), _MOST) if text.isascii() and text.isdecimal() and len(text) < 12 else 0


@router.get("")
def accounts(request: Request, visitor: VisitorOf, ledger: LedgerOf, find: str = "", offset: str = "") -> Response:
    """The accounts, the newest first."""
    start = whole_number(offset)
    found = administration.accounts(ledger, find.strip(), start, _ROWS + 1)
    count, problem = outbox.waiting(ledger)
    return private(
        request,
        visitor,
        "accounts.html",
        found=found[:_ROWS],
        find=find.strip(),
        before=max(start - _ROWS, 0) if start else None,
        after=start + _ROWS if len(found) > _ROWS else None,
        waiting=count,
        waiting_problem=problem,
    )


@router.get("/accounts/{number}")
def account(request: Request, visitor: VisitorOf, me: AccountOf, ledger: LedgerOf, number: str) -> Response:
    """One account, and what can be done with it."""
    found = administration.account_numbered(ledger, whole_number(number))
    return private(request, visitor, "one_account.html", found=found, roles=ROLES, own=found.id == me.id)


@router.post("/accounts/{number}")
def change(me: AccountOf, ledger: LedgerOf, form: FormOf, number: str) -> Response:
    """Give an account another role, or lock or unlock it."""
    found = administration.account_numbered(ledger, whole_number(number))
    if form["do"] == "role":
        administration.set_role(ledger, me, found.id, form["role"])
    elif form["do"] in ("lock", "unlock"):
        administration.lock(ledger, me, found.id, form["do"] == "lock")
    else:
        raise LedgerError("Choose what to do with the account.")
    return go(f"/administration/accounts/{found.id}")


@router.get("/audit")
def audit_log(request: Request, visitor: VisitorOf, ledger: LedgerOf, before: str = "") -> Response:
    """The audit log, the newest lines first, and whether it is whole."""
    found = administration.entries(ledger, whole_number(before) or None, _LINES + 1)
    return private(
        request,
        visitor,
        "audit.html",
        found=found[:_LINES],
        next=found[_LINES - 1].number if len(found) > _LINES else None,
        whole=audit_is_whole(ledger),
    )
