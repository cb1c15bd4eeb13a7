"""A report's lines, read one after the other by the forms that they should have; what the formats are is validate.py's."""

import re

from digest_assets.common.errors import ReportError

# A line of a model's blocks: not a rule, a heading above level 4, a fence or a tag at its beginning.
_BODY_LINE = r"(?!---|===|#{1,3} |```|~~~|\s*<(?!sub>)/?[a-zA-Z]).*\S.*"


class LineReader:
    """A report's lines, read one after the other."""

    def __init__(self, report: str, lines: list[str]) -> None:
        self._report = report
        self._lines = lines
        self._next = 0

    def matches(self, pattern: str, ahead: int = 0) -> bool:
        """Whether the next line, or one further ahead, has this form."""
        index = self._next + ahead
        return index < len(self._lines) and re.fullmatch(pattern, self._lines[index]) is not None

    def read(self, *patterns: str) -> dict[str, str]:
        """The next lines have these forms; gives their named groups."""
        groups: dict[str, str] = {}
        for pattern in patterns:
            match = None if self.at_end else re.fullmatch(pattern, self._lines[self._next])
            if match is None:
                raise self._error(f"a line of the form {pattern}")
            groups |= {name: value for name, value in match.groupdict().items() if value is not None}
            self._next += 1
        return groups

    def read_if(self, pattern: str) -> bool:
        """Reads the next line if it has this form; gives whether it had."""
        found = self.matches(pattern)
        if found:
            self.read(pattern)
        return found

    def read_while(self, pattern: str, at_least: int = 0) -> int:
        """As many lines of this form as there are; gives how many."""
        count = 0
        while count < at_least or self.matches(pattern):
            self.read(pattern)
            count += 1
        return count

    def read_blocks(self, until: str) -> None:
        """Blocks of text, each followed by one blank line, up to a line of this form (which is left to be read)."""
        while not self.matches(until):
            self.read_while(_BODY_LINE, at_least=1)
            self.read("")

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self._next >= len(self._lines)

    def expect_end(self) -> None:
        """Nothing is left."""
        if not self.at_end:
            raise self._error("the end")

    def _error(self, expected: str) -> ReportError:
        found = "the end" if self.at_end else repr(self._lines[self._next][:120])
        return ReportError(f"{self._report}, line {self._next + 1}: {found}, expected {expected}")
