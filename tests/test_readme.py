"""The README says what the commands do."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.site_fixtures import serve
from wsic_graph.cli import app
from wsic_graph.content import ROOT
from wsic_graph.namespaces import ONTOLOGY
from wsic_graph.queries import all_queries
from wsic_graph.release.manifest import DATASET, read_manifest
from wsic_graph.settings import Settings, get_settings

README = (ROOT / "README.md").read_text(encoding="utf-8")


def sessions() -> list[tuple[list[str], str]]:
    """Each `wsic query` and `wsic validate` command of the README with the output shown below it."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for command, output in re.findall(
            r"^\$ (.*?)\n((?:(?!\$ ).*\n)*)", re.sub(r"\n(?=  )", " ", block), re.MULTILINE
        ):
            words = shlex.split(command, comments=True)
            if words[0] == ".venv/bin/wsic" and words[1] in {"query", "validate"}:
                found.append((words[1:], output))
    return found


def test_there_are_examples() -> None:
    assert len(sessions()) >= 3


@pytest.mark.parametrize(("words", "output"), sessions(), ids=lambda value: str(value)[:40])
def test_example(words: list[str], output: str, release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (release / DATASET).is_file()
    monkeypatch.setattr("wsic_graph.cli.ensure_release", lambda: release)
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    shown = result.output.replace("\r\n", "\n")
    assert shown == output if output else len(shown.splitlines()) > 1


def test_the_commands_of_the_model(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piped = re.findall(r"^\$ echo '(.*)' \| \.venv/bin/wsic (calculate -)$", README, re.MULTILINE)
    sent = re.findall(
        r"^\$ curl http://127\.0\.0\.1:8000(/calculator/runs|/api/[a-z-]+) -H '(\S+): (\S+)' -d '(.*)'$",
        README,
        re.MULTILINE,
    )
    assert len(piped) == 1 and {path for path, *_ in sent} == {
        "/api/calculator",
        "/api/service-check",
        "/calculator/runs",
    }
    (tmp_path / "release").symlink_to(release)
    monkeypatch.setenv("WSIC_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    found = CliRunner().invoke(app, piped[0][1].split(), input=piped[0][0])
    get_settings.cache_clear()
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["gross_total"]
    with serve(release, Settings(data_dir=tmp_path)) as client:
        for path, name, value, body in sent:
            answer = client.post(path, headers={name: value}, content=body)
            assert answer.status_code == (201 if path.endswith("runs") else 200), answer.text


def test_the_table_of_settings_is_that_of_the_program() -> None:
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default in ("", (), None) else f"{default}"
        row = f"| `WSIC_{name.upper()}` | {shown} | {field.description} |"
        assert row in README, row


def test_every_folder_is_named() -> None:
    for folder in ("graph_data", "ontology", "queries", "web", "wsic_graph"):
        assert f"`{folder}/`" in README
        assert (ROOT / folder).is_dir()


def test_numbers_are_those_of_the_release(release: Path) -> None:
    classes = read_manifest(release).classes
    for name, words in [
        ("Initiative", "{:,} initiatives"),
        ("ValueCase", "{:,} value cases"),
        ("EvidenceSource", "{:,} studies"),
        ("Finding", "{:,} findings"),
        ("Observation", "{:,} statistics"),
    ]:
        assert words.format(classes[ONTOLOGY + name]) in README
    questions = [name for name in all_queries() if name.startswith("competency/")]
    assert "more than sixty" in README
    assert len(questions) > 60
