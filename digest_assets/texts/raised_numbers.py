"""Which numbers of a page's text may stand raised, by the signs around them, and how raised ones are written.

Where signs stand is `pdf_chars`'s matter, which asks pdfium about these.
"""

import re

# A number that may be or end in a raised one, so that it is worth asking: behind a word or a sign, behind a word's full
# stop, a power of ten or two. It begins with the digit, by which it is found quickly (`\d` asks a table for each sign).
MAY_BE_RAISED = re.compile(
    r"[0-9](?:(?<=[^\s\d.\-−–—/=<>+\[(_~$≈±]\d)[0-9]{0,3}|(?<=[^\W\d_]\.\d)[0-9]{0,2}|(?<=[0-9][−-]\d)[0-9]?"
    r"|(?<=\s2)[0-9]{1,3}|(?<=\s1)0[0-9]{0,2})(?<!\d{5})(?!\d)"
)
# The same in a hurry, for whole pages: what is none of these needs no look. Of a page's signs only their kinds are told.
# It begins with one sign, for which Python has a quicker way than for one of several.
_NUMBER_TO_ASK = re.compile(rb"0(?:(?<=[ax].)|(?<=[ax][.].)|(?<=0-.)|(?<= .)(?=0))")
_SHAPES = bytes(
    ord(
        sign
        if sign in ".-"
        else "0"
        if sign.isdecimal()
        else "a"
        if sign.isalpha()
        else " "
        if sign.isspace()
        else "="
        if sign in "/=<>+[(_~$±"
        else "x"
    )
    for sign in map(chr, range(256))
)
_SPACE = ord(" ")
_SUPERSCRIPTS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


def find_maybe_raised(text: str) -> list[int]:
    """The places in a page's text, in order, at which `MAY_BE_RAISED` may match; at all others it does not."""
    shapes = text.encode("latin-1", "replace").translate(_SHAPES)
    return [
        place
        for place in map(re.Match.start, _NUMBER_TO_ASK.finditer(shapes))
        if shapes[place - 1] != _SPACE or text[place] == "2" or text.startswith("10", place)
    ]


def spell_raised(before: str, digits: str) -> str:
    """A raised number behind a text: `^3` makes a power of a small whole number before it, else it is a mark."""
    base = re.search(r"(?<![\d.,])\d{1,2}$", before)
    return f"^{digits.replace('−', '-')}" if base else digits.translate(_SUPERSCRIPTS)
