"""What one person did with the answers that were handed out."""

import pandas as pd

from analysis.queries.human_labels import Progress, progress
from analysis.store.annotations.annotations import Draw, Kind


def test_labels_and_skips_are_counted_apart():
    entries = pd.DataFrame(
        {
            "kind": [Kind.COMPLIANCE, Kind.COMPLIANCE, Kind.SKIP],
            "draw": [Draw.RANDOM, Draw.HARD, Draw.RANDOM],
        }
    )
    assert progress(entries) == Progress(labelled=2, random=1, skipped=1)
    assert progress(entries.iloc[:0]) == Progress(0, 0, 0)
