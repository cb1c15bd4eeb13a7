"""The table of groups: one row is a paper's place in a report."""

from pydantic import Field

from digest_assets.config.fields import Depth
from digest_assets.warehouse.tables import DayRow, OldNames, Table


class PaperGroupRow(DayRow):
    """A paper's place in a report."""

    report: str = Field(description="The report.")
    group: str = Field(description="The group: a topic, a category, or the report's only list.")
    group_position: int = Field(description="The group's place in the report, from 1.")
    position: int = Field(description="The paper's place in its group, from 1.")
    id: str = Field(description="arXiv id without version.")
    reason: str = Field(description="Why the paper is there, in words.")
    reading_depth: Depth = Field(description="How deep the paper is to be read: `full` or `abstract`.")
    score: float | None = Field(None, description="The score that ranked it, where a report ranks.")


PAPER_GROUPS = Table(
    "paper_groups",
    PaperGroupRow,
    ("day", "report", "group", "id"),
    "Which paper stands where in which report, why, and how deep it is to be read.",
    order=("day", "report", "group_position", "position"),
    version=2,
    renamed_from=OldNames(columns={"reading_depth": "read"}),
)
