"""The built-in reports' fields, each filled with the paper's own sentences.

No sentence stands twice in what is read in a row, none is cut, and what the paper does not speak of stays empty. Which
sentences of the abstract serve a field is learned (`field_scores`); where others stand is said in `selectors`.
"""

import re
from collections.abc import Sequence

from digest_assets.papers.tables import PaperRow
from digest_assets.summaries.extractive import entities, selectors
from digest_assets.summaries.extractive.availability import find_availability
from digest_assets.summaries.extractive.field_scores import AbstractScores, fill_fields
from digest_assets.summaries.extractive.future_work import select_future_work
from digest_assets.summaries.extractive.innovations import extract_innovations
from digest_assets.summaries.extractive.limitations import select_limitations
from digest_assets.summaries.extractive.openings import drop_connective
from digest_assets.summaries.extractive.quotes import Block, Values, quote_sentence, quote_text
from digest_assets.summaries.extractive.related_work import extract_related_work
from digest_assets.summaries.extractive.selectors import speaks_of_itself
from digest_assets.summaries.extractive.sentence_features import Sentence, has_measurement
from digest_assets.texts.tables import StoredTable, TextRow

# How many sentences a field gets follows the schemas' descriptions, which ask a model for as many; here are those that
# no description says.
_MAX_KEYWORDS = 6  # one line
# The schema asks for four to six. With six of the abstract's a summary is nearest to others' (ROUGE-L 25.0; 23.5 with five,
# 23.1 with four); from elsewhere it takes what it needs for four.
_MIN_TABLE_SENTENCES, _TABLE_SENTENCES = 4, 6
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?")


def extract_category_digest(sentences: Sequence[Sentence]) -> Values:
    """A few sentences, one or two for each field."""
    filled = fill_fields(sentences)
    filled["tldr"] = filled["tldr"] or select_contribution(sentences)
    block = Block()
    return {
        field: block.quote_text(filled.get(field, []), is_needed=True)
        for field in ("tldr", "motivation", "method", "result", "conclusion")
    }


def extract_daily_table(sentences: Sequence[Sentence]) -> Values:
    """One paragraph in the paper's own order."""
    selected = select_contribution(sentences)
    abstract = AbstractScores(sentences)
    for taken in abstract.assign(("motivation", "method", "result", "conclusion"), selected).values():
        selected += taken
    missing = _TABLE_SENTENCES - len(selected)
    selected += selectors.ANY_OF_ABSTRACT.select(sentences, max(0, missing), selected)
    for sentence in abstract.sentences:  # what leans on a sentence that is told may follow it
        if len(selected) < _TABLE_SENTENCES and sentence not in selected:
            selected += [sentence] if any(sentence.follows(earlier) for earlier in selected) else []
    selected += selectors.ANY.select(sentences, max(0, _MIN_TABLE_SENTENCES - len(selected)), selected)
    return {"summary": quote_text(sorted(selected, key=lambda sentence: sentence.order)) or ""}


def extract_field_review(sentences: Sequence[Sentence], text: TextRow) -> Values:
    """An analysis in depth: the abstract's sentences, and what the full text adds."""
    contribution = select_contribution(sentences)
    assigned = AbstractScores(sentences).assign(("motivation", "method", "result", "conclusion"), contribution)
    motivation = assigned.get("motivation", [])
    used = [*contribution, *motivation]
    impact = assigned.get("conclusion", []) or selectors.CONCLUSION.select(sentences, 1, used)
    method = assigned.get("method", []) or selectors.METHOD.select(sentences, 2, [*used, *impact])
    used += [*impact, *method]
    results = select_results(sentences, text, assigned.get("result", []), 3, used)
    limitations = select_limitations(sentences, 2, [*used, *results])
    used += [*results, *limitations]
    findings = selectors.FINDING.select(sentences, 4, used)
    findings += selectors.ABLATION.select(sentences, 4 - len(findings), [*used, *findings])
    block = Block()
    return {
        "contribution": block.quote_text(contribution),
        "method": block.quote_text(method),
        "results": block.quote_text(results),
        "limitations": block.quote_text(limitations),
        "impact": block.quote_text(impact),
        "relevance": block.quote_text(motivation),
        "key_findings": tuple(
            {"finding": quote_sentence(sentence), "evidence": quote_sentence(sentence)} for sentence in findings
        ),
    }


def extract_topic_digest(sentences: Sequence[Sentence], text: TextRow, title: str) -> Values:
    """Six sections: the abstract's sentences, and where the full text says more."""
    idea = select_contribution(sentences)
    abstract = AbstractScores(sentences)
    assigned = abstract.assign(("motivation", "method", "result", "conclusion"), idea)
    motivation, pipeline, stated_results = (assigned.get(field, []) for field in ("motivation", "method", "result"))
    concluded = assigned.get("conclusion", [])
    used = [*idea, *motivation, *pipeline, *stated_results, *concluded]
    task = abstract.find_background(idea, used)
    if not task and pipeline:
        if drop_connective(pipeline[0].text) == pipeline[0].text:
            task, idea, pipeline = idea, pipeline, []  # what the paper brings says its task; how it does so is its idea
        else:  # "Specifically, …" is a step of the idea, not the idea
            task, motivation = motivation, []
    pipeline = pipeline or selectors.METHOD.select(sentences, 2, [*used, *task])
    used = [*idea, *motivation, *pipeline, *task]
    results = select_results(sentences, text, stated_results, 3, used)
    experiments = [one.text for one in sentences if one.role == "results" or one in (*stated_results, *results)]
    used += results
    architecture = selectors.ARCHITECTURE.select(sentences, 2, [*used, *concluded])
    complexity = selectors.COMPLEXITY.select(sentences, 1, [*used, *concluded, *architecture])
    used += [*architecture, *complexity]
    ablations = selectors.select_ablations(sentences, 2, used)
    limitations = select_limitations(sentences, 3, [*used, *ablations])
    used += [*ablations, *limitations]
    pros = selectors.PROS.select(sentences, 2, used)
    block = Block()
    return {
        "task": block.quote_text(task),
        "motivation": block.quote_text(motivation),
        "related_work": extract_related_work(sentences, block),
        "core_idea": block.quote_text(idea),
        "pipeline": block.quote_text(pipeline),
        "architecture": block.quote_text(architecture),
        "complexity": block.quote_text(complexity),
        "datasets_and_metrics": entities.find_datasets_and_metrics(experiments, title)
        or block.quote_items(selectors.DATA.select(sentences, 1, used)),
        "baselines": entities.find_baselines(experiments, title)
        or block.quote_items(selectors.BASELINES.select(sentences, 1, used)),
        "main_results": block.quote_items(results),
        "ablations": block.quote_items(ablations),
        "limitations": block.quote_items(limitations[:2]),
        "pros": block.quote_items(pros),
        "cons": block.quote_items(limitations[2:]),
        "future_work": block.quote_items(select_future_work(sentences, 2, used)),
    }


def extract_deep_read(sentences: Sequence[Sentence], text: TextRow, paper: PaperRow) -> Values:
    """A paper for somebody who may use it."""
    contribution = select_contribution(sentences)
    assigned = AbstractScores(sentences).assign(("result", "motivation"), contribution)
    stated_results = assigned.get("result", [])
    innovations = selectors.INNOVATION.select(sentences, 6, [*contribution, *stated_results])
    used = [*contribution, *innovations]
    results = select_results(sentences, text, stated_results, 5, used)
    used += results
    area = selectors.AREA.select(sentences, 1, used)
    goes_in = selectors.INPUT.select(sentences, 1, used)
    comes_out = selectors.OUTPUT.select(sentences, 1, [*used, *goes_in])
    steps = selectors.WORKFLOW.select(sentences, 1, [*used, *goes_in, *comes_out])
    code = "; ".join(dict.fromkeys(url for url in (paper.code_url, paper.project_url) if url))
    block = Block()
    return {
        "application_area": block.quote_text(area) or format_hugging_face_keywords(paper),
        "core_contribution": block.quote_text(contribution),
        "usage": {
            "input": block.quote_text(goes_in),
            "output": block.quote_text(comes_out),
            "workflow": block.quote_text(steps),
            "hardware": block.quote_text(selectors.HARDWARE.select(sentences, 1)),
            "code": code or block.quote_text(find_availability(sentences)),
        },
        "innovations": extract_innovations(innovations, "") or extract_innovations(contribution, paper.title),
        "experimental_results": tuple(map(quote_sentence, results)),
    }


def extract_for_you(sentences: Sequence[Sentence], text: TextRow) -> Values:
    """A paper in three lines; what comes next best stands where a table prints the main result."""
    lead = select_contribution(sentences)
    stated_results = AbstractScores(sentences).assign(("result",), lead).get("result", [])
    result = select_results(sentences, text, stated_results, 1, lead)[:1]
    next_best = find_next_best(quote_text(result) or "", text.tables)
    return {"sentence": quote_text(lead), "main_result": quote_text(result), "next_best": next_best}


def find_next_best(result: str, tables: Sequence[StoredTable]) -> str | None:
    """The runner-up of a result whose number a table prints as the best: the second of its column by the table's mark,
    else by value among the rows that are named otherwise.
    """
    numbers = {number for number in _NUMBER.findall(result) if "." in number}
    for table in tables:
        for cell in table.cells:
            if cell.emphasis != "best" or cell.value is None or numbers.isdisjoint(_NUMBER.findall(cell.text)):
                continue
            others = [
                other
                for other in table.cells
                if other.column == cell.column
                and other.value is not None
                and other.row_label not in ("", cell.row_label)
                and other.emphasis != "best"
            ]
            if others:
                value = cell.value
                second = min(others, key=lambda other: (other.emphasis != "second", abs((other.value or 0.0) - value)))
                heads = " ".join(second.heads)
                return f"{second.row_label}: {second.text}{f' ({heads})' if heads else ''}"
    return None


def select_contribution(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentence that says what the paper brings; the abstract's first where none can stand alone, else any."""
    return (
        AbstractScores(sentences).find_best("tldr")
        or [one for one in sentences if one.role == "abstract" and not one.leans and speaks_of_itself(one)][:1]
        or [sentence for sentence in sentences if sentence.role == "abstract" and not sentence.is_availability][:1]
        or selectors.ANY.select(sentences, 1)
    )


def select_results(
    sentences: Sequence[Sentence],
    text: TextRow,
    stated_results: Sequence[Sentence],
    most: int,
    used: Sequence[Sentence],
) -> list[Sentence]:
    """The paper's main results: what the abstract tells, if with a number, and what the full text measures.

    Of the text's, those come first whose number its tables print as the best.
    """
    stated_results = [one for one in stated_results if not selectors.is_set_up(one)]
    if any(
        one.leans for one in stated_results
    ):  # items stand by themselves, and without it what it leans on may be no result
        stated_results = [one for one in stated_results if has_measurement(one.text)]
    measured = [*stated_results] if any(has_measurement(sentence.text) for sentence in stated_results) else []
    if not measured and any(sentence.role != "abstract" for sentence in sentences):
        # A whole paper has its results elsewhere if the abstract's is none.
        stated_results = stated_results if AbstractScores(sentences).is_surely_result(stated_results) else ()
    found = selectors.RESULT.select(sentences, 4 * most, [*used, *stated_results])
    best = {
        number
        for table in text.tables
        for cell in table.cells
        if cell.emphasis == "best"
        for number in _NUMBER.findall(cell.text)
        if "." in number
    }
    found.sort(key=lambda sentence: (best.isdisjoint(_NUMBER.findall(sentence.text)), sentence.order))
    chosen = [*measured, *found[: max(0, most - len(measured))]] or [*stated_results]
    chosen = [one for one in chosen if not one.leans]  # items stand by themselves
    return sorted(chosen, key=lambda sentence: sentence.order)


def format_hugging_face_keywords(paper: PaperRow) -> str | None:
    """Hugging Face's keywords, named as such: they are not the paper's words."""
    keywords = "; ".join(paper.hf_keywords[:_MAX_KEYWORDS])
    return f"Keywords at Hugging Face: {keywords}" if keywords else None
