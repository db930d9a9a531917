"""Find out beforehand what pages would find out when somebody looks, and keep it beside a study.

Looking writes nothing, so that what a page finds out is lost when the server ends. A load is the
moment to keep it, while a person waits anyway.
"""

from contextlib import suppress

from analysis.errors import FaultlineError
from analysis.load.style import AT_ONCE, measure_style
from analysis.queries import clauses, near
from analysis.queries.answers import count_answers
from analysis.queries.archetypes import is_styled
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.build.sources import Cancelled, Report, Step
from analysis.store.study import OpenStudy, StudyInfo, open_study


def prepared(
    info: StudyInfo,
    settings: Settings,
    report: Report = lambda step: None,
    cancelled: Cancelled = lambda: False,
) -> StudyInfo:
    """The study, with its citations, and what takes seconds: near clauses, how answers are written.

    The study is loaded already: what can't be found out or kept now is left to whoever looks.
    """
    study = open_study(settings, info.id)
    try:
        for part in (_citations, _near, _style):
            if cancelled():
                break
            with suppress(FaultlineError):
                part(study, report, cancelled)
    finally:
        study.close()
    return info


def _citations(study: OpenStudy, report: Report, cancelled: Cancelled) -> None:
    if study.info.judgements:
        report(Step("finding the clauses that judges cite", 0, 0))
        for one in study_specs.sets(study):
            judged = study_specs.under(study, one.key)
            clauses.citations(judged, study_specs.spec_of(judged))


def _near(study: OpenStudy, report: Report, cancelled: Cancelled) -> None:
    if study.info.scenarios <= near.AT_ONCE:
        near.link(study, study_specs.spec_of(study), report, cancelled)


def _style(study: OpenStudy, report: Report, cancelled: Cancelled) -> None:
    if 0 < count_answers(study) <= AT_ONCE and not is_styled(study):
        measure_style(study, report, cancelled)
