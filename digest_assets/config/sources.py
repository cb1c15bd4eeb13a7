"""The settings `sources`: which papers are asked of arXiv and Hugging Face, how patiently, and when a day starts."""

from datetime import date
from typing import TYPE_CHECKING

from pydantic import Field

from digest_assets.config.fields import Categories, ConfigModel

if TYPE_CHECKING:
    from digest_assets.common.http import Timeouts


class ArxivConfig(ConfigModel):
    """Where the day's arXiv papers come from."""

    categories: Categories = Field(
        ("cs.CV", "cs.CL", "cs.LG", "cs.AI", "cs.IR", "cs.CY", "cs.RO"),
        description="Every new paper that has one of these categories, primary or cross-listed, is a paper of the day.",
    )
    delay_seconds: float = Field(
        3.0, ge=0, le=600, description="Pause between two requests to arXiv's API, across processes."
    )
    page_size: int = Field(200, ge=1, le=2000, description="Papers per API request.")
    no_mailing: tuple[date, ...] = Field((), description="Weekdays without a mailing, added to the known ones.")
    fallback_hour: int = Field(
        3,
        ge=0,
        le=23,
        description="From this hour of the mailing's date (US Eastern) a day starts without the feed, if that is down.",
    )
    give_up_hour: int = Field(
        12,
        ge=1,
        le=23,
        description="At this hour of the mailing's date (US Eastern) a day starts although papers are not known yet.",
    )


class HuggingFaceConfig(ConfigModel):
    """The daily papers page of Hugging Face."""

    enabled: bool = Field(True, description="Whether the page is read.")
    settled_after_days: int = Field(
        2, ge=1, le=14, description="Days after its date until which a page that changes is read again."
    )


class SourcesConfig(ConfigModel):
    """Where papers come from."""

    arxiv: ArxivConfig = ArxivConfig()
    huggingface: HuggingFaceConfig = HuggingFaceConfig()
    timeout_seconds: float = Field(60, gt=0, description="For one answer of a source.")
    retry_deadline_seconds: float = Field(
        600, gt=0, description="For one question to a source, repeated after faults; then the source has failed."
    )
    backoff_seconds: float = Field(
        5, gt=0, description="Pause before the first repeat; doubled for each further one, with jitter."
    )

    @property
    def timeouts(self) -> "Timeouts":
        """The limits on time, as HTTP requests take them."""
        from digest_assets.common.http import Timeouts  # 0.1 s to import, which commands without sources do not need

        return Timeouts(self.timeout_seconds, self.retry_deadline_seconds, self.backoff_seconds)
