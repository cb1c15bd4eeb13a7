"""The project's errors: one tree, each message saying what happened, to what, and what to do.

    DigestError
    ├── ConfigError          digest.yaml or the environment is wrong: nothing was started
    ├── SourceError          arXiv or Hugging Face did not give a day's papers
    ├── ReadingError         one paper's text could not be read from one place
    ├── ModelError           a model call failed, was refused or gave no valid answer
    ├── ReportError          a report or page could not be made or delivered
    │   └── TemplateError    the template of a custom report failed
    ├── StorageError         the database or a file could not be reached, read or written
    └── TransientError       the same call may succeed later without anybody changing anything:
        TransientSourceError, TransientReadingError, TransientModelError, DeliveryError, TransientStorageError,
        each of which is an error of its stage too

Rooms add kinds of their own below these (as `llm.provider_errors` does). Whether a rerun can clear a failure is a matter of its
type alone; `can_retry` tells it without the type.
"""

from typing import ClassVar


class DigestError(Exception):
    """Base of all errors that this project raises on purpose. `can_retry`: whether a rerun alone may clear it."""

    can_retry: ClassVar[bool] = False


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
    """The template of a custom report failed, or leaves out what a report must show; the message names it."""


class StorageError(DigestError):
    """The database or a file could not be reached, read or written, or a partition is missing."""


class TransientError(DigestError):
    """A failure that a rerun may clear: a server that is down or busy, a lock that another process holds."""

    can_retry: ClassVar[bool] = True


class TransientSourceError(TransientError, SourceError):
    """A source is down, busy, or gave incomplete answers until the deadline."""


class TransientReadingError(TransientError, ReadingError):
    """A paper's file could not be had now."""


class TransientModelError(TransientError, ModelError):
    """The model's endpoint is down, busy or slow, or the answer comes later."""


class DeliveryError(TransientError, ReportError):
    """A mail server or webhook did not take a report."""


class TransientStorageError(TransientError, StorageError):
    """Another process holds the database or a lock, or was faster."""
