"""The table of reports: one row is a report file."""

from pydantic import Field

from digest_assets.config.fields import Language, ReportName
from digest_assets.warehouse.tables import DayRow, Table


class ReportRow(DayRow):
    """A report file and its counts."""

    report: ReportName = Field(description="The report.")
    language: Language = Field(description="Language of its content.")
    path: str = Field(description="The file, relative to the data folder.")
    sha256: str = Field(description="Hash of the file.")
    bytes: int = Field(description="Size of the file.")
    papers: int = Field(description="Papers that it shows, each counted once.")
    read_in_full: int = Field(description="Papers of which HTML or PDF was read.")
    requested_in_full: int = Field(description="Papers of which the full text was wanted.")
    failures: int = Field(description="Summaries that fell back because a call failed.")
    numbers_traced: int = Field(description="Figures found in the text read.")
    numbers_total: int = Field(description="Figures in the summaries.")
    cost_usd: float = Field(description="Money for its summaries and overview.")


REPORTS = Table("reports", ReportRow, ("day", "report"), "The report files of the day, with their counts.")
