"""What OpenAPI says of the API holds, for requests that fit it and for requests that do not (schemathesis)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import positive_data_acceptance

from tests.ledger_fixtures import editor_of
from tests.site_fixtures import serve
from wsic_graph.ledger.people import make_token
from wsic_graph.ledger.store import Ledger
from wsic_graph.settings import Settings

_EXAMPLES = 12
_QUERIES = 12
"""Operations of saved queries that are tried; they are made alike."""
_OTHERS = [
    ("POST", "/api/calculator"),
    ("GET", "/api/plan"),
    ("POST", "/api/plan"),
    ("GET", "/api/review"),
    ("POST", "/api/service-check"),
    ("POST", "/api/submissions"),
    ("GET", "/api/submissions/{secret}"),
    ("GET", "/api/submissions/together/{secret}"),
]


@schemathesis.serializer("application/n-triples", "text/turtle", "text/csv")
def as_text(ctx: object, value: Any) -> bytes:
    """Formats that are sent as they are."""
    del ctx
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.fixture(scope="module")
def api(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, str]]]:
    """The API as its document describes it, and the headers of an editor's program."""
    data_dir = tmp_path_factory.mktemp("openapi")
    account = editor_of(data_dir)
    ledger = Ledger(data_dir)
    token = make_token(ledger, account, "schemathesis", ("submit", "review"), 1)
    ledger.close()
    with serve(release, Settings(data_dir=data_dir)) as site:
        schema = schemathesis.openapi.from_url(f"{site.base_url}/openapi.json")
        yield schema, {"Authorization": f"Bearer {token}"}


def test_every_operation_that_is_no_query_is_tried(api: tuple[Any, dict[str, str]]) -> None:
    schema, _ = api
    found = {(item.ok().method.upper(), item.ok().path) for item in schema.get_all_operations()}
    assert {item for item in found if not item[1].startswith("/queries/")} == set(_OTHERS)


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    # any text may be a private link, so no request for one fails to fit
    [(*item, mode) for item in _OTHERS for mode in GenerationMode if mode.is_positive or "{" not in item[1]],
)
def test_the_api_is_what_its_document_says(
    api: tuple[Any, dict[str, str]], method: str, path: str, mode: GenerationMode
) -> None:
    schema, headers = api
    try_out(schema[path][method], headers, mode)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_queries_are_what_the_document_says(api: tuple[Any, dict[str, str]], mode: GenerationMode) -> None:
    schema, headers = api
    queries = sorted(path for path in schema if path.startswith("/queries/"))
    for path in random.Random(7).sample(queries, _QUERIES):  # noqa: S311  the same each time
        try_out(schema[path]["GET"], headers, mode, 4)


def try_out(operation: Any, headers: dict[str, str], mode: GenerationMode, most: int = _EXAMPLES) -> None:
    """Send requests that fit the document, or that do not, and check each answer against it.

    That a request which fits is taken is not checked: a name of the right shape may be of nothing in the graph.
    """

    @seed(7)
    @settings(
        max_examples=most,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance], timeout=60)

    send()
