"""Load splits of a dataset repository on the hub into a study: fetch the shards, then build."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.load.chosen import stated
from analysis.load.files.files import answers_read, parquet_source
from analysis.load.hub import hub
from analysis.load.labels import label_small
from analysis.parse.making import Selection
from analysis.settings import Settings
from analysis.store.build.assemble import STEPS
from analysis.store.build.build import build_study, plain_words
from analysis.store.build.inspect import inspect_parquet
from analysis.store.build.places import staging_folder, workspace
from analysis.store.build.sources import Cancelled, Report, Source, Step
from analysis.store.study import StudyInfo, study_id


def chosen_splits(configs: Sequence[str], splits: Sequence[str]) -> dict[str, list[str]]:
    """Config -> splits, from `--config` and `--split` as given.

    A split may name its config (`judge_evaluations/std_2.5_to_3.0`); a bare one belongs to the
    first config. A config without any named split means all of its splits.
    """
    chosen: dict[str, list[str]] = {c: [] for c in (configs or ["default"])}
    first = next(iter(chosen))
    for split in splits:
        config, _, name = split.rpartition("/")
        chosen.setdefault(config or first, []).append(name)
    return chosen


def load_hub(
    repo: str,
    splits: Mapping[str, Sequence[str]],
    revision: str | None,
    study: str,
    settings: Settings,
    *,
    copy_texts: bool = False,
    keep_error_texts: bool = False,
    selection: Selection | None = None,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """Build the study named `study` from splits of `repo` (config -> splits; empty means all).

    The revision is pinned to a commit and stored. `selection`: how the queries were chosen, where
    the person who loads them knows better than the names of the splits tell. Raises
    FaultlineError in plain words where the hub refuses or nothing is usable; the study of that
    name that was there is untouched.
    """
    study_id(study)
    report(Step(f"asking the hub about {repo}", 0, 0))
    plan = hub.plan(repo, splits, revision, settings)
    return load_plan(
        plan,
        study,
        settings,
        copy_texts=copy_texts,
        keep_error_texts=keep_error_texts,
        selection=selection,
        report=report,
        cancelled=cancelled,
    )


def load_plan(
    plan: hub.HubPlan,
    study: str,
    settings: Settings,
    *,
    copy_texts: bool = False,
    keep_error_texts: bool = False,
    selection: Selection | None = None,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """Fetch what a plan names and build the study from it."""
    study_id(study)
    for line in plan.describe():
        report(Step(line, 0, 0))
    shards = hub.fetch(plan, settings, lambda p: report(_downloading(p)), cancelled)
    with plain_words(study), workspace(staging_folder(settings)) as folder:
        report(Step("looking through the answers", 0, STEPS))
        found = [
            answers_read(source, folder, settings, keep_error_texts, all_answers=True)
            for source in _sources(plan, shards, settings)
        ]
        info = build_study(
            settings,
            study,
            stated(found, selection),
            copy_texts=copy_texts,
            report=report,
            cancelled=cancelled,
        )
    label_small(info, settings, report)
    return info


def _downloading(progress: hub.Progress) -> Step:
    done, total = progress.done_bytes, progress.total_bytes
    return Step(f"downloading {hub.readable_size(done)} of {hub.readable_size(total)}", done, total)


def _sources(
    plan: hub.HubPlan, shards: Sequence[hub.LocalShard], settings: Settings
) -> list[Source]:
    """One source a config and split; shards of one split share their layout."""
    sources = []
    for config, split in dict.fromkeys((s.config, s.split) for s in shards):
        own = [s for s in shards if (s.config, s.split) == (config, split)]
        source = parquet_source(
            [inspect_parquet(s.path, settings) for s in own], name=f"{config} / {split}"
        )
        known = tuple(s.sha256 for s in own if s.sha256)
        sources.append(
            replace(
                source,
                repo=plan.repo,
                revision=plan.revision,
                config=config,
                split=split,
                digests=known if len(known) == len(own) else None,
            )
        )
    return sources


def fetch_again(study: StudyInfo, settings: Settings, report: Report) -> list[Path]:
    """Bring back shards of a study whose files were moved or emptied; gives the paths fetched.

    Raises FaultlineError where a missing file never came from the hub.
    """
    brought: list[Path] = []
    for source in study.sources:
        gone = hub.moved_or_missing(Path(f) for f in source["files"] if source["linked"])
        if not gone:
            continue
        if not source["repo"]:
            raise FaultlineError(
                f"{gone[0]} is gone and did not come from the hub. Put it back, or load the "
                "source from where it is now."
            )
        plan = hub.plan_again(source["repo"], gone, settings)
        fetched = hub.fetch(plan, settings, lambda p: report(_downloading(p)))
        brought += [shard.path for shard in fetched]
    return brought
