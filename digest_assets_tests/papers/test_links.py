"""Links in comments and abstracts: which address, and what it leads to."""

from datetime import date
from pathlib import Path

import pytest

from digest_assets.papers.links import PaperLinks, find_links
from digest_assets.testing.corpus import load_listing_rows


@pytest.mark.parametrize(
    "text",
    [
        "Code: https://github.com/acme/lamp",
        "Code: github.com/acme/lamp",
        "Code: www.github.com/acme/lamp.",
        "our code (https://github.com/acme/lamp) is public",
        "at https://github.com/acme/lamp.git.",
        "at https://github.com/acme/lamp/tree/main/src, with data",
        r"\href{https://github.com/acme/lamp}{Github link}.",
        r"Code\footnote{https://github.com/acme/lamp}",
        r"\url{github.com/acme/lamp}",
        r"\textcolor{magenta}{https://github.com/acme/lamp}.",
        r"$\href{https://github.com/acme/lamp}{\texttt{github.com/acme/lamp}}$",
        "[this URL](https://github.com/acme/lamp).",
        "repository:https://github.com/acme/lamp/",
        "代码见https://github.com/acme/lamp。",
        "कोड https://github.com/acme/lamp। और",
        "Is it https://github.com/acme/lamp?",
        "**https://github.com/acme/lamp**",
    ],
)
def test_a_repository_is_found_however_it_is_written(text: str) -> None:
    assert find_links(text).code == "https://github.com/acme/lamp"


def test_an_anonymous_repository_is_code() -> None:
    found = find_links("Code: https://anonymous.4open.science/r/LAMP-7/README.md.")
    assert found == PaperLinks(code="https://anonymous.4open.science/r/LAMP-7")


@pytest.mark.parametrize("written", [r"MAC\_SLU", r"MAC{\_}SLU", r"MAC\_{}SLU", "MAC_SLU"])
def test_tex_escapes_in_an_address_are_undone(written: str) -> None:
    assert find_links(rf"\footnote{{https://github.com/acme/{written}}}").code == "https://github.com/acme/MAC_SLU"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("https://gitlab.com/Ada.Example/lamp_torch to", PaperLinks(code="https://gitlab.com/Ada.Example/lamp_torch")),
        ("https://gitlab.acme.org/group/sub/lamp/-/tree/x", PaperLinks(code="https://gitlab.acme.org/group/sub/lamp")),
        ("https://huggingface.co/datasets/acme/l", PaperLinks(huggingface="https://huggingface.co/datasets/acme/l")),
        ("https://hf.co/acme/lamp-7b.", PaperLinks(huggingface="https://huggingface.co/acme/lamp-7b")),
        ("see https://acme.github.io/lamp/.", PaperLinks(project="https://acme.github.io/lamp/")),
        ("found at acme.github.io/lamp.", PaperLinks(project="https://acme.github.io/lamp")),
        (r"Website at \url{lamp-policy.com}", PaperLinks(project="https://lamp-policy.com")),
        ("https://youtu.be/x Project page: https://lamp.ai/p", PaperLinks(project="https://lamp.ai/p")),
    ],
)
def test_hosts_are_told_apart(text: str, links: PaperLinks) -> None:
    assert find_links(text) == links


@pytest.mark.parametrize(
    "text",
    [
        "https://arxiv.org/abs/2512.00001 https://doi.org/10.1/2 https://orcid.org/0000",
        "accounts: https://github.com/ada?tab=repositories, https://github.com/orgs/acme",
        "https://huggingface.co/papers/2512.00001",
        "e.g. the AND/OR tree and file.txt, ada@github.com/x or v1.2/v1.3",
        "assistants on GitHub, as GitHub Copilot/Cursor",
    ],
)
def test_what_leads_to_nothing_of_the_papers_is_left_out(text: str) -> None:
    assert find_links(text) == PaperLinks()


@pytest.mark.parametrize(
    ("day", "paper", "repository"),
    [
        ("2025-09-09", "2509.06714", "https://github.com/elasriz/RTHCP"),
        ("2025-12-02", "2512.01603", "https://github.com/Gatsby-web/MAC_SLU"),
    ],
)
def test_real_papers_repositories(corpus: Path, day: str, paper: str, repository: str) -> None:
    (row,) = (row for row in load_listing_rows(corpus, date.fromisoformat(day)) if row["id"] == paper)
    assert find_links(row["comment"] or "", row["abstract"]).code == repository
