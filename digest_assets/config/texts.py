"""The settings `texts`: the limits within which papers are downloaded and read."""

from typing import Literal

from pydantic import Field

from digest_assets.config.fields import ConfigModel

PictureChoice = Literal["off", "own", "licensed"]


class TextsConfig(ConfigModel):
    """How papers are fetched and read."""

    max_bytes: int = Field(50_000_000, ge=1_000, description="Largest file that is read.")
    max_pages: int = Field(
        200, ge=1, description="Pages of a PDF that are read; a longer one is read up to here and says so."
    )
    timeout_seconds: float = Field(60, gt=0, description="For fetching a file, and for parsing it.")
    requests_per_second: float = Field(1.0, gt=0, description="Of papers' files, across processes.")
    connections: int = Field(4, ge=1, le=64, description="Downloads under way at once.")
    memory_bytes: int = Field(1_000_000_000, ge=200_000_000, description="Most memory that parsing one file may take.")
    pictures: PictureChoice = Field(
        "own",
        description="Whose first figure is kept and shown as a small picture: `off`: nobody's; `own`: every paper's, for "
        "a site that only its owner reads; `licensed`: where the paper's licence (CC BY, CC BY-SA, CC0) lets everybody "
        "show it.",
    )
    keep_days: int | None = Field(
        None,
        ge=35,  # the sensors look back two weeks, overviews and the weekly report four and one
        description="After how many days what was read of a paper is let go, to save room: `digest prune` and the nightly "
        "pruning do it. Reports, pages, summaries and their links to the papers stay; materialising `paper_texts` of the "
        "day reads its papers anew. By default nothing is let go.",
    )
    keep_files: bool = Field(False, description="Keep downloaded files in the cache folder after they were read.")
    cache_bytes: int = Field(
        2_000_000_000, ge=0, description="Size of the cache of read texts and kept files; the oldest go first."
    )
