"""The one place for what the address says and what a session keeps.

Every parameter of the address and every name in the session's state is declared here, with its
form, its default, the pages that read it and its meaning. One name has one meaning: declaring it
twice is an error when this file is imported, and reading or writing a name that is not declared
raises LookupError. A parameter that got another name says what it was called before, so that old
links still open the same view.

    address.get("scenario")            what the address says
    address.choice("rows", "Rows", …)  a selectbox whose id stands in the address
    st.toggle("…", **address.bound("compare"))   a widget whose value is its text in the address
    session["_uploads"]                what this visit keeps

A choice with an id behind its label carries the id, so that a link outlives a change of wording.
A choice lasts over page changes, where Streamlit clears the address.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlencode

import streamlit as st


class Form(StrEnum):
    """What a parameter's text may be."""

    ID = "one of the ids on offer"
    IDS = "ids with commas between them"
    PAIR = "two ids with | between them"
    NAMES = "one of the names on offer; may stand several times"
    TEXT = "any text"
    NUMBER = "a number"
    RANGE = "two numbers: the parameter stands twice"
    SWITCH = "true or false"


@dataclass(frozen=True)
class Parameter:
    """One parameter of the address. `pages` are the files that read it, without folder and ending;
    `default` is empty where it depends on the data, and the page gives it. `before` is its earlier
    name by page."""

    name: str
    form: Form
    pages: tuple[str, ...]
    meaning: str
    default: str = ""
    before: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Slot:
    """A name in the session's state, or with `*` a family of names, and what stands there."""

    name: str
    owner: str
    meaning: str


Pairs = list[tuple[str, str]]
PARAMETERS: dict[str, Parameter] = {}
SLOTS: dict[str, Slot] = {}


def declare(
    name: str,
    form: Form,
    pages: str,
    meaning: str,
    *,
    default: str = "",
    before: Mapping[str, str] | None = None,
) -> Parameter:
    """Declare a parameter; `pages` with spaces between them. Raises ValueError where the name is
    taken, or where an earlier name means something else on the same page."""
    made = Parameter(name, form, tuple(pages.split()), meaning, default, before or {})
    if name in PARAMETERS or _slot(name):
        raise ValueError(f"“{name}” is declared twice: give one of the two another name.")
    for other in (*PARAMETERS.values(), made):
        for page, old in other.before.items():
            taken = PARAMETERS.get(old, made if old == name else None)
            if taken and (page in taken.pages or EVERY in taken.pages):
                raise ValueError(f"“{old}” is read on {page} and can't be an earlier name there.")
    PARAMETERS[name] = made
    return made


def slot(name: str, owner: str, meaning: str) -> Slot:
    """Declare a name of the session's state. Raises ValueError where it is taken."""
    clash = name in PARAMETERS or _slot(name.replace("*", ""))
    if clash or any(fnmatchcase(other, name) for other in (*SLOTS, *PARAMETERS)):
        raise ValueError(f"“{name}” is declared twice: give one of the two another name.")
    SLOTS[name] = Slot(name, owner, meaning)
    return SLOTS[name]


def _slot(name: str) -> Slot | None:
    if name in SLOTS:
        return SLOTS[name]
    return next((s for pattern, s in SLOTS.items() if fnmatchcase(name, pattern)), None)


EVERY = "*"  # every page
_LISTS = "scenarios stress_test overview"

declare("study", Form.ID, EVERY, "The study in use.")
declare("content", Form.TEXT, EVERY, "The beginning of the study's content hash.")
declare("spec", Form.ID, EVERY, "The spec that judgements are read under.")
declare(
    "taxonomy",
    Form.ID,
    "overview scenarios values models archetypes paper map data compare",
    "The taxonomy that categories are of, as name@hash.",
)
declare("verdicts", Form.ID, EVERY, "The run whose verdicts are read, where several judged.")
# Scenarios and whoever leads there
declare("drawn", Form.ID, EVERY, "Uniform share or all scenarios, in a study with a search.")
declare("scenario", Form.ID, "scenarios", "The open scenario.")
declare("show", Form.NAMES, "scenarios", "The models whose answers the reader shows, by label.")
declare("compare", Form.SWITCH, "scenarios", "Two answers word by word.", default="false")
declare("left", Form.ID, "scenarios", "The model whose own words are struck through.")
declare("right", Form.ID, "scenarios", "The model whose own words are underlined.")
declare("page", Form.NUMBER, "scenarios", "Which page of the list.", default="1")
declare("sort", Form.ID, "scenarios", "The order of the list.", default="disagreement")
declare("picked", Form.ID, "scenarios", "A selection of scenarios drawn on the map.")
declare("d", Form.RANGE, "scenarios", "Disagreement D from and to.")
declare("q", Form.TEXT, "scenarios", "Words in the query.")
declare("nudge", Form.NAMES, "scenarios", "Only queries with one of these nudges.")
declare("generator", Form.NAMES, "scenarios", "Only queries that one of these models wrote.")
declare("category", Form.NAMES, "scenarios", "Only queries with a value of these categories.")
declare("value", Form.NAMES, "scenarios", "Only queries with one of these values.")
declare("topic", Form.NAMES, "scenarios", "Only queries with one of these topics.")
declare("refused_by", Form.NAMES, "scenarios", "Only queries that one of these models refused.")
declare("against", Form.ID, "compare", "The study before, with which this one is compared.")
declare("one_model", Form.ID, "compare", "The one model that is compared.", default="all")
declare("other_model", Form.ID, "compare", "The model of A that it is compared with.")
declare("metrics", Form.ID, "compare", "The kind of metrics in the table.", default="all")
declare("metric", Form.ID, "compare", "The metric whose cases are listed.")
declare("series", Form.IDS, "compare", "The studies of a series over time.")
declare("cited", Form.NAMES, "scenarios", "Only queries on which judges cite one of these clauses.")
declare("verdict_of", Form.NAMES, "scenarios", "Only queries with such a verdict of the judges.")
declare("flagged_by", Form.NAMES, "scenarios", "Only queries that one of these judges flags.")
declare("near", Form.NAMES, "scenarios stress_test", "Only queries near one of these clauses.")
declare("high_d", Form.SWITCH, "stress_test", "Of those, only queries of high D.", default="false")
# What several pages share
declare("models", Form.ID, "overview scenarios values", "The set of models compared.")
declare("with", Form.IDS, "overview scenarios values", "The models of a set of one's own.")
declare("model", Form.ID, "models outliers refusals robustness criteria", "The model in question.")
declare(
    "labels",
    Form.ID,
    "refusals robustness models outliers archetypes compliance clauses scenarios",
    "Who gave the response types.",
)
declare("coding", Form.ID, "judges", "How decisions are counted.")
declare("without", Form.ID, "judges", "The judge left out.")
declare("over", Form.ID, "judges", "The answers that pooled numbers describe.")
declare(
    "judged_models",
    Form.ID,
    "compliance judges clauses",
    "The models whose disagreement D tells of judged answers.",
)
# Character
declare("columns", Form.ID, "values", "Providers or models as columns.")
declare("measure", Form.ID, "values", "The measure in the cells.", default="lean")
declare("lean", Form.ID, "models", "Which lean the profile shows.", default="all")
declare("wording", Form.ID, "values", "Which wordings of the queries count.", default="all")
declare("cat", Form.ID, "values", "The category of values in detail.")
declare("who", Form.ID, "values", "The provider or model in detail.")
declare("topic_labels", Form.ID, "refusals models judges map scenarios", "Who gave the topics.")
declare("rows", Form.ID, "refusals", "Models or providers as rows.", default="model")
declare("refusal", Form.ID, "refusals", "The type of refusal counted.", default="any")
declare("api", Form.ID, "refusals", "Whether the API's own refusals count.", default="without")
declare("side", Form.ID, "refusals", "Refused alone, or complied alone.", default="refused")
declare("share", Form.NUMBER, "refusals", "The share of the others on the other side, percent.")
declare("distance", Form.NUMBER, "outliers", "Points between an outlier and the others.")
declare("others", Form.NUMBER, "outliers", "How many of 11 others an outlier is apart from.")
declare("kind", Form.ID, "robustness", "The group of variants in the chart.")
declare("variant", Form.ID, "robustness", "The number in the chart.", default="moved")
declare("kinds", Form.ID, "archetypes", "The number of clusters of models.")
# Judges
declare("clause", Form.ID, "clauses scenarios", "The clause in question, by its anchor.")
declare("clauses", Form.NAMES, "clauses", "The open tab of Clauses.")
declare("covered", Form.ID, "clauses", "The clause whose tests are read, by its anchor.")
declare("tested_state", Form.ID, "clauses", "Only clauses tested this far.", default="all")
declare("authority", Form.ID, "clauses", "Only clauses of this authority.", default="all")
declare(
    "clause_section",
    Form.ID,
    "clauses",
    "Only clauses of this section of the spec.",
    default="all",
    before={"clauses": "section"},
)
declare(
    "clause_kind",
    Form.ID,
    "clauses",
    "Only clauses that need this kind of work.",
    default="all",
    before={"clauses": "kind"},
)
declare("rivals", Form.PAIR, "clauses", "Two clauses that claim the same answers.")
declare("old", Form.ID, "clauses", "The old version of a spec.")
declare("new", Form.ID, "clauses", "The new version of a spec.")
declare("judged_old", Form.ID, "clauses", "The judgements by the old version.")
declare("judged_new", Form.ID, "clauses", "The judgements by the new version.")
declare("changed", Form.ID, "clauses", "Only changes of this kind.")
declare("whole", Form.SWITCH, "clauses", "A changed clause's whole text.", default="false")
declare("criteria", Form.NAMES, "criteria", "The open tab of Criteria.")
declare("measured", Form.ID, "criteria", "The clause whose criterion is written.")
declare("criterion", Form.ID, "criteria", "The criterion in detail, by its clause.", default="all")
declare("grade", Form.ID, "criteria", "The grade that the cells show the share of.")
declare("graded", Form.ID, "criteria", "Only answers of this grade.", default="all")
declare("probe", Form.ID, "criteria", "Only queries of this kind.", default="all")
declare("grader", Form.ID, "criteria", "The model whose grades are read.")
declare("pair", Form.PAIR, "judges", "Two judges in detail.")
declare("cell", Form.PAIR, "judges", "The two decisions of those judges.")
declare(
    "slice_by",
    Form.ID,
    "judges",
    "What agreement is sliced by.",
    default="bin",
    before={"judges": "by"},
)
declare("type-gap", Form.NUMBER, "compliance", "Response types apart, of 6.")
declare("position-gap", Form.NUMBER, "compliance", "Positions apart, of 6.")
declare(
    "purpose", Form.ID, "review", "What the cases are drawn for: judges or rates.", default="judges"
)
declare(
    "skip_labelled",
    Form.SWITCH,
    "review",
    "Leave out hard cases that others labelled.",
    default="false",
    before={"review": "share"},
)
# The rest
declare(
    "colour", Form.ID, "map", "What the colours of the map show.", default="d", before={"map": "by"}
)
declare("sql", Form.TEXT, "sql", "The query in the console.")
declare("part", Form.ID, "paper", "The part of the paper.")
declare("verdict", Form.ID, "paper", "Only numbers with this verdict.")
declare("report", Form.ID, "findings", "The open report.")
declare("look", Form.ID, "findings", "Edit, read or present.", default="edit")
declare("slide", Form.NUMBER, "findings", "The slide on the screen.", default="1")
declare("run", Form.ID, "stress_test", "The run that is watched.")
declare("tested", Form.ID, "stress_test", "The clause that tests are written for.")
declare(
    "criteria_of",
    Form.ID,
    "criteria stress_test",
    "The spec whose criteria are written or run, as name@version.",
)
declare("repaired", Form.ID, "clauses", "The clause that a draft gives another wording.")
declare("settled", Form.ID, "clauses", "The clause that claims the same cases as the repaired one.")
declare("attempt", Form.ID, "clauses", "The draft that the next one is made from, by its version.")
declare("stress", Form.NAMES, "stress_test", "The open tab of Stress test.")
declare("template", Form.ID, "stress_test", "The kind of run that is planned.", default="smoke")
declare("section", Form.NAMES, "data", "The open tab of Data.")
declare("from", Form.NAMES, "data", "Where a source is loaded from.", default="Hugging Face")
declare("term", Form.TEXT, "glossary", "The term that is looked for.")

_OF_STREAMLIT = ("embed", "embed_options")
_KEPT = "_kept_"
_WIDGET = "choose-"
slot("_kept_*", "address", "A choice as it was last made, by parameter.")
slot("choose-*", "address", "The widget of a choice, by parameter.")
slot("_scroll_to", "clicks", "The part of the page that the next run brings into view.")
slot("scroll-to-*", "clicks", "The piece of browser code that scrolls there, by part.")
slot("_page", "address", "The title of the page that ran last.")
slot("_arrived", "address", "Whether this run is the first of its page.")
slot("_pending", "address", "What is to stand in the address once the frame is drawn.")
slot("_standing", "address", "What decides the numbers of the study in use, for links to pages.")
slot("_missed", "address", "What of the address this page could not honour, by parameter.")
slot("_routed", "routes", "Whether the pages are known to Streamlit in this session.")
slot("_boxes", "problems", "How many boxes the page has shown so far.")
slot("_reset_filters", "filters", "That another study was chosen and the filters start afresh.")
slot("_tour_asked", "tour", "How often the tour was asked for.")
slot("_author", "person", "The name that was typed; empty where it was taken away again.")
slot("author-memory-of-browser", "person", "What the browser remembers of the name.")
slot("by-*", "person", "A field for the name, by place.")
slot("clause-label-*", "labelling", "The clause that decided, by query, model and author.")
slot("note-*", "labelling", "A field for a note, by query and author.")
slot("_part_*", "long_text", "Which part of a long text is shown, by place.")
slot("_clicks-*", "clicks", "How many clicks of a table were answered, by table.")
slot("_clicked-*", "clicks", "A click on a chart that the next run answers, by chart.")
slot("figure-*", "clicks", "A chart and what is chosen in it, by figure.")
slot("table-*", "clicks", "A table and what is chosen in it, by figure.")
slot("_to_first_page", "parts/scenarios", "That the list starts again at its first page.")
slot("_map_picked", "parts/map", "The queries drawn around on the map.")
slot("_sql_text", "parts/sql", "The text in the console.")
slot("_sql_link", "parts/sql", "The text that the address had last.")
slot("_sql_running", "parts/sql", "The query that runs.")
slot("_sql_came", "parts/sql", "The answer, or the sentence about what went wrong.")
slot("sql-example", "parts/sql", "The example that was chosen.")
slot("_near_vectors", "parts/stress_test", "Vectors of queries from an endpoint.")
slot("_exported", "parts/stress_test", "The folder that a run was written to.")
slot("_stress_from", "parts/stress_test", "The plan of a run that is to run again with changes.")
slot("_models_offered", "parts/stress_test", "Models that addresses say they have, by base URL.")
slot("_model_said", "parts/stress_test", "A sentence for the next run.")
slot("_stress_prompts", "parts/stress_test", "Prompts that were edited, by name.")
slot("prompt-*", "parts/stress_test", "A field for a prompt, by name.")
slot("_review_shown", "parts/review", "The cases on the screen now and before, by widget key.")
slot("_review_case", "parts/review", "The case at hand.")
slot("_criteria_kept", "parts/stress_test", "What came of keeping drafted criteria.")
slot("_criteria_said", "parts/criteria", "A sentence for the next run.")
slot("criterion-*", "parts/criteria", "A field of a criterion, by clause and version.")
slot("_draft_said", "parts/clauses", "A sentence for the next run.")
slot("_proposals_planned", "parts/clauses", "The repairs that a model is to propose, priced.")
slot("_trial_planned", "parts/clauses", "The draft whose trial was planned, and the plan.")
slot("draft-text-*", "parts/clauses", "The field for a clause's text, by clause and draft.")
slot("draft-example-*", "parts/clauses", "The field for an example, by clause and draft.")
slot("draft-over-*", "parts/clauses", "The clause to win over, by clause and draft.")
slot("draft-line-*", "parts/clauses", "Where a clause is split, by clause and draft.")
slot("draft-title-*", "parts/clauses", "The title of the second half, by clause and draft.")
slot("draft-why-*", "parts/clauses", "The field for the reason, by clause and draft.")
slot("_report_version", "parts/findings", "The report and version that fill the fields.")
slot("_deleted_report", "parts/findings", "The report that can be brought back.")
slot("report-title", "parts/findings", "The field for a report's title.")
slot("new-title", "parts/findings", "The field for a new report's title.")
slot("arranged-*", "parts/findings", "The table in which findings are arranged, by version.")
slot("title-*", "parts/findings", "The field for a finding's title.")
slot("text-*", "parts/findings", "The field for a paragraph.")
slot("notes-*", "parts/findings", "The field for a slide's speaker notes.")
slot("_slide_notes", "parts/findings", "Whether speaker notes are shown.")
slot("_screen", "parts/findings", "Width and height of the browser's window.")
slot("present-keys", "parts/findings", "What the browser says of its keys and window.")
slot("_library_said", "parts/data", "A sentence for the next run.")
slot("_hub_found", "parts/data", "What a repository on the hub has.")
slot("_columns_said", "parts/data", "Which column plays which part, by the files it was said of.")
slot("role-*", "parts/data", "The choice of a column's part, by its number.")
slot("_uploads", "parts/data", "How many uploads were loaded, so that the form is empty again.")


def parameter(name: str) -> Parameter:
    """What is declared under that name. Raises LookupError where nothing is."""
    if name not in PARAMETERS:
        raise LookupError(f"No parameter “{name}” is declared in pages/ui/address.py.")
    return PARAMETERS[name]


class Session:
    """Streamlit's session state, for declared names only: others raise LookupError."""

    def __getitem__(self, name: str) -> Any:
        return st.session_state[_known(name)]

    def __setitem__(self, name: str, value: object) -> None:
        st.session_state[_known(name)] = value

    def __contains__(self, name: str) -> bool:
        return _known(name) in st.session_state

    def get(self, name: str, default: Any = None) -> Any:
        return st.session_state.get(_known(name), default)

    def pop(self, name: str, default: Any = None) -> Any:
        return st.session_state.pop(_known(name), default)

    def setdefault(self, name: str, default: Any) -> Any:
        return st.session_state.setdefault(_known(name), default)


def _known(name: str) -> str:
    if name not in PARAMETERS and _slot(name) is None:
        raise LookupError(f"No name “{name}” of the session is declared in pages/ui/address.py.")
    return name


session = Session()


def arrive(title: str) -> None:
    """Note which page runs. Streamlit clears the address when pages change, and what was chosen
    then comes back; on the same page a missing parameter means that somebody went back to a view
    without it. Earlier names in an old link become the present ones."""
    session["_arrived"] = session.get("_page") != title
    if session["_arrived"]:
        session["_missed"] = {}
    session["_page"] = title
    for old, new in earlier(title.lower().replace(" ", "_")).items():
        if old in st.query_params:
            if new not in st.query_params:
                st.query_params[new] = st.query_params.get_all(old)
            del st.query_params[old]


def earlier(page: str) -> dict[str, str]:
    """Earlier name -> present name of a page's parameters."""
    return {p.before[page]: p.name for p in PARAMETERS.values() if page in p.before}


def here() -> str:
    """The file of the page that runs, without folder and ending."""
    return str(session.get("_page", "")).lower().replace(" ", "_")


def is_read(name: str) -> bool:
    """Whether the page that runs reads a parameter; one that is not declared is read by none."""
    declared = PARAMETERS.get(name)
    return declared is not None and (EVERY in declared.pages or here() in declared.pages)


def unread() -> list[str]:
    """What stands in the address and the page that runs does not read, as name=value."""
    return [
        f"{k}={v}"
        for k in st.query_params
        if k not in _OF_STREAMLIT and not is_read(k)
        for v in st.query_params.get_all(k)
    ]


def note_unknown(name: str, values: Sequence[str], label: str = "") -> None:
    """Note that the address asks for values which are not on offer here, for `missed`. They are
    told as long as the page stays, or until somebody chooses."""
    if values:
        told = ", ".join(f"“{v[:60]}”" for v in values[:8])
        session.setdefault("_missed", {})[name] = (
            f"{_named(name, label)}: {told} is not known here."
        )


def no_choice(*names: str) -> None:
    """Note what the address asks of parts that have nothing to choose among here."""
    for name in names:
        note_unknown(name, [v for v in get_all(name) if v])


def note_missed(sentence: str, name: str = "") -> None:
    """Note a sentence about the address; about the parameter `name`, where it belongs to one."""
    session.setdefault("_missed", {})[name or sentence] = sentence


def forget_missed(name: str) -> None:
    """Somebody chose: what the address asked for before is told no more."""
    session.setdefault("_missed", {}).pop(name, None)


def missed() -> list[str]:
    """What of the address this page could not honour, in sentences."""
    return list(session.get("_missed", {}).values())


def _just_arrived() -> bool:
    return bool(session.get("_arrived", True))


def bound(
    name: str,
    label: str = "",
    *,
    among: Sequence[str] | None = None,
    limits: tuple[float, float] | None = None,
    then: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """For a widget whose value is its text in the address: its key, how it is bound, and what a
    change sets off (`then`, after what the address asked for is settled).

    What the address has and the widget can't show is noted for `missed` here, since Streamlit puts
    another value in its place without a word. So names need what they are `among`, and numbers
    their `limits`, both ends included; TypeError without them.
    """
    declared = parameter(name)
    check_bound(declared, get_all(name), label, among, limits)

    def changed() -> None:
        forget_missed(name)
        if then is not None:
            then()

    return {"key": declared.name, "bind": "query-params", "on_change": changed}


def check_bound(
    declared: Parameter,
    asked: Sequence[str],
    label: str = "",
    among: Sequence[str] | None = None,
    limits: tuple[float, float] | None = None,
) -> None:
    """Note what of `asked` a parameter can't mean: names that are not on offer, numbers outside
    their limits, a switch that is neither on nor off. TypeError as `bound`."""
    given = [a for a in asked if a]
    if declared.form in (Form.NAMES, Form.ID):
        if among is None:
            raise TypeError(f"“{declared.name}” is bound without the names that it is one of.")
        note_unknown(declared.name, [a for a in given if a not in among], label)
    elif declared.form is Form.SWITCH:
        wrong = [a for a in given if a.lower() not in ("true", "false")]
        _miss_value(declared.name, wrong, label, "true or false")
    elif declared.form in (Form.NUMBER, Form.RANGE):
        if limits is None:
            raise TypeError(f"“{declared.name}” is bound without the limits of its number.")
        _check_numbers(declared, given, label, limits)


def _check_numbers(
    declared: Parameter, given: Sequence[str], label: str, limits: tuple[float, float]
) -> None:
    low, high = limits
    whole = all(isinstance(n, int) for n in limits)
    span = f"{low:g} to {high:g}"
    if declared.form is Form.NUMBER:
        wrong = [g for g in given if not _within(g, low, high, whole=whole)]
        wanted = f"a {'whole ' * whole}number from {span}" if low < high else f"{low:g}"
        _miss_value(declared.name, wrong, label, wanted)
        return
    fits = len(given) in (0, 2) and all(_within(g, low, high, whole=whole) for g in given)
    if not (fits and sorted(given, key=float) == list(given)):
        _miss_value(declared.name, given, label, f"two numbers from {span}, the lower one first")


def _within(text: str, low: float, high: float, *, whole: bool) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return low <= number <= high and (not whole or number.is_integer())


def _miss_value(name: str, wrong: Sequence[str], label: str, wanted: str) -> None:
    """Note values that are no such number or switch, with what would be one."""
    if wrong:
        told = ", ".join(f"“{v[:60]}”" for v in wrong[:8])
        session.setdefault("_missed", {})[name] = f"{_named(name, label)}: {told} is not {wanted}."


def _named(name: str, label: str) -> str:
    return label or name.replace("_", " ").replace("-", " ").capitalize()


def get(name: str) -> str:
    """A parameter of the address, or the empty string."""
    name = parameter(name).name
    pending = session.get("_pending") or {}
    return str(pending[name] or "") if name in pending else str(st.query_params.get(name, ""))


def get_all(name: str) -> list[str]:
    """All values of a parameter that may stand several times."""
    return list(st.query_params.get_all(parameter(name).name))


@contextmanager
def at_once() -> Iterator[None]:
    """Send everything that is put inside to the browser in one step. Each step is an entry in its
    history, and one press of the back button should leave the page."""
    session["_pending"] = {}
    try:
        yield
    finally:
        pending = session.pop("_pending", None) or {}
        for name in [n for n, value in pending.items() if not value and n in st.query_params]:
            del st.query_params[name]
        new = {n: v for n, v in pending.items() if v and st.query_params.get(n) != v}
        if new:
            st.query_params.update(new)


def note_reading(study: str, values: Mapping[str, str]) -> None:
    """Note what decides the numbers of a study, for the links to its other pages."""
    session["_standing"] = {"study": study, **values}


def noted_reading(study: str, page: str) -> dict[str, str]:
    """Of what `stand` noted for that study, what the page reads."""
    noted = dict(session.get("_standing") or {})
    if noted.pop("study", None) != study:
        return {}
    return {n: v for n, v in noted.items() if v and {EVERY, page} & {*parameter(n).pages}}


def put(name: str, value: str | None) -> None:
    """Set a parameter, or remove it; nothing is sent where nothing changes."""
    name = parameter(name).name
    pending = session.get("_pending")
    if pending is not None:
        pending[name] = value
    elif value:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def choice(
    name: str,
    label: str,
    options: Mapping[str, str],
    *,
    default: str = "",
    always: bool = False,
    on_change: Callable[[], None] | None = None,
    help: str | None = None,
) -> str:
    """A selectbox over id -> label whose id stands in the address (also as default if `always`).

    An id in the address that is not among the options gives way to the one kept from before, and
    that to the default: the declared one, `default` where that depends on the data, else the first
    option.
    """
    default = parameter(name).default or default or next(iter(options))
    before = kept(name) if always or _just_arrived() else None
    asked = get(name)
    if asked and asked not in options:
        note_unknown(name, [asked], label)
    current = next((str(c) for c in (asked, before, default) if c in options), next(iter(options)))
    session[_KEPT + name] = current
    session[_WIDGET + name] = current
    st.selectbox(
        label,
        list(options),
        format_func=lambda i: options.get(i, i),
        key=_WIDGET + name,
        on_change=_chosen(name, on_change),
        help=help,
    )
    put(name, current if always or current != default else None)
    return current


def choices(
    name: str,
    label: str,
    options: Mapping[str, str],
    *,
    default: Sequence[str],
    on_change: Callable[[], None] | None = None,
    help: str | None = None,
) -> list[str]:
    """Like `choice`, for several: the ids stand in the address with commas between them."""
    ids = get(name) or (kept(name) if _just_arrived() else None) or ",".join(default)
    note_unknown(name, [i for i in get(name).split(",") if i and i not in options], label)
    current = [i for i in dict.fromkeys(ids.split(",")) if i in options]
    session[_WIDGET + name] = current
    st.multiselect(
        label,
        list(options),
        format_func=lambda i: options.get(i, i),
        key=_WIDGET + name,
        on_change=_chosen(name, on_change),
        help=help,
    )
    put(name, ",".join(current))
    return current


def _chosen(name: str, then: Callable[[], None] | None) -> Callable[[], None]:
    """What a change of the widget of that name sets off: session and address take it over."""

    def changed() -> None:
        picked = session[_WIDGET + name]
        forget_missed(name)
        keep(name, picked if isinstance(picked, str) else ",".join(picked))
        if then is not None:
            then()

    return changed


def kept(name: str) -> str | None:
    """What was chosen under that name in this session, if anything."""
    value = session.get(_KEPT + parameter(name).name)
    return value if isinstance(value, str) else None


def keep(name: str, value: str) -> None:
    """Choose from code: the next run finds it, in the address too."""
    put(name, value)
    session[_KEPT + name] = value


def forget(name: str) -> None:
    """Let go of a choice, here and for the pages that come."""
    put(name, None)
    session.pop(_KEPT + name, None)


def query(**extra: str | None) -> str:
    """The address's query with some parameters replaced (None removes one). What this page does
    not read stays behind: a link promises nothing that it does not do."""
    pairs = [
        (k, v)
        for k in st.query_params
        for v in st.query_params.get_all(k)
        if is_read(k) and k not in extra
    ]
    return urlencode([*pairs, *((k, v) for k, v in extra.items() if v)])
