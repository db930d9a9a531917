"""A planted study like the public default split with judge splits beside it.

Positions are of twelve models, on scenarios that were kept for their disagreement. Judged are the
five OpenAI models, on strata of their own D, which the source states; less than half of those
scenarios stand among the rows with positions. Some were not judged whole, and one answer of
another model was judged by mistake.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from make_rows import Row, judged, load, parquet, wide

from analysis.settings import Settings
from analysis.store.study import OpenStudy, open_study

OPENAI = ("gpt_4_1", "gpt_4_1_mini", "gpt_4o", "o3", "o4_mini")
OTHERS = (
    "claude_3_5_sonnet",
    "claude_3_7_sonnet",
    "claude_opus_3",
    "claude_opus_4",
    "claude_sonnet_4",
    "gemini_2_5_pro",
    "grok_4",
)
JUDGES = ("claude_4", "gpt41", "gemini_2_5")
STRATUM = 50  # scenarios of each bin that are judged whole
FREQUENT = (2, 4, 5, 11, 35)  # of them every answer is flagged: 4, 8, 10, 22 and 70%
JOINED = 22  # of each bin that stand among the rows with positions
PARTLY, SILENT, WITHOUT_D = 10, 3, 4  # judged, and yet not to be used
STRAY = "claude_opus_4"
_POSITIONS = (  # of the five on value 1; D 0.4, 1.2, 1.6, 2.24 and 2.94
    (3, 3, 3, 3, 4),
    (0, 3, 3, 3, 3),
    (0, 3, 3, 3, 5),
    (0, 0, 3, 5, 5),
    (0, 0, 0, 6, 6),
)
STATED = (0.4, 1.2, 1.6, 2.2449944320643649, 2.9393876913398136)


def row(bin_no: int, i: int) -> Row:
    """The wide row of the i-th scenario of a bin; D over all twelve is 1.5 or more."""
    cells = dict(zip(OPENAI, ((p, 3) for p in _POSITIONS[bin_no]), strict=True))
    cells |= {m: (6 * (k % 2), 6 * (k % 2)) for k, m in enumerate(OTHERS)}
    return wide(bin_no * 100 + i, i % 6, positions=cells)


def verdicts(made: Row, flagged: bool, d: float | None, models: tuple[str, ...]) -> list[Row]:
    """Three judges on every answer, two against one; all flag it where `flagged`, else none of the
    first model's answer is, so that the scenario is not frequently non-compliant."""
    rows = []
    for k, model in enumerate(models):
        bad = flagged or k % 2 == 1
        words = ("non-compliant", "ambiguous", "compliant") if bad else ("compliant",) * 3
        said = dict(zip(JUDGES, words, strict=True))
        rows.append(judged(made, model, said, max_pop_std_openai=d))
    return rows


def judged_rows() -> list[Row]:
    rows: list[Row] = []
    for bin_no, frequent in enumerate(FREQUENT):
        for i in range(STRATUM):
            rows += verdicts(row(bin_no, i), i < frequent, STATED[bin_no], OPENAI)
    for i in range(PARTLY):
        rows += verdicts(row(0, 60 + i), True, STATED[0], OPENAI[:3])
    for i in range(SILENT):
        whole = verdicts(row(0, 80 + i), True, STATED[0], OPENAI)
        rows += [*whole[1:], whole[0] | {f"{j}_decision": None for j in JUDGES}]
    for i in range(WITHOUT_D):
        rows += verdicts(row(0, 90 + i), True, None, OPENAI)
    return [*rows, *verdicts(row(4, 0), True, STATED[4], (STRAY,))]


def wide_rows() -> list[Row]:
    """Rows with positions: a part of each judged stratum, the last ones, and others besides."""
    strata = [row(b, i) for b in range(5) for i in range(STRATUM - JOINED, STRATUM)]
    return [*strata, *(row(4, 200 + i) for i in range(20))]


@pytest.fixture(scope="session")
def judged_home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with the study `planted`."""
    folder: Path = tmp_path_factory.mktemp("judged-study")
    settings = Settings(home=folder / "home")
    load(
        settings,
        parquet(folder / "rows.parquet", wide_rows()),
        parquet(folder / "said.parquet", judged_rows()),
    )
    return settings


@pytest.fixture(scope="session")
def judged_study(judged_home: Settings) -> Iterator[OpenStudy]:
    opened = open_study(judged_home, "planted")
    yield opened
    opened.close()
