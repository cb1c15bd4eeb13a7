"""The words that the built-in report formats print around a paper's texts, in each language of the reports.

Renderer, validator, site and feeds all take them from here. The fields themselves are in summaries/schemas/.
"""

from collections.abc import Mapping

from digest_assets.config.fields import Language

REPORT_TITLES: Mapping[str, str] = {
    "topic_digest": "Topic digest",
    "daily_table": "Hugging Face daily papers",
    "field_review": "Field review",
    "category_digest": "Category digest",
    "deep_read": "Hugging Face, read in full",
    "for_you": "For you",
    "weekly": "The week",
}

# What stands where the text that was read says nothing: the abstract, or the whole paper.
BLANKS: Mapping[Language, tuple[str, str]] = {
    "en": ("Not in the abstract.", "Not in the paper."),
    "zh": ("摘要未提及。", "论文未提及。"),
}
# What stands where the sources gave nothing.
NO_AUTHORS, NO_CATEGORY, NO_ABSTRACT = "(no authors given)", "(no category given)", "(no abstract given)"

# What is said at a report's head where its sentences are the papers' own although another language was asked for: of all
# of its papers, or of those that say so. Release 0.1.0 stored it with each summary.
UNTRANSLATED_NOTES: Mapping[Language, tuple[str, str]] = {
    "en": ("", ""),
    "zh": ("未使用模型：句子均为论文原文，未经翻译", "标为 extractive 的论文未经翻译，句子为论文原文"),
}
OLD_UNTRANSLATED_NOTE = "in the paper's language: the extractive engine does not translate"

# What is said at a report's head of a day that one witness alone carries, by the witness.
_WITHOUT_API: Mapping[Language, str] = {
    "en": "arXiv's API could not be asked, so submission times are not known; the day is completed once it can be",
    "zh": "无法查询 arXiv API，因此提交时间未知；恢复后会自动补全",
}
SOLE_WITNESS_NOTES: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "window": "This day is known from arXiv's API alone: announcement date inferred; cross-lists unknown",
        "feed": f"This day is known from arXiv's announcement feed alone: {_WITHOUT_API['en']}",
        "listing": f"This day is known from arXiv's listing pages alone: {_WITHOUT_API['en']}",
        "catchup": f"This day is known from arXiv's catch-up pages alone: {_WITHOUT_API['en']}",
    },
    "zh": {
        "window": "当日论文仅由 arXiv API 得知：公布日期由提交时间推断；交叉列表未知",
        "feed": f"当日论文仅由 arXiv 公告订阅源得知：{_WITHOUT_API['zh']}",
        "listing": f"当日论文仅由 arXiv 列表页得知：{_WITHOUT_API['zh']}",
        "catchup": f"当日论文仅由 arXiv 补看页得知：{_WITHOUT_API['zh']}",
    },
}

# Headings 4 to 6 of a topic_digest paper with its labelled fields; headings 1 to 3 hold one text each.
TOPIC_DIGEST_LABELS: Mapping[str, Mapping[str, str]] = {
    "Method": {
        "pipeline": "Pipeline",
        "architecture": "Architecture / Loss / Training",
        "complexity": "Complexity / Resources",
    },
    "Experiments": {
        "datasets_and_metrics": "Datasets & Metrics",
        "baselines": "Baselines",
        "main_results": "Main Results",
        "ablations": "Ablations",
        "limitations": "Limitations / Stress Tests",
    },
    "Takeaways": {"pros": "Pros", "cons": "Cons", "future_work": "Future Work"},
}

FIELD_REVIEW_LABELS: Mapping[str, str] = {
    "contribution": "Contribution",
    "method": "Method",
    "results": "Results",
    "limitations": "Limitations",
    "impact": "Impact",
    "relevance": "Why it matters",
}

CATEGORY_DIGEST_LABELS: Mapping[str, str] = {
    "tldr": "TL;DR",
    "motivation": "Motivation",
    "method": "Method",
    "result": "Result",
    "conclusion": "Conclusion",
}

DEEP_READ_RULE = "=" * 60
DEEP_READ_LABELS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "link": "Link",
        "read": "Read from",
        "application_area": "Application area",
        "core_contribution": "Core contribution",
        "usage": "How to use it",
        "innovations": "Main innovations",
        "experimental_results": "Experimental results",
    },
    "zh": {
        "link": "链接",
        "read": "阅读来源",
        "application_area": "应用领域",
        "core_contribution": "一句话核心贡献",
        "usage": "使用指南",
        "innovations": "主要创新点",
        "experimental_results": "实验效果",
    },
}
USAGE_LABELS: Mapping[Language, Mapping[str, str]] = {
    "en": {"input": "Input", "output": "Output", "workflow": "Workflow", "hardware": "Hardware", "code": "Code"},
    "zh": {"input": "输入", "output": "输出", "workflow": "流程", "hardware": "硬件需求", "code": "代码"},
}


FOR_YOU_LABELS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "For you",
        "head": "{shown} of {candidates} papers that the day brought",
        "sentence": "In one sentence",
        "main_result": "Main result",
        "next_best": "Next best",
        "why": "Why it is here",
        "near": "Near in your library",
        "shared": "both speak of",
        "differs": "What differs",
        "nearly_in": "Nearly in",
        "changes": "What changed",
        "withdrawn": "withdrawn",
    },
    "zh": {
        "title": "为你精选",
        "head": "当日 {candidates} 篇论文中的 {shown} 篇",
        "sentence": "一句话概括",
        "main_result": "主要结果",
        "next_best": "次优结果",
        "why": "推荐理由",
        "near": "你的文库中相近的论文",
        "shared": "共同涉及",
        "differs": "不同之处",
        "nearly_in": "差一点入选",
        "changes": "有何变化",
        "withdrawn": "已撤稿",
    },
}


def get_display_name(name: str) -> str:
    """A report's or a field's name for people; of a custom report and its fields the name itself in words."""
    if name.startswith("for_you_"):
        return f"For {name.removeprefix('for_you_').replace('_', ' ').title()}"
    return REPORT_TITLES.get(name, name.replace("_", " ").capitalize())
