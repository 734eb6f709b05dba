"""What people say about records: from the form, through an editor, to every part of the site; and what stays unseen."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from tests.ledger_fixtures import WIGAN, WIGAN_IRI, Person, editor_of, person_of
from tests.site_fixtures import serve
from wsic_graph.content import ROOT
from wsic_graph.ledger import annotations as written
from wsic_graph.ledger import remarks
from wsic_graph.ledger.confirming import VALID, confirmed, only_confirms
from wsic_graph.ledger.store import Ledger, LedgerError, TooMany
from wsic_graph.linkcheck.asking import Look
from wsic_graph.linkcheck.store import LinkChecks
from wsic_graph.namespaces import PREFIXES
from wsic_graph.release.build import read_content
from wsic_graph.release.files import Content, Statement
from wsic_graph.release.single import validate_records
from wsic_graph.settings import Settings

ABOUT = f"/contribute/about/{WIGAN}"
PAGE = "/initiatives/wigan-deal"
NASTY = '<script>alert(1)</script> "quoted" \\ & {{ 7*7 }}\nsecond line'
TODAY = time.strftime("%Y-%m-%d", time.gmtime())


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voice")


@pytest.fixture(scope="module")
def site(release: Path, data_dir: Path) -> Iterator[httpx.Client]:
    editor_of(data_dir)
    with serve(release, Settings(data_dir=data_dir, query_cache_mb=4), public=True) as client:
        client.get("/feed")  # until the release is entered in the history, no page knows how old a record is
        yield client


@pytest.fixture
def editor(site: httpx.Client) -> Person:
    return person_of(site)


def ask(site: httpx.Client, query: str) -> str:
    """The answer to a query, as CSV."""
    prefixes = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("dcat", "dcterms", "oa", "rdf", "wsic"))
    answer = site.get("/sparql", params={"query": prefixes + query, "format": "csv"})
    assert answer.status_code == 200, answer.text
    return answer.text


def described(site: httpx.Client) -> bool:
    """Whether the named graph of annotations is described as a data set."""
    graph = f"<{written.DATA_SET}>"
    return (
        len(ask(site, f"SELECT ?t {{ {graph} a dcat:Dataset ; dcterms:title ?t ; dcterms:license ?l }}").split("\n"))
        > 2
    )


def said(site: httpx.Client, do: str, **fields: str) -> Person:
    """A visitor who sent one of the forms about the Wigan Deal, on the page that follows."""
    visitor = Person(site)
    visitor.get(ABOUT)
    place = ["useful", "comment", "done-elsewhere", "current", "error"].index(do)
    visitor.send(ABOUT, {**fields, "do": do}, place)
    return visitor


def decide(editor: Person, kind: str, words: str, **fields: str) -> None:
    """Let an editor decide on the remark that has ``words`` in it."""
    editor.get(f"/review/remarks?kind={kind}")
    links = [row.xpath(".//th//a/@href")[0] for row in editor.page.xpath("//tbody/tr") if words in row.text_content()]
    assert len(links) == 1, editor.text
    editor.get(links[0])
    editor.send(links[0], fields)


def unseen(site: httpx.Client, words: str) -> bool:
    """Whether the public sees ``words`` nowhere."""
    everything = "SELECT ?s ?p ?o { ?s ?p ?o FILTER(CONTAINS(STR(?o), '%s')) }"
    places = [ask(site, everything % words), site.get(PAGE).text, site.get(f"/data/{WIGAN}.ttl").text]
    last = max(int(number) for number in re.findall(r"/feed/(\d+)>", site.get("/feed").text))
    return not any(words in text for text in [*places, site.get(f"/feed/{last}").text])


def test_comment_is_unseen_until_published_and_then_everywhere(site: httpx.Client, editor: Person) -> None:
    before = site.get(PAGE)
    visitor = said(site, "comment", text=NASTY, named="Leigh <b>locality</b> team")
    assert visitor.here.startswith("/contribute/said/") and "It waits for an editor" in visitor.text
    link = visitor.here
    assert unseen(site, "alert(1)") and not described(site)

    decide(editor, "comment", "alert(1)", do="published")
    assert editor.answer.status_code == 200, editor.text
    page = site.get(PAGE, headers={"if-none-match": before.headers["etag"]})
    assert page.status_code == 200 and "What people say" in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text and "<script>alert" not in page.text
    assert "Leigh &lt;b&gt;locality&lt;/b&gt; team" in page.text and "{{ 7*7 }}" in page.text
    found = ask(
        site,
        "SELECT ?a ?text { ?a a oa:Annotation ; oa:motivatedBy oa:commenting ; oa:hasTarget "
        f"<{WIGAN_IRI}> ; oa:hasBody ?b . ?b a oa:TextualBody ; rdf:value ?text }}",
    )
    assert "<script>alert(1)</script>" in found
    iri = re.findall(r"https://w3id.org/wsic/id/(annotation/comment-[0-9a-f]+)", found)[0]
    assert site.get(f"/records/{iri}").status_code == 200
    assert "hasTarget" in site.get(f"/data/{iri}.ttl").text
    assert site.get(f"/data/{iri}.json").json()["hasBody"]["text"] == NASTY
    last = max(int(number) for number in re.findall(r"/feed/(\d+)>", site.get("/feed").text))
    assert iri.replace("/", ":") in site.get(f"/feed/{last}").text
    history = Person(site)
    history.get(f"/history/{iri}")
    assert history.answer.status_code == 200 and "A comment on “The Wigan Deal”" in history.text
    assert described(site), "the named graph is a data set of the catalogue now"
    assert "It was published" in visitor.get(link).text
    assert not [form for form in visitor.page.forms if form.action == link], "what is published is not withdrawn"


def test_removal_leaves_a_tombstone(site: httpx.Client, editor: Person) -> None:
    iri = re.findall(r"annotation/comment-[0-9a-f]+", ask(site, "SELECT ?a { ?a oa:motivatedBy oa:commenting }"))[0]
    place = f"/review/records/{iri}"
    editor.get(place)
    editor.send(place, {"do": "remove", "why": "It names somebody"})
    assert editor.answer.status_code == 200, editor.text
    gone = site.get(f"/records/{iri}")
    assert gone.status_code == 410 and "was removed" in gone.text
    assert "alert(1)" not in site.get(PAGE).text and "alert(1)" not in ask(site, "SELECT ?o { ?s rdf:value ?o }")
    assert "removed again" in editor.get("/review/remarks?kind=comment&state=published").text
    editor.get(place)
    editor.send(place, {"do": "restore", "version": "1", "why": "It does not"})
    assert "alert(1)" in site.get(PAGE).text


def test_name_can_be_left_out_and_rejected_words_stay_unseen(site: httpx.Client, editor: Person) -> None:
    said(site, "comment", text="We looked at it in March.", named="A person's name")
    decide(editor, "comment", "in March", do="published", nameless="1")
    page = site.get(PAGE).text
    assert "We looked at it in March." in page and "A person" not in page and "anonymous" in page
    visitor = said(site, "comment", text="Buy our unrivalled software")
    decide(editor, "comment", "unrivalled", do="rejected")
    assert editor.answer.status_code == 422 and "say why" in editor.text, "a reason is needed"
    decide(editor, "comment", "unrivalled", do="rejected", reason="It is an advertisement")
    assert unseen(site, "unrivalled")
    visitor.get(visitor.here)
    assert "It was not published" in visitor.text and "It is an advertisement" in visitor.text
    place = visitor.here
    visitor.send(place)
    assert Person(site).get(place).status_code == 404, "withdrawn"


def test_done_elsewhere_leads_to_a_form_with_the_same_interventions(site: httpx.Client, editor: Person) -> None:
    wrong = said(site, "done-elsewhere", text="Smaller teams", named="Torbay Council", area="Atlantis")
    assert wrong.answer.status_code == 422 and "choose an area of the list" in wrong.text
    assert "Smaller teams" in wrong.text and "Torbay Council" in wrong.answer.text, "nothing typed is lost"
    visitor = said(site, "done-elsewhere", text="Smaller teams", named="Torbay Council", area="Torbay (area/E06000027)")
    assert "did this too" in visitor.text
    assert unseen(site, "Smaller teams")
    decide(editor, "done-elsewhere", "Smaller teams", do="published")
    page = Person(site)
    page.get(PAGE)
    assert "They did this too" in page.text and "Torbay Council in Torbay" in page.text
    found = ask(
        site,
        f"SELECT ?area {{ ?a oa:hasTarget <{WIGAN_IRI}> ; oa:hasBody ?b . ?b a wsic:DoneElsewhere ; wsic:area ?area }}",
    )
    assert "area/E06000027" in found
    visitor.get(visitor.here)
    (link,) = visitor.page.xpath("//a[contains(., 'beginning with what this one did')]/@href")
    visitor.get(link)
    assert "begins with the interventions" in visitor.text
    visitor.send("/contribute", {"kind": "initiative", "title": "Zzz neighbourhood teams of the bay"})
    if "Is it one of these?" in visitor.text:
        visitor.send("/contribute", {"new": "1"})
    chosen = visitor.fields(visitor.here)["|wsic:intervention"]
    turtle = site.get(f"/data/{WIGAN}.ttl").text
    assert sorted(chosen) == sorted(set(re.findall(r"intervention:([a-z0-9-]+)", turtle))) and chosen


def test_answers_are_counted_once_for_each_visitor_and_published_as_counts(
    site: httpx.Client, editor: Person, data_dir: Path
) -> None:
    first = said(site, "useful", useful="no")
    assert "Thank you" in first.text
    first.get(ABOUT)
    first.send(ABOUT, {"useful": "yes", "do": "useful"})
    assert "You answered “yes”" in first.text
    said(site, "useful", useful="partly")
    assert "answered “was this useful?”" not in site.get(PAGE).text
    assert not ask(site, "SELECT ?n { ?s wsic:answeredYes ?n }").split()[1:]
    editor.get("/review/usefulness")
    seen = editor.fields("/review/usefulness")
    said(site, "useful", useful="no")
    editor.answer = editor.client.post("/review/usefulness", data={**seen, "do": "publish"})
    assert editor.answer.status_code == 409, "there is a new answer"
    editor.get("/review/usefulness")
    editor.send("/review/usefulness", {"do": "publish"})
    assert "All counts are published" in editor.text
    page = Person(site)
    page.get(PAGE)
    assert "3 visitors answered “was this useful?”: 1 yes, 1 partly, 1 no" in page.text
    assert (
        ask(
            site,
            "SELECT ?y ?p ?n { ?s oa:motivatedBy oa:assessing ; oa:hasBody ?b . ?b wsic:answeredYes ?y ;"
            " wsic:answeredPartly ?p ; wsic:answeredNo ?n }",
        ).split()[1]
        == "1,1,1"
    )
    again = said(site, "useful", useful="yes")
    assert again.answer.status_code == 429, "one client gives three answers on a record in a day"
    ledger = Ledger(data_dir)
    with ledger.reading() as db:
        kept = [bytes(row[0]) for row in db.execute("SELECT who FROM answer")]
    ledger.close()
    assert len(kept) == 3 and all(len(item) == 32 for item in kept), "hashes of cookies, and no address"
    editor.get("/review/usefulness")


def test_doubtful_answers_are_deleted(site: httpx.Client, editor: Person) -> None:
    visitor = Person(site)
    place = "/contribute/about/source/thistlethwaite-2011-integrating-health-social-care-torbay"
    visitor.get(place)
    visitor.send(place, {"useful": "yes", "do": "useful"})
    editor.get("/review/usefulness")
    (button,) = editor.page.xpath("//button[starts-with(@value, 'forget')]/@value")
    editor.send("/review/usefulness", {"do": button})
    assert "All counts are published" in editor.text


def test_report_of_an_error_is_for_editors_alone(site: httpx.Client, editor: Person) -> None:
    visitor = said(site, "error", text="The year is wrong: it was 2012.")
    assert unseen(site, "it was 2012")
    decide(editor, "error", "it was 2012", do="published")
    assert editor.answer.status_code == 422, "a report is never published"
    decide(editor, "error", "it was 2012", do="put-right", reason="The year is 2012 now.")
    assert unseen(site, "it was 2012")
    assert "It was put right" in visitor.get(visitor.here).text
    assert "The year is 2012 now." in visitor.text
    assert "it was 2012" in editor.get("/review/remarks?kind=error&state=put-right").text


def test_confirmation_changes_the_day_alone_and_moves_the_record_down_the_list(
    site: httpx.Client, editor: Person
) -> None:
    page = Person(site)
    page.get("/initiatives/torbay-care-trust")
    assert "with the release that brought it" in page.text
    editor.get("/review/stale?kind=initiative")
    assert "1 to 100 are shown" in editor.text and "with the release" in editor.text
    editor.get(editor.page.xpath("//a[.='The next ones']/@href")[0])
    assert "Torbay Care Trust" in editor.text and "with the release" in editor.text
    before = site.get("/data/initiative/torbay-care-trust.nt").text
    place = "/contribute/about/initiative/torbay-care-trust"
    visitor = Person(site)
    visitor.get(place)
    visitor.send(place, {"do": "current", "why": "We run it.", "named": "Torbay and South Devon"}, 3)
    assert "It is with the editors" in visitor.text
    assert site.get("/data/initiative/torbay-care-trust.nt").text == before
    editor.get("/review")
    (link,) = [a.get("href") for a in editor.page.xpath("//tbody//th//a") if "Torbay" in a.text_content()]
    editor.get(link)
    assert "confirmed as still current on" in editor.text and "We run it." in editor.text
    assert len(editor.page.xpath("//section[@aria-labelledby='differences']//tbody/tr")) == 1
    editor.send(link, {"do": "accept"})
    assert editor.answer.status_code == 200 and "Accepted" in editor.text, editor.text
    after = site.get("/data/initiative/torbay-care-trust.nt").text
    new = set(after.splitlines()) - set(before.splitlines())
    assert set(before.splitlines()) <= set(after.splitlines()) and len(new) == 1 and VALID in new.pop()
    page.get("/initiatives/torbay-care-trust")
    assert "Last confirmed as still current on" in page.text
    editor.get("/review/stale?kind=initiative")
    rows = [row.text_content() for row in editor.page.xpath("//tbody/tr")]
    assert rows
    editor.get("/review/stale?kind=initiative&months=12")
    assert "There are none" in editor.text, "the release was published here today"
    assert site.get("/review/stale").status_code == 303, "for editors"


def test_a_correction_is_told_as_a_correction(site: httpx.Client, editor: Person) -> None:
    visitor = Person(site)
    visitor.get("/contribute?record=source/thistlethwaite-2011-integrating-health-social-care-torbay")
    visitor.send("/contribute")
    place = visitor.here
    visitor.send(place, {"|dcterms:title": "Integrating health and social care in Torbay, corrected", "do": "submit"})
    editor.get("/review")
    (link,) = [a.get("href") for a in editor.page.xpath("//tbody//th//a")]
    editor.get(link)
    editor.send(link, {"do": "accept"})
    page = Person(site)
    page.get("/sources/thistlethwaite-2011-integrating-health-social-care-torbay")
    assert "when an editor accepted a change" in page.text


def test_forms_are_guarded(site: httpx.Client) -> None:
    """No form without its token, none about what is no record, none for those who are no editors."""
    for fields in ({"do": "comment", "text": "x"}, {"do": "useful", "useful": "yes", "form": "0" * 64}):
        assert site.post(ABOUT, data=fields).status_code == 403
    for place in ("initiative/no-such", "annotation/comment-1", "nothing/at-all", "initiative/%2E%2E%2Fx"):
        assert site.get(f"/contribute/about/{place}").status_code == 404, place
    for place in ("remarks", "remarks/abc", "usefulness", "stale", "links"):
        assert site.get(f"/review/{place}").status_code == 303, place
    visitor = Person(site)
    visitor.get(ABOUT)
    fields = {name: values[0] for name, values in visitor.fields(ABOUT).items()}
    for change in ({"do": "useful", "useful": "very"}, {"do": "nothing"}, {"do": "comment"}, {"do": "done-elsewhere"}):
        answer = visitor.client.post(ABOUT, data={**fields, **change})
        assert answer.status_code == 422, change
    long = visitor.client.post(ABOUT, data={**fields, "do": "comment", "text": "x" * 2001})
    assert long.status_code == 422 and "2,001 characters" in long.text
    hidden = visitor.client.post(ABOUT, data={**fields, "do": "comment", "text": "right\u202eto left"})
    assert hidden.status_code == 422 and "cannot be seen" in hidden.text
    assert "no-store" in visitor.get(ABOUT).headers["cache-control"]
    effect = Person(site)
    effect.get("/contribute/about/effect/case-management--emergency-admissions")
    assert "It is still current" not in effect.text and "We did this too" not in effect.text


def test_queue_survives_odd_filters(editor: Person) -> None:
    for place in ("remarks?kind=x&state=y", "stale?kind=x&months=y&start=z", "stale?start=9999999", "links?outcome=z"):
        assert editor.get(f"/review/{place}").status_code == 200, place


def test_pages_and_editors_are_told_whether_links_work(site: httpx.Client, editor: Person, data_dir: Path) -> None:
    place = "/sources/thistlethwaite-2011-integrating-health-social-care-torbay"
    before = site.get(place)
    assert "seen working" not in before.text and "did not answer" not in before.text
    page = Person(site)
    page.get(place)
    url = page.page.xpath("//main//a[@rel='external']/@href")[0]
    store = LinkChecks(data_dir)
    store.put(url, Look("working", 200))
    after = site.get(place, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200 and "last seen working on" in after.text
    assert site.get("/queries", headers={"if-none-match": site.get("/queries").headers["etag"]}).status_code == 304
    store.put(url, Look("broken", 0, "no answer in time"))
    text = site.get(place).text
    assert "did not answer on" in text and "no answer in time" in text and "last seen working on" in text
    editor.get("/review/links")
    assert "1 link is broken" in editor.text and url in editor.text
    assert place in [link.get("href") for link in editor.page.xpath("//tbody//a")]
    assert "There are none" in editor.get("/review/links?outcome=working").text


def test_what_is_published_conforms_to_the_shapes() -> None:
    """A comment, one of the same done elsewhere and counts, checked as the build checks a release."""
    counts = written.Counts(1, 0, 2, "2026-11-22")
    bodies = [
        written.words("comment-1", WIGAN_IRI, NASTY, named="Wigan Council", day="2026-11-22"),
        written.words("comment-2", WIGAN_IRI, "x" * 2000, named="", day="2026-11-22"),
        written.words(
            "done-1", WIGAN_IRI, "Other", named="A", day="2026-11-22", area="https://w3id.org/wsic/id/area/E06000027"
        ),
        written.usefulness(WIGAN_IRI, counts),
    ]

    def problems(*bodies: bytes) -> list[str]:
        content = Content()
        for body in bodies:
            for quad in ox.parse(body, format=ox.RdfFormat.N_QUADS):
                assert isinstance(quad.subject, ox.NamedNode)
                assert isinstance(quad.object, ox.NamedNode | ox.Literal)
                content.add([Statement(quad.subject.value, quad.predicate.value, quad.object, "annotations")], "x")
        return [str(item) for item in validate_records(content, read_content(ROOT, observations=False))]

    assert problems(*bodies) == []
    broken = (
        bodies[0].replace(b"oa#commenting", b"oa#moderating").replace(b"dc/elements/1.1/creator", b"dc/terms/title")
    )
    assert len(problems(broken)) >= 2


def test_confirming_is_told_from_changing() -> None:
    said = f'<{WIGAN_IRI}> <http://purl.org/dc/terms/title> "T"@en <https://w3id.org/wsic/graph/initiatives> .\n'
    once = confirmed(WIGAN_IRI, said.encode(), "2026-01-02")
    twice = confirmed(WIGAN_IRI, once, TODAY)
    assert once.count(b"\n") == twice.count(b"\n") == 2
    assert only_confirms(WIGAN_IRI, said.encode(), once) and only_confirms(WIGAN_IRI, once, twice)
    assert not only_confirms(WIGAN_IRI, once, once)
    assert not only_confirms(WIGAN_IRI, once, twice.replace(b'"T"', b'"U"'))


def test_limits_of_one_client(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for number in range(10):
        remarks.say(ledger, "comment", WIGAN_IRI, f"Comment {number}", client="192.0.2.1")
    with pytest.raises(TooMany):
        remarks.say(ledger, "comment", WIGAN_IRI, "One more", client="192.0.2.1")
    with pytest.raises(LedgerError, match="with the editors already"):
        remarks.say(ledger, "comment", WIGAN_IRI, "Comment 1", client="192.0.2.2")
    for number in range(30):
        remarks.answer(ledger, f"{WIGAN_IRI}-{number}", "yes", who=f"cookie {number}", client="192.0.2.1")
    with pytest.raises(TooMany):
        remarks.answer(ledger, WIGAN_IRI, "yes", who="cookie", client="192.0.2.1")
    ledger.close()
