"""`wsic validate`: a broken record of every type is told where, what and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from wsic_graph.cli import app
from wsic_graph.content import ROOT
from wsic_graph.release.single import validate_files

DATA = ROOT / "graph_data"


def whole(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def record(name: str, subject: str) -> str:
    """The head of a file that holds many records, and the block of one."""
    text = whole(name)
    head, _, rest = text.partition("\n\n")
    block = next(block for block in rest.split("\n\n") if block.startswith(subject))
    return f"{head}\n\n{block}\n"


def rows(name: str, *lines: int) -> str:
    text = whole(f"tables/{name}").splitlines(keepends=True)
    return "".join([text[0], *(text[n] for n in lines)])


CASES: dict[str, tuple[str, str, str, str, list[str]]] = {
    "initiative": (
        "x.ttl",
        whole("initiatives/torbay-care-trust.ttl"),
        "wsic:initiativeStatus initiative-status:merged ;",
        "wsic:initiativeStatus initiative-status:merged, initiative-status:active ;",
        ["wsic:initiativeStatus", "exactly one"],
    ),
    "result": (
        "x.ttl",
        whole("initiatives/dudley-mcp.ttl"),
        "wsic:value 10.8",
        'wsic:value "10.8 per cent"',
        ["#result-1", "wsic:value", "a decimal number", "10.8 per cent"],
    ),
    "value case": (
        "x.ttl",
        whole("value_cases/torbay.ttl"),
        "wsic:savingStatus saving-status:reported",
        "wsic:savingStatus saving-status:planned, saving-status:reported",
        ["#saving-", "wsic:savingStatus", "exactly one"],
    ),
    "evidence source": (
        "x.ttl",
        whole("evidence/baxter-2018-effects-integrated-care.ttl"),
        '"10.1186/s12913-018-3161-3"',
        '"https://doi.org/10.1186/s12913-018-3161-3"',
        ["bibo:doi", "without https://doi.org/"],
    ),
    "finding": (
        "x.ttl",
        whole("evidence/salisbury-2018-3d-multimorbidity.ttl"),
        "wsic:lowerLimit -0.02",
        "wsic:lowerLimit 0.2",
        ["#f1", "wsic:lowerLimit", "above the upper limit"],
    ),
    "source": (
        "x.ttl",
        record("sources.ttl", "source:bmj-2009-integrated-care-feature-n-hawkes"),
        '    dcterms:title "Integrated care (feature by N Hawkes, with list of winning pilots)"@en ;\n',
        "",
        ["dcterms:title", "exactly one"],
    ),
    "resource": (
        "x.ttl",
        record("resources.ttl", "resource:national-voices-narrative"),
        "question:q1",
        "question:q9",
        ["wsic:question", "q9", "nothing describes"],
    ),
    "question": (
        "x.ttl",
        record("questions.ttl", "question:q6"),
        "schema:position 6",
        "schema:position 0",
        ["whole number from 1"],
    ),
    "plan section": (
        "x.ttl",
        record("plan/sections.ttl", "plan-section:evidence\n"),
        "wsic:prefillLevel prefill-level:full",
        'wsic:prefillLevel "full"',
        ["wsic:prefillLevel", "one of prefill-level:full"],
    ),
    "national condition": (
        "x.ttl",
        record("plan/conditions.ttl", "<national-condition/2014-16-nc1>"),
        "wsic:planningPeriod period:bcf-2014-16",
        "wsic:planningPeriod period:bcf-2014-16, period:bcf-2016-17",
        ["wsic:planningPeriod", "exactly one"],
    ),
    "metric": (
        "x.ttl",
        record("plan/metrics.ttl", "<metric/2014-16-emergency-admissions>"),
        "wsic:goodDirection good-direction:down",
        "wsic:goodDirection good-direction:sideways",
        ["wsic:goodDirection", "nothing describes"],
    ),
    "funding line": (
        "x.ttl",
        record("plan/funding.ttl", "<funding-line/2015-16-1>"),
        "wsic:unitText",
        "wsic:unitTexts",
        ["wsic:unitTexts", "does not declare", "a value needs a unit"],
    ),
    "organisation": (
        "x.ttl",
        record("organisations.ttl", "organisation:torbay-care-trust"),
        "skos:prefLabel",
        "skos:altLabel",
        ["skos:prefLabel", "exactly one", "has a field that such a record does not have"],
    ),
    "area": (
        "areas.csv",
        rows("areas.csv", 1),
        "unitary-authority",
        "unitary",
        ["area-type:unitary", "nothing describes"],
    ),
    "area succession": (
        "area_successions.csv",
        rows("area_successions.csv", 1),
        ",1.0,1.0",
        ",1.5,1.0",
        ["population_share"],
    ),
    "place": ("places.csv", rows("places.csv", 1), "North Devon", "", ["name"]),
    "observation": ("observations.csv", rows("observations.csv", 1), "140.39", "n/a", ["observations.csv:2", "value"]),
    "unit cost": ("unit_costs.csv", rows("unit_costs.csv", 1), ",GBP,", ",pounds,", ["currency"]),
    "deflator": ("deflators.csv", rows("deflators.csv", 1), "56.378", "-56.378", ["value"]),
    "effect": ("effects.csv", rows("effects.csv", 1), "-0.05", "0.05", ["wsic:low", "above the central change"]),
    "statistical source": (
        "statistical_sources.csv",
        rows("statistical_sources.csv", 1),
        ",verified,",
        ",sure,",
        ["basis:sure", "nothing describes"],
    ),
    "table of another name": (
        "effects2.csv",
        rows("effects.csv", 1),
        "low",
        "low",
        ["no table is called effects2.csv"],
    ),
    "empty file": ("x.ttl", "@prefix a: <https://a/> .\n", "@prefix", "@prefix", ["says nothing"]),
    "record outside the graph": (
        "x.ttl",
        "<https://example.org/x> a <https://w3id.org/wsic/ontology#Initiative> .\n",
        "a ",
        "a ",
        ["outside the graph", "https://w3id.org/wsic/id/"],
    ),
    "record without a type": (
        "x.ttl",
        '<https://w3id.org/wsic/id/initiative/x> <http://purl.org/dc/terms/title> "X"@en .\n',
        "X",
        "Y",
        ["has no type", "a wsic:Initiative"],
    ),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_broken_record(case: str, tmp_path: Path) -> None:
    name, text, old, new, words = CASES[case]
    assert old in text, f"the record no longer holds {old!r}: mend the test"
    file = tmp_path / name
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    told = "\n".join(str(problem) for problem in validate_files([file]))
    for word in [str(file), *words]:
        assert word in told, told


def test_sound_records_have_no_problems(tmp_path: Path) -> None:
    files = [DATA / "initiatives/torbay-care-trust.ttl", DATA / "value_cases/welc.ttl"]
    files += [DATA / "evidence/finkelstein-2020-hotspotting.ttl", DATA / "tables/effects.csv"]
    new = tmp_path / "new.ttl"
    text = whole("initiatives/torbay-care-trust.ttl").replace("initiative/torbay-care-trust>", "initiative/new-place>")
    new.write_text(text, encoding="utf-8")
    assert validate_files([*files, new]) == []


def test_command_says_where_and_how_many(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ttl"
    bad.write_text("<> a <broken\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["validate", str(bad), str(tmp_path / "none.ttl")])
    assert result.exit_code == 1
    assert f"{bad}:1: is not valid Turtle" in result.output
    assert f"{tmp_path / 'none.ttl'}: there is no such file" in result.output
    assert "2 problems found." in result.output
