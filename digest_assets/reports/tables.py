"""The table `reports`: one row is a report file, with its counts."""

from pydantic import Field

from digest_assets.config.fields import Language, ReportName
from digest_assets.warehouse.tables import DayRow, OldNames, Table


class ReportRow(DayRow):
    """A report file and its counts."""

    report: ReportName = Field(description="The report.")
    language: Language = Field(description="Language of its content.")
    path: str = Field(description="The file, relative to the data folder.")
    sha256: str = Field(description="Hash of the file.")
    bytes: int = Field(description="Size of the file.")
    papers: int = Field(description="Papers that it shows, each counted once.")
    read_in_full: int = Field(description="Papers of which HTML or PDF was read.")
    requested_in_full: int = Field(description="Papers of which the full text was to be read.")
    failures: int = Field(description="Summaries that fell back because a call failed.")
    numbers_traced: int = Field(
        description="Numbers of the summaries that were found in the texts that were read, or follow from them."
    )
    numbers_total: int = Field(description="Numbers in the summaries.")
    cost_usd: float = Field(description="Money for its summaries and overview.")


REPORTS = Table(
    "reports",
    ReportRow,
    ("day", "report"),
    "The report files of the day, with their counts.",
    version=2,
    renamed_from=OldNames(
        columns={
            "requested_in_full": "wanted_in_full",
            "numbers_traced": "figures_traced",
            "numbers_total": "figures_total",
        }
    ),
)
