"""A report of one's own goes the whole way: the example of the docs, on a day of the sample."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from digest_assets.cli.app import app
from digest_assets.common.errors import ConfigError
from digest_assets.config.custom_reports import load_custom_reports
from digest_assets.config.fields import FORMATS
from digest_assets.config.settings import Settings, load_settings
from digest_assets.definitions import build_definitions
from digest_assets.groups.tables import PAPER_GROUPS
from digest_assets.papers.tables import PAPERS
from digest_assets.reports.checks import find_problems
from digest_assets.reports.custom import try_templates
from digest_assets.reports.tables import REPORTS
from digest_assets.summaries.schemas import load_fields
from digest_assets.summaries.tables import PAPER_SUMMARIES
from digest_assets.testing import sample
from digest_assets.testing.fake_llm.server import FakeLLMServer
from digest_assets.testing.row_factories import make_group_row
from digest_assets.testing.summary_days import DAY, load_summaries, materialise_asset, store_day
from digest_assets.warehouse import open_warehouse
from digest_assets_tests.llm.conftest import endpoint
from digest_assets_tests.reports.days import fill_tables, materialize_reports

__all__ = ["endpoint"]

EXAMPLE = Path(__file__).parents[2] / "docs" / "custom-reports"
FRIDAY = date(2025, 10, 3)
NAME = "practice_notes"


def settings_in(folder: Path, more: str = "", template: str | None = None) -> Settings:
    """Settings with the example of the docs, or with another template in its place."""
    if not (folder / "reports-of-mine").exists():
        shutil.copytree(EXAMPLE, folder / "reports-of-mine")
    if template is not None:
        (folder / "reports-of-mine" / NAME / "template.md.jinja").write_text(template, "utf-8")
    quick = "sources: {arxiv: {delay_seconds: 0}}\ntexts: {requests_per_second: 1000}\n"
    (folder / "digest.yaml").write_text(f"{quick}reports: {{folder: reports-of-mine}}\n{more}", "utf-8")
    places = {"DIGEST_CONFIG": str(folder / "digest.yaml"), "DIGEST_DATA_DIR": str(folder / "data")}
    return load_settings({**os.environ, **places})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A day of the sample, made by the daily job."""
    folder = tmp_path_factory.mktemp("own")
    with sample.create_sample_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in {**server.get_environment(), "HF_HUB_OFFLINE": "0"}.items():
            patch.setenv(name, value)
        settings = settings_in(folder)
        with dg.DagsterInstance.ephemeral() as instance:
            job = build_definitions(settings).resolve_job_def("daily_digest")
            assert job.execute_in_process(instance=instance, partition_key=str(FRIDAY)).success
        yield settings


def report_of(settings: Settings) -> str:
    return (settings.data_dir / "reports" / str(FRIDAY) / f"{NAME}.md").read_text("utf-8")


def test_it_stands_beside_the_five_with_every_paper_that_it_shows(made: Settings) -> None:
    rows = {row.report: row for row in REPORTS.to_rows(open_warehouse(made).read(REPORTS, [FRIDAY]))}
    assert rows.keys() == {*FORMATS, NAME}
    assert rows[NAME].papers == rows["daily_table"].papers > 0
    shown = [paper.id for paper in PAPERS.to_rows(open_warehouse(made).read(PAPERS, [FRIDAY])) if paper.hf_position]
    assert all(id_ in report_of(made) for id_ in shown)
    assert list(find_problems(made, [FRIDAY])) == []


def test_its_fields_hold_the_papers_own_sentences_on_what_they_are_about(made: Settings) -> None:
    (summary,) = (
        row
        for row in PAPER_SUMMARIES.to_rows(open_warehouse(made).read(PAPER_SUMMARIES, [FRIDAY]))
        if (row.report, row.id) == (NAME, "2510.92003")
    )
    said = json.loads(summary.fields)
    assert said["offers"].startswith("We introduce Pocket Splats")
    assert any("6.2 MB" in gain for gain in said["gains"])
    assert said["needs"] is None
    assert "**Needs:** Not in the abstract." in report_of(made)


def test_the_site_the_feeds_and_the_command_line_know_it(made: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        site = build_definitions(made).resolve_job_def("publish")
        assert site.execute_in_process(instance=instance).success
    page = (made.data_dir / "site" / "days" / str(FRIDAY) / f"{NAME}.html").read_text("utf-8")
    assert "Practice notes" in page
    assert "Offers" in page
    feed = json.loads((made.data_dir / "site" / "feeds" / f"{NAME}.json").read_text("utf-8"))
    assert feed["items"][0]["title"].startswith(f"Practice notes · {FRIDAY}")
    monkeypatch.setenv("DIGEST_CONFIG", str(made.data_dir.parent / "digest.yaml"))
    monkeypatch.setenv("DIGEST_DATA_DIR", str(made.data_dir))
    assert "# Practice notes" in CliRunner().invoke(app, ["show", str(FRIDAY), NAME, "--raw"]).stdout


def test_a_model_fills_its_fields_by_its_prompt(tmp_path: Path, endpoint: Callable[..., FakeLLMServer]) -> None:
    model = endpoint()
    settings = settings_in(tmp_path, "summaries: {engine: openai, model: fake-llm}")
    store_day(settings, 2, ["daily_table", NAME])
    metadata = materialise_asset(settings)
    rows = [row for row in load_summaries(settings) if row.report == NAME]
    assert {(row.engine, row.failed) for row in rows} == {("openai", False)}
    assert all(json.loads(row.fields)["offers"] for row in rows)
    asked = [call.prompt for call in model.calls if "The reader builds products" in call.prompt]
    assert len(asked) == 2
    assert all("Fill the schema PracticeNotes" in prompt for prompt in asked)
    assert (metadata["calls"], metadata["fallbacks"]) == (4, 0)
    assert materialise_asset(settings)["calls"] == 0


def test_finishing_in_other_processes_knows_its_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest_assets.summaries.summarize._MIN_CHARACTERS_FOR_PROCESSES", 1)
    settings = settings_in(tmp_path)
    store_day(settings, 3, [NAME])
    materialise_asset(settings)
    assert [json.loads(row.fields)["gains"] != [] for row in load_summaries(settings)] == [True] * 3


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{% for entry in edition.papers %}\n{{ entry.titel }}\n{% endfor %}", r"line 2: .*titel"),
        ("{% for entry in edition.papers %}", r"line 1: .*end of template"),
        ("{{ 1 // 0 }}", r"line 1: .*zero"),
        ("# A head alone\n", r"does not show 2512\.00001, 2512\.00002: write \{\{ entry\.paper\.id \}\}"),
        ("{% for entry in edition.papers %}{{ entry.paper.id }}{% endfor %}", r"<sub>\{\{ entry\.provenance \}\}"),
    ],
)
def test_a_template_that_cannot_work_is_refused_when_the_project_loads(
    tmp_path: Path, template: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=rf"reports-of-mine/{NAME}/template\.md\.jinja.*{says}"):
        build_definitions(settings_in(tmp_path, template=template))


def test_a_template_that_fails_on_a_real_day_costs_its_own_report_only(tmp_path: Path) -> None:
    sound = (EXAMPLE / NAME / "template.md.jinja").read_text("utf-8")
    fails = "{% for entry in edition.papers if entry.title == 'One' %}{{ entry.nothing }}{% endfor %}\n"
    settings = settings_in(tmp_path, template=fails + sound)
    try_templates(settings)
    fill_tables(settings)
    places = [
        *PAPER_GROUPS.to_rows(open_warehouse(settings).read(PAPER_GROUPS, [DAY])),
        make_group_row("2512.00001", NAME),
    ]
    open_warehouse(settings).replace_days(PAPER_GROUPS, [DAY], PAPER_GROUPS.to_frame(places))
    result = materialize_reports(settings)
    assert {row.report for row in REPORTS.to_rows(open_warehouse(settings).read(REPORTS, [DAY]))} == set(FORMATS)
    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert f"{NAME} of {DAY} was not made" in str(check.description)
    metadata = result.asset_materializations_for_node("reports")[0].metadata
    assert "template.md.jinja, line 1" in str(metadata["not made"].value)


def test_a_template_may_put_all_of_a_day_on_one_line(tmp_path: Path) -> None:
    line = "{% for entry in edition.papers %}{{ entry.paper.id }} <sub>{{ entry.provenance }}</sub> {% endfor %}"
    try_templates(settings_in(tmp_path, template=line))


def test_a_template_written_for_0_1_0_goes_on_to_work(tmp_path: Path) -> None:
    template = (
        "{% for part in edition.parts %}{% for entry in part.entries %}{% set said = entry.profile %}\n"
        "{{ entry.paper.id }} {{ choice.language }} {{ said.offers | content(entry) }} {{ entry.place.reason }}"
        "{{ said.needs or stated }} <sub>{{ entry.provenance }}</sub>{% endfor %}{% endfor %}"
    )
    try_templates(settings_in(tmp_path, template=template))


def test_a_stored_summary_is_read_by_the_fields_of_today() -> None:
    own = load_custom_reports(EXAMPLE)[NAME]
    stored = json.dumps({"offers": ["A map", "A filter"], "gains": "Two points.", "gone": "Nothing."})
    profile = load_fields(NAME, stored, own)
    assert (profile.offers, profile.gains, profile.needs) == ("A map; A filter", ("Two points.",), None)


def test_its_revision_is_in_the_code_version_of_what_depends_on_it(tmp_path: Path, settings: Settings) -> None:
    def versions(of: Settings) -> dict[str, str | None]:
        return {
            spec.key.to_user_string(): spec.code_version for spec in build_definitions(of).resolve_all_asset_specs()
        }

    plain, own = versions(settings), versions(settings_in(tmp_path))
    assert {name for name in plain if plain[name] != own[name]} == {"paper_summaries", "reports"}


@pytest.mark.parametrize(
    "expression",
    [
        "labels.__builtins__",
        "labels.re",
        "''.__class__.__mro__[1].__subclasses__()",
        "entry.__init__.__globals__",
        "edition.papers[0].paper.parse_file('/etc/passwd')",
        "edition.papers[0].paper.model_construct()",
        "edition.papers.append(1)",
        "cycler.__init__.__globals__.os.environ",
        "self._TemplateReference__context.environment",
    ],
)
def test_a_template_reaches_the_editions_values_and_nothing_of_python(tmp_path: Path, expression: str) -> None:
    template = (
        "{% for entry in edition.papers %}{{ entry.paper.id }} <sub>{{ entry.provenance }}</sub>{{ %s }}{% endfor %}"
    )
    settings = settings_in(tmp_path, template=template.replace("%s", expression))
    with pytest.raises(ConfigError, match=r"template\.md\.jinja"):
        try_templates(settings)
