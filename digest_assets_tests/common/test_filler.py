"""Texts that say nothing."""

import time

import pytest

from digest_assets.common.filler import is_filler


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u200b",
        "N/A",
        "n / a.",
        "**N/A**",
        "Method: N/A",
        "**Method:** n/a.",
        "N/A: only the abstract was read",
        "NA",
        "None",
        "none!",
        "(unknown)",
        "TBD",
        "Not stated.",
        "Not mentioned in the abstract.",
        "not explicitly stated in the paper",
        "无",
        "暂无。",
        "未提及",
        "文中未说明。",
        "摘要中没有明确给出",
        "-",
        "———",
    ],
)
def test_fillers(text: str) -> None:
    assert is_filler(text)


@pytest.mark.parametrize(
    "text",
    [
        "None of the baselines converges.",
        "Not available as open source.",
        "Unknown classes are rejected.",
        "无监督学习",
        "没有使用标签",
        "It maps.",
        "-5%",
        "NaN losses",
        "- **Baselines**: A\n- **Ablations**: N/A",
        "Baselines: A; ablations: N/A",
        "N/A\n\nThe method has three steps.",
        "0",
    ],
)
def test_what_says_something_is_no_filler(text: str) -> None:
    assert not is_filler(text)


@pytest.mark.parametrize("piece", ["-", ":", " ", "n/a", ":n/a", "not ", "(", "*", "没有", "n "])
def test_time_is_linear_in_the_length(piece: str) -> None:
    started = time.perf_counter()
    is_filler(piece * 100_000 + "x")
    assert time.perf_counter() - started < 1
