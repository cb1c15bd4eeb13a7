"""What every summary goes through, whoever wrote it: talk taken away, evidence verified, figures traced and marked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from digest_assets.common.errors import ModelError
from digest_assets.summaries.requests import PaperContent
from digest_assets.summaries.sanitize import cleaned
from digest_assets.summaries.schemas import SummarySchema
from digest_assets.summaries.tables import TracedNumber
from digest_assets.summaries.verification.evidence import Evidence, copied_from, letters_of
from digest_assets.summaries.verification.numbers import FigureIndex, marked, trace

P = TypeVar("P", bound=SummarySchema)

_EVIDENCE = "evidence"
NO_EVIDENCE = " (no such sentence in the text read)"


@dataclass(frozen=True)
class Finished(Generic[P]):
    """A summary as it is stored."""

    profile: P
    figures: tuple[TracedNumber, ...]

    @property
    def traced(self) -> int:
        """How many figures were found or derived."""
        return sum(figure.status != "missing" for figure in self.figures)


class Finisher:
    """Finishes summaries of one material; the text is indexed once for all of them."""

    def __init__(self, material: PaperContent) -> None:
        self._material = material
        self._figures = FigureIndex.of(material.texts)
        self._evidence: Evidence | None = None

    def finish(self, profile: P, *, by_model: bool) -> Finished[P]:
        """The summary with every check applied. Raises `ModelError` if nothing is left of it."""
        try:
            tidy = cleaned(profile)
        except ValidationError as error:
            raise ModelError("the summary says nothing where it must") from error
        fields = self._with_evidence(tidy.model_dump(), by_model)
        figures: list[TracedNumber] = []

        def checked(path: str, text: str) -> str:
            if path.rsplit(".", 1)[-1] == _EVIDENCE:
                return text  # the paper's own words
            traced = trace(text, self._figures)
            figures.extend(TracedNumber(field=path, text=t.text, status=t.status, source=t.source) for t in traced)
            return marked(text, traced)

        fields = _mapped(fields, checked)
        return Finished(type(profile).model_validate(fields), tuple(figures))

    def _with_evidence(self, value: Any, by_model: bool) -> Any:
        """Each finding with the paper's own sentence; one without is marked, one that copies the abstract goes."""
        if isinstance(value, list | tuple):
            items = (self._with_evidence(item, by_model) for item in value)
            return [item for item in items if item is not None]
        if not isinstance(value, dict):
            return value
        if _EVIDENCE in value:
            return self._verified(value, by_model)
        return {name: self._with_evidence(inner, by_model) for name, inner in value.items()}

    def _verified(self, finding: dict[str, Any], by_model: bool) -> dict[str, Any] | None:
        claim = next(name for name in finding if name != _EVIDENCE)
        if by_model and copied_from(self._material.paper.abstract, finding[claim]):
            return None
        if finding[_EVIDENCE] is None:
            return finding
        if self._evidence is None:
            self._evidence = Evidence.of(self._material.texts)
        sentence = self._evidence.find(finding[_EVIDENCE])
        if sentence is None:
            return {**finding, _EVIDENCE: None, claim: finding[claim] + NO_EVIDENCE}
        is_the_finding = letters_of(sentence) == letters_of(finding[claim])
        return {**finding, _EVIDENCE: None if is_the_finding else sentence}


def _mapped(value: Any, change: Callable[[str, str], str], path: str = "") -> Any:
    """The value with every text changed; the change gets the text's path, like `key_findings.0.finding`."""
    if isinstance(value, str):
        return change(path, value)
    if isinstance(value, dict):
        return {name: _mapped(inner, change, f"{path}.{name}" if path else name) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(inner, change, f"{path}.{place}") for place, inner in enumerate(value)]
    return value
