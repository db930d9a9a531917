"""The pictures of recipes about kinds of models and the map: as `drawings`, which gathers them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.export.recipes_archetypes import sort
from analysis.measure import archetypes as measure
from analysis.show import archetypes, map
from analysis.store.study import OpenStudy


def _tree(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    found = sort(study, asked, draws=0)
    return archetypes.dendrogram(found.kinds.linkage, found.kinds.kinds, found.labels)


def _plane(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    found = sort(study, asked, draws=0)
    points, shares = measure.projection(found.kinds)
    return archetypes.plane(points, found.kinds.kinds, found.labels, shares)


def _map(study: OpenStudy, asked: Mapping[str, Any], frame: pd.DataFrame) -> go.Figure:
    return map.scatter(frame, asked["by"])


KINDS = {"archetypes.plane": _plane, "archetypes.tree": _tree, "map.points": _map}
