"""The project's errors: one tree, each message saying what happened, to what, and what to do.

    DigestError
    ├── ConfigError      digest.yaml or the environment is wrong: nothing was started
    ├── SourceError      arXiv or Hugging Face did not give a day's papers
    ├── ReadingError     one paper's text could not be read from one place
    ├── ModelError       a model call failed, was refused or gave no valid answer
    ├── ReportError      a report or page could not be made or delivered
    │   └── TemplateError  the template of a report of one's own failed
    └── StorageError     the database could not be reached, read or written

`can_retry` says whether the same call may succeed later without anybody changing anything.
"""


class DigestError(Exception):
    """Base of all errors that this project raises on purpose."""

    def __init__(self, message: str, *, can_retry: bool = False) -> None:
        super().__init__(message)
        self.can_retry = can_retry


class ConfigError(DigestError):
    """The settings are wrong; the message names the key, the value and what is allowed."""


class SourceError(DigestError):
    """A source did not give a day's papers, or gave an answer that cannot be right."""


class ReadingError(DigestError):
    """A paper's text could not be read from one place (HTML or PDF); the message is a short reason."""


class ModelError(DigestError):
    """A model call failed for good, was refused, or gave no valid answer."""


class ReportError(DigestError):
    """A report or a page could not be made, written or delivered."""


class TemplateError(ReportError):
    """The template of a report of one's own failed, or leaves out what a report must show; the message names it."""


class StorageError(DigestError):
    """The database could not be reached, read or written, or a partition is missing."""
