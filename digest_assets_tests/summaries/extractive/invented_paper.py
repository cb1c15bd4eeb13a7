"""An invented paper, and what is extracted of it."""

from datetime import date
from typing import Any

from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive.summarize import extract_summary
from digest_assets.texts.tables import Role, Section, TextRow

DAY = date(2025, 12, 5)
ABSTRACT = [
    "Graph drawing has become a key tool for the study of large networks.",
    "However, existing layouts often fail on networks with hubs.",
    "We propose HubFold, a layout that folds each hub before it places the rest.",
    "Specifically, it uses the degree to find hubs and then draws them as discs of equal size.",
    "Experiments on 12 networks show that HubFold reduces edge crossings by 41.5% over the best baseline.",
    "These results suggest that folding paves the way for readable drawings of social networks.",
    "Code is available at https://example.org/hubfold.",
]
TITLE = "HubFold: Drawing Networks with Hubs"


def make_paper(abstract: str, title: str = TITLE, **more: Any) -> PaperRow:
    return PaperRow(
        day=DAY, id="2512.00001", title=title, abstract=abstract, authors=("A. Author",), categories=("cs.HC",),
        sources=("arxiv_listing",), **more,
    )  # fmt: skip


def make_text(*sections: tuple[Role, str]) -> TextRow:
    parts = tuple(Section(role=role, level=1, heading=role, text=text) for role, text in sections)
    size = sum(len(part.text) for part in parts)
    return TextRow(day=DAY, id="2512.00001", source="html", sections=parts, characters=size, sha256=str(hash(parts)))


def extract_from_abstract(report: str, abstract: str = " ".join(ABSTRACT)) -> dict[str, Any]:
    return extract_summary(report, make_paper(abstract), make_text(("abstract", abstract))).model_dump()


def list_strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in list_strings(inner)]
    return [text for inner in value for text in list_strings(inner)] if isinstance(value, list | tuple) else []
