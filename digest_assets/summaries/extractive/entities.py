"""Named entities of a paper's experiments: datasets, metrics and the baselines it compares itself with.

Precise rather than complete: a name counts where the sentence says what it is, or lists it with others.
"""

import re
from collections.abc import Iterable, Iterator

_WORD = r"(?:[A-Z][\w+-]*+|[a-z]{1,20}+[A-Z][\w+-]*+)(?:\.\d++)?"
_NAME = rf"{_WORD}(?:[\s-](?:{_WORD}|\d+(?:\.\d+)?B?|v\d[\w.]*)){{0,3}}"
_AND = r"(?:,\s(?:and|or)\s|,\s|\s(?:and|or|&)\s)"
_LIST = rf"(?P<list>{_NAME}(?:{_AND}{_NAME}){{0,7}})"
_LIST_OF_MANY = rf"(?P<list>{_NAME}(?:{_AND}{_NAME}){{1,7}})"
_KIND = r"(?:datasets?|benchmarks?|corpus|corpora|leaderboards?|test sets?|suites?|challenges?)"
_DATASETS = (
    re.compile(rf"\b(?:on|across|over|in|using|the)\s(?:the\s)?(?:\w+\s)?{_LIST}\s(?:\w+\s)?{_KIND}\b"),
    re.compile(rf"\b{_KIND}(?:,? (?:such as|like|including|namely)|:)\s(?:the\s)?{_LIST}"),
    re.compile(
        rf"\b(?:on|across|over)\s(?:the\s)?{_LIST_OF_MANY}(?=[.,;)]|\s(?:demonstrate|show|with|confirm|reveal))"
    ),
)
_COMPARED = re.compile(
    r"\b(?:outperform\w*|surpass\w*|exceed\w*|beats?|[Cc]ompared? (?:to|with|against)|(?:better|faster) than|relative to"
    r"|baselines?(?: such as| including|:)|improv\w+ (?:over|upon))\s"
    rf"(?:the\s)?(?:(?:strong|prior|existing|previous|baseline|best|original)\s)*{_LIST}"
)
_METRICS = re.compile(
    r"(?<![\w-])(?:PSNR|SSIM|LPIPS|FID|FVD|KID|CLIP score|m?IoU|m?AP(?:50|75|@\d+)?|AUC|AUROC|BLEU(?:-\d)?"
    r"|ROUGE(?:-[L12])?|METEOR|CIDEr|(?:macro-|weighted )?F1(?:[- ]scores?)?|RMSE|MAE|MSE|NMSE|MAPE|perplexity|WER|CER"
    r"|Dice|DSC|HD95|NDCG(?:@\d+)?|Recall@\d+|Hits@\d+|MRR|pass@\d+|GLEU|PCC|SI-SDR|PESQ|MOS|accuracy|precision"
    r"|recall|success rates?|throughput|latency)(?![\w-])"
)
_SPLIT = re.compile(_AND)
_LIKE_A_NAME = re.compile(r"[\w-]*[A-Z][\w-]*[A-Z]|\w*[A-Z]\w*[-\s]?\d|[A-Z]\w+-\w")
_NO_NAME = re.compile(
    r"(?:We|Our|The|This|These|It|In|On|For|GPUs?|CPUs?|TPUs?|SOTA|LLMs?|VLMs?|MLLMs?|AI|ML|RL|NLP|UI|AR|VR)(?:\s.*)?|.*-(?:based|style|level)|State-of-the-[Aa]rt\b.*"
    r"|(?:Fig|Figure|Table|Tab|Sec|Section|Appendix|Eq)s?\b.*"
)

# As many names as stand in one line of a report.
_MAX_DATASETS, _MAX_METRICS, _MAX_BASELINES = 6, 4, 6


def find_datasets_and_metrics(sentences: Iterable[str], title: str) -> tuple[str, ...]:
    """Names of datasets, then of metrics, in the order in which the sentences name them; not the paper's own name.

    Empty where that would be less than a sentence says.
    """
    sentences = list(sentences)
    names = [name for sentence in sentences for pattern in _DATASETS for name in _find_names(pattern, sentence, title)]
    metrics = list(dict.fromkeys(match[0] for sentence in sentences for match in _METRICS.finditer(sentence)))
    if not names and len(metrics) < 2:
        return ()  # "accuracy" alone says too little
    return tuple(dict.fromkeys([*list(dict.fromkeys(names))[:_MAX_DATASETS], *metrics[:_MAX_METRICS]]))


def find_baselines(sentences: Iterable[str], title: str) -> tuple[str, ...]:
    """Names of what the sentences compare with; not the paper's own name."""
    found = (name for sentence in sentences for name in _find_names(_COMPARED, sentence, title))
    return tuple(dict.fromkeys(found))[:_MAX_BASELINES]


def _find_names(pattern: re.Pattern[str], sentence: str, title: str) -> Iterator[str]:
    for match in pattern.finditer(sentence):
        for name in map(str.strip, _SPLIT.split(match["list"])):
            if (
                len(name) > 2
                and _LIKE_A_NAME.match(name)
                and not _NO_NAME.fullmatch(name)
                and not _METRICS.fullmatch(name)
                and name not in title
            ):
                yield name
