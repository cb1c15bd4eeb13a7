"""Sections and their roles: by heading, by parent, by place; and on real papers, against lists made by hand."""

from pathlib import Path

import pytest

from digest_assets.texts.document import Document, ParsedSection
from digest_assets.texts.html import read_html
from digest_assets.texts.pdf import read_pdf
from digest_assets.texts.sections import assign_roles, infer_role, split_number


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Abstract", "abstract"),
        ("Introduction", "introduction"),
        ("Introduction and Motivation", "introduction"),
        ("Related Work", "related_work"),
        ("Background", "related_work"),
        ("Background and Related Work", "related_work"),
        ("Prior work on diffusion models", "related_work"),
        ("Method", "method"),
        ("Proposed Approach", "method"),
        ("Model Architecture", "method"),
        ("Problem Formulation", "method"),
        ("Implementation Details", "method"),
        ("Experiments", "results"),
        ("Experimental Setup", "results"),
        ("Results and Discussion", "results"),
        ("Evaluation", "results"),
        ("Case Study", "results"),
        ("Ablation Study", "ablation"),
        ("Ablations", "ablation"),
        ("Limitations", "limitations"),
        ("Limitations and Future Work", "limitations"),
        ("Discussion and Limitations", "limitations"),
        ("Broader Impact", "other"),
        ("Ethical Considerations", "other"),
        ("Limitations and Broader Impact", "limitations"),
        ("Limitations of Existing Methods", "related_work"),
        ("Comparison to State of the Art", "results"),
        ("Comparison with prior work", "results"),
        ("Proof of Theorem 1.2", "proof"),
        ("引言", "introduction"),
        ("相关工作", "related_work"),
        ("我们的模型", "method"),
        ("实验结果", "results"),
        ("结论与展望", "conclusion"),
        ("Statement of results", "statement"),
        ("Conclusion", "conclusion"),
        ("Conclusions and Limitations", "conclusion"),
        ("Concluding Remarks", "conclusion"),
        ("Discussion", "conclusion"),
        ("Gaussian Splatting", "other"),
    ],
)
def test_a_heading_names_a_role(heading: str, role: str) -> None:
    assert infer_role(heading) == role


@pytest.mark.parametrize(
    ("heading", "number", "text"),
    [
        ("1 Introduction", "1", "Introduction"),
        ("3.2. Data", "3.2", "Data"),
        ("IV. METHOD", "IV", "METHOD"),
        ("IV – Method", "IV", "Method"),
        ("2 – Method", "2", "Method"),
        ("I: Introduction", "I", "Introduction"),
        ("I think so", "", "I think so"),
        ("A.1 Proofs", "A.1", "Proofs"),
        ("Appendix B Details", "Appendix B", "Details"),
        ("A Survey of Everything", "", "A Survey of Everything"),
        ("Introduction", "", "Introduction"),
    ],
)
def test_a_heading_and_its_number_are_parted(heading: str, number: str, text: str) -> None:
    assert split_number(heading) == (number, text)


def roles(*headings: tuple[int, str, str]) -> list[str]:
    return [
        part.role for part in assign_roles([ParsedSection(level, text, "", number) for level, number, text in headings])
    ]


@pytest.mark.parametrize(
    ("parent", "child", "role"),
    [
        ("Experiments", "Comparison to State of the Art", "results"),
        ("Experiments", "State of the art", "results"),
        ("Experiments", "Related work", "related_work"),
        ("Introduction", "Background", "related_work"),
        ("Conclusion", "Broader Impact", "other"),
        ("Discussion", "Ethics", "other"),
        ("Method", "Proof of convergence", "proof"),
    ],
)
def test_what_a_subsection_is_depends_on_what_it_stands_under(parent: str, child: str, role: str) -> None:
    assert roles((1, "4", parent), (2, "4.1", child))[1] == role


def test_a_paper_of_theorems_and_proofs_has_statements_and_proofs() -> None:
    statements = "Theorem 1 (Main). All is well.\n\nRemark 2. Indeed."
    proofs = "Lemma 3. It helps.\n\nProof. We show it at length, and at more length, by cases. ∎\n\n" * 3
    parts = [("Introduction", "Words."), ("Flat covers", statements), ("Descent", proofs), ("Gears", "Other words.")]
    found = assign_roles([ParsedSection(1, heading, text) for heading, text in parts])
    assert [part.role for part in found] == ["introduction", "statement", "proof", "other"]


def test_a_subsection_has_its_parents_role_unless_it_names_a_stronger_one() -> None:
    assert roles(
        (1, "4", "Experiments"), (2, "4.1", "Datasets"), (2, "4.2", "Ablation study"), (3, "4.2.1", "Depth")
    ) == [
        "results",
        "results",
        "ablation",
        "ablation",
    ]


def test_what_stands_unnamed_between_introduction_and_results_is_the_method() -> None:
    assert roles((1, "1", "Introduction"), (1, "2", "SplatFlow"), (1, "3", "Results"), (1, "4", "Outro")) == [
        "introduction",
        "method",
        "results",
        "other",
    ]


def test_an_appendix_is_no_method_but_may_have_more_results() -> None:
    assert roles(
        (1, "1", "Introduction"), (1, "2", "Results"), (1, "A", "Model details"), (1, "B", "More results")
    ) == [
        "introduction",
        "results",
        "other",
        "results",
    ]


# Real papers: number, heading and role of the sections, as somebody who leafs through the paper writes them down.

PAPERS: dict[str, list[str]] = {
    "html/1706.03762.html": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Background: related_work",
        "3 Model Architecture: method",
        "4 Why Self-Attention: method",
        "5 Training: method",
        "6 Results: results",
        "7 Conclusion: conclusion",
        "Attention Visualizations: other",
    ],
    "html/2305.03393.html": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Related Work: related_work",
        "3 Problem Statement: method",
        "4 Optimised Table Structure Language: method",
        "5 Experiments: results",
        "6 Conclusion: conclusion",
    ],
    "html/2310.06825.html": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Architectural details: method",
        "3 Results: results",
        "4 Instruction Finetuning: other",
        "5 Adding guardrails for front-facing applications: other",
        "6 Conclusion: conclusion",
    ],
    "html/2512.22431_with_errors.html": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 From Functors to Monads: The AgentMonad Design: method",
        "3 Case Study: A Simple Research Agent: results",
        "4 Extending MCE for Concurrent and Parallel Orchestration: other",
        "5 MCE for Meta-Agents: Generative Orchestration: other",
        "6 Related Work: related_work",
        "7 Conclusion: conclusion",
        "Appendix A Conceptual Python Implementation: other",
    ],
    "html/ar5iv_1904.07818.html": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 The OneMax Problem: other",
        "3 Elitist (1+1) Unbiased Algorithms: method",
        "4 Maximizing Drift is Not Optimal: other",
    ],
    "html/latexml_1307.8133.html": [
        "Abstract: abstract",
        "I Introduction: introduction",
        "II Band Deformation: method",
        "III Drift Kinematics: method",
        "IV Tumbler geometry: method",
        "V Conclusion: conclusion",
        "Appendix A Residence Times: other",
        "Appendix B Simulation Method: results",
    ],
    "html/math_0106220.html": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Digression on algebraic surfaces: method",
        "3 Symplectic surfaces and symmetric products: method",
        "4 Counting standard surfaces: method",
        "5 Standard surfaces and holomorphic curves: method",
        "6 Serre Duality for symplectic surfaces: method",
        "7 Applications and refinements: results",
    ],
    "pdf/1111.2011v2.pdf": [
        "Abstract: abstract",
        "I INTRODUCTION: introduction",
        "II SELF-CONSISTENT ACTION IN THE LARGE z LIMIT: method",
        "III CRITICAL POINT IN N → ∞ LIMIT: method",
        "IV CORRECTIONS AT FINITE N: method",
        "V DISCUSSION: conclusion",
    ],
    "pdf/1503.02531.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Distillation: method",
        "3 Preliminary experiments on MNIST: results",
        "4 Experiments on speech recognition: results",
        "5 Training ensembles of specialists on very big datasets: method",
        "6 Soft Targets as Regularizers: other",
        "7 Relationship to Mixtures of Experts: other",
        "8 Discussion: conclusion",
    ],
    "pdf/1512.03385.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Related Work: related_work",
        "3 Deep Residual Learning: method",
        "4 Experiments: results",
        "A Object Detection Baselines: other",
        "B Object Detection Improvements: other",
        "C ImageNet Localization: other",
    ],
    "pdf/1706.03762.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Background: related_work",
        "3 Model Architecture: method",
        "4 Why Self-Attention: method",
        "5 Training: method",
        "6 Results: results",
        "7 Conclusion: conclusion",
        "Attention Visualizations: other",
    ],
    "pdf/1910.02054.pdf": [
        "Abstract: abstract",
        "1 Extended Introduction: introduction",
        "2 Related Work: related_work",
        "3 Where Did All the Memory Go?: method",
        "4 ZeRO: Insights and Overview: method",
        "5 Deep Dive into ZeRO-DP: method",
        "6 Deep Dive into ZeRO-R: method",
        "7 Communication Analysis of ZeRO-DP: method",
        "8 Communication Analysis of ZeRO-R: method",
        "9 Step Towards 1 Trillion Parameters: method",
        "10 Implementation and Evaluation: results",
        "11 Concluding Remarks: conclusion",
    ],
    "pdf/2023.eacl-main.121.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Survey of human evaluation practices: results",
        "3 The LONGEVAL guidelines for faithfulness human evaluation: results",
        "4 Related Work: related_work",
        "5 Conclusion: conclusion",
        "Limitations: limitations",
        "Ethical Considerations: other",
        "Appendix: other",
        "A Bootstrap analysis of inter-annotator variance: other",
        "B Human evaluation details: results",
        "C Additional Survey Statistics: other",
        "D Automatic summarization metrics used for evaluation: results",
        "E Learning effect while annotating long-form summaries: other",
        "F Partial summary annotation with pearson correlation: other",
        "G Metric correlations using Kendall’s Tau: other",
    ],
    "pdf/2107.05407.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Methods: method",
        "3 Results: results",
        "4 Discussion: conclusion",
        "Appendix A Comparison to ACT: results",
        "Appendix B Parity: other",
        "Appendix C bAbI: other",
        "Appendix D Paired Associative Inference: other",
        "Appendix E Broader impact statement: other",
    ],
    "pdf/2203.14465.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Background and Related Work: related_work",
        "3 Method: method",
        "4 Experiments: results",
        "5 Discussion and Challenges: conclusion",
        "6 Conclusion and Future Work: conclusion",
        "Appendix: other",
        "A Error Patterns: other",
        "B Modified CQA Prompts: other",
        "C Human-evaluated Test Prompts: other",
        "D Example Rationalizations on CQA: other",
    ],
    "pdf/2204.02311.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Model Architecture: method",
        "3 Training Dataset: method",
        "4 Training Infrastructure: method",
        "5 Training Setup: method",
        "6 Evaluation: results",
        "7 Memorization: other",
        "8 Dataset Contamination: method",
        "9 Exploring Explanations: other",
        "10 Representational Bias Analysis: other",
        "11 Ethical Considerations: other",
        "12 Related Work: related_work",
        "13 Open Questions in Scaling: other",
        "14 Conclusion: conclusion",
        "A Contributions: other",
        "B Compute Usage and Environmental Impact: other",
        "C Dataset Analysis: other",
        "D Datasheet: other",
        "E Model Card: other",
        "F Sample Model Outputs: other",
        "G Additional Results: results",
    ],
    "pdf/2205.14135.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Background: related_work",
        "3 FlashAttention: Algorithm, Analysis, and Extensions: method",
        "4 Experiments: results",
        "5 Limitations and Future Directions: limitations",
        "A Related Work: related_work",
        "B Algorithm Details: other",
        "C Proofs: proof",
        "D Extension Details: other",
        "E Full Experimental Results: results",
    ],
    "pdf/2302.07302v1.pdf": [
        "Abstract: abstract",
        "1 INTRODUCTION: introduction",
        "2 RELATED WORK: related_work",
        "3 PRELIMINARY INTERVIEWS: method",
        "4 SYSTEM DESIGN: method",
        "5 STUDY 1: DISCOVER RELEVANT CITATIONS: method",
        "6 STUDY 2: FIELD DEPLOYMENT: other",
        "7 LIMITATIONS AND FUTURE WORK: limitations",
        "8 CONCLUSION: conclusion",
    ],
    "pdf/2310.06825_compiled.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Architectural details: method",
        "3 Results: results",
        "4 Instruction Finetuning: other",
        "5 Adding guardrails for front-facing applications: other",
        "6 Conclusion: conclusion",
    ],
    "pdf/2509.05209_author_copy.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Pre-training Stage: method",
        "3 Post-training Stage: method",
        "4 Experiments: results",
        "5 Discussion: conclusion",
        "6 Conclusion: conclusion",
    ],
    "pdf/2512.22431_author_copy.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 From Functors to Monads: The AgentMonad Design: method",
        "3 Case Study: A Simple Research Agent: results",
        "4 Extending MCE for Concurrent and Parallel Orchestration: other",
        "5 MCE for Meta-Agents: Generative Orchestration: other",
        "6 Related Work: related_work",
        "7 Conclusion: conclusion",
        "A Conceptual Python Implementation: other",
        "B Conceptual AsyncAgentMonad Implementation: other",
    ],
    "pdf/mineru_demo1.pdf": [
        "Abstract: abstract",
        "1 Introduction: introduction",
        "2 Methods: method",
        "3 Data sets: method",
        "4 Results: results",
        "5 Discussion: conclusion",
        "6 Summary and conclusions: conclusion",
    ],
    "pdf_edge/pdfminer_naacl06-shinyama.pdf": [
        "Abstract: abstract",
        "1 Background: related_work",
        "2 Basic Idea: other",
        "3 Implementation: method",
        "4 Experiment and Evaluation: results",
        "5 Conclusion: conclusion",
    ],
    "pdf_edge/olmocr_pdftotext_two_column_issue.pdf": [
        "Abstract: abstract",
        "Background: related_work",
        "Pubertal development in TS: other",
        "Sex steroid replacement in TS: other",
        "Bone health: other",
        "Pregnancy and fertility: other",
        "Cardiovascular health: other",
        "Other health and psychosocial issues: other",
        "An approach for provision of coordinated care: method",
        "Conclusion: conclusion",
    ],
}


def read(path: Path) -> Document:
    return read_html(path.read_bytes()) if path.suffix == ".html" else read_pdf(path, max_pages=200)


@pytest.mark.parametrize("name", PAPERS)
def test_the_sections_of_a_real_paper_are_found(corpus: Path, name: str) -> None:
    parts = [part for part in read(corpus / name).sections if part.level <= 1]
    assert [f"{part.number} {part.heading}: {part.role}".strip() for part in parts] == PAPERS[name]
