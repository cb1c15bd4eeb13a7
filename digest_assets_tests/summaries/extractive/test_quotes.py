"""How the paper's sentences read in a summary."""

import pytest

from digest_assets.summaries.extractive.prose import strip_citations


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("at 870\\,nm and 12\\ ms", "at 870 nm and 12 ms"),
        ("as Fig.~1 and pp. 3--5 show", "as Fig. 1 and pp. 3–5 show"),
        ("sets -- tasks of many kinds --- are ``hard'' here", "sets – tasks of many kinds – are “hard” here"),
        ("with --flag at ~5 dB", "with --flag at ~5 dB"),
        ("where $a~b -- c$ is \\textbf{bold}", "where $a~b -- c$ is bold"),
    ],
)
def test_what_tex_types_shows_as_it_is_meant(written: str, read: str) -> None:
    assert strip_citations(f"We look {written}.") == f"We look {read}."
