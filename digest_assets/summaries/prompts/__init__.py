"""Prompts of the summaries: one template of instructions per report, and a paper as the model sees it.

What release 0.1.0 asked lies in `release_0_1_0`: by its words the answers are found that were paid for then.
"""

from collections.abc import Iterable

from digest_assets.llm.prompting import PromptTemplates
from digest_assets.texts.tables import Section

PROMPTS = PromptTemplates("digest_assets.summaries")
FORMER_PROMPTS = PromptTemplates("digest_assets.summaries", "prompts/release_0_1_0")


def render_paper(title: str, sections: Iterable[Section]) -> str:
    """A paper's title, then its sections with what each is for."""
    parts = [f"Title: {title}"]
    for section in sections:
        heading = section.heading or section.role.replace("_", " ")
        parts.append(f"{'#' * max(section.level, 1)} {heading} [{section.role}]\n\n{section.text}")
    return "\n\n".join(parts)
