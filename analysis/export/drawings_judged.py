"""The pictures of recipes about judges and what they decide: as `drawings`, which gathers them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.export import judge_frames
from analysis.registry import registry
from analysis.show import clauses, compliance, judges
from analysis.store.study import OpenStudy


def _agreement(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    return judges.coefficients(frame)


def _pairs(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    names = judge_frames.names(study, asked["without"])
    return judges.matrix(frame, {j: registry().judge(j).label for j in names})


def _confusion(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    first, second = (registry().judge(str(frame[c].iloc[0])).label for c in ("judge", "other"))
    return judges.confusion(frame, first, second)


def _bins(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    return compliance.bins(frame)


def _rivals(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    titles = dict(zip(frame["clause"], frame["title"], strict=True))
    return clauses.rivals(frame, titles | dict(zip(frame["other"], frame["other_title"],
                          strict=True)))  # fmt: skip


JUDGED = {
    "clauses.rivals": _rivals,
    "compliance.by_bin": _bins,
    "judges.agreement": _agreement,
    "judges.confusion": _confusion,
    "judges.pairs": _pairs,
}
