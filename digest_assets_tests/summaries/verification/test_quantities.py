"""What a number is, and what it means."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.summaries.verification.quantities import find_numbers


def _meaning(text: str) -> list[tuple[str, str]]:
    return [(number.readings[0].unit, f"{number.readings[0].value:f}") for number in find_numbers(text)]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("it reaches 91.7%", "%", "91.7"),
        ("it reaches 91.7 \\%", "%", "91.7"),
        ("it reaches \\textbf{91.7\\%}", "%", "91.7"),
        ("it reaches 91.7 percent", "%", "91.7"),
        ("准确率达到91.7％", "%", "91.7"),
        ("百分之九十的样本", "%", "90"),
        ("3.2 percentage points", "points", "3.2"),
        ("提升3.2个百分点", "points", "3.2"),
        ("it is $3.2\\times$ faster", "×", "3.2"),
        ("it is 3.2x faster", "×", "3.2"),
        ("a ten-fold gain", "×", "10"),
        ("a tenfold gain", "×", "10"),
        ("快12.5倍", "×", "12.5"),
        ("it doubles the speed", "×", "2"),
        ("twice as fast", "×", "2"),
        ("速度翻倍", "×", "2"),
        ("two orders of magnitude", "orders of magnitude", "2"),
        ("an order of magnitude", "orders of magnitude", "1"),
        ("三个数量级", "orders of magnitude", "3"),
        ("1,000,000 images", "", "1000000"),
        ("$n=1{,}000$ images", "", "1000"),
        ("1.5M images", "", "1500000"),
        ("one million images", "", "1000000"),
        ("100万张图像", "", "1000000"),
        ("1.2 trillion tokens", "", "1200000000000"),
        ("35亿参数", "", "3500000000"),
        ("三十五个任务", "", "35"),
        ("两阶段训练", "", "2"),
        ("a two-stage method", "", "2"),
        ("twenty-five tasks", "", "25"),
        ("one hundred and twenty tasks", "", "120"),
        ("a rate of 3e-4", "", "0.0003"),
        ("a rate of $3 \\times 10^{-4}$", "", "0.0003"),
        ("10⁵ steps", "", "100000"),
        ("it changes by −3.2%", "%", "-3.2"),
        ("it changes by +3.2%", "%", "3.2"),
        ("12 ms", "s", "0.012"),
        ("33毫秒", "s", "0.033"),
        ("5 $\\mu$s", "s", "0.000005"),
        ("3.5 days", "s", "302400"),
        ("a 5-minute test", "s", "300"),
        ("24 GB", "bytes", "24000000000"),
        ("25 FPS", "fps", "25"),
        ("2.4 GHz", "Hz", "2400000000"),
        ("it costs $5M", "$", "5000000"),
        ("top-5 accuracy", "", "5"),
        ("sub-10 ms", "s", "0.01"),
        ("in 2024", "", "2024"),
        ("2025-12-04", "date", "20251204"),
        ("December 4, 2025", "date", "20251204"),
        ("2025年12月4日", "date", "20251204"),
    ],
)
def test_one_number_and_its_meaning(text: str, unit: str, value: str) -> None:
    assert _meaning(text) == [(unit, value)]


@pytest.mark.parametrize(
    "text",
    [
        "GPT-4 and ResNet-50 and Qwen2.5-7B-Instruct and YOLOv8 and CIFAR-10",
        "3D and 4D scenes",
        "as Section 3.2, Fig. 4a, Table 2 and Eq. (5) show",
        "as others did [12], [3, 5] and [7-9]",
        "the 1st and 2nd of them",
        "at https://example.org/2024/v1.2 and arXiv:2512.04797",
        "x_{10} and H_2O and O_3",
        "$O(n^{2})$",
        "第3节和图2",
        "一种统一的方法，进一步提升",
        "数十次",
        "version 2.0.1",
    ],
)
def test_names_and_places_are_no_numbers(text: str) -> None:
    assert _meaning(text) == []


def test_numbers_of_items_are_no_numbers() -> None:
    assert _meaning("1. We read. 2) We write. (3) We check.") == []


def test_a_number_may_have_the_unit_of_the_number_after_it() -> None:
    low, high = find_numbers("from 45 to 97%")
    assert [(reading.unit, reading.value) for reading in low.readings] == [("", Decimal(45)), ("%", Decimal(45))]
    assert high.readings[0].unit == "%"


def test_a_size_is_no_factor() -> None:
    assert _meaning("images of 1024×768 and 10 x 10") == [("", "1024"), ("", "768"), ("", "10"), ("", "10")]


@given(st.text(alphabet="0123456789.,-+%×xkMB$\\{}^ abten二百万个年 \n()[]e", max_size=80))
def test_every_number_stands_where_it_says(text: str) -> None:
    last = 0
    for number in find_numbers(text):
        assert last <= number.start < number.end <= len(text)
        assert number.text in text[number.start : number.end]
        assert number.readings
        last = number.end


@given(st.integers(1, 10**12), st.sampled_from(["%", " ms", "x", " GB", "K", ""]))
def test_thousands_separators_mean_nothing(number: int, unit: str) -> None:
    assert _meaning(f"is {number}{unit} now") == _meaning(f"is {number:,}{unit} now")
