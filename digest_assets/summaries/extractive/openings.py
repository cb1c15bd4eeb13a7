"""Openings: whether a sentence can be read without the one before it, and without the words that only join it to that.

What a sentence says is looked at in `selectors` and `field_scores`, not here.
"""

import re
from functools import lru_cache

# The labels of abstracts in parts, as medicine writes them.
_LABELS = (
    r"(?:Background|Introduction|Context|Motivation|Problem|Question/Problem|Question|Significance|Aims?|Objectives?|Purpose|Goals?"
    r"|Approach|Methods?|Methodology|(?:Materials|Patients|Data) and Methods|Design|Results?|Findings|Main Results"
    r"|(?:Results?|Discussion) (?:and|&) Conclusions?|Conclusions?|Discussion|Implications?|Impact|Novelty|Contributions?"
    r"|AIMS?|BACKGROUND|OBJECTIVES?|PURPOSE|METHODS?|RESULTS?|CONCLUSIONS?)"
)
# Words that join a sentence to the one before and say nothing by themselves: without them it opens on its own.
_CONNECTIVE = re.compile(
    r"(?:However|Moreover|Furthermore|Additionally|In addition|Besides|Also|Thus|Therefore|Hence|Consequently|As a result"
    r"|As such|Accordingly|Then|Next|Finally|Lastly|Specifically|Concretely|More specifically|In particular|In contrast"
    r"|By contrast|Conversely|Instead|Meanwhile|Similarly|Likewise|Nevertheless|Nonetheless|Yet|Still|Indeed|That said"
    r"|On the other hand|On the one hand|Unfortunately|Subsequently|First(?:ly)?|Second(?:ly)?|Third(?:ly)?|Fourth(?:ly)?"
    r"|Notably|Importantly|Further|To this end|To that end|In this (?:context|regard|setting|sense)"
    r"|In other words|In response|At the same time|In parallel|Concurrently|Simultaneously|In turn|In doing so|By doing so"
    r"|Crucially|Overall|In summary|To summarize|In conclusion|In short"
    r"|Alternatively|Otherwise|Correspondingly|Interestingly|Surprisingly|Remarkably|Here|Now|Together|Taken together"
    r"|(?:(?:Motivated|Inspired|Driven|Guided) by|Based (?:on|upon)|Building (?:on|upon)|Due to|Given|Following|In response to"
    r"|In (?:the )?light of|To \w{3,20}(?: (?:[\w-]+ ){1,2}(?:in|on|of|for|at|towards?))?|(?:Towards? )?[A-Za-z]\w{2,20}ing"
    r"|On top of)"
    r" (?:this|these|that|those|such|both|it|the (?:above|aforementioned))(?: (?!we\b|is\b|are\b)[\w-]+){0,4}"
    r"(?=,\s(?:(?:we|our|the|this|an?|it)\b|[A-Z]))),\s++"
    r"|To \w{3,20} (?:this|these|that|those|such|both|it|the (?:above|aforementioned))(?: (?!we\b)[\w-]+){0,4} (?=we\b)"
    r"|(?:But|And|Or|So(?!\s(?:much|many|far|long|few)\b)|Yet|Thus|Hence|Therefore)\s++(?=[a-z])|(?:However|Moreover|Furthermore|Additionally|Nevertheless)"
    r"(?:,|\s++(?!(?:large|small|much|many|few|hard|far|long|strong|weak|good|simple|complex)\b))(?=[A-Za-z])|Here\s++(?=we\b)"
    rf"|(?:\[{_LABELS}\]:?|{_LABELS}\s?[:.])\s++(?=[A-Z0-9$])|(?:此外|然而|但是?|因此|同时|另外|具体而言|具体来说|最后)，?"
    r"|\(?(?:1|i|a)\)\s++|\(?(?:\d{1,2}|[ivx]{1,4}|[a-e])\)\s++(?=(?:We|Our|This paper)\b)",
)
_GOES_ON = re.compile(r"(?:which|where|who|whose|that|and|or|but|is|are)\b")  # "To solve this, which is hard, we …"

# What a sentence begins with that cannot be read without the sentence before, once such words are gone.
_PAPER = (
    r"(?:(?!(?:is|are|was|were|can|may|will|has|have|does|makes|allows|enables)\b)[\w-]+\s){0,2}?"
    r"(?:(?:paper|work|study|article|survey|report|thesis|letter|review|chapter|tutorial|dissertation|monograph|manuscript"
    r"|research(?! (?:gaps?|questions?|problems?)\b)|vignette|project|note|essay|talk|collection|volume|document)\b"
    r"|abstract\s\w+s\b|lecture notes\b)"
)
# What a paper brings: where the paper has been named before it, "we call this method" is its own. "At high energies, this
# method fails" may be another's.
_OWN_THING = re.compile(
    r"this\s(?:[\w-]+\s)?(?:approach|method|framework|model|system|technique|dataset|benchmark|paradigm|algorithm|library|tool"
    r"|strategy|setting|design|architecture|scheme|pipeline)\b"
)
_OWN_WORK = re.compile(
    r"\b(?:we|our|here|paper|work|study|experiments?|experimental|results?|evaluations?|simulations?|tests|analys[ei]s)\b"
)
_LEANS = re.compile(
    # "Despite its age, HubFold wins" says itself whose age
    r"(?!(?:With|Despite|Given|Through|Due to|Thanks to|Because of) (?:its|their) [^;:]{3,90}, (?!(?:We|It|They)\b)[A-Z])(?:"
    r"To \w+ (?:this|these|that|those|such|it|them|both)\b|"
    rf"(?:(?:In|To|For|With|By|From|On|Under|Using|Despite|Unlike|At|Through|Of|Among|As|While|When|Although|If|Since|Because"
    rf"|Beyond|Given|After|Before|Building (?:on|upon)|Based on|Due to|Because of|Along|Motivated by|Inspired by|Following"
    rf"|Across|Within|Without|Besides|Between|Like)\s)?"
    rf"(?:(?:[Tt]his|[Tt]hese|[Tt]hat|[Ss]uch|[Tt]hose|each|both|them|it|they|its|their)\b"
    rf"(?!(?<=his)\s{_PAPER}|(?<=hat)\s{_PAPER}|\slecture notes|(?<=ese)\s(?:results|findings)\b))"
    r"|(?:It|They|He|She)\b(?!\s(?:is|was|has been|remains)\s(?!(?:also|further|additionally|then|therefore|thus)\b)"
    r"(?:(?!due\b)\w+\s){0,3}?(?:that|to|whether|how|unclear|unknown)\b)"
    r"|(?:[^\s,;:]{1,40},?\s){1,7}?them\b"
    r"|We (?:\w+ly |also )?\w+ (?:it|its|their)\b(?! (?!here\b)\w+ to\b)"
    r"|(?:Its|Their|The (?:above|former|latter|first|second|third|other|remaining|resulting|same)|Both|Neither"
    r"|There(?:by|fore|in)|For (?:example|instance)|\(?(?:[2-9]|1\d|i[iv]{1,2}|iv|v|[b-e])\)|[a-z]\.[a-z]\."
    r"|Another|Others|Each|Doing so|Together|One (?:is|such|(?:\w+ )?(?:reason|cause|consequence) is)|Then"
    r"|Also|So|Thus|Hence|Yet|But|And|Or)(?![\w-])"
    r"|(?:In this \w+, we|We) (?:also|further|additionally|then|next|finally|instead|therefore|thus|hence)\b"
    r"|The (?:[\w-]+ ){1,2}also\b"
    # "Compared with the baseline, it reaches": a first phrase that names something else
    r"|(?:Compared (?:with|to)|Evaluated|Trained|Tested|On|Across|Under|With|At|In|For|Unlike|In contrast to)\s[^,;:]{3,80}"
    r",\s(?:it|they)\s"
    r"(?!is\s\w+\s(?:that|to)\b)"
    r"|(?:它|其|该方法|这))",
)


# What points back from amid a sentence: "a framework that tackles these three challenges", "fit both", "of the two tools".
_POINTER = re.compile(
    # "those networks that have hubs" says itself which
    r"(?<![\w-])(?:(?!\w+\s[\w-]+(?:\s[\w-]+)?\s(?:that|in which|where)\b)(?!(?:those|such)\s[\w-]+\sof\b))"
    r"(?:(?:these|those)\b(?!\s(?:who|whose|that|which|where|when|with|without|of|in|from|for|on|at|by|to|used|obtained"
    r"|produced|based|lecture|results|findings|experiments|insights)\b)"
    rf"|this\b(?!\s{_PAPER}|\s(?:\w+\s)?(?:area|field|domain|direction|topic|space|end|regard|way"
    r"|sense|manner)\b)"
    r"|such\b(?!\s(?:as|that)\b|\san?\s(?:way|manner)\b)|both\s(?=(?:[\w-]+\s)?[a-z]+s\b)"
    r"(?!(?![\w-]+\s(?:is|are|was|were)\b)[^.;]{1,80}?(?:\sand\s|/)|sides\b|worlds\b|ways\b)"
    # "The two techniques" were named before; "the two sides of it" says itself which, "on the two datasets" hardly matters.
    r"|(?<!on )(?<!over )(?<!across )[Tt]he\s(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s"
    r"(?=(?:[\w-]+\s){0,2}[\w-]+s\b)"
    r"(?!(?:[\w-]+\s){0,2}?[\w-]+s\s(?:of|that|which|who|whose|in|from|used|between)\b)"
    r"|the\s(?:above(?:-mentioned)?|aforementioned|former|latter)\b)\s?(?P<what>[\w-]{0,40}(?:\s[\w-]{1,40}){0,2})"
)
_STEM = 5  # letters that a word has in common with its other forms
# Where a second clause begins, the first one may have named it: "…, but these models fail", "parses and stores them".
_SECOND_CLAUSE = re.compile(
    r"[;:]\s|\s[–—-]\s|,\s(?:\w+ing|and|but|or|yet|so|then|however|while|whereas|as|because|since|where|when|although|though|thus|thereby"
    r"|therefore|hence|even)\b|\s(?:because|since|whereas|but|yet|before|after)\s"
)
_SECOND_VERB = re.compile(r"\b(?:and|or|then)\s(?:\w+ly\s)?(?:\w+\s){1,2}$")
_MAX_VERB = 60  # characters of "and systematically investigate": two or three words
# "While effective, these methods …": a clause without a subject names none.
_FIRST_CLAUSE = re.compile(
    r"(?!\w+\s(?:\w+ly\s)?(?:\w+(?:ful|ive|al|able|ible|ing|ent|ant|ic)|important)\b)"
    r"(?:\w+ly, )?(?:While|Whereas|whereas|while|Although|Though|Even though|When|Whenever|If|Since|As|Because|Once|Given that)"
    r"\s[^,]+,\s"
)
# "and it reaches": what was divided amid a sentence; "mmWave radars" and "1D" are names.
_LOWER = re.compile(r"[\"'“‘(]*[a-z]+(?![\w-])")


@lru_cache(maxsize=8192)
def drop_connective(sentence: str) -> str:
    """A sentence without the words that only join it to the one before: `Moreover, we …` is `We …`."""
    rest = sentence
    while (match := _CONNECTIVE.match(rest)) and not _GOES_ON.match(rest, match.end()):
        rest = rest[match.end() :]
        rest = rest[:1].upper() + rest[1:]
    return rest


def leans_on_another(sentence: str) -> bool:
    """Whether a sentence cannot be read without the one before it."""
    opening = drop_connective(sentence)
    return _LEANS.match(opening) is not None or _LOWER.match(opening) is not None or _points_back_amid(opening)


def _points_back_amid(sentence: str) -> bool:
    """Whether a sentence points at something that it has not named: neither its word nor a clause of its own is before."""
    clause = _FIRST_CLAUSE.match(sentence) or _SECOND_CLAUSE.search(sentence)
    end = clause.end() if clause else len(sentence)
    for found in _POINTER.finditer(sentence, 0, min(end + _MAX_VERB, len(sentence))):
        start = found.start()
        if start >= end or _SECOND_VERB.search(sentence, max(0, start - _MAX_VERB), start):
            continue
        before = sentence[:start].lower()
        if _OWN_THING.match(sentence, start) and _OWN_WORK.search(before):
            continue
        if not any(word[:_STEM] in before for word in found["what"].lower().split() if len(word) >= _STEM):
            return True
    return False
