"""Comparisons: a paper's best number beside the next best, from its result tables or, of an abstract, in its own words.

Of a table it is a cell of the paper's own system that its column's other systems do not reach. What the check of claims
does not support is no comparison.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from digest_assets.config.fields import Language
from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive.sentence_features import has_measurement
from digest_assets.summaries.verification.claims import check_claims
from digest_assets.summaries.verification.quantities import find_numbers
from digest_assets.summaries.verification.source_units import SourceIndex
from digest_assets.summaries.verification.words import find_names, name_key
from digest_assets.texts.tables import StoredCell, StoredTable, TextRow

_MAX_TABLES = 12  # of a paper, the first: later ones stand in appendices
_MAX_TRIED = 8  # comparisons of a paper: where the check refuses so many, its tables were read badly
_MAX_NAME_WORDS = 3  # before the colon of a title: more words are no name
_MAX_LABEL = 60  # characters of a row's or column's name: a longer one is a sentence
_MIN_SYSTEMS = 2  # others in the column: against one alone there is no next best
_MAX_MARGIN = 0.95  # of the greater number: what is twenty times another mostly measures something else
_OURS = re.compile(r"\bours?\b|\(ours?\)|\bproposed\b|本文|我们", re.IGNORECASE)
_ABLATES = re.compile(r"\bw/o\b|\bwithout\b|\babl|^\s*[-+−]\s|\bvariant\b|\bbase\b|\bstage\b", re.IGNORECASE)
_ABLATION_TABLE = re.compile(r"\bablat|\bhyper-?param|\bsensitivity|\bstatistics|消融", re.IGNORECASE)
_NO_RESULT = re.compile(
    r"\bparam|#|\bsteps?\b|\bepochs?\b|\blayers?\b|\b(?:batch|model|image|patch) size\b|\byear\b|\bnumber of\b",
    re.IGNORECASE,
)
# Measures that everybody reads one way, where neither an arrow nor bold type says which is better.
_RISES = re.compile(
    r"\b(?:accuracy|acc|psnr|ssim|f1|auc|auroc|m?ap|m?iou|bleu|rouge|recall|precision|success(?: rate)?|top-[15]|exact match"
    r"|ndcg|mrr|dice|fps|throughput|speed-?up|win rate|pass@\d+)\b|准确率|精度|召回率|成功率",
    re.IGNORECASE,
)
_FALLS = re.compile(
    r"\b(?:errors?|lpips|fid|fvd|wer|cer|perplexity|ppl|latency|time|memory|loss|mae|rmse|mse|ece|collisions?|size)\b"
    r"|误差|错误率|延迟|时间",
    re.IGNORECASE,
)
_AVERAGE = re.compile(r"\b(?:avg|average|overall|mean|all)\b", re.IGNORECASE)
_TABLE_NUMBER = re.compile(r"(?:Table|TABLE|Tab\.|表)\s?([A-Z]?\.?[\dIVX]{1,5})\s*[:.：]?\s*")
# What a sentence says of its number and another's: which way they differ, and beside what or by how much.
_DIFFERS = re.compile(
    r"\b(?:outperform|surpass|exceed|improv|beat|reduc|increas|decreas|lower|rais|cut|drop|fall|gain|speed|boost|sav)\w*"
    r"|\b(?:higher|faster|fewer|less|more|better|smaller|shorter)\b|优于|超过|提升|提高|降低|减少|加速",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"\b(?:over|than|against|versus|vs|compared (?:to|with)|relative to)\b|\bfrom [^;\d]{0,20}\d[^;]{0,20}? to [^;\d]{0,20}\d"
    r"|\b(?:by|up to)\s(?:(?:up to|about|around|nearly|more than|over|an average of|at least|as much as|a factor of)\s)?"
    r"[$~\\sim ]{0,8}\d"
    r"|\d\s?(?:\\?%|×|x|\$\\times\$|\\times\$)?[\s-]{1,2}(?:\w{1,20}\s){0,2}?(?:improvement|reduction|increase|gain|speed-?up)"
    r"|\b(?:outperform|surpass|exceed|beat)\w*\s|相比|比|提升|提高|降低|减少",
    re.IGNORECASE,
)
_TWO_NUMBERS = re.compile(
    r"\d[^;.]{0,80}\b(?:than|against|versus|vs|compared (?:to|with)|as opposed to)\b\D{0,30}\d", re.IGNORECASE
)
_RAW_TEX = re.compile(r"\\(?:text|emph|href|url|cite|ref)\w{0,10}")
_OWN_METHOD: dict[Language, str] = {"en": "The proposed method", "zh": "本文方法"}
_CLAIMS_ONE: dict[Language, str] = {
    "en": "{own} has {best} against {next} of {other}: {column}{table}",
    "zh": "{own} 为 {best}，次优的 {other} 为 {next}：{column}{table}",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A line that sets a paper's number beside another's, and by how much of the greater they differ."""

    text: str
    margin: float


def find_table_comparison(paper: PaperRow, text: TextRow, language: Language) -> Comparison | None:
    """The paper's main comparison: of the numbers that its abstract gives, else of an average, else the first."""
    if not text.tables:
        return None
    index = SourceIndex.from_text(text, [paper.title])
    found = sorted(_iterate_wins(paper, text, index.own_names), key=lambda win: win.rank)
    for win in found[:_MAX_TRIED]:
        if all(
            claim.verdict != "unsupported" for statement in win.statements for claim in check_claims(statement, index)
        ):
            return Comparison(win.describe(language), win.margin)
    return None


def is_comparison(sentence: str) -> bool:
    """Whether a sentence states a measured number and compares it with something."""
    says_by_how_much = _DIFFERS.search(sentence) is not None and _BESIDE.search(sentence) is not None
    return (
        has_measurement(sentence)
        and (says_by_how_much or _TWO_NUMBERS.search(sentence) is not None)
        and not _RAW_TEX.search(sentence)
        and sentence.count("{") == sentence.count("}")
    )


@dataclass(frozen=True, slots=True)
class _Win:
    own: str
    best: str
    other: str
    next: str
    column: str
    table: str
    margin: float
    statements: tuple[str, str]  # what it says of each of the two, by the rows' own names: these are checked
    rank: tuple[bool, bool, bool, int, int]

    def describe(self, language: Language) -> str:
        table = f" ({self.table})" if self.table else ""
        return _CLAIMS_ONE[language].format(
            own=self.own or _OWN_METHOD[language],
            best=self.best,
            other=self.other,
            next=self.next,
            column=self.column,
            table=table,
        )


def _iterate_wins(paper: PaperRow, text: TextRow, names: Set[str]) -> Iterator[_Win]:
    """The columns of the result tables in which the paper's own system, one of these names, is ahead of all others."""
    title = _find_own_name(paper)
    abstract_readings = {reading for number in find_numbers(paper.abstract) for reading in number.readings}
    for place, table in enumerate(text.tables[:_MAX_TABLES]):
        if _ABLATION_TABLE.search(table.caption):
            continue
        columns: defaultdict[int, list[StoredCell]] = defaultdict(list)
        for cell in table.cells:
            if cell.value is not None and 0 < len(cell.row_label) <= _MAX_LABEL and cell.heads:
                columns[cell.column].append(cell)
        for column, cells in columns.items():
            win = _find_win(cells, names, name_key(title))
            head = " ".join(cells[0].heads[0].split())
            if win is None or len(head) > _MAX_LABEL or _NO_RESULT.search(head):
                continue
            own, other, margin = win
            is_in_abstract = any(
                reading in abstract_readings for number in find_numbers(own.text) for reading in number.readings
            )
            yield _Win(
                own=title if _is_ours(own.row_label) else _strip_mark(own.row_label),
                best=own.text,
                other=_strip_mark(other.row_label),
                next=other.text,
                column=_strip_arrow(head),
                table=_name_table(table),
                margin=margin,
                statements=(_state(own, head), _state(other, head)),
                rank=(not is_in_abstract, own.emphasis != "best", _AVERAGE.search(head) is None, place, column),
            )


def _find_win(cells: Sequence[StoredCell], names: Set[str], title: str) -> tuple[StoredCell, StoredCell, float] | None:
    own = [cell for cell in cells if _is_own(cell.row_label, names, title)]
    others = [
        cell for cell in cells if not _is_own(cell.row_label, names, title) and not _ABLATES.search(cell.row_label)
    ]
    if not own or len(others) < _MIN_SYSTEMS or len({cell.unit for cell in cells}) > 1:
        return None
    highest, lowest = max(own, key=_get_value), min(own, key=_get_value)
    top, bottom = max(others, key=_get_value), min(others, key=_get_value)
    head = cells[0].heads[0]
    rises, falls = "↑" in head, "↓" in head
    if not rises and not falls:
        rises = highest.emphasis == "best" or (lowest.emphasis != "best" and bool(_RISES.search(head)))
        falls = lowest.emphasis == "best" or (highest.emphasis != "best" and bool(_FALLS.search(head)))
    if rises and falls and highest.emphasis != "best" and lowest.emphasis != "best":
        return None  # "error rate at 90% precision": nobody knows
    if rises and _get_value(highest) > _get_value(top):
        pair = (highest, top)
    elif falls and _get_value(lowest) < _get_value(bottom):
        pair = (lowest, bottom)
    else:
        return None
    first, second = (abs(_get_value(cell)) for cell in pair)
    margin = abs(_get_value(pair[0]) - _get_value(pair[1])) / max(first, second)
    return (*pair, margin) if margin <= _MAX_MARGIN else None


def _state(cell: StoredCell, head: str) -> str:
    return f"{_strip_mark(cell.row_label) or cell.row_label} has {cell.text} {_strip_arrow(head)}"


def _get_value(cell: StoredCell) -> float:
    return cell.value or 0.0


def _find_own_name(paper: PaperRow) -> str:
    """What the title calls the paper's system, if it names one: `Name: what it is`."""
    head, colon, _ = paper.title.partition(":")
    return head.strip() if colon and len(head.split()) <= _MAX_NAME_WORDS else ""


def _is_own(label: str, names: Set[str], title: str) -> bool:
    if _OURS.search(label) or any(name.key in names for name in find_names(label)):
        return True
    return len(title) > 1 and title in name_key(label)


def _is_ours(label: str) -> bool:
    """Whether a row is called nothing but "Ours", "our method", "proposed"."""
    return bool(_OURS.search(label)) and not find_names(_OURS.sub("", label))


def _strip_mark(label: str) -> str:
    return re.sub(
        r"(?<!\s)\s*+[(\[]\s*+(?:ours?|\d{1,4}(?:[,\s]{1,3}\d{1,4})*)\s*+[)\]]|[†‡*∗§]", "", label, flags=re.IGNORECASE
    ).strip()


def _strip_arrow(head: str) -> str:
    return re.sub(r"(?<!\s)\s*+[(\[]?[↑↓][)\]]?", "", head).strip()


def _name_table(table: StoredTable) -> str:
    match = _TABLE_NUMBER.match(table.caption)
    return f"Table {match[1]}" if match else ""
