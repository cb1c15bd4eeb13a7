"""Who gets what, by the settings."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from digest_assets.config.delivery import DeliveryConfig
from digest_assets.config.settings import Config
from digest_assets.delivery.recipients import list_recipients
from digest_assets.reports.tables import ReportRow

DOCS = Path(__file__).parents[2] / "docs" / "receiving.md"


def test_the_settings_in_the_documentation_are_valid() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    config = Config.model_validate(yaml.safe_load(block))
    assert [recipient.name for recipient in list_recipients(config.delivery)] == [
        "team <ann@example.org>",
        "team <bo@example.org>",
        "our channel",
        "archive",
        "telephone",
    ]


def test_only_receivers_of_json_know_keys() -> None:
    hooks = [{"name": kind, "kind": kind, "url_variable": "URL"} for kind in ("slack", "discord", "json")]
    choice = DeliveryConfig.model_validate({"webhooks": hooks})
    assert [recipient.recognizes_keys for recipient in list_recipients(choice)] == [False, False, True]


@pytest.mark.parametrize(
    "wrong",
    [
        {"mail": [{"name": "a", "to": ["x@y.z"], "sender": "x@y.z", "host": "mail.example.org", "security": "none"}]},
        {"mail": [{"name": "a", "to": ["x@y.z\r\nBcc: q@y.z"], "sender": "x@y.z", "host": "mail.example.org"}]},
        {"webhooks": [{"name": "a", "kind": "slack", "url_variable": "https://hooks.example/T0"}]},
        {
            "webhooks": [
                {"name": "a", "kind": "json", "url_variable": "A"},
                {"name": "a", "kind": "json", "url_variable": "B"},
            ]
        },
    ],
)
def test_settings_that_would_leak_or_mix_up_are_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        DeliveryConfig.model_validate(wrong)


def test_a_readers_report_goes_to_the_readers_channels_alone() -> None:
    hooks = [{"name": name, "kind": "json", "url_variable": "URL"} for name in ("annas", "everybodys")]
    config = Config.model_validate(
        {"readers": [{"name": "anna", "channels": ["annas"]}], "delivery": {"webhooks": hooks}}
    )
    annas, everybodys = list_recipients(config.delivery, config.readers)
    reports = ("category_digest", "for_you", "for_you_anna")
    rows = {report: make_report_row(report) for report in reports}
    assert [report for report in reports if annas.subscribes_to(rows[report])] == ["category_digest", "for_you_anna"]
    assert [report for report in reports if everybodys.subscribes_to(rows[report])] == ["category_digest", "for_you"]


def test_a_channel_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="no recipient under delivery is called nowhere"):
        Config.model_validate({"readers": [{"name": "anna", "channels": ["nowhere"]}]})


def make_report_row(report: str) -> ReportRow:
    counts = dict.fromkeys(
        ("bytes", "papers", "read_in_full", "requested_in_full", "failures", "numbers_traced", "numbers_total"), 1
    )
    return ReportRow(
        day=date(2025, 12, 5), report=report, language="en", path="p", sha256="0" * 64, cost_usd=0.0, **counts
    )
