"""Who gets what, by the settings."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from digest_assets.config.delivery import DeliveryConfig
from digest_assets.config.settings import Config
from digest_assets.delivery.recipients import list_recipients

DOCS = Path(__file__).parents[2] / "docs" / "receiving.md"


def test_the_settings_in_the_documentation_are_valid() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    config = Config.model_validate(yaml.safe_load(block))
    assert [recipient.name for recipient in list_recipients(config.delivery)] == [
        "team <ann@example.org>",
        "team <bo@example.org>",
        "our channel",
        "archive",
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
