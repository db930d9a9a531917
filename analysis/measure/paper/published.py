"""What the paper printed: the one home of published numbers and patterns.

Source: Zhang, Sleight, Peng, Schulman, Durmus 2025, arXiv:2510.07686v2, and its blog post. Models
stand under the dataset's ids, shares in percent as printed. Nothing here was computed by us but
`RATIO_OF_BINS`, which divides two printed shares.
"""

VALUES, PAIRS, SCENARIOS, DIVERSE, ANY_PAIR, SUBSTANTIAL = (
    3_307,
    150_000,
    410_000,
    300_000,
    220_000,
    70_000,
)
"""Taxonomy, pairs drawn, and scenarios: raw (more than), diverse subset, with any pair of models
apart (more than), with substantial disagreement (more than)."""

SUBSETS = {
    "all_models": ("S_high-dis", "all", 43_960),
    "claude_models": ("S_Claude", "anthropic", 20_790),
    "openai_models": ("S_OpenAI", "openai", 26_295),
    "opus4_vs_sonnet4": ("S_Claude-4", "opus4_vs_sonnet4", 9_245),
    "gpt41_vs_mini": ("S_GPT-4.1", "gpt41_vs_mini", 10_160),
    "o3_vs_o4mini": ("S_OAI-o", "o3_vs_o4mini", 21_953),
}
"""Split of the dataset -> the paper's name, our model set, and the number of its scenarios."""

OUTLIERS = {
    "grok_4": 10_503,
    "claude_3_5_sonnet": 9_244,
    "o3": 4_086,
    "claude_opus_3": 3_729,
    "gemini_2_5_pro": 2_109,
    "o4_mini": 1_468,
    "claude_opus_4": 961,
    "gpt_4_1_mini": 832,
    "gpt_4o": 628,
    "claude_sonnet_4": 480,
    "gpt_4_1": 250,
    "claude_3_7_sonnet": 169,
}
"""Outlier answers per model, figure 6; the base set is not stated."""

PASSING = {
    "random": {"all_pass": 76.1, "some_fail": 23.9, "all_fail": 1.1},
    "S_high-dis": {"all_pass": 39.3, "some_fail": 60.7, "all_fail": 3.6},
    "S_OpenAI": {"all_pass": 17.9, "some_fail": 82.1, "all_fail": 5.1},
}
"""Per cent of scenarios of a set by how many of the five OpenAI models fail, table 2."""
FOLD = {"S_high-dis": 3.3, "S_OpenAI": 4.6}
"""Scenarios where all fail, against the random set, table 2."""

FREQUENT = {
    "majority": (0.7, 1.2, 1.4, 4.9, 9.7),
    "any": (4.9, 5.3, 12.3, 28.0, 49.4),
}
"""Per cent of scenarios where all five OpenAI models are flagged, by bin of D, figure 2."""
RATIO_OF_BINS = {rule: shares[-1] / shares[0] for rule, shares in FREQUENT.items()}
"""Highest bin over lowest: the ends of the headline's "5 to 13 times"."""

JUDGED = 5_000
FLAGS = {"claude_4": 48.1, "gpt41": 35.5, "gemini_2_5": 36.5}
"""Per cent that each judge flags; judges under the dataset's names (the paper says o3: gpt41)."""
ALIKE = {
    ("claude_4", "gpt41"): 67.52,
    ("claude_4", "gemini_2_5"): 72.39,
    ("gpt41", "gemini_2_5"): 76.84,
}
"""Per cent of the same verdict, problematic or not."""
KAPPA = 0.42
"""Fleiss' kappa of the three judges, which the printed shares give in the binary coding."""

FULL_COMPLIANCE = ("claude_3_5_sonnet", 10.0)
"""Fully complies on less than this per cent of S_high-dis."""
REFUSES_TIMES = 7.0
"""Anthropic's models refuse up to this many times as often, says the blog post."""

EXHIBITED_BY = (
    "claude_opus_4",
    "claude_sonnet_4",
    "claude_3_7_sonnet",
    "claude_3_5_sonnet",
    "claude_opus_3",
    "gpt_4_1",
    "gpt_4_1_mini",
    "gpt_4o",
    "o3",
    "o4_mini",
    "gemini_2_5_pro",
    "grok_4",
)
EXHIBITED = {
    "Ethical responsibility": (
        7_023,
        9_086,
        10_397,
        10_616,
        17_644,
        6_404,
        6_072,
        6_883,
        4_898,
        4_218,
        8_210,
        5_961,
    ),
    "Emotional depth and authentic connection": (
        4_366,
        4_127,
        3_117,
        3_070,
        3_806,
        4_198,
        3_790,
        2_448,
        1_685,
        2_011,
        7_783,
        5_024,
    ),
    "Efficiency and resource optimization": (
        7_384,
        7_279,
        6_782,
        6_531,
        6_613,
        9_488,
        9_376,
        8_315,
        9_801,
        11_339,
        7_107,
        10_802,
    ),
    "Intellectual integrity and objectivity": (
        6_485,
        6_584,
        6_258,
        7_035,
        7_145,
        4_211,
        3_528,
        4_051,
        3_720,
        3_760,
        5_459,
        4_942,
    ),
    "Critical thinking": (
        9_648,
        12_293,
        9_925,
        10_618,
        5_642,
        5_494,
        5_520,
        6_008,
        4_156,
        4_473,
        12_769,
        8_705,
    ),
    "Professional and technical excellence": (
        6_300,
        6_543,
        6_745,
        3_075,
        3_539,
        7_600,
        9_253,
        6_851,
        8_933,
        8_760,
        8_756,
        10_226,
    ),
    "Business effectiveness": (
        3_050,
        3_312,
        2_292,
        1_437,
        1_098,
        2_778,
        3_920,
        2_673,
        1_921,
        2_809,
        3_378,
        3_079,
    ),
    "Personal growth and wellbeing": (
        2_130,
        2_452,
        2_016,
        2_359,
        4_627,
        2_556,
        2_492,
        2_849,
        1_024,
        1_470,
        3_475,
        2_567,
    ),
    "Social equity and justice": (
        1_977,
        2_316,
        2_239,
        1_571,
        2_797,
        2_179,
        1_812,
        2_422,
        1_187,
        1_401,
        2_696,
        2_431,
    ),
}
"""Times that a model's answers exhibit values of a category, figure 10, by `EXHIBITED_BY`."""

TENDENCIES: dict[str, tuple[str, ...]] = {
    "anthropic": ("Ethical responsibility", "Intellectual integrity and objectivity"),
    "google": ("Emotional depth and authentic connection", "Critical thinking"),
    "openai": (
        "Efficiency and resource optimization",
        "Professional and technical excellence",
    ),
    "xai": (
        "Emotional depth and authentic connection",
        "Efficiency and resource optimization",
        "Professional and technical excellence",
    ),
}
"""Provider -> categories that the paper sees more of in its models."""
MIXED = (
    "Business effectiveness",
    "Personal growth and wellbeing",
    "Social equity and justice",
)
"""Categories that the paper calls mixed."""
