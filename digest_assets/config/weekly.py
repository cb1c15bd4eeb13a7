"""The settings `weekly`: the report over seven days."""

from pydantic import Field

from digest_assets.config.fields import ConfigModel, Language


class WeeklyConfig(ConfigModel):
    """What mattered in a week, which terms rose and faded, what to catch up on; made when the week is over."""

    enabled: bool = Field(True, description="Whether the report is made.")
    papers: int = Field(10, ge=1, le=50, description="How many papers it names as what mattered.")
    catch_up: int = Field(5, ge=0, le=50, description="How many of the week before that rose too late for its report.")
    terms: int = Field(10, ge=0, le=50, description="How many rising terms it names, and as many fading ones.")
    language: Language = Field(
        "en", description="Which of a paper's summaries it quotes first, where there are several."
    )
