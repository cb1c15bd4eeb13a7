"""Future work: what the authors mean to do, or leave to do; not what a machine does next, nor what others may do with it."""

from collections.abc import Sequence

from digest_assets.summaries.extractive.selectors import SentenceSelector, compile_words
from digest_assets.summaries.extractive.sentence_features import Sentence
from digest_assets.texts.tables import Role

_ROLES: tuple[Role, ...] = ("conclusion", "limitations", "other", "results", "introduction", "method", "abstract")
_HEADING = compile_words(r"(?:directions? for )?future\b|outlook$|open (?:problems|questions)|next steps|未来|展望")
_FIRST_PERSON = r"\b(?:we|our|us|this (?:work|study|paper|package|approach|method|framework))\b"
_NOT_ITS_OWN = (
    r"\b(?:pav\w+|guid\w+|inspir\w+|facilitat\w+|foundation|groundwork|inform\w*|benefit\w*|spur\w*|foster\w*|stimulat\w+"
    r"|advanc\w+|enabl\w+|insights?|baseline|resource|roadmap|candidate"
    r"|reference)\b.{0,60}\bfuture (?:research|work|stud|direction|effort|develop|investigat)",
    r"\b(?:prior|previous|earlier) (?:work|stud)|\byou\b|\b(?:where|when) it would be\b",
    r"\b(?:investment in|reserved for) (?:the )?future\b",
)
# In a section that is headed so and by nothing else, whatever looks ahead.
PLANNED = SentenceSelector(
    roles=_ROLES,
    required=compile_words(
        r"\b(?:future|plan(?:s|ned)?|will|would|could|may|might|should|extend\w*|extension\w*|explor\w+|investigat\w+"
        r"|shall|interest\w*|open|remains?|intend|aim|hope|promising|next|further|needs?|worth\w*)\b",
        "未来|将|可",
    ),
    excluded=compile_words(*_NOT_ITS_OWN),
)
FUTURE = SentenceSelector(
    roles=_ROLES,
    required=compile_words(
        r"\bfuture (?:works?|directions?|stud(?:y|ies)|efforts?|investigations?|extensions?|developments?|modifications?"
        r"|improvements?|enhancements?|areas? (?:of|for)|explorations?"
        r"|plans?|goals?|aims?|experiments?|(?:\w+ )?(?:iterations?|versions?|releases?) (?:of|will|should|may|might|could))\b",
        r"\bfuture research\b(?! community)",
        rf"{_FIRST_PERSON}.{{0,160}}\bin (?:the )?(?:near )?future\b|\bin (?:the )?(?:near )?future\b.{{0,160}}{_FIRST_PERSON}",
        r"\b(?:will|shall|could|should|may|might|can|to) be (?:\w+ (?:and )?){1,4}in (?:the )?(?:near )?future\b",
        r"\bin (?:the )?(?:near )?future,? .{0,160}?\b(?:will|shall|could|should|may|can) be \w+ed\b",
        r"\b(?:aims?|goals?|plans?|priorit(?:y|ies)|ideas?|tasks?) for the future\b",
        r"\bplanned (?:extensions?|improvements?|work)\b",
        r"\bit would be (?:\w+ )?(?:interesting|worthwhile|useful|valuable|desirable) to\b|\bmuch remains to\b",
        r"\bwe (?:plan|intend|hope) to (?!emphasi|convince|show|demonstrate|provide)",
        r"\b(?:leave|left|defer)\b.{0,80}\b(?:future|later)\b",
        r"\b(?:remains? (?:an )?(?:open (?:question|problem|challenge)|to be (?:seen|explored|studied|investigated)))",
        r"\bfurther (?:research|work|stud(?:y|ies)|investigation) (?:is|are|should|could|would|will|may|might|into|on)\b",
        "未来(?:工作|研究|方向|将|可)",
    ),
    excluded=compile_words(*_NOT_ITS_OWN),
)
# Amid a method "a natural extension" is a step of it.
DIRECTION = SentenceSelector(
    roles=("conclusion", "limitations", "other", "introduction"),
    required=compile_words(
        r"\b(?:promising|interesting|natural|exciting|important|open) (?:\w+ )?(?:direction|avenue|extension|next step)s?\b"
    ),
    excluded=compile_words(*_NOT_ITS_OWN),
)


def select_future_work(sentences: Sequence[Sentence], most: int, used: Sequence[Sentence]) -> list[Sentence]:
    """What a section on future work says; what others say by its words, as far as there is room."""
    headed = [sentence for sentence in sentences if _HEADING.match(sentence.heading)]
    found = FUTURE.select(headed, most, used)
    found += PLANNED.select(headed, most - len(found), [*used, *found]) if not found else []
    for selector in (FUTURE, DIRECTION):
        found += selector.select(sentences, most - len(found), [*used, *found])
    return sorted(found, key=lambda sentence: sentence.order)
