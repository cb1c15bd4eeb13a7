"""The query language of arXiv's API, as the loopback server reads it."""

from datetime import UTC, datetime

import pytest

from digest_assets.testing.loopback.arxiv_query import SearchFields, fold_text, parse_query

PAPER = SearchFields(
    texts={
        "ti": fold_text("Gaussian Splatting for Talking Avatars"),
        "abs": fold_text("We render avatars in real-time, with Poincaré maps."),
        "au": fold_text("Ana María Ødegård | Li Wei"),
        "co": fold_text("12 pages"),
        "jr": fold_text(""),
    },
    categories=("cs.CV", "cs.GR"),
    id="2512.00001",
    published=datetime(2025, 12, 3, 19, 0, 30, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ('ti:"gaussian splatting"', True),
        ('ti:"splatting gaussian"', False),
        ("ti:splat", False),
        ("ti:splat*", True),
        ("abs:poincare", True),
        ('all:"real time"', True),
        ("au:maria", True),
        ("cat:cs.CV", True),
        ("cat:cs.*", True),
        ("cat:cs.C", False),
        ("id:2512.00001v3", True),
        ("ti:nothing OR abs:avatars", True),
        ("ti:nothing abs:avatars", True),
        ("ti:nothing AND abs:avatars", False),
        ("ti:gaussian ANDNOT cat:cs.CL", True),
        ("ti:gaussian ANDNOT (cat:cs.CL OR cat:cs.GR)", False),
        ("(ti:nothing OR cat:cs.CV) AND (abs:avatars)", True),
        ("submittedDate:[202512031900 TO 202512031901]", True),
        ("submittedDate:[202512031901 TO 202512040000]", False),
        ("submittedDate:[20251203 TO *]", True),
        ("avatars", True),
    ],
)
def test_a_query_matches(query: str, matches: bool) -> None:
    assert parse_query(query)(PAPER) is matches


@pytest.mark.parametrize(
    "query", ["", "(ti:a", "ti:a)", "AND ti:a", "ti:a AND", 'ti:"open', "xx:a", "submittedDate:[a TO b]", "ti:[1 TO 2]"]
)
def test_what_is_not_a_query_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_query(query)
