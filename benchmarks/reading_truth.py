"""How true the read text is, beside plain extractors: facts of pages, corrected texts, TeX sources.

    DIGEST_TEST_CORPUS=... python -m benchmarks.reading_truth [facts] [similarity] [tex] [--misses] [--limit N]

`facts` asks one-page PDFs for sentences that must be present, absent (running heads, page numbers) or in order, by
the rules of olmOCR-bench (fuzzy matches within the fact's `max_diffs`). `similarity` compares pdfium's raw text, as it
is and mended, with hand-corrected texts (normalised edit similarity, white space folded). `tex` looks for every
sentence of a paper's abstract and conclusion, as its TeX source has them, in what was read from its PDF and HTML.
"""

import argparse
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pymupdf
import pypdf
import pypdfium2
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from digest_assets.testing.corpus import require_corpus
from digest_assets.texts.html import read_html
from digest_assets.texts.layout import build_blocks
from digest_assets.texts.lines import join_and_dehyphenate
from digest_assets.texts.pdf import read_pages, read_pdf

TYPES = ("present", "absent", "order")


def extract_with_pdfium(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def extract_with_pymupdf(path: Path) -> str:
    with pymupdf.open(path) as document:
        return "\n".join(page.get_text() for page in document)


def extract_with_pypdf(path: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def read_page(path: Path) -> str:
    """The page as read: in order, without furniture; before references and the like are left out."""
    pages, _ = read_pages(path, max_pages=200)
    return "\n\n".join(block.text for block in build_blocks(pages))


def normalise_text(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    for signs, plain in (("‘’‚‛", "'"), ("“”„‟", '"'), ("‐‑‒–—―−", "-"), ("\u00a0\u2009\u202f", " ")):
        for sign in signs:
            text = text.replace(sign, plain)
    return " ".join(text.replace("…", "...").split())


def check_fact(fact: dict[str, Any], text: str) -> bool:
    text = normalise_text(text)
    diffs = fact.get("max_diffs", 0)
    if fact["type"] == "order":
        before, after = (_find_positions(normalise_text(fact[name]), text, diffs) for name in ("before", "after"))
        return bool(before and after) and min(before) < max(after)
    wanted = normalise_text(fact["text"])
    if fact.get("first_n"):
        text = text[: fact["first_n"]]
    if fact.get("last_n"):
        text = text[-fact["last_n"] :]
    if not fact.get("case_sensitive", True):
        wanted, text = wanted.lower(), text.lower()
    near = fuzz.partial_ratio(wanted, text) / 100 if len(wanted) <= len(text) else fuzz.ratio(wanted, text) / 100
    found = near >= 1 - diffs / len(wanted)
    return found if fact["type"] == "present" else not found


def _find_positions(wanted: str, text: str, diffs: int) -> list[int]:
    exact = [match.start() for match in re.finditer(re.escape(wanted), text)]
    if exact or not diffs or len(wanted) > len(text):
        return exact
    best = fuzz.partial_ratio_alignment(wanted, text)
    return [best.dest_start] if best and best.score / 100 >= 1 - diffs / len(wanted) else []


def measure_facts(corpus: Path, limit: int | None, *, show_misses: bool) -> None:
    folder = corpus / "ground_truth" / "olmocr_bench_sample"
    rows = [json.loads(line) for line in (folder / "dataset.jsonl").read_text("utf-8").splitlines() if line.strip()]
    rows = [row for row in rows if row["type"] in TYPES][:limit]
    extractors: dict[str, Callable[[Path], str]] = {
        "pypdfium2": extract_with_pdfium,
        "PyMuPDF": extract_with_pymupdf,
        "pypdf": extract_with_pypdf,
        "digest_assets": read_page,
    }
    print(f"\nfacts held, of {len(rows)}")
    print(f"{'':16}{'present':>9}{'absent':>9}{'order':>9}{'all':>9}")
    counts = {kind: sum(row["type"] == kind for row in rows) for kind in TYPES}
    print(f"{'possible':16}" + "".join(f"{counts[kind]:>9}" for kind in TYPES) + f"{len(rows):>9}")
    for name, extract in extractors.items():
        texts = {pdf: extract(folder / "pdfs" / pdf) for pdf in {row["pdf"] for row in rows}}
        kept = [row for row in rows if check_fact(row, texts[row["pdf"]])]
        each = [sum(row["type"] == kind for row in kept) for kind in TYPES]
        print(f"{name:16}" + "".join(f"{count:>9}" for count in each) + f"{len(kept):>9}")
        if show_misses and name == "digest_assets":
            for row in rows:
                if row not in kept:
                    print("   missed:", row["type"], row["pdf"][-30:], row.get("text") or (row["before"], row["after"]))


def measure_similarity(corpus: Path, limit: int | None, *, show_misses: bool) -> None:
    folder = corpus / "ground_truth" / "py-pdf_benchmarks"
    print("\nsimilarity to the corrected text")
    print(f"{'':16}{'raw pdfium':>12}{'mended':>12}")
    better = total = 0
    papers = [path for path in sorted(folder.glob("*.txt")) if path.stem[0].isdigit()]  # the others are books
    for path in papers[:limit]:
        truth = collapse_space(path.read_text("utf-8"))
        raw = (folder / "extractor_output" / "pdfium" / path.name).read_text("utf-8")
        before = Levenshtein.normalized_similarity(truth, collapse_space(raw))
        after = Levenshtein.normalized_similarity(truth, collapse_space(join_and_dehyphenate(raw.splitlines())))
        better += after > before
        total += 1
        print(f"{path.stem:16}{before:>12.4f}{after:>12.4f}{'' if after > before else '  not better'}")
    print(f"better on {better} of {total}")


def collapse_space(text: str) -> str:
    return " ".join(text.split())


GAP = "\0"  # a citation, or a macro defined elsewhere: what stands around it is compared
TEX = {
    "1706.03762": "1706.03762.pdf",
    "2310.06825": "2310.06825_compiled.pdf",
    "2512.22431": "2512.22431_author_copy.pdf",
}
PAGES = {"2512.22431": "2512.22431_with_errors.html"}


def measure_tex_sentences(corpus: Path, limit: int | None, *, show_misses: bool) -> None:
    print("\nsentences of abstract and conclusion found, in order")
    for paper, pdf in islice(TEX.items(), limit):
        folder = corpus / "ground_truth" / "tex" / paper
        source = "\n".join(
            path.read_text("utf-8") for path in sorted(folder.glob("*.tex"), key=lambda p: p.name != "main.tex")
        )
        sentences = [*parse_tex_sentences(source, "abstract"), *parse_tex_sentences(source, "conclusion")]
        page = corpus / "html" / PAGES.get(paper, f"{paper}.html")
        for name, document in (
            ("pdf", read_pdf(corpus / "pdf" / pdf, max_pages=200)),
            ("html", read_html(page.read_bytes())),
        ):
            text = keep_letters_and_digits("\n".join(part.text for part in document.sections))
            place, found = 0, 0
            for sentence in sentences:
                at = place
                for piece in sentence.split(GAP):
                    at = text.find(keep_letters_and_digits(piece), at) if at >= 0 else -1
                if at >= 0:
                    found, place = found + 1, at
                elif show_misses:
                    print("   missed:", paper, name, sentence)
            print(f"{paper:12} {name:5} {found:>3} of {len(sentences)}")


def parse_tex_sentences(source: str, name: str) -> list[str]:
    """The sentences of the abstract, or of the section of this name, formulas and commands taken out of them."""
    source = re.sub(r"(?<!\\)%.*", "", source)
    source = re.sub(r"\\cite\w*\*?(\[.*?\])?\{.*?\}", GAP, source)
    if name == "abstract":
        match = re.search(r"\\begin\{abstract\}(.*?)\\end\{abstract\}", source, re.S)
    else:
        match = re.search(
            r"\\section\*?\{Conclusion.*?\}(.*?)(\\(section|bibliography|appendix|begin\{thebib|end\{document))",
            source,
            re.S,
        )
    assert match is not None, name
    text = re.sub(r"\\paragraph\{Acknowledge?ments?\}.*", "", match[1], flags=re.S)
    text = re.sub(r"\\(label|footnote|vspace|href)\*?(\[.*?\])?\{.*?\}", "", text)
    text = re.sub(r"\\(emph|textbf|textit|texttt|text|url|textsc|mathtt|mathrm)\{(.*?)\}", r"\2", text)
    text = " ".join(re.sub(r"\\[a-zA-Z]{3,}", GAP, text).split())
    return [sentence for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", text.strip()) if len(sentence) > 20]


def keep_letters_and_digits(text: str) -> str:
    """Letters and digits alone: what TeX, PDF and HTML write differently is not compared."""
    return re.sub(r"[\W_]+", "", re.sub(r"\\[a-zA-Z]+", "", unicodedata.normalize("NFKD", text))).lower()


CHECKS = {"facts": measure_facts, "similarity": measure_similarity, "tex": measure_tex_sentences}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables of the chosen checks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="*", help=f"{', '.join(CHECKS)}; all of them if none is given")
    parser.add_argument("--misses", action="store_true", help="print each fact and sentence that was not found")
    parser.add_argument("--limit", type=int, help="take only the first facts, texts and papers")
    given = parser.parse_args(arguments)
    corpus = require_corpus()
    for name in given.checks or CHECKS:
        CHECKS[name](corpus, given.limit, show_misses=given.misses)


if __name__ == "__main__":
    main()
