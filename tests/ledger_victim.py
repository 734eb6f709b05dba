"""A program that works on a ledger until it is killed, and tells what was acknowledged to it."""

from __future__ import annotations

import sys
from pathlib import Path

from wsic_graph.ledger import revisions, submissions
from wsic_graph.ledger.people import Account
from wsic_graph.ledger.revisions import last_change
from wsic_graph.ledger.store import Ledger
from wsic_graph.namespaces import GRAPH, PREFIXES

RECORD = "https://w3id.org/wsic/id/initiative/victim"
SOURCE = "https://w3id.org/wsic/id/source/victim"


def bodies(word: str) -> dict[str, bytes]:
    """Two records that say ``word``."""
    title = f"<{PREFIXES['dcterms']}title>"
    return {
        RECORD: f'<{RECORD}> {title} "{word}"@en <{GRAPH}initiatives> .\n'.encode(),
        SOURCE: f'<{SOURCE}> {title} "{word}"@en <{GRAPH}sources> .\n'.encode(),
    }


def main() -> None:
    """Submit, accept, remove and restore without end. Arguments: folder of the ledger, a word for this run."""
    ledger = Ledger(Path(sys.argv[1]))
    with ledger.reading() as db:
        row = db.execute("SELECT id, name, shown, role FROM account").fetchone()
    editor = Account(*row)
    number = 0
    while True:
        number += 1
        word = f"{sys.argv[2]}-{number}"
        with ledger.reading() as db:
            seen = {record: revisions.current(db, record) or b"" for record in (RECORD, SOURCE)}
        draft, _ = submissions.start(ledger, RECORD, {}, seen[RECORD], client=word)
        proposed = b"".join(bodies(word).values())
        draft = submissions.save(ledger, draft, fields={}, body=proposed, named="victim", why=word)
        draft = submissions.submit(ledger, draft)
        print("submitted", draft.id, flush=True)
        change = submissions.accept(ledger, draft, editor, seen, "", upto=last_change(ledger))
        print("accepted", draft.id, change, word, flush=True)
        if number % 3 == 0:
            change = submissions.put(
                ledger, RECORD, b"", editor, seen=bodies(word)[RECORD], upto=last_change(ledger), why="removed"
            )
            print("removed", draft.id, change, "", flush=True)
            change = submissions.put(
                ledger, RECORD, bodies(word)[RECORD], editor, seen=b"", upto=last_change(ledger), why=word
            )
            print("restored", draft.id, change, word, flush=True)


if __name__ == "__main__":
    main()
