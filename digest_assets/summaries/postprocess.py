"""Postprocess every summary, whoever wrote it: sanitize it, check each sentence against the text, mark what is not there."""

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from digest_assets.config.summaries import UnsupportedChoice
from digest_assets.summaries.extractive.prose import strip_citations
from digest_assets.summaries.extractive.reports import format_hugging_face_keywords
from digest_assets.summaries.requests import PaperContent
from digest_assets.summaries.sanitize import sanitize_summary
from digest_assets.summaries.schemas import Finding, SummarySchema, map_texts
from digest_assets.summaries.tables import ClaimSpan, SummaryClaim, TracedNumber
from digest_assets.summaries.verification.claims import Claim, check_claims, find_quote, mark_unsupported
from digest_assets.summaries.verification.evidence import is_copied_from, strip_to_letters
from digest_assets.summaries.verification.numbers import WARNING
from digest_assets.summaries.verification.source_units import SourceIndex, SourceUnit

SchemaT = TypeVar("SchemaT", bound=SummarySchema)

_NAMES = (".lead", ".work")  # fields that name something and state nothing: only their numbers are looked up
_MAX_QUOTE_CHARACTERS = 600  # of a span: a long sentence; a table's row may be longer


@dataclass(frozen=True)
class CheckedSummary(Generic[SchemaT]):
    """A summary as it is stored, where its numbers come from, and what its sentences stand on."""

    summary: SchemaT
    numbers: tuple[TracedNumber, ...]
    claims: tuple[SummaryClaim, ...] = ()

    @property
    def numbers_traced(self) -> int:
        """How many numbers were found or derived."""
        return sum(number.status != "missing" for number in self.numbers)


class Postprocessor:
    """Postprocesses summaries of one paper; its text is indexed once for all of them."""

    def __init__(self, content: PaperContent) -> None:
        self._content = content

    @cached_property
    def index(self) -> SourceIndex:
        """The sentences and table rows of what was read."""
        paper = self._content.paper
        known = (paper.code_url, paper.project_url, format_hugging_face_keywords(paper))
        metadata = [paper.title, *filter(None, known), *paper.hf_keywords]
        if not any(section.role == "abstract" for section in self._content.text.sections):
            metadata.append(paper.abstract)
        return SourceIndex.from_text(self._content.text, metadata, strip_citations)

    def postprocess(
        self, summary: SchemaT, *, by_model: bool, unsupported: UnsupportedChoice = "mark"
    ) -> CheckedSummary[SchemaT]:
        """The summary with every check applied. Raises `ModelError` if nothing is left of a model's."""
        numbers: list[TracedNumber] = []
        claims: list[SummaryClaim] = []

        def check(path: str, text: str) -> str:
            if path.endswith(".evidence"):
                return text  # the paper's own words
            text = text.replace(WARNING, "")
            checked = check_claims(text, self.index)
            if path.endswith(_NAMES):
                checked = [replace(claim, verdict="undecided") for claim in checked]
            elif by_model and unsupported == "drop" and any(claim.verdict == "unsupported" for claim in checked):
                text = " ".join(text[one.start : one.end] for one in checked if one.verdict != "unsupported")
                checked = check_claims(text, self.index)
            traced = [number for claim in checked for number in claim.numbers]
            numbers.extend(TracedNumber(field=path, text=t.text, status=t.status, source=t.source) for t in traced)
            if not path.endswith(_NAMES):
                claims.extend(_build_claim(path, text, claim) for claim in checked)
            return mark_unsupported(text, checked)

        # The paper's own sentences are no chat, whatever they begin with ("Summary: …", "I show …").
        sanitized = self._check_evidence(sanitize_summary(summary) if by_model else summary, by_model)
        marked = map_texts(sanitized, check)
        if by_model and unsupported == "drop":
            marked = sanitize_summary(marked)
        return CheckedSummary(marked, tuple(numbers), tuple(claims))

    def _check_evidence(self, value: Any, by_model: bool) -> Any:
        """Each finding with the paper's own sentence, if there is such; one that copies the abstract goes."""
        if isinstance(value, Finding):
            return self._check_finding(value, by_model)
        if isinstance(value, SummarySchema):
            return value.model_copy(update={name: self._check_evidence(inner, by_model) for name, inner in value})
        if isinstance(value, tuple):
            items = (self._check_evidence(item, by_model) for item in value)
            return tuple(item for item in items if item is not None)
        return value

    def _check_finding(self, finding: Finding, by_model: bool) -> Finding | None:
        if by_model and is_copied_from(self._content.paper.abstract, finding.finding):
            return None
        if finding.evidence is None:
            return finding
        quote = " ".join(unit.text for unit in find_quote(finding.evidence, self.index)) or None
        is_the_finding = quote is not None and strip_to_letters(quote) == strip_to_letters(finding.finding)
        return finding.model_copy(update={"evidence": None if is_the_finding else quote})


def _build_claim(path: str, text: str, claim: Claim) -> SummaryClaim:
    spans = tuple(build_span(unit) for unit in claim.units)
    return SummaryClaim(
        field=path, sentence=text[claim.start : claim.end], verdict=claim.verdict, reason=claim.reason, spans=spans
    )


def build_span(unit: SourceUnit) -> ClaimSpan:
    """A unit's place and what stands there, as it is stored."""
    place = {name: value for name, value in asdict(unit.span).items() if name != "paragraph"}
    quote = unit.text if len(unit.text) <= _MAX_QUOTE_CHARACTERS else unit.text[: _MAX_QUOTE_CHARACTERS - 1] + "…"
    return ClaimSpan(quote=quote, **place)
