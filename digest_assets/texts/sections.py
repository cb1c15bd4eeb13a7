"""Sections: their roles (introduction, method, results) from headings, their numbers, which are dropped, and a builder.

The patterns were made from the headings of real papers; a subsection mostly shares its parent's role, and an
unnamed section that stands between the introduction and the results is taken for the method.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from digest_assets.texts.document import ParsedSection, Place

_OTHERS = (
    r"\b(the )?(existing|current|previous|prior|earlier|related|conventional|traditional|classical|standard|other"
    r"|state[- ]of[- ]the[- ]art|sota)\b"
)
# What a venue asks for, and what says nothing of the research, in whatever section it stands.
_ASIDE = r"\b(broader|societal|social) impacts?\b|\bethic(s|al)\b|^(impact|reproducibility|ethics|safety|llm usage) statement"

# The first pattern that is found in a heading names its role.
_ROLES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern, re.IGNORECASE))
    for role, pattern in (
        ("abstract", r"^(abstract|summary of (the )?(paper|article)|摘\s?要)$"),
        ("ablation", r"\bablati(on|ve)|\bsensitivity (analysis|study)|消融"),
        (
            "conclusion",
            r"\bconclu(sions?|ding)\b|^summary\b|\bsummary$|\bclosing remarks\b|\bfinal remarks\b|^outlook$|结论|结语|总结",
        ),
        # What others cannot do is no limitation of the paper, and a comparison with them is no account of their work.
        ("related_work", rf"\b(limitations?|drawbacks?|shortcomings?) (of|in|with) {_OTHERS}"),
        ("results", rf"\bcompar(isons?|ing|ed|ative)\b.{{1,60}}({_OTHERS}|\bbaselines?\b)"),
        ("limitations", r"\blimitations?\b|\bthreats to validity\b|\bfailure (cases|modes|analysis)\b|局限|不足"),
        ("other", _ASIDE),
        ("proof", r"^(sketch of (the )?)?proofs?\b|\bproofs? (of|for)\b|\bproofs?$"),
        ("statement", r"^statements?\b|\bmain (theorem|lemma|proposition)s?\b"),
        (
            "related_work",
            r"\brelated (works?|literature|research|studies|approaches)\b"
            r"|\b(prior|previous|existing|earlier) (works?|art|research)\b"
            r"|\bliterature (review|survey)\b|\bstate[- ]of[- ]the[- ]art\b$|^background\b|\bbackground$"
            r"|^background and\b|\bother related\b|相关(工作|研究)|研究现状|文献综述",
        ),
        (
            "introduction",
            r"^introduction\b|\bintroduction$|^motivations?\b|^introduction and\b|^overview and motivation|引言|绪论|前言",
        ),
        (
            "results",
            r"\bexperiment(s|al|ation)?\b|\bresults?\b|\bevaluat(ion|ions|ing)\b|\bempirical\b|\bcase stud(y|ies)\b"
            r"|\bbenchmark(s|ing)?\b|\bperformance\b|\bfindings\b|\bnumerical\b|\bsimulations?\b|\bobservations?\b"
            r"|\bcomparisons?\b|^applications?\b|实验|结果|评估|评测",
        ),
        (
            "method",
            r"\bmethod(s|ology|ologies)?\b|\bapproach(es)?\b|\barchitectur(e|es|al)\b|\bmodel(s|ing|ling)?\b|\balgorithms?\b"
            r"|\bframework\b|\bproposed\b|\bproblem (formulation|statement|definition|setting|setup)\b|\bformulation\b"
            r"|\bimplementation\b|\bdesign\b|\btraining\b|\bpreliminar(y|ies)\b|\bmaterials and\b|\bdata ?sets?\b|^data\b"
            r"|\bsystem\b|\bpipeline\b|\bprocedure\b|方法|模型|算法|框架|数据",
        ),
        ("conclusion", r"\bdiscussions?\b|\bfuture (work|directions|research)\b|\bperspectives?\b|讨论|展望"),
    )
)
_OVERRIDING = frozenset({"ablation", "limitations", "proof"})  # what a subsection may be within another role
_IN_APPENDIX = frozenset({"ablation", "limitations", "results", "related_work", "proof"})
# Within the experiments, "State of the art" and "Background" are what is compared with.
_SURELY_RELATED = re.compile(r"\brelated\b|\bliterature\b", re.IGNORECASE)
_IS_ASIDE = re.compile(_ASIDE, re.IGNORECASE)

_DROPPED = re.compile(
    r"^(references?( and notes)?|bibliography|literature cited|works cited|contents|table of contents|list of (figures|tables)"
    r"|index|keywords?|index terms|ccs concepts|acm reference format|author contributions?|credit author.*|(core )?contributors?"
    r"|(declaration of )?(competing|conflicts? of) interests?.*|declaration of .*|conflicts? of interest.*|data availability.*"
    r"|code availability.*|funding.*|(contributions? (and|&) )?acknowledge?ments?.*|about the authors?|author biograph(y|ies)"
    r"|supporting information|参考文献|致谢|目录|关键词|作者简介)$",
    re.IGNORECASE,
)


def is_dropped(heading: str) -> bool:
    """Whether a section of this heading says nothing about the research: references, acknowledgements and the like."""
    return _DROPPED.match(heading.strip(" .:")) is not None


def is_references(heading: str) -> bool:
    """Whether the reference list starts here."""
    return (
        re.match(
            r"^(references?( and notes| cited)?|bibliography|literature cited|works cited|参考文献)$",
            heading.strip(" .:"),
            re.I,
        )
        is not None
    )


@lru_cache(maxsize=1024)  # a paper's candidates for headings and then its sections, some hundreds
def infer_role(heading: str) -> str:
    """The role that a heading names by itself; `other` if it names none."""
    for role, pattern in _ROLES:
        if pattern.search(heading):
            return role
    return "other"


def assign_roles(sections: Sequence[ParsedSection]) -> tuple[ParsedSection, ...]:
    """The sections with their roles: from the heading, else from the parent's, else from the place in the paper."""
    roles: list[str] = []
    parents: list[tuple[int, str, bool]] = []  # level, role and whether in the appendix, of the open sections
    for section in sections:
        while parents and parents[-1][0] >= section.level:
            parents.pop()
        own = infer_role(section.heading)
        appendix = parents[-1][2] if parents else is_appendix(section.number)
        role = _inherit_role(section.heading, own, parents[-1][1]) if parents else own
        if appendix and role not in _IN_APPENDIX:
            role = "other"
        if section.level == 0:
            role = "abstract" if own == "abstract" else "other"
        else:
            parents.append((section.level, role, appendix))
        roles.append(role)
    roles = _infer_statements(sections, roles)
    roles = _infer_method_by_position(sections, roles)
    return tuple(replace(section, role=role) for section, role in zip(sections, roles, strict=True))


def _inherit_role(heading: str, own: str, inherited: str) -> str:
    """A subsection's role under its parent's."""
    if _IS_ASIDE.search(heading) and own == "other":
        return "other"
    if own == "related_work":
        return own if inherited not in ("results", "ablation") or _SURELY_RELATED.search(heading) else inherited
    return own if own in _OVERRIDING or inherited == "other" else inherited


# How a paragraph of mathematics begins, in English, French and German papers and Chinese ones.
_THEOREM = re.compile(
    r"(?:Theorem|Lemma|Proposition|Corollary|Claim|Conjecture|Théorème|Lemme|Satz|定理|引理|命题|推论)\s?[\dA-Z(.*]"
)
_PROOF = re.compile(r"(?:(?:Sketch of )?(?:the )?Proof\b|Preuve\b|Démonstration\b|Beweis\b|证明)")
_NEITHER = re.compile(r"(?:Definition|Remark|Example|Assumption|Notation|Question|Problem|定义|注|例)\s?[\dA-Z(.]")
_MIN_PROOFS = 3  # of a theorem-proof paper: a paper of another kind may prove a lemma or two
_PROOF_SHARE = 0.5  # of a section's characters, from which it is a proof


def _infer_statements(sections: Sequence[ParsedSection], roles: list[str]) -> list[str]:
    """In a paper of theorems and proofs, the sections that hold them, as far as their headings name nothing else."""
    found = [_measure_mathematics(section.text) for section in sections]
    proofs = sum(count for _, count, _ in found) + roles.count("proof")
    if proofs < _MIN_PROOFS or not any(theorems for theorems, _, _ in found):
        return roles
    result = list(roles)
    for index, (section, (theorems, _, share)) in enumerate(zip(sections, found, strict=True)):
        names_nothing = roles[index] == "other" or re.search(r"\bmain results?\b", section.heading, re.IGNORECASE)
        if section.level > 0 and names_nothing and not _IS_ASIDE.search(section.heading):
            if share > _PROOF_SHARE:
                result[index] = "proof"
            elif theorems:
                result[index] = "statement"
    return result


def _measure_mathematics(text: str) -> tuple[int, int, float]:
    """How many theorems and how many proofs begin in a text, and the share of its characters that are proofs."""
    theorems = proofs = within = 0
    proving = False
    for paragraph in text.split("\n\n"):
        if _PROOF.match(paragraph):
            proofs, proving = proofs + 1, True
        elif _THEOREM.match(paragraph):
            theorems, proving = theorems + 1, False
        elif _NEITHER.match(paragraph):
            proving = False
        within += len(paragraph) if proving else 0
        proving = proving and not paragraph.rstrip().endswith(("∎", "□", "■", "\\qed", "Q.E.D."))
    return theorems, proofs, within / len(text) if text else 0.0


def _infer_method_by_position(sections: Sequence[ParsedSection], roles: list[str]) -> list[str]:
    """Take what stands unnamed between the introduction and the results (or the conclusion) for the method."""
    main = [position for position, section in enumerate(sections) if not is_appendix(section.number)]
    starts = [position for position in main if roles[position] == "introduction"]
    ends = next(
        (
            positions
            for role in ("results", "conclusion")
            if (positions := [position for position in main if roles[position] == role])
        ),
        [],
    )
    if not starts or not ends:
        return roles
    return [
        "method"
        if role == "other"
        and starts[0] < position < ends[0]
        and section.level > 0
        and not _IS_ASIDE.search(section.heading)
        else role
        for position, (section, role) in enumerate(zip(sections, roles, strict=True))
    ]


def is_appendix(number: str) -> bool:
    """Whether a section's number is an appendix's: `A`, `B.2`, `Appendix C`."""
    return re.match(r"^(appendix\b.*|[A-H](\.\d+)*)$", number, re.IGNORECASE) is not None and number not in ROMAN


ROMAN = frozenset(["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"])

_NUMBERED = re.compile(
    r"^(?:section\s+|chapter\s+)?(?P<number>\d{1,2}(?:\.\d{1,2}){0,4}|[A-Z](?:\.\d{1,2}){1,3}|[IVX]{1,5}(?=\.|\s?[–—:]\s)|[A-Z](?=[.:])|appendix\s+[A-Z\d](?:\.\d+)*)"
    r"(?:[.:)]|\s?[–—])?\s+(?P<heading>\S.*)$",
    re.IGNORECASE,
)


def split_number(heading: str) -> tuple[str, str]:
    """`("3.1", "Data")` from `3.1. Data`; the number is empty if there is none."""
    match = _NUMBERED.match(heading)
    if match is None:
        return "", heading
    return match["number"], match["heading"]


# What stands among a paper's first paragraphs and says nothing about the research.
_MAX_NOTE_CHARACTERS = 600  # ACM's permission block has about 550; what is longer holds more than a note
_AUTHOR_NOTE = re.compile(  # a word's beginning is looked for once for all that begin with one
    r"(?<=[\w.+-])@[\w-]{1,40}\.[\w.-]{2,40}|(?<=\})@[\w-]{1,40}\.|©|通讯作者|同等贡献"
    r"|\b(?:correspond(?:ence|ing) (?:to|author|email|address)\b"
    r"|(?:equal|joint|co-?)[ -]?(?:contribution|first author|advis|supervis)|contributed equally\b"
    r"|work (?:was )?(?:partially |partly |mainly )?(?:done|performed|conducted|completed) (?:while|during|when|as|at)\b"
    r"|project lead(?:er)?\b|permission to (?:make|copy|reproduce)|creative commons\b|licensed under\b|copyright\b"
    r"|all rights reserved\b|personal use (?:of this material )?is permitted\b)",
    re.IGNORECASE,
)


def is_author_note(text: str) -> bool:
    """Whether a short paragraph or footnote is about the authors, their addresses or the licence."""
    return len(text) <= _MAX_NOTE_CHARACTERS and _AUTHOR_NOTE.search(text) is not None


# About two lines of print: shorter text without a heading of its own is mostly a date, a footnote or a licence.
_MIN_UNTITLED_CHARACTERS = 200


class SectionBuilder:
    """Collects paragraphs under headings; what is dropped (references and the like) takes its subsections along."""

    def __init__(self) -> None:
        self.sections: list[ParsedSection] = []
        self._open = ParsedSection(0, "", "")
        self._paragraphs: list[str] = []
        self._places: list[Place] = []
        self._length = 0  # of the paragraphs with the blank lines after each
        self._dropped_level: int | None = None
        self.is_front = True  # whether author notes stand in the open section: the abstract, the introduction, none yet

    def start_section(self, level: int, heading: str, number: str = "", page: int | None = None) -> None:
        """Close the open section and start another."""
        self.close_section()
        if self._dropped_level is not None and level <= self._dropped_level:
            self._dropped_level = None
        if self._dropped_level is None and is_dropped(heading):
            self._dropped_level = level
        self._open = ParsedSection(level, heading, "", number, page=page)
        self.is_front = level == 0 or infer_role(heading) in ("abstract", "introduction")

    def add_paragraph(self, text: str, places: Iterable[Place] = ()) -> None:
        """Add a paragraph to the open section; the places' starts count from the paragraph's own first character."""
        if text and self._dropped_level is None and not (self.is_front and is_author_note(text)):
            self._paragraphs.append(text)
            for place in places:
                before = self._places[-1] if self._places else Place(0)
                if (before.page, before.element) != (place.page, place.element):
                    self._places.append(Place(self._length + place.start, place.page, place.element))
            self._length += len(text) + len("\n\n")

    def add_float(self, text: str, places: Iterable[Place] = ()) -> None:
        """Add a caption or a table. What floated into a dropped section belongs to the last one that was kept."""
        if self._dropped_level is None or not self.sections or not text:
            self.add_paragraph(text, places)
            return
        last = self.sections[-1]
        start = len(last.text) + len("\n\n") if last.text else 0
        moved = tuple(replace(place, start=start + place.start) for place in places)
        joined = f"{last.text}\n\n{text}" if last.text else text
        self.sections[-1] = replace(last, text=joined, places=(*last.places, *moved))

    def close_section(self) -> None:
        """Keep the open section, if it has a heading, or text that is more than an oddment."""
        text = "\n\n".join(self._paragraphs)
        is_long = len(text) >= _MIN_UNTITLED_CHARACTERS or (text and not self.sections)
        if self._dropped_level is None and (self._open.heading or is_long):
            self.sections.append(replace(self._open, text=text, places=tuple(self._places)))
        self._paragraphs, self._places, self._length = [], [], 0
