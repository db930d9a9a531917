"""What a run says of its making, in every file of its export (`analysis.parse.making`)."""

import sqlite3

from analysis.parse.making import Making, RunMaking, Selection, StageCounts, Stated
from pipeline.journal.journal import STAGE_ENDS
from pipeline.plan.plan import Plan
from pipeline.plan.snapshot import SnapshotReader
from pipeline.run import served
from pipeline.run.other_models import KeptOut, counted, said_same
from pipeline.stages import BY_NAME, CALLING, hard


def making(
    plan: Plan,
    run: str,
    connection: sqlite3.Connection,
    snapshot: SnapshotReader | None,
    left: KeptOut,
) -> Making:
    """The run as it stands now, after those that its snapshot was made by.

    A plan that draws its own pairs keeps every query (the hard ones are chosen among them for
    judging only); one over a snapshot has the queries that were chosen for that.
    """
    own = _run(plan, run, connection, left)
    if snapshot is None:
        return Making((own,), Selection.ALL, Stated.RUN)
    before = snapshot.making
    return Making((*before.runs, own), before.selection, before.stated)


def judged(made: Making, plan: Plan) -> Making:
    """The same for the answers that were judged: those of the hard queries, where it chose any."""
    if hard.SPEC.name not in plan.stages:
        return made
    return Making(made.runs, Selection.HIGH, Stated.RUN)


def _run(plan: Plan, run: str, connection: sqlite3.Connection, left: KeptOut) -> RunMaking:
    stages = _stages(plan, connection)
    calling = [stage for stage in plan.stages if stage in CALLING]
    return RunMaking(
        run=run,
        plan=plan.content_hash,
        title=plan.title,
        whole=all(stages[stage].complete for stage in plan.stages),
        simulated=plan.simulated,
        spec=plan.spec_name,
        stages={stage: stages[stage] for stage in calling},
        roles={stage: plan.models_of(stage) for stage in calling},
        prompts={
            name: plan.prompts[name].digest for stage in calling for name in BY_NAME[stage].prompts
        },
        asked={name: plan.models[name].name for name in plan.used_models()},
        served=served.served(connection),
        served_other=served.served_other(plan, connection),
        stand_ins=served.stand_ins(plan, connection),
        endpoints=served.hosts(plan),
        kept_out=counted(left),
        said_same=said_same(connection),
    )


def _stages(plan: Plan, connection: sqlite3.Connection) -> dict[str, StageCounts]:
    """Every stage of the plan with its calls, zeros where it has not begun."""
    seen = {row["stage"]: row for row in connection.execute("SELECT * FROM progress")}
    sums = {row["stage"]: row for row in connection.execute(STAGE_ENDS)}
    found = {}
    for stage in plan.stages:
        counts = sums.get(stage)
        done, failed, bad = (
            (counts["done"], counts["failed"], counts["unparsable"]) if counts else (0, 0, 0)
        )
        total = max(seen[stage]["total"] if stage in seen else 0, done + failed + bad)
        complete = stage in seen and seen[stage]["state"] == "complete"
        found[stage] = StageCounts(done, failed, bad, total, complete)
    return found
