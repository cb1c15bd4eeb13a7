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
    """The five built-in reports, and a folder of custom ones."""

    topic_digest: TopicDigestConfig = TopicDigestConfig()
    daily_table: DailyTableConfig = DailyTableConfig()
    field_review: FieldReviewConfig = FieldReviewConfig()
    category_digest: CategoryDigestConfig = CategoryDigestConfig()
    deep_read: DeepReadConfig = DeepReadConfig()
    folder: str | None = Field(
        None,
        description="A folder of custom reports, beside this file; none if not given (see docs/custom-reports.md).",
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
        """The settings of a report."""
        config: ReportConfig = self._custom[report] if report in self._custom else getattr(self, report)
        return config

    def enabled_reports(self) -> dict[ReportName, ReportConfig]:
        """The reports to make, by name, in the fixed order."""
        every = {name: self.get_config(name) for name in self.names}
        return {name: config for name, config in every.items() if config.enabled}

    def get_format(self, report: ReportName) -> FormatName:
        """The one of the five whose papers a report shows: itself, for one of them."""
        if report in self._custom:
            return self._custom[report].papers.based_on
        return next(name for name in FORMATS if name == report)

    def get_selection(self, report: ReportName) -> ReportConfig:
        """The settings by which a report's papers are chosen: its own, or those of the one that it is based on."""
        custom = self._custom.get(report)
        if custom is None:
            return self.get_config(report)
        common = {name: getattr(custom, name) for name in ReportConfig.model_fields}
        return self.get_config(custom.papers.based_on).model_copy(update={**custom.papers.overrides, **common})

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics that some report shows."""
        formats = {self.get_format(report) for report in self.enabled_reports()}
        return self.topic_digest.topics if "topic_digest" in formats else ()

    def with_custom(self, custom: Mapping[str, CustomReport]) -> Self:
        """The same with these custom reports."""
        changed = self.model_copy()
        changed._custom = dict(sorted(custom.items()))
        return changed
