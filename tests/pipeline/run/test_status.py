"""Sums over a run's stages and batches, as a page writes them."""

from types import SimpleNamespace

from pipeline.run.status import Watch, calls_ended

STAGES = {
    "respond": {"done": 5, "failed": 1, "unparsable": 0, "total": 10},
    "judge": {"done": 2, "failed": 0, "unparsable": 3, "total": 20},
}


def test_a_call_ends_in_whichever_way():
    assert calls_ended({"stages": STAGES}) == (11, 30)
    assert calls_ended({"stages": {}}) == (0, 0)


def test_only_open_batches_are_with_the_providers():
    batches = [
        {"state": "open", "calls": 40},
        {"state": "collected", "calls": 7},
        {"state": "open", "calls": 2},
    ]
    seen = SimpleNamespace(status={"stages": STAGES}, batches=batches)
    seen.open_batches = Watch.open_batches.fget(seen)
    assert [b["calls"] for b in seen.open_batches] == [40, 2]
    assert Watch.calls_in_batches.fget(seen) == 42
    assert Watch.failed_calls.fget(seen) == 1
