"""`digest ask`, as a person and as a program reads it; and `digest mcp` where it cannot start."""

import json

import pytest

from digest_assets.config.settings import Settings
from digest_assets_tests.answers.archive import LANTERN, make_archive, store_archive
from digest_assets_tests.cli.conftest import Digest


def test_a_question_is_answered_with_numbered_sources_or_said_not_to_be_in_the_archive(
    empty: Settings, digest: Digest
) -> None:
    assert digest("ask", "anything").code == 1
    store_archive(empty, *make_archive())
    answer = digest("ask", "For how many epochs is the filter trained?")
    assert "The filter is trained for seven epochs on four cards. [1]" in answer
    assert f"[1] Lantern: a filter for maps at night ({LANTERN}v2, 3.1 Training)" in answer
    assert f"https://arxiv.org/html/{LANTERN}v2#S1.p1" in answer
    assert digest("ask", "who won the world cup?").startswith("Not in the archive.")
    found = json.loads(digest("ask", "seven epochs of training", "--json"))
    assert (found["is_answered"], found["sentences"][0]["spans"][0]["source"]["section"]) == (True, "3.1 Training")
    assert json.loads(digest("ask", "seven epochs", "--until", "2025-01-01", "--json"))["is_answered"] is False
    assert "no word that a paper could have" in digest("ask", "what is it?").error


def test_over_http_agents_need_a_token(empty: Settings, digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGEST_MCP_TOKEN", raising=False)
    refused = digest("mcp", "--http")
    assert (refused.code, "set DIGEST_MCP_TOKEN" in refused.error) == (2, True)
