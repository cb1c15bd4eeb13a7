"""arXiv identifiers."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from digest_assets.common.arxiv_ids import ArxivId, build_paper_url, is_arxiv_id, parse_arxiv_id, parse_written_ids


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2512.05117", ArxivId("2512.05117")),
        ("2512.05117v3", ArxivId("2512.05117", 3)),
        ("arXiv:0704.0001v1", ArxivId("0704.0001", 1)),
        ("oai:arXiv.org:2508.13426v1", ArxivId("2508.13426", 1)),
        ("hep-th/9901001", ArxivId("hep-th/9901001")),
        ("math.GT/0309136v2", ArxivId("math.GT/0309136", 2)),
        ("http://arxiv.org/abs/2512.05117v3", ArxivId("2512.05117", 3)),
        ("https://export.arxiv.org/abs/hep-th/9901001?context=cs", ArxivId("hep-th/9901001")),
        ("https://www.arxiv.org/pdf/2512.05117v1.pdf#page=2", ArxivId("2512.05117", 1)),
        ("arxiv.org/html/2512.05117/", ArxivId("2512.05117")),
        ("https://huggingface.co/papers/2512.05117", ArxivId("2512.05117")),
        ("https://doi.org/10.48550/arXiv.2512.05117", ArxivId("2512.05117")),
    ],
)
def test_ids_are_read(text: str, expected: ArxivId) -> None:
    assert parse_arxiv_id(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "2513.00001",
        "2512.123",
        "2512.05117v0",
        "../2512.05117",
        "2512.05117/..",
        "2512.05117\n2512.05118",
        "２５12.05117",
        "2512.05117.pdf",
        "2512.05117?x",
        "https://example.org/abs/2512.05117",
        "https://evil.org/https://arxiv.org/abs/2512.05117",
        "https://arxiv.org/list/2512.05117",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an arXiv id"):
        parse_arxiv_id(text)


def test_a_version_or_prefix_is_not_part_of_the_id() -> None:
    assert is_arxiv_id("2512.05117")
    assert not is_arxiv_id("2512.05117v1")
    assert not is_arxiv_id("arXiv:2512.05117")


@given(st.text(max_size=30))
def test_what_is_accepted_is_a_safe_file_name(text: str) -> None:
    try:
        name = parse_arxiv_id(text).file_name
    except ValueError:
        return
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
    assert ".." not in name


def test_addresses_of_a_paper() -> None:
    assert build_paper_url("abs", "2512.05117") == "https://arxiv.org/abs/2512.05117"
    assert build_paper_url("pdf", ArxivId("hep-th/9901001", 2)) == "https://arxiv.org/pdf/hep-th/9901001v2"
    assert build_paper_url("html", "2512.05117v1", site="http://mirror/root/") == "http://mirror/root/html/2512.05117v1"


@pytest.mark.parametrize(
    "id_", ["2512.05117", "2512.16110", "2512.10000", "1501.00001", "1501.10100", "1412.1230", "0704.0001", "0912.5000"]
)
def test_an_id_that_yaml_takes_for_a_number_is_read_as_it_was_written(id_: str) -> None:
    assert parse_written_ids(yaml.safe_load(f"[{id_}, '{id_}', {id_}v2]")) == [id_] * 3


@pytest.mark.parametrize("written", ["2512", "avatar", "true", "null", ".inf", "-2512.05117", "[2512.05117]"])
def test_what_is_no_id_is_refused_with_the_words_to_write(written: str) -> None:
    with pytest.raises(ValueError, match=r'in quotes, like only: \["2512.05117"\]'):
        parse_written_ids([yaml.safe_load(written)])
