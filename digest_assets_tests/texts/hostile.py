"""Files made to hurt a parser."""

import zlib
from collections.abc import Sequence

_ROOT = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"]
_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R %s >>"


def pdf_of(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1, the first its root."""
    content = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(content))
    return content + head + table + trailer


def _stream(packed: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (len(packed), entries, packed)


def spinning_pdf(depth: int = 12, width: int = 20) -> bytes:
    """A page that draws a form, which draws another one twenty times, and so on: more than a parser can ever do."""
    objects = [*_ROOT, _PAGE % b"/Resources << /XObject << /F 5 0 R >> >>", _stream(zlib.compress(b"/F Do"))]
    for level in range(depth):
        form = b"/Type /XObject /Subtype /Form /BBox [0 0 612 792]"
        if level < depth - 1:
            form += b" /Resources << /XObject << /F %d 0 R >> >>" % (len(objects) + 2)
        objects.append(_stream(zlib.compress(b"/F Do " * width if level < depth - 1 else b""), form))
    return pdf_of(objects)


def ballooning_pdf(size: int = 2_000_000_000) -> bytes:
    """A page whose content is two gigabytes, packed into two megabytes."""
    packer = zlib.compressobj(9)
    piece = b" " * 10_000_000
    packed = b"".join(packer.compress(piece) for _ in range(size // len(piece))) + packer.flush()
    return pdf_of([*_ROOT, _PAGE % b"", _stream(packed)])


def deep_html(depth: int = 100_000) -> bytes:
    """A page whose elements stand within one another."""
    return b'<html><body><article class="ltx_document">' + b"<div>" * depth + b"at the bottom"


def wide_html(count: int = 10_000_000) -> bytes:
    """A page of many elements, each small."""
    return b'<html><body><article class="ltx_document">' + b"<p>x" * count
