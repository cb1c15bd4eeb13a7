"""The picture of a paper's first figure: from an image of the page or from the PDF, small, and only where it is allowed."""

import struct
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image

from digest_assets.common.errors import ReadingError
from digest_assets.testing.loopback.server import LoopbackRequest, LoopbackResponse
from digest_assets.testing.summary_days import make_numbered_paper
from digest_assets.texts.document import Figure
from digest_assets.texts.pictures import MAX_KEPT_BYTES, MAX_SIDE, draw_figure, shrink_image
from digest_assets.texts.reader import ReadRequest
from digest_assets.texts.tables import is_picture_allowed
from digest_assets_tests.texts.test_reader import SENTENCE, ServeSite, page, pdf, served, wanted

ID = "2510.00001"
CAPTION = "Figure 1: What the method does."


def image(width: int = 1200, height: int = 600, format: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (width, height), "navy").save(buffer, format)
    return buffer.getvalue()


def page_with_figure(source: str = "x1.png", *, base: str | None = f"/html/{ID}v1/") -> bytes:
    figure = (
        f"<figure class='ltx_figure' id='S1.F1'><img class='ltx_graphics' src='{source}'/>"
        f"<figcaption class='ltx_caption'>{CAPTION}</figcaption></figure>"
    )
    head = f"<head><base href='{base}'/></head>" if base else ""
    return page().replace(b"</section>", f"{figure}</section>".encode()).replace(b"<html>", f"<html>{head}".encode())


def pdf_with_figure(caption: str = CAPTION) -> bytes:
    """A red square between two paragraphs, its caption below."""
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=10)
    document.multi_cell(0, text=SENTENCE * 5)
    document.set_fill_color(200, 0, 0)
    document.rect(80, 60, 40, 40, style="F")
    document.set_xy(10, 105)
    document.cell(text=caption, new_x="LMARGIN", new_y="NEXT")
    document.ln(20)
    document.multi_cell(0, text=SENTENCE * 5)
    return bytes(document.output())


def pictured(**values: object) -> ReadRequest:
    return replace(wanted(ID), pictured=True, **values)  # type: ignore[arg-type]


def open_image(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def test_an_image_of_the_page_is_fetched_once_and_kept_small(site: ServeSite) -> None:
    with site(served(ID, html=page_with_figure(), images={"x1.png": image()})) as (read, server):
        (row,) = read(pictured()).rows
        (again,) = read(pictured()).rows
    assert row.picture is not None
    assert open_image(row.picture.data).format == "WEBP"
    assert (row.picture.width, row.picture.height) == (MAX_SIDE, MAX_SIDE // 2)
    assert again == row
    assert [request.path for request in server.get_requests("image")] == [f"/html/{ID}v1/x1.png"]


def test_a_page_without_a_base_has_its_images_beside_it(site: ServeSite) -> None:
    html = page_with_figure(f"{ID}v1/x1.png", base=None)
    with site(served(ID, html=html, images={"x1.png": image()})) as (read, _):
        assert read(pictured()).rows[0].picture is not None


def test_of_a_pdf_the_region_above_the_caption_is_drawn(site: ServeSite) -> None:
    with site(served(ID, pdf=pdf_with_figure())) as (read, _):
        (row,) = read(pictured()).rows
    assert row.picture is not None
    drawn = open_image(row.picture.data).convert("RGB")
    red, green, blue = drawn.getpixel((drawn.width // 2, drawn.height // 3))  # type: ignore[misc]
    assert red > 150 > 80 > green
    assert blue < 80
    assert drawn.height < drawn.width * 1.3  # the square and the gap to its caption, and no paragraph


@pytest.mark.parametrize(
    "source",
    [
        "https://elsewhere.example/x1.png",
        "//elsewhere.example/x1.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "http://[",
        "missing.png",
    ],
)
def test_an_image_that_cannot_be_had_costs_only_the_picture(site: ServeSite, source: str) -> None:
    with site(served(ID, html=page_with_figure(source))) as (read, _):
        (row,) = read(pictured()).rows
    assert (row.source, row.picture, row.reason) == ("html", None, None)


def test_images_that_fail_do_not_count_as_a_site_that_is_down(site: ServeSite) -> None:
    def fault(request: LoopbackRequest, answer: LoopbackResponse) -> LoopbackResponse:
        failing = replace(answer, status=503, headers={"Retry-After": "0"}, body=b"")
        return failing if request.kind == "image" else answer

    ids = [f"2510.0000{number}" for number in range(8)]
    papers = [served(id_, html=page_with_figure(base=f"/html/{id_}v1/")) for id_ in ids]
    with site(*papers, fault=fault) as (read, _):
        rows = read(*(replace(wanted(id_), pictured=True) for id_ in ids)).rows
    assert [row.source for row in rows] == ["html"] * 8


def test_an_image_larger_than_any_file_may_be_is_not_kept(site: ServeSite) -> None:
    files = {"html": page_with_figure(), "images": {"x1.png": image() + b"x" * 60_000}}
    with site(served(ID, **files), max_bytes=50_000) as (read, _):
        (row,) = read(pictured()).rows
    assert (row.source, row.picture) == ("html", None)


def test_no_picture_is_fetched_where_none_is_wanted(site: ServeSite) -> None:
    with site(served(ID, html=page_with_figure(), images={"x1.png": image()})) as (read, server):
        (row,) = read(wanted(ID)).rows
        assert row.picture is None
        assert server.get_requests("image") == []
        (later,) = read(pictured()).rows  # the setting has changed
        assert later.picture is not None
        (last,) = read(wanted(ID)).rows
    assert last.picture is None


@pytest.mark.parametrize(
    ("choice", "license", "allowed"),
    [
        ("off", "http://creativecommons.org/licenses/by/4.0/", False),
        ("own", None, True),
        ("licensed", None, False),
        ("licensed", "http://arxiv.org/licenses/nonexclusive-distrib/1.0/", False),
        ("licensed", "http://creativecommons.org/licenses/by-nc-nd/4.0/", False),
        ("licensed", "http://creativecommons.org/licenses/by/4.0/", True),
        ("licensed", "https://creativecommons.org/licenses/by-sa/4.0/", True),
        ("licensed", "http://creativecommons.org/publicdomain/zero/1.0/", True),
    ],
)
def test_the_setting_and_the_licence_say_whether_a_picture_is_shown(
    choice: str, license: str | None, allowed: bool
) -> None:
    paper = make_numbered_paper(1).model_copy(update={"license": license})
    assert is_picture_allowed(choice, paper) is allowed  # type: ignore[arg-type]


def test_without_a_column_for_licences_nothing_counts_as_licensed() -> None:
    assert not is_picture_allowed("licensed", make_numbered_paper(1))


def huge_png(width: int, height: int) -> bytes:
    """A PNG that claims its size and has not a pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (huge_png(60_000, 60_000), "megapixels|not an image"),
        (huge_png(8_000, 6_000), "megapixels"),
        (huge_png(100, 100), "damaged image"),
        (image()[:200], "damaged image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
        (b"", "not an image"),
        (pdf(), "not an image"),
    ],
)
def test_a_file_that_is_no_image_of_bearable_size_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "image"
    path.write_bytes(content)
    with pytest.raises(ReadingError, match=reason):
        shrink_image(path)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_the_formats_that_pages_have_are_read(tmp_path: Path, format: str) -> None:
    path = tmp_path / "image"
    path.write_bytes(image(300, 200, format))
    picture = shrink_image(path)
    assert (picture.width, picture.height) == (300, 200)


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(path)
    assert open_image(shrink_image(path).data).convert("RGB").getpixel((25, 25)) == (255, 255, 255)


def test_noise_is_pressed_until_it_is_small(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    Image.effect_noise((900, 900), 100).convert("RGB").save(path)
    assert len(shrink_image(path).data) <= MAX_KEPT_BYTES


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        (Figure("Figure 2: Elsewhere.", 1), "no picture above"),
        (Figure(CAPTION, 7), "damaged page"),
        (Figure("", 1), "no picture above"),
    ],
)
def test_a_figure_that_the_pdf_does_not_show_has_no_picture(tmp_path: Path, figure: Figure, reason: str) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf_with_figure())
    with pytest.raises(ReadingError, match=reason):
        draw_figure(path, figure)


def test_a_sentence_that_names_the_figure_is_not_its_caption(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf_with_figure("Figure 1 shows what the method does."))
    with pytest.raises(ReadingError, match="no picture above"):
        draw_figure(path, Figure(CAPTION, 1))
