"""Token counts in the spellings of the providers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.llm.usage import NO_TOKENS, TokenCounts, read_usage


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}, TokenCounts(10, 0, 0, 5)),
        ({"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 3200}, TokenCounts(1000, 0, 0, 2200)),
        (
            {
                "prompt_tokens": 2000,
                "completion_tokens": 9,
                "prompt_tokens_details": {"cached_tokens": 1500, "cache_write_tokens": 300},
            },
            TokenCounts(2000, 1500, 300, 9),
        ),
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 9,
                "prompt_cache_hit_tokens": 64,
                "prompt_cache_miss_tokens": 36,
            },
            TokenCounts(100, 64, 0, 9),
        ),
        (
            {"input_tokens": 50, "output_tokens": 7, "cache_read_input_tokens": 900, "cache_creation_input_tokens": 40},
            TokenCounts(990, 900, 40, 7),
        ),
        (
            {"prompt_tokens": 990, "completion_tokens": 7, "cache_read_input_tokens": 900},
            TokenCounts(990, 900, 0, 7),
        ),
        ({"promptTokenCount": 8, "candidatesTokenCount": 2, "thoughtsTokenCount": 30}, TokenCounts(8, 0, 0, 32)),
        ({"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": None}, TokenCounts(5, 0, 0, 1)),
    ],
)
def test_each_spelling_is_read(usage: dict[str, Any], counts: TokenCounts) -> None:
    assert read_usage(usage) == counts


@pytest.mark.parametrize("usage", [None, {}, [], "many", {"prompt_tokens": None}, {"prompt_tokens": -1}])
def test_what_counts_nothing_is_nothing(usage: Any) -> None:
    assert read_usage(usage) == NO_TOKENS


@given(
    st.dictionaries(
        st.sampled_from(
            ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "prompt_tokens_details"]
        ),
        st.one_of(
            st.none(),
            st.integers(),
            st.floats(),
            st.just("many"),
            st.dictionaries(st.just("cached_tokens"), st.integers()),
        ),
    )
)
def test_whatever_stands_there_the_parts_do_not_exceed_the_input(usage: dict[str, Any]) -> None:
    counts = read_usage(usage)
    assert 0 <= counts.cached_tokens + counts.cache_write_tokens <= counts.input_tokens
    assert counts.output_tokens >= 0
