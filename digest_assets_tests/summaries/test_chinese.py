"""Chinese prose as its readers expect it, and nothing else changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.summaries.chinese import set_chinese
from digest_assets.summaries.verification.evidence import strip_to_letters


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("本文提出LampNet,在COCO上达到91.7%,优于基线.", "本文提出 LampNet，在 COCO 上达到 91.7%，优于基线。"),
        ("视觉语言模型(VLM)很慢", "视觉语言模型（VLM）很慢"),
        ("提升 3.5 倍 ，如下 : 其一;其二", "提升 3.5 倍，如下：其一；其二"),
        ("使用$x$,代码见`a,b`中", "使用$x$,代码见`a,b`中"),
        ("比例为1:2的图像", "比例为 1:2 的图像"),
        ("See Fig. 2 (left), it is fast.", "See Fig. 2 (left), it is fast."),
        ("我们在 ImageNet-1K 上训练。", "我们在 ImageNet-1K 上训练。"),
    ],
)
def test_stops_and_spaces_are_those_of_chinese_print(written: str, expected: str) -> None:
    assert set_chinese(written) == expected


@given(st.text(st.sampled_from(list("中文字 abc1.5,;:?!()$`，。（）%")), max_size=40))
def test_no_letter_is_lost_and_a_second_time_changes_nothing(text: str) -> None:
    once = set_chinese(text)
    assert strip_to_letters(once) == strip_to_letters(text)
    assert set_chinese(once) == once
