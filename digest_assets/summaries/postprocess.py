"""What every summary goes through, whoever wrote it: talk taken away, evidence verified, figures traced and marked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from digest_assets.common.errors import ModelError
from digest_assets.summaries.requests import PaperContent
from digest_assets.summaries.sanitize import sanitize_summary
from digest_assets.summaries.schemas import SummarySchema
from digest_assets.summaries.tables import TracedNumber
from digest_assets.summaries.verification.evidence import EvidenceIndex, is_copied_from, strip_to_letters
from digest_assets.summaries.verification.numbers import NumberIndex, mark_missing, trace_numbers

P = TypeVar("P", bound=SummarySchema)

_EVIDENCE = "evidence"
NO_EVIDENCE = " (no such sentence in the text read)"


@dataclass(frozen=True)
class CheckedSummary(Generic[P]):
    """A summary as it is stored."""

    summary: P
    numbers: tuple[TracedNumber, ...]

    @property
    def numbers_traced(self) -> int:
        """How many figures were found or derived."""
        return sum(figure.status != "missing" for figure in self.numbers)


class Postprocessor:
    """Finishes summaries of one material; the text is indexed once for all of them."""

    def __init__(self, material: PaperContent) -> None:
        self._material = material
        self._figures = NumberIndex.from_texts(material.texts)
        self._evidence: EvidenceIndex | None = None

    def postprocess(self, summary: P, *, by_model: bool) -> CheckedSummary[P]:
        """The summary with every check applied. Raises `ModelError` if nothing is left of it."""
        try:
            tidy = sanitize_summary(summary)
        except ValidationError as error:
            raise ModelError("the summary says nothing where it must") from error
        fields = self._check_evidence(tidy.model_dump(), by_model)
        figures: list[TracedNumber] = []

        def checked(path: str, text: str) -> str:
            if path.rsplit(".", 1)[-1] == _EVIDENCE:
                return text  # the paper's own words
            traced = trace_numbers(text, self._figures)
            figures.extend(TracedNumber(field=path, text=t.text, status=t.status, source=t.source) for t in traced)
            return mark_missing(text, traced)

        fields = _map_texts(fields, checked)
        return CheckedSummary(type(summary).model_validate(fields), tuple(figures))

    def _check_evidence(self, value: Any, by_model: bool) -> Any:
        """Each finding with the paper's own sentence; one without is marked, one that copies the abstract goes."""
        if isinstance(value, list | tuple):
            items = (self._check_evidence(item, by_model) for item in value)
            return [item for item in items if item is not None]
        if not isinstance(value, dict):
            return value
        if _EVIDENCE in value:
            return self._check_finding(value, by_model)
        return {name: self._check_evidence(inner, by_model) for name, inner in value.items()}

    def _check_finding(self, finding: dict[str, Any], by_model: bool) -> dict[str, Any] | None:
        claim = next(name for name in finding if name != _EVIDENCE)
        if by_model and is_copied_from(self._material.paper.abstract, finding[claim]):
            return None
        if finding[_EVIDENCE] is None:
            return finding
        if self._evidence is None:
            self._evidence = EvidenceIndex.from_texts(self._material.texts)
        sentence = self._evidence.find(finding[_EVIDENCE])
        if sentence is None:
            return {**finding, _EVIDENCE: None, claim: finding[claim] + NO_EVIDENCE}
        is_the_finding = strip_to_letters(sentence) == strip_to_letters(finding[claim])
        return {**finding, _EVIDENCE: None if is_the_finding else sentence}


def _map_texts(value: Any, change: Callable[[str, str], str], path: str = "") -> Any:
    """The value with every text changed; the change gets the text's path, like `key_findings.0.finding`."""
    if isinstance(value, str):
        return change(path, value)
    if isinstance(value, dict):
        return {name: _map_texts(inner, change, f"{path}.{name}" if path else name) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_map_texts(inner, change, f"{path}.{place}") for place, inner in enumerate(value)]
    return value
