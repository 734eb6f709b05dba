"""A new release under a ledger: the community's revisions stay, and what both changed is put before an editor."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, Person, editor_of, person_of, small_release
from tests.remote_fixtures import oxigraph, settings_for
from tests.site_fixtures import serve
from wsic_graph.catalogue.overlay import said_of
from wsic_graph.ledger import submissions
from wsic_graph.ledger.people import Account
from wsic_graph.ledger.revisions import last_change, overlay, standing, steps
from wsic_graph.ledger.store import Conflict, Ledger
from wsic_graph.ledger.upgrades import conflicts, merged
from wsic_graph.publish import publish
from wsic_graph.release.manifest import read_manifest
from wsic_graph.settings import Settings

OLD, NEW, OURS = b'"The Wigan Deal"', b'"The Wigan Deal, second edition"', b'"The Wigan Deal for all"'
PLACE = f"/review/upgrades/{WIGAN}"


@pytest.fixture(scope="module")
def releases(release: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A release, and the next one, which gives the initiative another title."""
    folder = tmp_path_factory.mktemp("releases")
    return small_release(release, folder / "first"), small_release(release, folder / "second", (OLD, NEW))


def sorted_body(body: bytes) -> bytes:
    return b"".join(sorted(body.splitlines(True)))


def put(data_dir: Path, release: Path, was: bytes, will: bytes, why: str = "a test") -> None:
    """An editor's change of the initiative, straight in the ledger."""
    ledger = Ledger(data_dir)
    said = overlay(ledger, last_change(ledger)).get(WIGAN_IRI) or said_of(release, [WIGAN_IRI])[WIGAN_IRI]
    body = sorted_body(said.replace(was, will))
    with ledger.reading() as db:
        known = db.execute("SELECT id FROM account").fetchone()
    editor = editor_of(data_dir) if known is None else _editor(ledger)
    submissions.put(ledger, WIGAN_IRI, body, editor, seen=said, upto=last_change(ledger), why=why)
    ledger.close()


def _editor(ledger: Ledger) -> Account:
    with ledger.reading() as db:
        return Account(*db.execute("SELECT id, name, shown, role FROM account").fetchone())


@contextmanager
def upgraded(data_dir: Path, release: Path) -> Iterator[tuple[httpx.Client, Person]]:
    """The site over another release with the same data, and an editor at it."""
    with serve(release, Settings(data_dir=data_dir, query_cache_mb=4), public=True) as site:
        editor = person_of(site)
        yield site, editor


def title(site: httpx.Client) -> str:
    text = site.get("/initiatives/wigan-deal").text
    return text.partition("<h1>")[2].partition("</h1>")[0]


def test_a_conflict_is_reported_and_decided(releases: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = releases
    put(tmp_path, first, OLD, OURS)
    with upgraded(tmp_path, first) as (site, editor):
        assert title(site) == "The Wigan Deal for all"
        editor.get("/review")
        assert "A new release" not in editor.text
    with upgraded(tmp_path, second) as (site, editor):
        assert title(site) == "The Wigan Deal for all", "until it is decided, the community's version holds"
        editor.get("/review")
        assert "A new release changed 1 record" in editor.text
        editor.get("/review/upgrades")
        assert "1 record on which the new release and the community disagree" in editor.text
        editor.get(PLACE)
        cells = [cell.text_content().strip() for cell in editor.page.xpath("//tbody/tr/*")]
        versions = ["The Wigan Deal", "The Wigan Deal, second edition", "The Wigan Deal for all"]
        assert cells[1:] == versions and "both changed it" in cells[0]
        rdf = editor.fields(PLACE)["rdf"][0]
        assert "for all" in rdf and "second edition" in rdf, "both together are there to be edited"
        editor.send(PLACE, {"do": "edit", "rdf": rdf})
        assert editor.answer.status_code == 422 and "not kept" in editor.text, "two titles break a rule"
        left = editor.fields(PLACE)
        other = person_of(site)
        other.get(PLACE)
        mended = rdf.replace('"The Wigan Deal for all"@en,', "").replace('"The Wigan Deal for all"@en ;', ";")
        mended = mended.replace("second edition", "third edition")
        other.send(PLACE, {"do": "edit", "rdf": mended})
        assert other.here == "/review/upgrades" and "0 records" in other.text, other.text[:1500]
        assert title(site) == "The Wigan Deal, third edition"
        editor.answer = editor.client.post(PLACE, data={**left, "do": ["ours"]})
        assert editor.answer.status_code == 404, "it is decided"
        editor.get("/review")
        assert "A new release" not in editor.text
        history = site.get(f"/history/{WIGAN}").text
        assert "put together" in history


@pytest.mark.parametrize(("choice", "stands"), [("ours", OURS), ("released", NEW)])
def test_a_choice_is_kept(releases: tuple[Path, Path], tmp_path: Path, choice: str, stands: bytes) -> None:
    first, second = releases
    put(tmp_path, first, OLD, OURS)
    with upgraded(tmp_path, second) as (site, editor):
        editor.get(PLACE)
        before = site.get("/readyz").text
        editor.send(PLACE, {"do": choice})
        assert editor.here == "/review/upgrades"
        assert title(site) == stands.decode().strip('"')
        assert site.get("/readyz").text != before
    ledger = Ledger(tmp_path)
    last = last_change(ledger)
    assert not conflicts(ledger, second, last)
    assert (WIGAN_IRI in overlay(ledger, last)) == (choice == "ours"), "what says what the release says follows it"
    assert [item.record for item in conflicts(ledger, first, last)] == ([WIGAN_IRI] if choice == "ours" else [])
    ledger.close()


def test_a_build_under_a_site_in_use_publishes_nothing_by_halves(releases: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = releases
    held = shutil.copytree(first, tmp_path / "release")
    put(tmp_path, held, OLD, OURS)
    about, move, record = (f"/{part}/{WIGAN}" for part in ("contribute/about", "review/move", "review/records"))
    with upgraded(tmp_path, held) as (site, editor):
        visitor = Person(site)
        for number, said in enumerate(({"useful": "yes", "do": "useful"}, {"text": "Too soon", "do": "comment"})):
            visitor.get(about)
            visitor.send(about, said, number)
        editor.get("/review/remarks")
        remark = editor.page.xpath("//tbody//th//a/@href")[0]
        left = {}
        for place, page, more in (
            (record, record, {"do": ["remove"], "why": ["x"]}),
            ("/review/undo/1", record, {"undo-why": ["x"]}),
            (move, f"{move}?way=rename&to=another-name", {"why": ["x"]}),
            (remark, remark, {"do": ["published"]}),
            ("/review/usefulness", "/review/usefulness", {"do": ["publish"]}),
        ):
            editor.get(page)
            left[place] = editor.fields(place) | more
        version = site.get("/readyz").text
        shutil.rmtree(held)
        shutil.copytree(second, held)
        for place, fields in left.items():
            answer = editor.client.post(place, data=fields)
            assert answer.status_code == 422 and "built anew" in answer.text, place
        assert site.get("/readyz").text == version and title(site) == "The Wigan Deal for all"
    ledger = Ledger(tmp_path)
    assert last_change(ledger) == 1, "what was not published was not decided either"
    ledger.close()
    with upgraded(tmp_path, held) as (_, editor):
        assert "second edition" in editor.get(PLACE).text


def test_who_saw_a_record_before_it_was_given_back_decides_nothing(releases: tuple[Path, Path], tmp_path: Path) -> None:
    first, _ = releases
    put(tmp_path, first, OLD, OURS)
    put(tmp_path, first, OURS, OLD, "the release was right")
    ledger = Ledger(tmp_path)
    seen = overlay(ledger, 1)[WIGAN_IRI]
    body = sorted_body(seen.replace(OURS, b"Another title"))
    assert body != seen
    with pytest.raises(Conflict, match="has changed"):
        submissions.put(ledger, WIGAN_IRI, body, _editor(ledger), seen=seen, upto=1, why="It grew")
    assert last_change(ledger) == 2
    now = said_of(first, [WIGAN_IRI])[WIGAN_IRI]
    assert submissions.put(ledger, WIGAN_IRI, body, _editor(ledger), seen=now, upto=2, why="It grew") == 3
    ledger.close()


def test_a_record_given_back_follows_the_next_release(releases: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = releases
    put(tmp_path, first, OLD, OURS)
    put(tmp_path, first, OURS, OLD, "the release was right")
    with upgraded(tmp_path, first) as (site, _):
        assert title(site) == "The Wigan Deal"
        assert site.get("/feed").status_code == 200
    ledger = Ledger(tmp_path)
    assert standing(ledger, 2)[WIGAN_IRI].given_back
    assert not conflicts(ledger, second, 2)
    version = steps(ledger, read_manifest(second).version)[-1].version
    ledger.close()
    with upgraded(tmp_path, second) as (site, editor):
        assert title(site) == "The Wigan Deal, second edition"
        assert version in site.get("/readyz").text
        assert "second edition" in site.get(f"/data/{WIGAN}.ttl").text
        assert "second edition" in site.get("/search?q=wigan").text
        last = site.get("/feed").text.count("/feed/")
        assert last and "second edition" in site.get(f"/feed/{_last_page(site)}").text
        place = f"/review/records/{WIGAN}"
        editor.get(place)
        editor.send(place, {"do": "restore", "version": "1", "why": "After all"})
        assert editor.answer.status_code == 200 and title(site) == "The Wigan Deal for all"


def _last_page(site: httpx.Client) -> int:
    text = site.get("/feed", headers={"accept": "application/n-triples"}).text
    return max(int(word.rsplit("/", 1)[1].rstrip(">")) for word in text.split() if "/feed/" in word)


def test_putting_together() -> None:
    base, new, ours = b"a\nb\nc\n", b"a\nc\nd\n", b"a\nb\ne\n"
    assert merged(base, new, ours) == b"a\nd\ne\n"


def test_a_remote_engine_is_told_of_in_words(releases: tuple[Path, Path], tmp_path: Path) -> None:
    """Nothing can be published while another engine holds the graph: the pages say so, and no decision is taken."""
    engine_folder, home = tmp_path / "engine", tmp_path / "home"
    engine_folder.mkdir()
    editor_of(home)
    with oxigraph(engine_folder) as (address, _):
        settings = settings_for(address, data_dir=home, query_cache_mb=4)
        publish(releases[0], settings)
        with serve(releases[0], settings, public=True) as site:
            visitor, editor = Person(site), Person(site)
            visitor.get(f"/contribute?record={WIGAN}")
            assert "Nothing can be published here now" in visitor.text
            visitor.send("/contribute")
            assert visitor.here.startswith("/contribute/drafts/") and visitor.answer.status_code == 200
            assert editor.sign_in("ed").status_code == 200
            editor.get("/review")
            assert editor.answer.status_code == 200 and "Nothing can be published here now" in editor.text
            assert editor.get("/review/upgrades").status_code == 200
            place = f"/review/records/{WIGAN}"
            editor.get(place)
            editor.send(place, {"do": "remove", "why": "a test"})
            assert editor.answer.status_code == 422 and "Nothing can be published here" in editor.text
            assert site.get(f"/history/{WIGAN}").status_code == 200
            assert site.get(f"/history/{WIGAN}.ttl").status_code == 200
    ledger = Ledger(home)
    assert last_change(ledger) == 0
    ledger.close()
