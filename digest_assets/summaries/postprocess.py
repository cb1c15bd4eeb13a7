"""Postprocess every summary, whoever wrote it: sanitize it, verify its evidence, trace its numbers and mark missing ones."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from digest_assets.summaries.requests import PaperContent
from digest_assets.summaries.sanitize import sanitize_summary
from digest_assets.summaries.schemas import Finding, SummarySchema, map_texts
from digest_assets.summaries.tables import TracedNumber
from digest_assets.summaries.verification.evidence import EvidenceIndex, is_copied_from, strip_to_letters
from digest_assets.summaries.verification.numbers import NumberIndex, mark_missing, trace_numbers

SchemaT = TypeVar("SchemaT", bound=SummarySchema)

NO_EVIDENCE = " (no such sentence in the text read)"


@dataclass(frozen=True)
class CheckedSummary(Generic[SchemaT]):
    """A summary as it is stored, and where its numbers come from."""

    summary: SchemaT
    numbers: tuple[TracedNumber, ...]

    @property
    def numbers_traced(self) -> int:
        """How many numbers were found or derived."""
        return sum(number.status != "missing" for number in self.numbers)


class Postprocessor:
    """Postprocesses summaries of one paper; its text is indexed once for all of them."""

    def __init__(self, content: PaperContent) -> None:
        self._content = content
        self._numbers = NumberIndex.from_texts(content.texts)
        self._evidence: EvidenceIndex | None = None  # made when a summary cites something: most do not

    def postprocess(self, summary: SchemaT, *, by_model: bool) -> CheckedSummary[SchemaT]:
        """The summary with every check applied. Raises `ModelError` if nothing is left of a model's."""
        numbers: list[TracedNumber] = []

        def mark(path: str, text: str) -> str:
            if path.endswith(".evidence"):
                return text  # the paper's own words
            traced = trace_numbers(text, self._numbers)
            numbers.extend(TracedNumber(field=path, text=t.text, status=t.status, source=t.source) for t in traced)
            return mark_missing(text, traced)

        # The paper's own sentences are no chat, whatever they begin with ("Summary: …", "I show …").
        checked = self._check_evidence(sanitize_summary(summary) if by_model else summary, by_model)
        return CheckedSummary(map_texts(checked, mark), tuple(numbers))

    def _check_evidence(self, value: Any, by_model: bool) -> Any:
        """Each finding with the paper's own sentence; one without is marked, one that copies the abstract goes."""
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
        if self._evidence is None:
            self._evidence = EvidenceIndex.from_texts(self._content.texts)
        sentence = self._evidence.find(finding.evidence)
        if sentence is None:
            return finding.model_copy(update={"evidence": None, "finding": finding.finding + NO_EVIDENCE})
        is_the_finding = strip_to_letters(sentence) == strip_to_letters(finding.finding)
        return finding.model_copy(update={"evidence": None if is_the_finding else sentence})
