"""The settings `reports`: the five built-in ones and the custom ones, and how each chooses its papers."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, PrivateAttr

from digest_assets.config.custom_reports import CustomReport
from digest_assets.config.fields import FORMATS, ConfigModel, FormatName, ReportName
from digest_assets.config.report_formats import (
    CategoryDigestConfig,
    DailyTableConfig,
    DeepReadConfig,
    FieldReviewConfig,
    ReportConfig,
    Topic,
    TopicDigestConfig,
)


class ReportsConfig(ConfigModel):
    """The five reports, and a folder of one's own."""

    topic_digest: TopicDigestConfig = TopicDigestConfig()
    daily_table: DailyTableConfig = DailyTableConfig()
    field_review: FieldReviewConfig = FieldReviewConfig()
    category_digest: CategoryDigestConfig = CategoryDigestConfig()
    deep_read: DeepReadConfig = DeepReadConfig()
    folder: str | None = Field(
        None,
        description="A folder of reports of your own, beside this file; none if not given (see docs/own-reports.md).",
    )
    _custom: Mapping[str, CustomReport] = PrivateAttr(default_factory=dict)

    @property
    def custom(self) -> Mapping[str, CustomReport]:
        """The reports of the folder, by name."""
        return self._custom

    @property
    def names(self) -> tuple[ReportName, ...]:
        """Every report that there is, made or not, in the fixed order."""
        return (*FORMATS, *self._custom)

    def get_config(self, report: ReportName) -> ReportConfig:
        """What was chosen for a report."""
        choice: ReportConfig = self._custom[report] if report in self._custom else getattr(self, report)
        return choice

    def enabled_reports(self) -> dict[ReportName, ReportConfig]:
        """The reports to make, by name, in the fixed order."""
        every = {name: self.get_config(name) for name in self.names}
        return {name: choice for name, choice in every.items() if choice.enabled}

    def get_format(self, report: ReportName) -> FormatName:
        """The one of the five whose papers a report shows: itself, for one of them."""
        return (
            self._custom[report].papers.based_on if report in self._custom else next(n for n in FORMATS if n == report)
        )

    def get_selection(self, report: ReportName) -> ReportConfig:
        """The choices by which a report's papers are chosen: its own, or those of the one that it is like."""
        own = self._custom.get(report)
        if own is None:
            return self.get_config(report)
        mine = {name: getattr(own, name) for name in ReportConfig.model_fields}
        return self.get_config(own.papers.based_on).model_copy(update={**own.papers.overrides, **mine})

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics that some report shows."""
        shown = any(self.get_format(report) == "topic_digest" for report in self.enabled_reports())
        return self.topic_digest.topics if shown else ()

    def with_custom(self, own: Mapping[str, CustomReport]) -> Self:
        """The same with these reports of one's own."""
        changed = self.model_copy()
        changed._custom = dict(sorted(own.items()))
        return changed
