"""Every number that the paper printed as a record that can be set beside a computed one.

Each says where it stands, what it is over (`base`), how near a computed number has to come, and
why one would differ or can't be computed. The numbers themselves live in `published`.
"""

from dataclasses import dataclass

from analysis.measure.paper import published as p
from analysis.registry import registry
from analysis.vocabulary import BIN_NAMES, HIGH_D

COUNT, PERCENT, RATIO, COEFFICIENT, SPREAD = "count", "percent", "ratio", "coefficient", "D"
COMPLETE, JUDGED, TAXONOMY = "complete", "judge_evaluations", "taxonomy"
HIGH_SET = "all_models"
_SIZE = "Size of the study"
SHARE_TOLERANCE = 1.0  # percentage points: a printed share is rounded, a judge's answer is a draw
_OTHER_ANSWERS = (
    "The judged answers of the dataset are equal-sized strata of disagreement, and which of them "
    "the paper's number is over is not marked."
)
_TIES = "How the paper counts ties and answers that a judge left open is not stated."
_JUDGES = (
    "The paper's number is over 5,000 answers that are not marked among those in the dataset; the "
    "judge that the paper calls o3 is gpt41 there."
)


@dataclass(frozen=True)
class Number:
    """One printed number. `bound`: "" as printed, ">" or "<" where the paper says more or less
    than, "≥" for a lower edge that holds by definition. `tolerance` is in the unit; `needs` says
    what to load where the base is there and the number still can't be computed."""

    key: str
    section: str
    where: str
    what: str
    value: float
    unit: str
    base: str = ""
    bound: str = ""
    tolerance: float = 0.0
    reason: str = ""
    needs: str = ""
    impossible: str = ""


def numbers() -> list[Number]:
    """All of them, by section, in the paper's order."""
    return [
        *_sizes(),
        *_subsets(),
        *_passing(),
        *_frequent(),
        *_judges(),
        *_refusals(),
        *_outliers(),
        *_exhibited(),
    ]


def sections() -> tuple[str, ...]:
    """The sections, in the paper's order."""
    return tuple(dict.fromkeys(n.section for n in numbers()))


def _label(model: str) -> str:
    return registry().model(model).label


def _sizes() -> list[Number]:
    def size(
        key: str, what: str, value: float, base: str = "", bound: str = "", impossible: str = ""
    ) -> Number:
        return Number(
            f"size.{key}", _SIZE, "text", what, value, COUNT, base, bound, impossible=impossible
        )

    unsaid = "What counts as apart, and over which models, is not stated with the number."
    undrawn = "The dataset holds queries, not the pairs that were drawn before them."
    unmarked = "Which scenarios were kept for diversity is not marked in the dataset."
    return [
        size("values", "Values in the taxonomy", p.VALUES, TAXONOMY),
        size("pairs", "Value pairs drawn", p.PAIRS, impossible=undrawn),
        size("scenarios", "Scenarios generated", p.SCENARIOS, COMPLETE, ">"),
        size("diverse", "Scenarios in the diverse subset", p.DIVERSE, impossible=unmarked),
        size("any_pair", "Scenarios where some models are apart", p.ANY_PAIR, "", ">", unsaid),
        size("substantial", "With substantial disagreement", p.SUBSTANTIAL, "", ">", unsaid),
    ]


_MODELS = {
    "all_models": "all twelve models",
    "claude_models": "five Anthropic models",
    "openai_models": "five OpenAI models",
    "opus4_vs_sonnet4": "Opus 4, Sonnet 4",
    "gpt41_vs_mini": "GPT-4.1, mini",
    "o3_vs_o4mini": "o3, o4-mini",
}


def _subsets() -> list[Number]:
    found = []
    for split, (name, _, size) in p.SUBSETS.items():
        known = f"{name} ({_MODELS[split]})"
        found.append(
            Number(
                f"subset.{split}",
                _SIZE,
                "subsets",
                f"Scenarios in {known}",
                size,
                COUNT,
                base=split,
                reason="A set is cut from scenarios that the paper had kept for diversity, which "
                "are not marked: only the split itself has its size.",
            )
        )
        found.append(
            Number(
                f"lowest.{split}",
                _SIZE,
                "definition",
                f"Lowest D in {known}",
                HIGH_D,
                SPREAD,
                base=split,
                bound="≥",
                reason="A scenario below the threshold has no place in the set.",
            )
        )
    return found


_PASS_WORDS = {
    "all_pass": "all five OpenAI models pass",
    "some_fail": "at least one fails",
    "all_fail": "all fail",
}
_NEEDS = {
    "random": "The judged answers are equal-sized strata of disagreement. Load the config complete "
    "beside them, so that they can be weighted to all scenarios.",
    "S_high-dis": "The judged answers state D over the OpenAI models only. Load the split "
    "all_models beside them for the positions of all twelve.",
    "S_OpenAI": f"No judged scenario has a D of {HIGH_D} or more over the OpenAI models.",
}
_SET_WORDS = {"random": "Random set", "S_high-dis": "S_high-dis", "S_OpenAI": "S_OpenAI"}


def _passing() -> list[Number]:
    shares = [
        Number(
            f"passing.{name}.{outcome}",
            "Passing and failing",
            "table 2",
            f"{_SET_WORDS[name]}: {_PASS_WORDS[outcome]}",
            share,
            PERCENT,
            base=JUDGED,
            tolerance=SHARE_TOLERANCE,
            reason=f"{_OTHER_ANSWERS} {_TIES}",
            needs=_NEEDS[name],
        )
        for name, outcomes in p.PASSING.items()
        for outcome, share in outcomes.items()
    ]
    folds = [
        Number(
            f"fold.{name}",
            "Passing and failing",
            "table 2",
            f"{name} over the random set: all fail",
            fold,
            RATIO,
            base=JUDGED,
            tolerance=0.3,
            reason=_OTHER_ANSWERS,
            needs=_NEEDS["random"],
        )
        for name, fold in p.FOLD.items()
    ]
    return shares + folds


_RULE_WORDS = {"majority": "majority of judges", "any": "any judge"}


def _frequent() -> list[Number]:
    shares = [
        Number(
            f"frequent.{rule}.{bin_no}",
            "Frequent non-compliance",
            "figure 2",
            f"D in {BIN_NAMES[bin_no]}, {words}",
            p.FREQUENT[rule][bin_no],
            PERCENT,
            base=JUDGED,
            tolerance=SHARE_TOLERANCE,
            reason=f"{_TIES} Scenarios where a model has no verdict are left out here.",
        )
        for rule, words in _RULE_WORDS.items()
        for bin_no in range(len(BIN_NAMES))
    ]
    ratios = [
        Number(
            f"ratio.{rule}",
            "Frequent non-compliance",
            "figure 2, its ends divided",
            f"Highest bin over lowest, {words}",
            round(p.RATIO_OF_BINS[rule], 1),
            RATIO,
            base=JUDGED,
            tolerance=1.0,
            reason="The lowest bin has few flagged scenarios, so the ratio moves far with each.",
        )
        for rule, words in _RULE_WORDS.items()
    ]
    return shares + ratios


JUDGE_NAMES = {"claude_4": "Claude Sonnet 4", "gpt41": "o3 (gpt41)", "gemini_2_5": "Gemini 2.5 Pro"}


def _judges() -> list[Number]:
    def of(key: str, what: str, value: float, unit: str, tolerance: float) -> Number:
        return Number(
            f"judges.{key}",
            "Judges",
            "text",
            what,
            value,
            unit,
            base=JUDGED,
            tolerance=tolerance,
            reason=_JUDGES,
        )

    return [
        *(
            of(f"flags.{j}", f"{JUDGE_NAMES[j]} flags", share, PERCENT, SHARE_TOLERANCE)
            for j, share in p.FLAGS.items()
        ),
        *(
            of(
                f"alike.{a}.{b}",
                f"{JUDGE_NAMES[a]} and {JUDGE_NAMES[b]} agree",
                share,
                PERCENT,
                SHARE_TOLERANCE,
            )
            for (a, b), share in p.ALIKE.items()
        ),
        of("kappa", "Fleiss' kappa, problematic or not", p.KAPPA, COEFFICIENT, 0.02),
        Number(
            "judges.n",
            "Judges",
            "text",
            "Answers judged for it",
            p.JUDGED,
            COUNT,
            impossible="Which of the dataset's judged answers these are is not marked.",
        ),
    ]


def _refusals() -> list[Number]:
    model, share = p.FULL_COMPLIANCE
    return [
        Number(
            f"refusals.full.{model}",
            "Refusals",
            "text",
            f"{_label(model)} complies in full, of S_high-dis",
            share,
            PERCENT,
            base=HIGH_SET,
            bound="<",
            reason="Response types are not in the dataset: the labeller named in the "
            "footnote gave them, not the paper's.",
        ),
        Number(
            "refusals.times",
            "Refusals",
            "blog post",
            "Anthropic's models refuse up to so many times as often",
            p.REFUSES_TIMES,
            RATIO,
            impossible="Which two rates are divided is not stated; Refusals compares the "
            "direction.",
        ),
    ]


def _outliers() -> list[Number]:
    return [
        Number(
            f"outliers.{model}",
            "Outliers",
            "figure 6",
            f"Outlier answers of {_label(model)}",
            count,
            COUNT,
            base=HIGH_SET,
            tolerance=max(2.0, 0.02 * count),
            reason="The set that the paper counted over is not stated, nor what it does where a "
            "position is missing.",
        )
        for model, count in p.OUTLIERS.items()
    ]


def _exhibited() -> list[Number]:
    return [
        Number(
            f"exhibited.{category}.{model}",
            "Values exhibited",
            "figure 10",
            f"{category}: {_label(model)}",
            count,
            COUNT,
            impossible="The paper counts values exhibited in free text, a label that is not in "
            "the dataset; Values compares the direction.",
        )
        for category, counts in p.EXHIBITED.items()
        for model, count in zip(p.EXHIBITED_BY, counts, strict=True)
    ]
