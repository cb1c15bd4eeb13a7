"""What papers and models write becomes no link, mention or reference in GitHub's own reader, in any report or message."""

import re

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html

from digest_assets.common.markdown import break_addresses, escape_cell, escape_text
from digest_assets.config.fields import FORMATS, ReportName
from digest_assets.reports.markdown_sanitizer import sanitize_blocks, sanitize_line
from digest_assets.reports.render import ENVIRONMENT, render
from digest_assets.testing import row_factories
from digest_assets_tests.examples import take_examples
from digest_assets_tests.reports.hostile import GROUP, choice_of

ADDRESSES = [
    "https://evil.example/a_b?c=d&e=*f*",
    "http://evil.example",
    "HTTP://EVIL.EXAMPLE.",
    "https://e",
    "ftp://evil.example/x",
    "www.evil.example/(x)",
    "www.evil.example",
    "evil.example/path",
    "mailto:eve@evil.example",
    "xmpp:eve@evil.example",
    "eve@evil.example",
    "first.last+tag@sub.evil.example",
    "@somebody",
    "@org/team",
    "#123",
    "org/repo#45",
    "GH-7",
    "[x](https://evil.example)",
    "[x]: https://evil.example",
    "<https://evil.example>",
    "<eve@evil.example>",
    "![x](https://evil.example/p.png)",
    "**https://evil.example**",
    "_eve@evil.example_",
    "`https://evil.example`",
    "代码见https://evil.example。",
    "$\\href{https://evil.example}{x}$",
]
hostile = st.lists(
    st.one_of(st.sampled_from(ADDRESSES), st.text(st.sampled_from(list("ab .,:;/@#*_`~|()[]<>!中。w\\")), max_size=8)),
    max_size=6,
).map("".join)
KNOWN = re.compile(r"https://(?:arxiv\.org|huggingface\.co)(?:/|$)|#")


def find_links(markdown: str) -> list[str]:
    """What GitHub's reader links, and what GitHub itself would make a mention or a reference of."""
    options = Options.CMARK_OPT_UNSAFE  # the reports' own tags are let through, as GitHub does
    tree = html.fromstring(f"<div>{cmarkgfm.github_flavored_markdown_to_html(markdown, options)}</div>")
    found = [
        str(link.get("href") or link.get("src"))
        for link in tree.iter("a", "img")
        if link.get("href") or link.get("src")
    ]
    for element in (*tree.iter("code"), *tree.iter("a")):
        element.text = " "
    mention = r"(?<![\w/])@[a-zA-Z\d]\w*|(?<!&)#\d+\b|\bGH-\d+\b"
    return found + [
        word for text in tree.itertext() for word in re.findall(mention, str(text))
    ]  # none goes over an element


@given(hostile)
@example("a@b.c@d.e.f")
@example("http://http://x")
@example("www.@x#1")
@example("_www.evil.example")
@example("eve@evil.exampleGH-7@somebody")
@example("@somebody.www.")
@example("_@.a")
@example("/@eve@evil.example")
@example("_@@somebody")
@example("\\#123")
def test_text_becomes_no_link(text: str) -> None:
    assert find_links(f"Text: {escape_text(text)} end") == []
    assert find_links(f"| a |\n|---|\n| {escape_cell(escape_text(text))} |") == []


@given(hostile)
@example("@[x](https://evil.example)")
@example("#[1](https://evil.example)")
@example("*@*[x](https://evil.example)")
@example("*x@*[y](https://evil.example)")
@example("https*:*[//evil.example](u)")
@example("http:/[/evil.example](u)")
@example("_.www.evil.example/(x)_")
@example("@`a<`")
@example("@_a`_")
@example("eve@evil.example中GH-7")
@example("mailto:eve@evil.example中eve@evil.example")
def test_markdown_of_a_model_becomes_no_link(text: str) -> None:
    assert find_links(f"Text: {sanitize_line(text)} end") == []
    assert find_links(str(sanitize_blocks(text, ["2512.00001v1"]))) == []


@pytest.mark.parametrize("report", FORMATS)
@take_examples(10)
@given(hostile, st.sampled_from(["extractive", "openai"]))
def test_a_report_links_known_hosts_alone(report: ReportName, text: str, engine: str) -> None:
    text = " ".join([text, *ADDRESSES[:12]])
    choice = choice_of(report)
    paper = row_factories.make_paper(
        "2512.00001", title=text, abstract=text, authors=(text, "B Two"), code_url="https://github.com/a/b"
    )
    edition = row_factories.make_edition(
        report,
        [paper],
        choice,
        group=GROUP.get(report, "cs.CV"),
        engine=engine,
        model=text,
        note=text,
        overviews=[row_factories.make_overview(text, engine=engine, note=text)],
    )
    assert [link for link in find_links(render(edition, choice)) if not KNOWN.match(link)] == []


@given(hostile)
def test_a_custom_template_prints_no_link_of_a_text(text: str) -> None:
    entry = row_factories.make_edition(
        "field_review",
        [row_factories.make_paper("2512.00001", title=text, comment=text)],
        choice_of("field_review"),
    ).entries[0]
    template = "{{ entry.title }}\n\n{{ entry.paper.comment }}, by {{ entry.fields.contribution | content(entry) }}"
    edition = {"language": "en"}
    assert find_links(ENVIRONMENT.from_string(template).render(entry=entry, edition=edition)) == []


@pytest.mark.parametrize("text", ADDRESSES[:12])
def test_plain_text_of_a_mail_has_no_address_that_a_mail_program_links(text: str) -> None:
    broken = break_addresses(f"See {text} now")
    assert not re.search(r"\w://|www\.|\w@\w|\w\.example", broken)
    assert re.sub(r"[\[\]]", "", broken) == f"See {text} now"


@pytest.mark.parametrize(
    "plain", ["mAP@0.5 and Pass@1", "input/output", "e.g. this", "C# and F#", "3.5/4.0", "Fig. 2/Table 3", "w.r.t. x"]
)
def test_what_is_no_address_is_left_as_it_is(plain: str) -> None:
    assert escape_text(plain) == plain
