"""The command ``wsic``: build the graph, check records, ask it questions, serve it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from wsic_graph.answers import Row, rows
from wsic_graph.catalogue.dumps import ensure_dumps
from wsic_graph.choices import Choices
from wsic_graph.cli_people import audit, people
from wsic_graph.content import ROOT
from wsic_graph.engine import Door
from wsic_graph.engine.door import Backend
from wsic_graph.engine.loader import Engine
from wsic_graph.engine.remote import check_engine, source_of
from wsic_graph.errors import WsicError
from wsic_graph.ledger.revisions import last_change, overlay
from wsic_graph.ledger.store import FILE as LEDGER
from wsic_graph.ledger.store import Ledger
from wsic_graph.publish import publish as publish_release
from wsic_graph.queries import all_queries
from wsic_graph.release.manifest import MANIFEST, Manifest, is_current, read_manifest
from wsic_graph.release.turtle import format_turtle
from wsic_graph.search.making import ensure_index
from wsic_graph.settings import get_settings

# A command imports for itself what only it needs: NumPy, SHACL and the web service take 1.1 s and
# 100 MB together (measured), which `wsic --help` and the start of the engine would wait for.
app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
app.add_typer(people, name="user")
app.command()(audit)


def _say(message: str) -> None:
    typer.echo(message, err=True)


def _fail(error: Exception) -> typer.Exit:
    _say(str(error))
    return typer.Exit(1)


def build_release(release: Path) -> Manifest:
    """Build the release with the benefits map that follows from it. Raises ``ContentError``."""
    from wsic_graph.benefits_map.making import derive
    from wsic_graph.release.build import build as build_to

    return build_to(release, progress=_say, derive=derive)


@app.command()
def build(
    target: Annotated[Path | None, typer.Option(help="Folder to write the release to.")] = None,
) -> None:
    """Build and check the release: every file, table, rule and shape."""
    try:
        release = target or get_settings().release_dir
        manifest = build_release(release)
        ensure_index(release, get_settings())
        if target is None:
            ensure_dumps(release, get_settings().data_dir, manifest.version)
    except WsicError as error:
        count = len(getattr(error, "problems", [])) or 1
        _say(str(error))
        _say(f"{count} problem{'s' if count > 1 else ''}; nothing was written.")
        raise typer.Exit(1) from None
    typer.echo(manifest.version)


@app.command()
def validate(
    files: Annotated[
        list[Path], typer.Argument(help="Turtle files, or CSV files named like a table of graph_data/tables.")
    ],
) -> None:
    """Check single records as a contributor would want: against the shapes and against the rest of the graph."""
    from wsic_graph.release.single import validate_files

    problems = validate_files(files)
    for problem in problems:
        typer.echo(str(problem))
    if problems:
        typer.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found.")
        raise typer.Exit(1)
    typer.echo(f"{len(files)} file{'s' if len(files) > 1 else ''} checked: no problems.")


@app.command(name="format")
def format_files(
    files: Annotated[list[Path] | None, typer.Argument(help="Turtle files; all if none is named.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say which files would change.")] = False,
) -> None:
    """Put Turtle files into the one layout that keeps diffs small."""
    changed = 0
    for path in files or sorted([*(ROOT / "graph_data").rglob("*.ttl"), *(ROOT / "ontology").rglob("*.ttl")]):
        before = path.read_text(encoding="utf-8")
        try:
            after = format_turtle(before)
        except (SyntaxError, ValueError) as error:
            _say(f"{path}: {error}")
            raise typer.Exit(1) from None
        if after != before:
            changed += 1
            typer.echo(f"{'would change' if check else 'formatted'} {path}")
            if not check:
                path.write_text(after, encoding="utf-8")
    if check and changed:
        raise typer.Exit(1)


def ensure_release() -> Path:
    """Folder of a release built from the present content, building it when it is missing or stale."""
    release = get_settings().release_dir
    if not is_current(release):
        manifest = build_release(release)
        ensure_dumps(release, get_settings().data_dir, manifest.version)
    return release


def _source() -> Path | Backend:
    release, settings = ensure_release(), get_settings()
    if not settings.sparql_endpoint:
        return release
    return source_of(release, settings)


@app.command()
def query(
    text: Annotated[str, typer.Argument(help="SPARQL, '-' for standard input, or the name of a saved query.")],
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", help="name=value of a saved query.")] = None,
    output: Annotated[str, typer.Option("--format", "-f", help="csv, tsv, json, xml, ttl or nt.")] = "csv",
) -> None:
    """Ask the graph a question and print the answer."""
    values = dict(item.partition("=")[::2] for item in parameter or [])
    saved = all_queries().get(text)
    try:
        with Door(_source()) as door:
            if saved:
                answer = door.run(saved.text, Choices(door).bind(saved, values), output)
            else:
                answer = door.run(sys.stdin.read() if text == "-" else text, {}, output)
    except WsicError as error:
        raise _fail(error) from None
    sys.stdout.buffer.write(answer)


@contextmanager
def _asking() -> Iterator[Callable[..., list[Row]]]:
    """What asks saved queries of the release that is built. Raises ``WsicError`` where none is."""
    release = get_settings().release_dir
    if not (release / MANIFEST).is_file():
        raise WsicError(f"A request about an area needs the graph, and none is built in {release}: run `wsic build`.")
    with Door(release) as door:
        yield partial(rows, door)


@app.command()
def calculate(
    file: Annotated[
        Path,
        typer.Argument(
            help="A scenario, or a request about an area, in JSON; '-' for standard input.", allow_dash=True
        ),
    ],
) -> None:
    """Calculate a value case and print the answer as JSON; a file that is not right ends with status 2.

    A request with the field "area" is filled in from the graph, which has to be built; a scenario needs no graph.
    """
    from wsic_graph.runs.command import calculated

    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        typer.echo(calculated(text, _asking))
    except OSError as error:
        _say(f"{file}: {error.strerror or error}")
        raise typer.Exit(2) from None
    except WsicError as error:
        _say(str(error))
        raise typer.Exit(2) from None


@app.command()
def publish(
    everything: Annotated[bool, typer.Option("--all", help="Send every graph, also those on record as sent.")] = False,
) -> None:
    """Build if needed, then make the engine of WSIC_SPARQL_GRAPH_STORE hold this release and no other."""
    try:
        publish_release(ensure_release(), get_settings(), _say, everything)
    except WsicError as error:
        _say(str(error))
        _say("Not published: the engine may hold an older version, or parts of this one. Mend the cause and run again.")
        raise typer.Exit(1) from None


@app.command()
def links(
    most: Annotated[int, typer.Option(help="Most links of one run.", min=1)] = 500,
    minutes: Annotated[float, typer.Option(help="Most minutes of one run.", min=0.1)] = 30,
    pause: Annotated[float, typer.Option(help="Seconds between two questions to one host.", min=0)] = 2,
    days: Annotated[float, typer.Option(help="Days after which a link is asked again.", min=0)] = 7,
    allow_address: Annotated[
        list[str] | None, typer.Option(help="An IP address to ask although it is not public, such as an intranet's.")
    ] = None,
) -> None:
    """Ask whether the links that lead out of the published graph still work, and store it for the pages and editors.

    A run that was ended goes on where it stopped; links asked within the last days are left out.
    """
    from wsic_graph.linkcheck.asking import Asker
    from wsic_graph.linkcheck.found import published_links
    from wsic_graph.linkcheck.running import Bounds, check_links
    from wsic_graph.linkcheck.store import LinkChecks

    settings = get_settings()
    try:
        asker = Asker(settings.public_url, allowed=allow_address or ())
    except ValueError as error:
        _say(f"allow-address: {error}")
        raise typer.Exit(2) from None
    try:
        if not (settings.release_dir / MANIFEST).is_file():
            raise WsicError(f"No release is built in {settings.release_dir}: run `wsic build`.")
        found = published_links(settings.release_dir, _accepted(settings.data_dir))
        store = LinkChecks(settings.data_dir)
        store.keep_only(found)
        summary = check_links(store.due(found, days), store, asker, Bounds(most, minutes * 60, pause), _say)
    except WsicError as error:
        raise _fail(error) from None
    counts = ", ".join(f"{count} {outcome}" for outcome, count in summary.outcomes.items())
    typer.echo(f"{len(found)} links in the graph; asked now: {counts}; left for the next run: {summary.left}")


def _accepted(data_dir: Path) -> dict[str, bytes]:
    """The records that stand instead of those of the release."""
    if not (data_dir / LEDGER).is_file():
        return {}
    ledger = Ledger(data_dir)
    try:
        return overlay(ledger, last_change(ledger))
    finally:
        ledger.close()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int, typer.Option(help="Server processes; they share one engine.", min=1)] = 1,
) -> None:
    """Build if needed, then serve the site."""
    settings = get_settings()
    host, port = host or settings.host, settings.port if port is None else port
    try:
        release = ensure_release()
        if settings.sparql_endpoint:
            _serve_remote(release, host, port, workers)
            return
        with Engine(release, settings) as engine:
            _run_server(engine.address, host, port, workers, lambda: f"{engine.triples:,} triples")
    except WsicError as error:
        raise _fail(error) from None


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="File to write, for example wsic-2026-11-22.tar.gz.")],
) -> None:
    """Copy everything that cannot be made again into one file, also while the site is in use."""
    from wsic_graph.backup import back_up

    try:
        found = back_up(get_settings().data_dir, file, _say)
    except WsicError as error:
        raise _fail(error) from None
    _say(f"{file}: version {found.graph}, {found.changes:,} accepted changes, of {found.made}")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="File that `wsic backup` wrote.")]) -> None:
    """Put a backup into the empty folder WSIC_DATA_DIR, once all of it is found in order."""
    from wsic_graph.backup import restore as put_back

    try:
        found = put_back(file, get_settings().data_dir, _say)
    except WsicError as error:
        raise _fail(error) from None
    _say(f"{get_settings().data_dir}: version {found.graph}, {found.changes:,} accepted changes, as of {found.made}")


def _serve_remote(release: Path, host: str, port: int, workers: int) -> None:
    settings = get_settings()
    if words := asyncio.run(check_engine(release, settings)):
        _say(f"Take care: {words}")
    _say("Take care: people can propose changes, but none is published while that engine holds the graph.")
    triples = read_manifest(release).triples
    _run_server("", host, port, workers, lambda: f"{triples:,} triples, answered by {settings.sparql_endpoint}")


def _run_server(engine: str, host: str, port: int, workers: int, graph: Callable[[], str]) -> None:
    """Serve what is at the address ``engine``; ``graph`` says what that is, once it is there."""
    from wsic_graph.service.server import run_server

    _say(f"version {read_manifest(get_settings().release_dir).version}, {graph()}")
    _say(f"serving http://{host}:{port}  (stop with Ctrl+C)")
    run_server(engine, host, port, workers)


if __name__ == "__main__":
    app()
