"""What reference managers get, read back with the parsers that they use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st
from pylatexenc.latex2text import LatexNodes2Text

from tests.site_fixtures import serve
from tests.test_site import ask
from wsic_graph.answers import Iri
from wsic_graph.citations import Author, Citation, read_authors, to_bibtex, to_csl, to_ris

ROLAND = "roland-2012-icp-case-management"


@pytest.fixture(scope="module")
def site(release: Path) -> Iterator[httpx.Client]:
    """A client of the site."""
    with serve(release) as client:
        yield client


def citation(**changes: object) -> Citation:
    """A citation for the tests, with ``changes``."""
    values: dict[str, object] = {
        "iri": Iri("https://w3id.org/wsic/id/evidence/x"),
        "title": "A & B: 50% of {care}",
        "authors": (Author("Roland", "M"),),
        "more_authors": True,
        "published_in": "BMJ",
        "journal": True,
        "year": "2012",
        "doi": "10.1000/a_b",
        "url": "",
        "abstract": "Costs rose by £5 & more.",
        "keywords": ("x_y", "50%"),
    }
    return Citation(**{**values, **changes})  # type: ignore[arg-type]


def plain(latex: str) -> str:
    """What LaTeX prints of the field of a title, which stands in braces."""
    return str(LatexNodes2Text(strict_latex_spaces=True).latex_to_text(latex.removeprefix("{").removesuffix("}")))


@pytest.mark.parametrize(
    ("text", "authors", "more"),
    [
        ("Roland M, Lewis R, et al.", (Author("Roland", "M"), Author("Lewis", "R")), True),
        (
            "Gonçalves-Bradley DC, Fønss Rasmussen L",
            (Author("Gonçalves-Bradley", "DC"), Author("Fønss Rasmussen", "L")),
            False,
        ),
        ("O'Connor AM", (Author("O'Connor", "AM"),), False),
        ("National Audit Office", (Author("National Audit Office"),), False),
        ("RAND Europe and Ernst & Young LLP", (Author("RAND Europe and Ernst & Young LLP"),), False),
        ("PPL for NHS England South East", (Author("PPL for NHS England South East"),), False),
        ("", (), False),
    ],
)
def test_people_are_told_from_bodies(text: str, authors: tuple[Author, ...], more: bool) -> None:
    assert read_authors(text) == (authors, more)


def test_every_author_in_the_graph_is_read(store: ox.Store) -> None:
    bodies = set()
    for (text,) in ask(store, "SELECT DISTINCT ?c WHERE { ?e a wsic:EvidenceSource ; dc:creator ?c }"):
        authors, more = read_authors(text)
        assert authors
        assert more == text.endswith("et al.")
        bodies |= {author.family for author in authors if not author.initials}
    assert all(" " in body and "," not in body for body in bodies), bodies


def test_bibtex_is_escaped_and_bodies_stand_in_braces() -> None:
    text = to_bibtex([citation(), citation(iri=Iri("https://w3id.org/wsic/id/evidence/y"), journal=False,
                                           authors=(Author("Ernst & Young LLP"),), more_authors=False)])  # fmt: skip
    library = parse_string(text)
    assert not library.failed_blocks
    article, misc = library.entries
    assert (article.entry_type, misc.entry_type) == ("article", "misc")
    fields = {field.key: field.value for field in article.fields}
    assert fields["author"] == "Roland, M. and others"
    assert fields["doi"] == "10.1000/a_b", "a DOI is an address and not escaped"
    assert fields["url"] == "https://doi.org/10.1000/a_b"
    assert r"A \& B: 50\% of \{care\}" in fields["title"]
    assert r"x\_y" in fields["keywords"]
    assert {field.key: field.value for field in misc.fields}["author"] == r"{Ernst \& Young LLP}"
    assert "volume" not in text and "urldate" not in text


@given(st.text("ab é&%$#_{}£", max_size=30))
def test_any_title_comes_back_from_bibtex(text: str) -> None:
    title = " ".join(f"x{text}x".split())
    library = parse_string(to_bibtex([citation(title=title)]))
    assert not library.failed_blocks
    assert plain(library.entries[0].fields_dict["title"].value) == title


def test_ris_comes_back() -> None:
    (entry,) = rispy.loads(to_ris([citation()]))
    assert entry["type_of_reference"] == "JOUR"
    assert entry["title"] == "A & B: 50% of {care}"
    assert entry["authors"] == ["Roland, M."]
    assert entry["secondary_title"] == "BMJ"
    assert (entry["year"], entry["doi"], entry["urls"]) == ("2012", "10.1000/a_b", ["https://doi.org/10.1000/a_b"])
    assert entry["keywords"] == ["x_y", "50%"]
    assert any("Further authors" in note for note in entry["notes"])
    (body,) = rispy.loads(to_ris([citation(authors=(Author("Audit Scotland"),), journal=False, doi="")]))
    assert (body["type_of_reference"], body["authors"], body["publisher"]) == ("GEN", ["Audit Scotland"], "BMJ")
    assert "doi" not in body and "urls" not in body


def test_csl_has_people_and_bodies() -> None:
    people, body = json.loads(to_csl([citation(), citation(authors=(Author("Audit Scotland"),), journal=False)]))
    assert people["author"] == [{"family": "Roland", "given": "M."}]
    assert people["issued"] == {"date-parts": [[2012]]}
    assert (people["type"], people["container-title"], people["DOI"]) == ("article-journal", "BMJ", "10.1000/a_b")
    assert (body["author"], body["publisher"]) == ([{"literal": "Audit Scotland"}], "BMJ")
    assert "accessed" not in people


# ------------------------------------------------------------------ the site


def test_a_selection_comes_in_three_formats(site: httpx.Client, store: ox.Store) -> None:
    wanted = ask(
        store,
        "SELECT DISTINCT ?e ?t WHERE { ?e a wsic:EvidenceSource ; dcterms:title ?t ;"
        " wsic:intervention/skos:broader* intervention:intermediate-care }",
    )
    assert len(wanted) > 5
    ris = rispy.loads(site.get("/evidence.ris?intervention=intermediate-care").text)
    assert {(entry["notes"][0], entry["title"]) for entry in ris} == {(iri, title) for iri, title in wanted}
    library = parse_string(site.get("/evidence.bib?intervention=intermediate-care").text)
    assert not library.failed_blocks
    assert {entry.key for entry in library.entries} == {iri.rsplit("/", 1)[1] for iri, _ in wanted}
    csl = site.get("/evidence.csl.json?intervention=intermediate-care")
    assert csl.headers["content-type"].startswith("application/vnd.citationstyles.csl+json")
    assert [item["id"] for item in csl.json()] == [entry["id"] for entry in ris]


def test_the_whole_review_comes_back(site: httpx.Client, store: ox.Store) -> None:
    titles = dict(ask(store, "SELECT ?e ?t WHERE { ?e a wsic:EvidenceSource ; dcterms:title ?t }"))
    library = parse_string(site.get("/evidence.bib").text)
    assert not library.failed_blocks
    read = {entry.key: plain(entry.fields_dict["title"].value) for entry in library.entries}
    assert {iri.rsplit("/", 1)[1]: title for iri, title in titles.items()} == read
    assert len(rispy.loads(site.get("/evidence.ris").text)) == len(titles)


def test_a_record_offers_its_citation(site: httpx.Client) -> None:
    html = site.get(f"/evidence/{ROLAND}").text
    for form in ("ris", "bib", "csl.json"):
        assert f'href="/evidence/{ROLAND}.{form}"' in html
        answer = site.get(f"/evidence/{ROLAND}.{form}")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="{ROLAND}.{form}"'
        assert ROLAND in answer.text
    assert len(site.get(f"/evidence/{ROLAND}.csl.json").json()) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/evidence.xyz", 422),
        (f"/evidence/{ROLAND}.xyz", 404),
        ("/evidence/nobody-1999.ris", 404),
        ("/evidence.ris?intervention=nothing", 200),
    ],
)
def test_what_is_not_there_is_no_fault_of_ours(path: str, status: int, site: httpx.Client) -> None:
    assert site.get(path).status_code == status
