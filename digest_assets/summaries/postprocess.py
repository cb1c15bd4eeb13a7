"""Postprocess every summary, whoever wrote it: sanitize it, check each sentence against the text, mark what is not there."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from digest_assets.config.summaries import UnsupportedChoice
from digest_assets.summaries.citations import Citations, find_cited, split_citations, strip_citations
from digest_assets.summaries.extractive.prose import strip_citations as strip_reference_marks
from digest_assets.summaries.extractive.reports import format_hugging_face_keywords
from digest_assets.summaries.requests import PaperContent
from digest_assets.summaries.sanitize import sanitize_summary
from digest_assets.summaries.schemas import Finding, SummarySchema, map_texts
from digest_assets.summaries.tables import ClaimSpan, SummaryClaim, TracedNumber
from digest_assets.summaries.verification.claims import Claim, check_claims, find_quote, mark_unsupported
from digest_assets.summaries.verification.evidence import is_copied_from, strip_to_letters
from digest_assets.summaries.verification.numbers import WARNING
from digest_assets.summaries.verification.source_units import METADATA, SourceIndex, SourceUnit
from digest_assets.texts.sentences import find_sentence_spans

SchemaT = TypeVar("SchemaT", bound=SummarySchema)

_NAMES = (".lead", ".work")  # fields that name something and state nothing: only their numbers are looked up
_MAX_QUOTE_CHARACTERS = 600  # of a span: a long sentence; a table's row may be longer


@dataclass(frozen=True)
class CheckedSummary(Generic[SchemaT]):
    """A summary as it is stored, where its numbers come from, and what its sentences stand on."""

    summary: SchemaT
    numbers: tuple[TracedNumber, ...]
    claims: tuple[SummaryClaim, ...] = ()
    citations_total: int = 0  # of places of the paper, by a model
    citations_confirmed: int = 0  # of these, how many exist and say the sentence

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
        return SourceIndex.from_text(self._content.text, metadata, strip_reference_marks)

    @cached_property
    def _first_unit(self) -> int:
        """Where the units of the text begin in the index, behind what is known of the paper besides."""
        return sum(unit.span.section == METADATA for unit in self.index.units)

    def _find_units(self, numbers: Iterable[int]) -> list[int]:
        """Where the cited sentences stand in the index; a number that none of them has is left out."""
        places = (self._first_unit + number - 1 for number in numbers if number > 0)
        return [place for place in places if place < len(self.index.units)]

    def postprocess(
        self, summary: SchemaT, *, by_model: bool, unsupported: UnsupportedChoice = "mark"
    ) -> CheckedSummary[SchemaT]:
        """The summary with every check applied. Raises `ModelError` if nothing is left of a model's."""
        numbers: list[TracedNumber] = []
        claims: list[SummaryClaim] = []
        tally = _Tally()
        citations: Citations = {}
        if by_model:
            summary, citations = split_citations(summary)
        cited = {letters: self._find_units(given) for letters, given in citations.items()}

        def check(path: str, text: str) -> str:
            if path.endswith(".evidence"):
                return text  # the paper's own words
            text = text.replace(WARNING, "")
            checked = check_claims(text, self.index, cited)
            if citations:
                self._count_citations(text, checked, citations, tally)
            if path.endswith(_NAMES):
                checked = [replace(claim, verdict="undecided") for claim in checked]
            elif by_model and unsupported == "drop" and any(claim.verdict == "unsupported" for claim in checked):
                text = " ".join(text[one.start : one.end] for one in checked if one.verdict != "unsupported")
                checked = check_claims(text, self.index, cited)
            traced = [number for claim in checked for number in claim.numbers]
            numbers.extend(TracedNumber(field=path, text=t.text, status=t.status, source=t.source) for t in traced)
            if not path.endswith(_NAMES):
                claims.extend(_build_claim(path, text, claim) for claim in checked)
            return mark_unsupported(text, checked)

        # The paper's own sentences are no chat, whatever they begin with ("Summary: …", "I show …").
        sanitized = self._check_evidence(sanitize_summary(summary) if by_model else summary, by_model, tally)
        marked = map_texts(sanitized, check)
        if by_model and unsupported == "drop":
            marked = sanitize_summary(marked)
        return CheckedSummary(marked, tuple(numbers), tuple(claims), tally.total, tally.confirmed)

    def _count_citations(self, text: str, claims: Iterable[Claim], citations: Citations, tally: "_Tally") -> None:
        """Count what the sentences cite, and what of it exists and says them."""
        for claim in claims:
            given = citations.get(strip_to_letters(text[claim.start : claim.end]), ())
            tally.total += len(given)
            if claim.verdict != "unsupported":
                says_it = {unit.text for unit in claim.units}  # a paper may say it in the same words elsewhere
                tally.confirmed += sum(self.index.units[place].text in says_it for place in self._find_units(given))

    def _check_evidence(self, value: Any, by_model: bool, tally: "_Tally") -> Any:
        """Each finding with the paper's own sentence, if there is such; one that copies the abstract goes."""
        if isinstance(value, Finding):
            return self._check_finding(value, by_model, tally)
        if isinstance(value, SummarySchema):
            return value.model_copy(
                update={name: self._check_evidence(inner, by_model, tally) for name, inner in value}
            )
        if isinstance(value, tuple):
            items = (self._check_evidence(item, by_model, tally) for item in value)
            return tuple(item for item in items if item is not None)
        return value

    def _check_finding(self, finding: Finding, by_model: bool, tally: "_Tally") -> Finding | None:
        if by_model and is_copied_from(self._content.paper.abstract, finding.finding):
            return None
        if finding.evidence is None:
            return finding
        # A model may copy the sentence, with a mark of the paper's own in it ("as in [12]."), or give both.
        quote = " ".join(unit.text for unit in find_quote(strip_citations(finding.evidence), self.index)) or None
        if quote is None:
            quote = self._find_confirmed(finding.finding, self._find_units(find_cited(finding.evidence)))
        tally.total += by_model
        tally.confirmed += by_model and quote is not None
        is_the_finding = quote is not None and strip_to_letters(quote) == strip_to_letters(finding.finding)
        return finding.model_copy(update={"evidence": None if is_the_finding else quote})

    def _find_confirmed(self, finding: str, named: list[int]) -> str | None:
        """Of the units named for a finding, the first that says it."""
        places = {strip_to_letters(finding[start:end]): named for start, end in find_sentence_spans(finding)}
        claims = check_claims(finding, self.index, places)
        says_it = {unit.text for claim in claims if claim.verdict != "unsupported" for unit in claim.units}
        return next((text for place in named if (text := self.index.units[place].text) in says_it), None)


@dataclass
class _Tally:
    """How many places of the paper a model cited, and how many of them say the sentence."""

    total: int = 0
    confirmed: int = 0


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
