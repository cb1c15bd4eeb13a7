"""Every format, full and empty, benign and hostile, in both languages."""

import importlib.util
import os
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from markdown_it import MarkdownIt

from digest_assets.config.fields import FORMATS, ReportName
from digest_assets.config.settings import Settings
from digest_assets.reports.edition import Edition, build_edition
from digest_assets.reports.labels import SOLE_WITNESS_NOTES
from digest_assets.reports.render import render
from digest_assets.reports.validate import parse_report
from digest_assets.testing import row_factories
from digest_assets.testing.row_factories import FRIDAY
from digest_assets_tests.examples import take_examples
from digest_assets_tests.reports.hostile import (
    GROUP,
    choice_of,
    empty_edition,
    find_differences,
    hostile_editions,
    plain_edition,
)

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = {"https://arxiv.org", "https://huggingface.co", "#", "div", "details", "summary", "sub", "a", "code", "!--break"}


def links_and_tags(markdown: str) -> set[str]:
    """The hosts that a CommonMark reader links, and the tags that it passes on."""
    found: set[str] = set()
    for token in READER.parse(markdown):
        for part in [token, *(token.children or [])]:
            if part.type.startswith("html"):
                found |= set(re.findall(r"</?([a-zA-Z]+|!--[a-z]*|[!?])", part.content))
            for target in (part.attrs.get("href"), part.attrs.get("src")):
                if target is not None:
                    found.add(re.sub(r"^(https?://[^/]+|#|\w+:).*", r"\1", str(target)))
    return found


@pytest.fixture(scope="session")
def shared_validator() -> ModuleType:
    """The strict check that the corpus of real reports comes with."""
    folder = os.environ.get("DIGEST_TEST_CORPUS")
    path = Path(folder or "/nowhere").parent / "formats" / "validate.py"
    if not path.is_file():
        pytest.skip("no formats/validate.py beside DIGEST_TEST_CORPUS")
    spec = importlib.util.spec_from_file_location("shared_validator", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("report", FORMATS)
def test_a_day_without_papers_is_a_valid_report(report: ReportName, shared_validator: ModuleType) -> None:
    edition = empty_edition(report, choice_of(report))
    markdown = render(edition, choice_of(report))
    minimal = Path(str(shared_validator.__file__)).parent / "minimal" / f"{report}-empty.md"
    assert markdown == minimal.read_text("utf-8")
    assert shared_validator.check(report, markdown)[1] == []
    assert find_differences(edition, parse_report(report, markdown)) == []


@pytest.mark.parametrize("report", FORMATS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_full_day_passes_the_shared_validator(
    report: ReportName, language: str, shared_validator: ModuleType
) -> None:
    choice = choice_of(report, language)
    markdown = render(plain_edition(report, choice), choice)
    model, problems = shared_validator.check(report, markdown, language)
    assert problems == []
    assert model["ids"] == ["2512.00001", "2512.00002"]


@pytest.mark.parametrize("report", FORMATS)
@pytest.mark.parametrize("witness", ["window", "feed", "listing", "catchup"])
def test_a_day_of_one_witness_says_so_at_the_head_of_every_format(
    report: ReportName, witness: str, shared_validator: ModuleType
) -> None:
    choice = choice_of(report)
    note = SOLE_WITNESS_NOTES["en"][witness]
    for edition in (plain_edition(report, choice), empty_edition(report, choice)):
        edition = replace(edition, head_note=note)
        markdown = render(edition, choice)
        assert f"<sub>{note}</sub>" in markdown
        assert shared_validator.check(report, markdown)[1] == []
        assert find_differences(edition, parse_report(report, markdown)) == []


@pytest.mark.parametrize("report", FORMATS)
def test_a_chinese_report_without_a_model_says_once_that_its_sentences_are_the_papers_own(
    report: ReportName, shared_validator: ModuleType
) -> None:
    choice = choice_of(report, "zh")
    markdown = render(plain_edition(report, choice), choice)
    assert markdown.count("未经翻译") == 1
    assert shared_validator.check(report, markdown, "zh")[1] == []
    assert "未经翻译" not in render(empty_edition(report, choice), choice)


def test_a_topic_digest_is_the_minimal_one(shared_validator: ModuleType) -> None:
    choice = choice_of("topic_digest")
    minimal = Path(str(shared_validator.__file__)).parent / "minimal" / "topic_digest.md"
    assert render(plain_edition("topic_digest", choice), choice) == minimal.read_text("utf-8")


@take_examples(25)
@given(hostile_editions())
def test_whatever_papers_and_models_write_the_report_reads_back_as_its_edition(
    made: tuple[Edition, Settings],
) -> None:
    edition, choice = made
    markdown = render(edition, choice)
    assert find_differences(edition, parse_report(edition.report, markdown, edition.language)) == []
    assert links_and_tags(markdown) <= OURS
    assert "](javascript:" not in markdown.replace("\\](", "")
    assert markdown == render(edition, choice)


@hypothesis_settings(
    take_examples(25), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(hostile_editions())
def test_whatever_papers_and_models_write_the_shared_validator_finds_the_papers(
    shared_validator: ModuleType, made: tuple[Edition, Settings]
) -> None:
    edition, choice = made
    model, problems = shared_validator.check(edition.report, render(edition, choice), edition.language)
    assert [problem for problem in problems if "copied from the abstract" not in problem] == []
    assert model["ids"] == [entry.paper.id for entry in edition.entries]


def test_a_paper_without_a_summary_keeps_its_block_and_says_so() -> None:
    for report in FORMATS:
        choice = choice_of(report)
        group = GROUP.get(report, "cs.CV")
        tables = row_factories.make_day_tables(
            [row_factories.make_paper("2512.00001")],
            [row_factories.make_group_row("2512.00001", report, group=group)],
            texts=[],
        )
        edition = build_edition(report, tables, choice)
        markdown = render(edition, choice)
        assert parse_report(report, markdown).ids == ("2512.00001",)
        assert "Read: abstract · written by extractive · 0/0 figures traced · no summary was made" in markdown
        assert "We do a thing and gain 2%" in markdown


def test_the_provenance_says_what_is_special_about_a_paper() -> None:
    choice = choice_of("deep_read")
    tables = row_factories.make_day_tables(
        [row_factories.make_paper("2512.00001", version=2, mailing=date(2025, 12, 3))],
        [row_factories.make_group_row("2512.00001", "deep_read")],
        [row_factories.make_summary("2512.00001", "deep_read", engine="openai", model="m-1", note="language kept: en")],
        texts=[row_factories.make_text("2512.00001", source="abstract", reason="html: 404; pdf: password")],
    )
    assert (
        "<sub>Read: abstract · written by m-1 · 2/2 figures traced · listed 2025-12-03 · v2 · "
        "full text not available: html: 404; pdf: password · language kept: en</sub>"
    ) in render(build_edition("deep_read", tables, choice), choice)


def test_what_a_paper_does_not_speak_of_is_never_filled() -> None:
    choice = choice_of("topic_digest", "zh")
    fields = {"task": "N/A", "related_work": [{"work": "GoT", "challenge": "N/A"}], "pros": ["n/a", "Fast."]}
    edition = row_factories.make_edition(
        "topic_digest", [row_factories.make_paper("2512.00001")], choice, group="neural rendering", fields=fields
    )
    markdown = render(edition, choice)
    assert "N/A" not in markdown
    assert "Related work" not in markdown
    assert "### 1. Task / Problem\n- 论文未提及。\n" in markdown
    assert "- **Pros**: Fast\n" in markdown


def test_list_items_are_joined_without_their_final_stops() -> None:
    choice = choice_of("topic_digest")
    edition = row_factories.make_edition(
        "topic_digest",
        [row_factories.make_paper("2512.00001")],
        choice,
        group="neural rendering",
        fields={"baselines": ["NeRF.", "Smith et al.", "3DGS."]},
    )
    assert "- **Baselines**: NeRF; Smith et al.; 3DGS\n" in render(edition, choice)


def test_an_executive_summary_links_papers_of_the_edition_only() -> None:
    choice = choice_of("field_review")
    overview = row_factories.make_overview(
        "# Themes\n\n[One](#2512.00001v1), [other](#2512.99999v1), [site](https://evil.example).\n\n---\n\nEnd."
    )
    edition = row_factories.make_edition(
        "field_review", [row_factories.make_paper("2512.00001")], choice, overviews=[overview]
    )
    summary = render(edition, choice).split("## Executive Summary\n\n")[1].split("\n\n---\n")[0]
    assert summary == ("#### Themes\n\n[One](#2512.00001v1), other, site.\n\nEnd.\n\n<sub>Written by extractive</sub>")


def test_an_executive_summary_without_a_link_gets_the_list_of_papers() -> None:
    choice = choice_of("field_review")
    edition = row_factories.make_edition(
        "field_review",
        [row_factories.make_paper("2512.00001")],
        choice,
        overviews=[row_factories.make_overview("No link.")],
    )
    assert "No link.\n\n- [One](#2512.00001v1)\n\n<sub>" in render(edition, choice)


def test_a_field_without_papers_on_a_mailing_day_does_not_claim_that_there_was_no_mailing() -> None:
    choice = choice_of("field_review")
    assert "No papers of the field today." in render(empty_edition("field_review", choice, FRIDAY), choice)


def test_an_evidence_sentence_stands_at_the_end_of_its_finding() -> None:
    choice = choice_of("field_review")
    findings = [{"finding": "It gains 2%.", "evidence": "We gain 2% on X | Y."}]
    edition = row_factories.make_edition(
        "field_review", [row_factories.make_paper("2512.00001")], choice, fields={"key_findings": findings}
    )
    assert "- It gains 2%. <sub>“We gain 2% on X | Y.”</sub>\n\n<sub>Read:" in render(edition, choice)
