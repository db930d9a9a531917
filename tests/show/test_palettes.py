"""Colours as colour-blind people see them, and against the page by day and by night.

Dichromats are simulated after Machado, Oliveira and Fernandes (2009) in linear RGB; distances are
Euclidean in OKLab, times 100 (about 2 is just noticeable side by side).
"""

import re
import tomllib
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from analysis.registry import registry
from analysis.show import archetypes, compliance, map, outliers, refusals, robustness, sql, theme

VISIONS = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
CLEARLY = 5.0
THEME = tomllib.loads(
    (Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
)["theme"]
REAL = [p.color for p in registry().providers if p.color and not p.simulated]
SIMULATED = [p.color for p in registry().providers if p.simulated]
TEAL_BROWN = [theme.ACCENT, theme.BROWN]


def linear(color):
    """A hexadecimal colour as linear light, three numbers from 0 to 1."""
    part = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def seen(color, vision):
    light = np.clip(np.array(VISIONS[vision]) @ linear(color), 0, 1)
    return _OKLAB @ np.cbrt(_CONES @ light)


def distance(a, b):
    """How far two colours are for whoever tells them apart least."""
    return min(100 * np.linalg.norm(seen(a, v) - seen(b, v)) for v in VISIONS)


def contrast(a, b):
    low, high = sorted(float(np.array([0.2126, 0.7152, 0.0722]) @ linear(c)) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def over(color, alpha, page):
    """A colour that the page shines through."""
    mixed = [
        round(alpha * int(color[i : i + 2], 16) + (1 - alpha) * int(page[i : i + 2], 16))
        for i in (1, 3, 5)
    ]
    return "#{:02X}{:02X}{:02X}".format(*mixed)


def test_the_simulation_knows_whom_red_and_green_confuse():
    assert distance("#D40000", "#5A7A00") < 15 < distance("#D40000", "#0000D4")
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)


@pytest.mark.parametrize(
    "hues",
    [
        REAL,
        SIMULATED,
        TEAL_BROWN,
        [c for _, c in map.BY_D],
        [hue for hue, _ in compliance._LOOKS.values()],
        *([hue for hue, _ in looks.values()] for looks in (robustness._LOOKS, outliers._LOOKS)),
    ],
)
def test_colours_that_mean_something_are_told_apart_by_everybody(hues):
    assert [(a, b) for a, b in combinations(hues, 2) if distance(a, b) < CLEARLY] == []


def test_neighbours_among_response_types_are_told_apart_by_everybody():
    hues = [hue for hue, _ in refusals._LOOKS.values()]
    assert [(a, b) for a, b in pairwise(hues) if distance(a, b) < CLEARLY] == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_marks_stand_out_from_the_page_by_three_to_one(mode):
    marks = {*REAL, *SIMULATED, *TEAL_BROWN, *theme.OTHER_HUES, theme.ACCENT, theme.QUIET}
    marks |= {c for _, c in map.BY_D} | {hue for hue, _ in compliance._LOOKS.values()}
    page = THEME[mode]["backgroundColor"]
    assert [m for m in marks if contrast(m, page) < 3] == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_numbers_in_coloured_cells_can_be_read(mode):
    """The deepest colour of each heatmap behind the page's own text: 4.5 to one."""
    page, ink = THEME[mode]["backgroundColor"], THEME[mode]["textColor"]
    deep = [(hue, 0.75) for hue in TEAL_BROWN]
    deep += [(theme.DEEP, 0.60), (theme.ACCENT, 0.60)]
    assert [d for d in deep if contrast(over(*d, page), ink) < 4.5] == []


def test_where_hues_come_close_a_symbol_or_a_pattern_differs():
    kinds = [(archetypes.hue(k), archetypes.symbol(k)) for k in range(1, 9)]
    groups = list(zip(map._HUES, theme.SYMBOLS, strict=True))
    bars = list(zip([theme.ACCENT, *theme.OTHER_HUES], sql.HATCHES, strict=True))
    spare = [f"unlisted {i}" for i in range(7)]
    unlisted = list(zip(theme.colors(spare).values(), theme.symbols(spare).values(), strict=True))
    for looks in (kinds, groups, bars, unlisted):
        assert len({cue for _, cue in looks}) == len(looks)


def test_simulated_and_real_providers_each_have_symbols_of_their_own():
    for group in (True, False):
        names = [p.id for p in registry().providers if p.simulated is group and p.color]
        assert len(set(theme.symbols(names).values())) == len(names)


def test_bars_that_differ_in_hue_differ_in_pattern():
    for looks in (robustness._LOOKS, outliers._LOOKS):
        assert len({pattern for _, pattern in looks.values()}) == len(looks)
    assert len({pattern for _, pattern in compliance._LOOKS.values()}) == 3
    patterns = [pattern for _, pattern in refusals._LOOKS.values()]
    assert [a for a, b in pairwise(patterns) if a == b] == []


def test_the_screen_by_day_is_the_paper_of_what_leaves_the_program():
    assert (THEME["light"]["textColor"], THEME["light"]["backgroundColor"]) == (
        theme.INK,
        theme.PAPER,
    )


def test_a_colour_is_typed_once():
    """In Python: style sheets and tables of data can't read it."""
    root = Path(__file__).parents[2]
    homes: dict[str, list[str]] = {}
    for top in ("analysis", "pages", "pipeline"):
        for path in sorted((root / top).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            for hue in re.findall(r"\"#([0-9A-Fa-f]{6})\"", text):
                homes.setdefault(hue.upper(), []).append(str(path.relative_to(root)))
    assert len(homes) > 20
    assert {hue: where for hue, where in homes.items() if len(where) > 1} == {}


def test_the_style_sheet_of_the_pages_names_its_hues_and_spells_none():
    sheet = (Path(__file__).parents[2] / "pages" / "ui" / "style.css").read_text(encoding="utf-8")
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", sheet) == []
    assert set(re.findall(r"var\(--fl-(\w+)\)", sheet)) == set(theme.CSS)
