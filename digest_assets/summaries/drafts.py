"""Rows of drafts: what a model wrote, or extraction in its place, postprocessed; knows nothing of calls.

It runs in processes of its own where there is much to read, so it imports little: every process pays for that anew.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest_assets.common.errors import DigestError, ModelError
from digest_assets.config.summaries import UnsupportedChoice
from digest_assets.llm.requests import LLMResponse
from digest_assets.summaries.extractive.summarize import extract_first_sentence, extract_summary
from digest_assets.summaries.postprocess import CheckedSummary, Postprocessor
from digest_assets.summaries.requests import PaperContent, SummaryRequest, build_abstract_text
from digest_assets.summaries.schemas import SummarySchema, compute_schema_version
from digest_assets.summaries.tables import SummaryRow

logger = logging.getLogger(__name__)

_NICENESS = 5  # a third of the share of a process that waits for calls
_MAX_REASON_CHARACTERS = 120  # a line of a report's provenance


@dataclass(frozen=True)
class Draft:
    """A summary before postprocessing: what the model gave, or why it gave nothing; neither for extraction."""

    request: SummaryRequest
    response: LLMResponse[SummarySchema] | None = None
    key: str = ""  # of the model's answer
    failure: str | None = None
    can_retry: bool = False  # whether asking again later may end otherwise
    unsupported: UnsupportedChoice = "mark"


def prepare_process() -> None:
    """Let the calls of the process that started this one go first: postprocessing has time until the next answers."""
    os.nice(_NICENESS)


def build_rows(drafts: Sequence[Draft]) -> list[SummaryRow]:
    """The rows of one paper's drafts, postprocessed; what was indexed of a text serves all of them.

    A draft that fails, for whatever reason, fails alone: its row holds what the abstract gives, and says why.
    """
    postprocessors: dict[str, Postprocessor] = {}
    rows = []
    for draft in drafts:
        content = draft.request.content
        try:
            if content.content_hash not in postprocessors:
                postprocessors[content.content_hash] = Postprocessor(content)
            rows.append(_build_row(draft, postprocessors[content.content_hash]))
        except Exception as error:  # whatever a paper's text does to the engine
            logger.exception("%s for %s: taken from the abstract", draft.request.id, draft.request.report)
            rows.append(_build_row_after_failure(draft, error))
    return rows


def _build_row_after_failure(draft: Draft, error: Exception) -> SummaryRow:
    """The row of a paper whose text made the engine fail: from the abstract, or from its first sentence alone."""
    request = draft.request
    reason = str(error) if isinstance(error, DigestError) else f"{type(error).__name__}: {error}"
    failed = replace(
        draft,
        response=None,
        failure=f"summarising failed ({reason[:_MAX_REASON_CHARACTERS]}): from the abstract alone",
        can_retry=isinstance(error, TimeoutError),
    )
    paper = request.content.paper
    content = PaperContent(paper, build_abstract_text(paper))
    try:
        abstract_draft = replace(failed, request=replace(request, content=content))
        return _build_extractive_row(abstract_draft, Postprocessor(content))
    except Exception:
        logger.exception("%s for %s: its first sentence alone", request.id, request.report)
        summary = extract_first_sentence(request.report, paper, request.custom)
        return _fill_extractive_row(failed, CheckedSummary(summary, ()))


def _build_row(draft: Draft, postprocessor: Postprocessor) -> SummaryRow:
    response = draft.response
    if response is None:
        return _build_extractive_row(draft, postprocessor)
    try:
        checked = postprocessor.postprocess(response.value, by_model=True, unsupported=draft.unsupported)
    except ModelError as error:
        return _build_extractive_row(replace(draft, failure=str(error), can_retry=error.can_retry), postprocessor)
    return _fill_row(
        draft.request,
        checked,
        engine="openai",
        model=response.model,
        key=draft.key,
        citations_total=checked.citations_total,
        citations_confirmed=checked.citations_confirmed,
        note=response.note,
        input_tokens=response.usage.input_tokens,
        cached_tokens=response.usage.cached_tokens,
        output_tokens=response.usage.output_tokens,
        cost_usd=response.usage.cost_usd,
    )


def _build_extractive_row(draft: Draft, postprocessor: Postprocessor) -> SummaryRow:
    request, content = draft.request, draft.request.content
    summary = extract_summary(request.report, content.paper, content.text, request.custom)
    return _fill_extractive_row(draft, postprocessor.postprocess(summary, by_model=False))


def _fill_extractive_row(draft: Draft, checked: CheckedSummary[SummarySchema]) -> SummaryRow:
    request, content = draft.request, draft.request.content
    return _fill_row(
        request,
        checked,
        engine="extractive",
        key=f"extractive-{request.report}-{content.content_hash}",
        note=draft.failure,
        failed=draft.failure is not None,
        can_retry=draft.can_retry,
    )


def _fill_row(request: SummaryRequest, checked: CheckedSummary[SummarySchema], **values: object) -> SummaryRow:
    return SummaryRow.model_validate(
        {
            "day": request.day,
            "id": request.id,
            "report": request.report,
            "language": request.language,
            "fields": checked.summary.model_dump_json(),
            "schema_version": compute_schema_version(type(checked.summary)),
            "numbers": checked.numbers,
            "claims": checked.claims,
            "numbers_traced": checked.numbers_traced,
            "numbers_total": len(checked.numbers),
            **values,
        }
    )
