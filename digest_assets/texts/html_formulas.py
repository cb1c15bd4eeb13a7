"""Formulas of a LaTeXML page: as TeX between dollars, or as plain text where they are but a number or a sign."""

import re

from lxml import etree

from digest_assets.texts.html_elements import get_tag

_PLAIN_NUMBER = re.compile(r"[+\-−–±×~≈<>]?\s*\d[\d.,]*(?:\s*[±×/:+\-–]\s*\d[\d.,]*)*\s*[%×KMB]?")
_PLAIN_SIGNS = frozenset("±×~≈<>=+-−%→†‡*⋆↑↓✓✗")
_TEX_SIGNS = (
    (r"\%", "%"),
    (r"\times", "×"),
    (r"\pm", "±"),
    (r"\sim", "~"),
    (r"\approx", "≈"),
    (r"\rightarrow", "→"),
    (r"\to", "→"),
    (r"\uparrow", "↑"),
    (r"\downarrow", "↓"),
    (r"\dagger", "†"),
    (r"\ddagger", "‡"),
    (r"\star", "⋆"),
    (r"\ast", "*"),
    (r"\checkmark", "✓"),
    (r"\,", ""),
    ("{,}", ","),
    (r"\!", ""),
)
# What only changes how its argument looks; the argument has no braces, so nothing is walked twice.
_LOOKS = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|textbf|underline|text|mathrm|mathit|mathsf|scriptstyle|small)\{([^{}]*)\}"
)
_SCRIPTED = re.compile(r"(?P<base>[^_^{}]*)(?:\{\})?(?P<script>[_^])(?:\{(?P<long>[^{}]*)\}|(?P<short>[^{}\\]))")
_MAX_PLAIN_CHARACTERS = 80  # a number with its error; longer ones are formulas


def format_formula(element: etree._Element) -> str:
    """A formula as `$TeX$`; a bare number, which needs no TeX, as it is; an error below a number behind it."""
    tex = read_tex(element)
    if not tex:
        return ""
    plain = _simplify(tex) if len(tex) <= _MAX_PLAIN_CHARACTERS else tex
    if _PLAIN_NUMBER.fullmatch(plain) or plain in _PLAIN_SIGNS:
        return plain
    scripted = _SCRIPTED.fullmatch(plain) if len(tex) <= _MAX_PLAIN_CHARACTERS else None
    if scripted is not None and (shown := _show_script(scripted)):
        return shown
    if element.get("display") == "block":
        return f"$${tex}$$"
    return f"${tex}$"


def read_tex(element: etree._Element) -> str:
    """A formula's TeX without dollars, comments and what sets its size."""
    source = element.get("alttext") or element.get("alt")
    if source is None:
        notes = [note for note in element.iter() if note.get("encoding") == "application/x-tex"]
        source = "".join(map(str, (notes[0] if notes else element).itertext()))
    source = re.sub(r"(?<!\\)%[^\S\n]*\n", "", source)
    source = re.sub(r"^\s*\\(displaystyle|textstyle)\b\s*", "", source)
    return " ".join(source.strip("$").split())


def is_math(element: etree._Element) -> bool:
    """Whether the element is a formula."""
    return isinstance(element.tag, str) and get_tag(element) == "math"


def _simplify(tex: str) -> str:
    for written, sign in _TEX_SIGNS:
        tex = tex.replace(written, sign)
    return _LOOKS.sub(r"\1", tex).strip()


def _show_script(match: re.Match[str]) -> str:
    """An error or a mark, below or above a number or alone: `82.5 ±0.2`, `82.5†`. Nothing for other scripts."""
    base, script = match["base"].strip(), (match["long"] or match["short"] or "").strip()
    if base and not _PLAIN_NUMBER.fullmatch(base):
        return ""
    if script in _PLAIN_SIGNS:
        return f"{base}{script}"
    if not _PLAIN_NUMBER.fullmatch(script):
        return ""
    if match["script"] == "_" or script[0] in "±+":  # an error or a change
        return f"{base} {script}" if base else f" {script}"
    return "" if base else f"^{script}"  # a power stays TeX with its base, and is none of its digits without
