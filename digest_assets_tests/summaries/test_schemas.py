"""Stored summaries are read whichever version of their report's schema they were stored with."""

import json
from typing import Any

import pytest

from digest_assets.config.custom_reports import CustomReport
from digest_assets.config.fields import FORMATS, FormatName
from digest_assets.summaries import schemas
from digest_assets.summaries.schemas import FieldReview, compute_schema_version, find_unasked_fields, load_fields

STORED: dict[str, Any] = {
    "contribution": "c",
    "method": None,
    "key_findings": [{"finding": "f", "evidence": "e", "gone": 1}],
    "gone": ["x"],
}
CUSTOM = CustomReport.model_validate(
    {
        "papers": {"based_on": "daily_table"},
        "fields": {"text": {"description": "t"}, "many": {"description": "m", "list": True}},
    }
)


def test_new_fields_are_empty_and_gone_ones_ignored_at_every_depth() -> None:
    summary = load_fields("field_review", json.dumps(STORED))
    assert isinstance(summary, FieldReview)
    assert (summary.contribution, summary.impact) == ("c", None)
    assert summary.key_findings[0].evidence == "e"


def test_a_nested_model_that_is_new_has_empty_fields() -> None:
    assert load_fields("deep_read", "{}").usage.hardware is None


@pytest.mark.parametrize("report", FORMATS)
def test_a_summary_that_lacks_every_field_can_be_read(report: FormatName) -> None:
    load_fields(report, "{}")
    assert find_unasked_fields(report, "{}") == tuple(schemas.SCHEMAS[report].model_fields)


def test_only_fields_that_nobody_asked_for_are_unasked() -> None:
    assert find_unasked_fields("field_review", json.dumps(STORED)) == ("results", "limitations", "impact", "relevance")


def test_a_custom_reports_text_that_became_a_list_is_read_as_one_and_a_list_as_text() -> None:
    custom = CUSTOM.model_copy(update={"name": "mine"})
    summary = load_fields("mine", json.dumps({"text": ["a", "b"], "many": "c"}), custom)
    assert (summary.text, summary.many) == ("a; b", ("c",))


def test_a_schema_that_changes_has_another_version() -> None:
    versions = {compute_schema_version(schema) for schema in schemas.SCHEMAS.values()}
    assert len(versions) == len(schemas.SCHEMAS)
    assert all(compute_schema_version(schema) in versions for schema in schemas.SCHEMAS.values())
