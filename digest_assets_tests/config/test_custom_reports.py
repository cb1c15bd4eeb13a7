"""Custom reports: what their folder may hold, and what is said of what is wrong."""

import pickle
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from digest_assets.common.errors import ConfigError
from digest_assets.config.custom_reports import load_custom_reports
from digest_assets.config.fields import FORMATS
from digest_assets.config.report_formats import FieldReviewConfig
from digest_assets.config.settings import Config, load_config

EXAMPLE = Path(__file__).parents[2] / "docs" / "custom-reports"
SETTINGS = "papers: {based_on: daily_table}\nfields: {offers: {description: What it offers.}}\n"


def folder(tmp_path: Path, name: str = "my_notes", **files: str) -> Path:
    """A folder with one report of these files; `report_yaml` is `report.yaml`."""
    given = {"report_yaml": SETTINGS, "prompt_md": "Be brief.", "template_md_jinja": "{{ edition.day }}", **files}
    (tmp_path / "reports" / name).mkdir(parents=True)
    for file, text in given.items():
        (tmp_path / "reports" / name / file.replace("_", ".")).write_text(text, "utf-8")
    return tmp_path / "reports"


def config_with(tmp_path: Path, text: str = "") -> Config:
    (tmp_path / "digest.yaml").write_text(f"reports: {{folder: reports}}\n{text}", "utf-8")
    return load_config(tmp_path / "digest.yaml")


def test_the_example_of_the_docs_loads_beside_the_five(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "reports")
    reports = config_with(tmp_path).reports
    assert list(reports.enabled_reports()) == [*FORMATS, "practice_notes"]
    assert list(reports.custom["practice_notes"].fields) == ["offers", "gains", "needs", "limits"]
    assert reports.custom["practice_notes"].prompt.startswith("The reader builds products")


def test_the_docs_show_the_example_as_it_is() -> None:
    page = (EXAMPLE.parent / "custom-reports.md").read_text("utf-8")
    shown = [file for file in (EXAMPLE / "practice_notes").iterdir() if f"\n{file.read_text('utf-8')}```" in page]
    assert len(shown) == 3


def test_a_report_based_on_the_field_review_may_have_a_field_of_its_own(tmp_path: Path) -> None:
    own = "papers: {based_on: field_review, field: Robotics, categories: [cs.RO], papers: 3}\nlanguage: zh\n"
    folder(tmp_path, report_yaml=own + "fields: {skill: {description: What the robot learns.}}")
    selection = config_with(tmp_path).reports.get_selection("my_notes")
    assert isinstance(selection, FieldReviewConfig)
    assert (selection.field, selection.categories, selection.papers) == ("Robotics", ("cs.RO",), 3)
    assert (selection.language, selection.interests) == ("zh", Config().reports.field_review.interests)


def test_a_report_travels_to_other_processes_whole(tmp_path: Path) -> None:
    reports = config_with(folder(tmp_path).parent).reports
    there = pickle.loads(pickle.dumps(reports))
    assert there == reports
    assert there.custom["my_notes"].revision == reports.custom["my_notes"].revision


@pytest.mark.parametrize("file", ["report_yaml", "prompt_md", "template_md_jinja"])
def test_a_changed_file_is_another_revision(tmp_path: Path, file: str) -> None:
    path = folder(tmp_path)
    before = load_custom_reports(path)["my_notes"].revision
    with (path / "my_notes" / file.replace("_", ".")).open("a", encoding="utf-8") as changed:
        changed.write("# more\n" if file != "report_yaml" else "language: zh\n")
    assert load_custom_reports(path)["my_notes"].revision != before


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {"report_yaml": "papers: {based_on: daily_tabel}\nfields: {a: {description: x}}"},
            ["papers.based_on", "daily_table"],
        ),
        ({"report_yaml": SETTINGS + "titel: x"}, ["report.yaml is not valid", "titel: unknown key", "papers"]),
        ({"report_yaml": "papers: {based_on: daily_table}\nfields: {}"}, ["fields", "at least one"]),
        (
            {"report_yaml": "papers: {based_on: deep_read, categories: [cs.RO]}\nfields: {a: {description: x}}"},
            ["papers: deep_read has no categories"],
        ),
        ({"report_yaml": "papers: {based_on: deep_read}\nfields: {Good: {description: x}}"}, ["'Good'", "lower-case"]),
        ({"report_yaml": "papers: {based_on: deep_read}\nfields: {copy: {description: x}}"}, ["'copy'", "taken"]),
        (
            {"report_yaml": "papers: {based_on: deep_read}\nfields: {a: {description: x, aspect: colours}}"},
            ["fields.a.aspect", "'results'", "'colours'"],
        ),
        ({"report_yaml": "a: ["}, ["report.yaml cannot be read"]),
        ({"prompt_md": "  \n"}, ["prompt.md is empty"]),
    ],
)
def test_what_is_wrong_names_the_file_the_key_and_what_is_allowed(
    tmp_path: Path, files: Mapping[str, str], says: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_custom_reports(folder(tmp_path, **files))
    assert [part for part in says if part not in str(caught.value)] == []


def test_a_missing_file_is_named_with_all_that_are_needed(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "my_notes" / "prompt.md").unlink()
    with pytest.raises(ConfigError, match=r"prompt\.md does not exist.*report\.yaml, prompt\.md, template\.md\.jinja"):
        load_custom_reports(path)


@pytest.mark.parametrize("name", ["Notes", "my-notes", "deep_read", "my__notes"])
def test_a_folder_that_cannot_be_a_reports_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="a report's folder is named by"):
        load_custom_reports(folder(tmp_path, name=name))


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"reports\.folder: .*reports is not a folder"):
        config_with(tmp_path)


def test_its_categories_must_be_listed_too(tmp_path: Path) -> None:
    own = "papers: {based_on: category_digest, categories: [math.NT]}\nfields: {a: {description: x}}"
    folder(tmp_path, report_yaml=own)
    with pytest.raises(ConfigError, match=r"my_notes: math\.NT must stand under sources\.arxiv\.categories"):
        config_with(tmp_path)


@pytest.mark.parametrize(("report", "known"), [("my_notes", True), ("my_note", False)])
def test_a_recipient_may_want_it_by_its_name(tmp_path: Path, report: str, known: bool) -> None:
    folder(tmp_path)
    delivery = f"delivery: {{webhooks: [{{name: us, kind: json, url_variable: HOOK, reports: [{report}]}}]}}"
    if known:
        assert config_with(tmp_path, delivery).delivery.webhooks[0].reports == (report,)
    else:
        with pytest.raises(ConfigError, match=r"no report is called 'my_note'; there are .*my_notes"):
            config_with(tmp_path, delivery)
