"""Rising and fading terms: which words and phrases more papers of a week have than those of the weeks before, or fewer.

A term counts once a paper. The change of its share is divided by what chance alone makes of it (the standard error of the
difference of two shares), so that neither rare terms that doubled nor common ones that wobbled come first. How often such
a term stays up is measured in `benchmarks/rising_terms.py`.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from digest_assets.summaries.extractive.sentence_features import STOPWORDS

_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*|[0-9]{1,3}D\b|[.,;:!?()]")
_MAX_CHARACTERS = 20_000  # of a text; arXiv's abstracts end at 1,920
_MAX_WORDS = 3  # of a phrase: longer ones are titles
_GENERIC_WORDS = (
    "achieve achieves achieving address addresses addressing aim aims apply art available aware based baseline "
    "baselines better bridge capabilities capability challenge challenges challenging code complex comprehensive "
    "critical crucial current demonstrate demonstrates develop driven effective effectively effectiveness efficient "
    "enable enables enabling enhance ensure evaluate evaluation experiment experimental experiments explore extensive "
    "finally findings first focus framework furthermore future gap generalize github highlight however https identify "
    "impact importance important improve improved improvement improves including insight insights introduce "
    "introduces introducing issue issues key known lack large leading learn leverage leverages leveraging limitation "
    "limitations limited main major make many moreover need needs novel offer offers often outperform outperforms "
    "particularly performance potential present presents previous prior problem problems proposes provide provides "
    "providing publicly range rely remain remains require requires research result robust second set several shows "
    "significant significantly specifically state state-of-the-art still strong studies study superior support system "
    "task tasks technique techniques third three toward towards traditional typically understanding unified various "
    "vs way wide widely work works yet"
)
_UNTELLING = STOPWORDS | frozenset(_GENERIC_WORDS.split())  # no term begins or ends with one of these

# A week's term needs as many papers as a few groups do not write by themselves; a term that faded had them before.
MIN_PAPERS = 8
# Of a term's papers that have it in the title, so that it is what papers are about, and not how they speak ("optimal"):
MIN_TITLE_SHARE = 0.15
# Standard errors: of thousands of terms that do not change, one in 700 shows more by chance.
MIN_DEVIATION = 3.0
# Of a term's papers: where more of them have a stronger term too, it is the same rise again ("splatting", "gaussian splatting").
_MAX_SHARED = 0.6


@dataclass(frozen=True, slots=True)
class TermChange:
    """A term, how many papers of the week have it, the shares of papers now and before, and by how many standard errors
    they differ.
    """

    term: str
    papers: int
    share: float
    earlier_share: float
    deviation: float


class TermCounts:
    """Which papers have which term.

    Args:
        papers: Title and abstract of each paper, in a fixed order.
    """

    def __init__(self, papers: Sequence[tuple[str, str]]) -> None:
        self.total = len(papers)
        self.papers: dict[str, list[int]] = defaultdict(list)
        self._titles: Counter[str] = Counter()
        self._spellings: dict[str, Counter[str]] = defaultdict(Counter)
        for index, (title, abstract) in enumerate(papers):
            in_title = {fold_plural(term): term for term in extract_terms(title)}
            self._titles.update(in_title.keys())
            for key, spelling in ({fold_plural(term): term for term in extract_terms(abstract)} | in_title).items():
                self.papers[key].append(index)
                self._spellings[key][spelling] += 1

    def is_topic(self, term: str) -> bool:
        """Whether enough of the papers that have a term have it in the title."""
        return self._titles[term] >= MIN_TITLE_SHARE * len(self.papers.get(term, ()))

    def get_share(self, term: str) -> float:
        """The share of papers that have a term."""
        return len(self.papers.get(term, ())) / self.total if self.total else 0.0

    def get_spelling(self, term: str) -> str:
        """How papers write a term most; of equals the first by alphabet."""
        found = self._spellings.get(term)
        return min(found, key=lambda spelling: (-found[spelling], spelling)) if found else term


def find_rising_terms(week: TermCounts, earlier: TermCounts, most: int) -> list[TermChange]:
    """The terms that rose most, the surest first; none where there is nothing to compare with."""
    changes = _compare(
        week,
        earlier,
        (term for term, papers in week.papers.items() if len(papers) >= MIN_PAPERS and week.is_topic(term)),
    )
    risen = [change for change in changes if change.deviation >= MIN_DEVIATION]
    return _choose(risen, week, most)


def find_fading_terms(week: TermCounts, earlier: TermCounts, most: int) -> list[TermChange]:
    """The terms that fell most, the surest first; none where there is nothing to compare with."""
    if not earlier.total:
        return []
    least = MIN_PAPERS / max(week.total, 1)  # as common before as a rising term is now
    changes = _compare(
        week, earlier, (term for term in earlier.papers if earlier.get_share(term) >= least and earlier.is_topic(term))
    )
    faded = [change for change in changes if change.deviation <= -MIN_DEVIATION]
    return _choose(faded, earlier, most)


def compute_deviation(papers: int, total: int, earlier_papers: int, earlier_total: int) -> float:
    """By how many standard errors two shares differ; half a paper is added to each count, so that none is nought."""
    share, before = (papers + 0.5) / (total + 1), (earlier_papers + 0.5) / (earlier_total + 1)
    error = share * (1 - share) / (total + 1) + before * (1 - before) / (earlier_total + 1)
    return (share - before) / math.sqrt(error) if error > 0 else 0.0


def extract_terms(text: str) -> set[str]:
    """The words and the phrases of two or three words of a text, in lower case; none goes over a comma or a full stop."""
    terms: set[str] = set()
    words: list[str] = []
    for token in [*_TOKEN.findall(text[:_MAX_CHARACTERS]), "."]:
        if token[0].isalnum():
            words.append(token.lower())
            continue
        for start, word in enumerate(words):
            if word in _UNTELLING:
                continue
            for end in range(start + 1, min(start + _MAX_WORDS, len(words)) + 1):
                if words[end - 1] not in _UNTELLING and len(words[end - 1]) > 1:
                    terms.add(" ".join(words[start:end]))
        words = []
    return {term for term in terms if len(term) > 2}


def fold_plural(term: str) -> str:
    """A term with its last word in the singular, and hyphens as spaces: what is one term in two spellings."""
    folded = term.replace("-", " ")
    return folded[:-1] if folded.endswith("s") and len(folded) > 4 and folded[-2] not in "siu" else folded


def _compare(week: TermCounts, earlier: TermCounts, terms: Iterable[str]) -> list[TermChange]:
    if not earlier.total or not week.total:
        return []
    none: Mapping[str, Sequence[int]] = {}
    changes = []
    for term in terms:
        papers = len(week.papers.get(term, none.get(term, ())))
        before = len(earlier.papers.get(term, ()))
        deviation = compute_deviation(papers, week.total, before, earlier.total)
        changes.append(TermChange(term, papers, week.get_share(term), earlier.get_share(term), round(deviation, 4)))
    return changes


def _choose(changes: Collection[TermChange], counts: TermCounts, most: int) -> list[TermChange]:
    """The surest changes, each of other papers than those before it."""
    chosen: list[TermChange] = []
    shown: list[set[int]] = []
    for change in sorted(changes, key=lambda change: (-abs(change.deviation), -len(change.term), change.term)):
        papers = set(counts.papers[change.term])
        if all(len(papers & others) <= _MAX_SHARED * min(len(papers), len(others)) for others in shown):
            shown.append(papers)
            chosen.append(
                TermChange(
                    counts.get_spelling(change.term),
                    change.papers,
                    change.share,
                    change.earlier_share,
                    change.deviation,
                )
            )
        if len(chosen) == most:
            break
    return chosen
