"""The fallback chain over a loopback site: HTML, else PDF, else the abstract, with the reason kept."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

from fpdf import FPDF

from digest_assets.config.settings import Config, Environment, Settings
from digest_assets.testing.loopback.server import Fault, LoopbackRequest, LoopbackResponse, LoopbackServer, ServedPaper
from digest_assets.texts.reader import ReadRequest, ReadResult, read_papers

DAY = date(2025, 10, 2)
ABSTRACT = "We show that sentences of an abstract are what is left when nothing else can be read."
SENTENCE = "The quick method reads every page of a paper and keeps what its authors wrote in the order they wrote it. "


def page(text: str = SENTENCE * 10) -> bytes:
    return f"""<!DOCTYPE html><html><body><nav class="ltx_TOC">Contents</nav><article class="ltx_document">
<h1 class="ltx_title ltx_title_document">A paper</h1>
<div class="ltx_abstract"><h6 class="ltx_title ltx_title_abstract">Abstract</h6><p class="ltx_p">{ABSTRACT}</p></div>
<section class="ltx_section"><h2 class="ltx_title ltx_title_section"><span class="ltx_tag">1 </span>Introduction</h2>
<div class="ltx_para"><p class="ltx_p">{text}</p></div></section></article></body></html>""".encode()


def pdf() -> bytes:
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=14)
    document.cell(text="1 Introduction", new_x="LMARGIN", new_y="NEXT")
    document.set_font("Helvetica", size=10)
    document.multi_cell(0, text=SENTENCE * 5)
    return bytes(document.output())


def served(id: str, **files: Any) -> ServedPaper:
    return ServedPaper(id, "A paper", ABSTRACT, ("A. Author",), ("cs.CV",), datetime(2025, 10, 1, tzinfo=UTC), **files)


def wanted(id: str, depth: str = "full", version: int | None = 1) -> ReadRequest:
    return ReadRequest(DAY, id, version, ABSTRACT, depth)  # type: ignore[arg-type]


class Reader:
    """Reads from a loopback server into a folder of its own."""

    def __init__(self, server: LoopbackServer, folder: Path, **texts: object) -> None:
        choice = {"requests_per_second": 500.0, "timeout_seconds": 10.0, **texts}
        self.settings = Settings(
            config=Config.model_validate({"texts": choice}),
            environment=Environment.from_variables(
                {"DIGEST_DATA_DIR": str(folder), "DIGEST_ARXIV_SITE_URL": server.url}
            ),
        )

    def __call__(self, *papers: ReadRequest, refresh: bool = False) -> ReadResult:
        return read_papers(papers, self.settings, refresh=refresh)


class ServeSite(Protocol):
    """`with site(papers, fault=..., **texts) as (read, server)`: the keywords are those of the settings' `texts`."""

    def __call__(
        self, *papers: ServedPaper, fault: Fault | None = None, **texts: object
    ) -> AbstractContextManager[tuple[Reader, LoopbackServer]]: ...


def test_html_is_read_first(site: ServeSite) -> None:
    with site(served("2510.00001", html=page(), pdf=pdf())) as (read, server):
        (row,) = read(wanted("2510.00001")).rows
    assert (row.source, row.reason, row.pages) == ("html", None, None)
    assert [section.heading for section in row.sections] == ["Abstract", "Introduction"]
    assert server.get_requests("pdf") == []
    assert server.get_requests("html")[0].path == "/html/2510.00001v1"


def test_the_pdf_is_read_where_there_is_no_html_and_the_reason_is_kept(site: ServeSite) -> None:
    with site(served("2510.00001", pdf=pdf())) as (read, _):
        (row,) = read(wanted("2510.00001")).rows
    assert (row.source, row.reason, row.pages) == ("pdf", "html: HTTP 404", 1)
    assert row.sections[0].text == ABSTRACT  # the PDF shows none, so arXiv's is used
    assert SENTENCE.strip() in row.sections[-1].text


def test_the_abstract_is_left_where_nothing_can_be_read(site: ServeSite) -> None:
    with site(served("2510.00001", html=page(text="Too short."), pdf=b"%PDF-1.7 cut")) as (read, _):
        (row,) = read(wanted("2510.00001")).rows
    assert row.source == "abstract"
    assert row.reason == "html: only 10 characters of text; pdf: damaged or not a PDF"
    assert not row.can_retry
    assert [section.text for section in row.sections] == [ABSTRACT]


def test_a_paper_wanted_by_its_abstract_is_not_fetched(site: ServeSite) -> None:
    with site(served("2510.00001", html=page())) as (read, server):
        (row,) = read(wanted("2510.00001", depth="abstract")).rows
    assert (row.source, row.reason, row.can_retry) == ("abstract", None, False)
    assert server.log == []


def test_what_was_read_is_not_fetched_again(site: ServeSite) -> None:
    with site(served("2510.00001", html=page()), served("2510.00002", pdf=pdf())) as (read, server):
        first = read(wanted("2510.00001"), wanted("2510.00002"))
        server.reset_log()
        second = read(wanted("2510.00001"), wanted("2510.00002"))
        assert server.log == []
    assert second.rows == first.rows
    assert second.from_cache == 2


def test_a_server_error_may_be_tried_again_later(site: ServeSite) -> None:
    def fault(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        return replace(answer, status=503, headers={"Retry-After": "0"}, body=b"")

    with site(served("2510.00001", html=page()), fault=fault) as (read, server):
        (row,) = read(wanted("2510.00001")).rows
    assert row.reason == "html: HTTP 503; pdf: HTTP 503"
    assert row.can_retry
    assert len(server.get_requests("html")) == 4
