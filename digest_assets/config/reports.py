"""The settings `reports`: the built-in ones and the custom ones, and how each chooses its papers."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, PrivateAttr

from digest_assets.config.custom_reports import CustomReport
from digest_assets.config.fields import FOR_YOU, FORMATS, ConfigModel, FormatName, Language, ReportName
from digest_assets.config.report_formats import (
    CategoryDigestConfig,
    DailyTableConfig,
    DeepReadConfig,
    FieldReviewConfig,
    ForYouConfig,
    ReportConfig,
    Topic,
    TopicDigestConfig,
)


class ReportsConfig(ConfigModel):
    """The built-in reports, and a folder of custom ones."""

    topic_digest: TopicDigestConfig = TopicDigestConfig()
    daily_table: DailyTableConfig = DailyTableConfig()
    field_review: FieldReviewConfig = FieldReviewConfig()
    category_digest: CategoryDigestConfig = CategoryDigestConfig()
    deep_read: DeepReadConfig = DeepReadConfig()
    for_you: ForYouConfig = ForYouConfig()
    folder: str | None = Field(
        None,
        description="A folder of custom reports, beside this file; none if not given (see docs/custom-reports.md).",
    )
    _custom: Mapping[str, CustomReport] = PrivateAttr(default_factory=dict)
    _readers: Mapping[str, Language | None] = PrivateAttr(default_factory=dict)

    @property
    def custom(self) -> Mapping[str, CustomReport]:
        """The reports of the folder, by name."""
        return self._custom

    @property
    def names(self) -> tuple[ReportName, ...]:
        """Every report that there is, made or not, in the fixed order."""
        return (*FORMATS, *self.reader_reports(), *self._custom)

    def get_config(self, report: ReportName) -> ReportConfig:
        """The settings of a report."""
        if report in self._custom:
            return self._custom[report]
        if is_for_you(report):
            return self.for_you.model_copy(update={"language": self._get_reader_language(report)})
        config: ReportConfig = getattr(self, report)
        return config

    def enabled_reports(self) -> dict[ReportName, ReportConfig]:
        """The reports to make for everybody, by name, in the fixed order."""
        every = {name: self.get_config(name) for name in (*FORMATS, *self._custom)}
        return {name: config for name, config in every.items() if config.enabled}

    def reader_reports(self) -> dict[ReportName, str]:
        """The reports `for_you`, each with its reader's name; made on days on which anything is known of the reader.

        The reader without a name is who uses the settings' own library, and the only one where there are no `readers`.
        """
        if not self.for_you.enabled:
            return {}
        return {get_reader_report(reader): reader for reader in ("", *self._readers)}

    def possible_reports(self) -> dict[ReportName, ReportConfig]:
        """The reports to make, those of readers included."""
        return {**self.enabled_reports(), **{name: self.get_config(name) for name in self.reader_reports()}}

    def get_format(self, report: ReportName) -> FormatName:
        """The built-in report whose papers a report shows: itself, for one of them."""
        if report in self._custom:
            return self._custom[report].papers.based_on
        return FOR_YOU if is_for_you(report) else next(name for name in FORMATS if name == report)

    def _get_reader_language(self, report: ReportName) -> Language:
        readers = {get_reader_report(reader): language for reader, language in self._readers.items()}
        return readers.get(report) or self.for_you.language

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

    def with_readers(self, readers: Mapping[str, Language | None]) -> Self:
        """The same with a report for each of these readers, in their languages."""
        changed = self.model_copy()
        changed._readers = dict(readers)
        return changed


def get_reader_report(reader: str) -> ReportName:
    """The name of a reader's report."""
    return f"{FOR_YOU}_{reader}" if reader else FOR_YOU


def is_for_you(report: ReportName) -> bool:
    """Whether a report is a reader's."""
    return report == FOR_YOU or report.startswith(f"{FOR_YOU}_")


def get_summary_report(report: ReportName) -> ReportName:
    """The report under whose name a report's summaries are stored: readers share theirs."""
    return FOR_YOU if is_for_you(report) else report
