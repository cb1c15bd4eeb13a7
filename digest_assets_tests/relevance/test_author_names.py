"""Who is the same author: names in full are one person's, initials stand for all that begin with them."""

import pytest

from digest_assets.relevance.author_names import AuthorIndex, compute_share, count_namesakes


@pytest.mark.parametrize(
    ("known", "name", "is_same"),
    [
        ("Ana Müller", "Müller, Ana", True),
        ("A. Müller", "Ana B. Müller", True),
        ("Müller, A. B.", "ana müller", True),
        ("Jun-Yan Zhu", "Junyan Zhu", True),
        ("Yicheng Liu", "Yong Liu", False),
        ("Y. Liu", "Ana Liu", False),
        ("Ana Müller", "Ana Miller", False),
        ("DeepSeek-AI", "deepseek-ai", True),
        ("Liu", "Ana Liu", False),
        ("", "", False),
        (", ", ".", False),
    ],
)
def test_an_author_is_known_by_the_last_name_and_what_is_written_of_the_first(
    known: str, name: str, is_same: bool
) -> None:
    assert [value for value, _ in AuthorIndex([(known, 1)]).find(name)] == [1] * is_same
    assert [value for value, _ in AuthorIndex([(name, 1)]).find(known)] == [1] * is_same


def test_an_initial_stands_for_one_of_the_namesakes() -> None:
    day = ["Yicheng Liu", "Yong Liu", "Yong Liu", "Y. Liu", "Ana Müller"]
    namesakes = count_namesakes(day)
    assert AuthorIndex([("Liu, Y.", 1)]).find("Yong Liu") == [(1, False)]
    assert AuthorIndex([("Liu, Yong", 1)]).find("Yong Liu") == [(1, True)]
    assert [compute_share(name, namesakes) for name in ("Yong Liu", "Ana Müller", "Bo Li")] == [1 / 3, 1.0, 1.0]
