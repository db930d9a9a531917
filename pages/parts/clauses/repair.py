"""A draft of a better clause: its text to edit, what that changes and what the lint says of it,
and every attempt so far with its reason."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from analysis import glossary
from analysis.load import drafts as load
from analysis.load.drafts import Start
from analysis.measure.specs.lint import Finding, lint, lint_changes
from analysis.number_text import counted
from analysis.parse.specs import editing
from analysis.parse.specs.carried import CarriedSpec
from analysis.parse.specs.clause import Clause, Spec, rules
from analysis.parse.specs.spec import parse_spec
from analysis.settings import Settings
from analysis.store.annotations import drafts as store
from analysis.store.annotations.drafts import MOST_REASON, Draft
from analysis.store.library.library import EMBEDDED_NAME
from analysis.text_safety import contained, literal
from pages.parts.clauses import proposals, trying
from pages.ui import address, clause_box, clicks, diff, long_text, person, problems, ui_text
from pages.ui.acting import Right, acts
from pages.ui.address import session
from pages.ui.assets import component
from pages.ui.frame import View

TAB = "Draft a repair"
_SAID = "_draft_said"
_ROOT = "loaded"
_EDITOR = 320  # pixels
_NOWHERE = "Nowhere"


def way(anchor: str, other: str = "") -> None:
    """A way to a draft of one clause, or of the precedence between two. A button: a link from a
    page to another tab of it would keep the tab that is open."""
    st.button(
        "Draft which of them wins" if other else "Draft a repair",
        key=f"repair-{anchor}-{other}",
        icon=":material/edit_note:",
        type="tertiary",
        on_click=_open,
        args=(anchor, other),
    )


def _open(anchor: str, other: str) -> None:
    session["clauses"] = TAB
    address.keep("repaired", anchor)
    if other:
        address.keep("settled", other)
    else:
        address.forget("settled")


def show(view: View) -> None:
    """The clause, where the attempt starts, the editor, and all attempts."""
    given = load.of_study(view.study)
    attempts = load.tree(given, view.settings)
    if said := session.pop(_SAID, ""):
        st.text(said)
    begun, anchor = _choose(view, given, attempts)
    if begun.draft is not None and not begun.draft.is_root:
        _attempt(view, begun.draft)
        with problems.shown():
            trying.show(view, begun.draft)
            trying.verdict(view, begun.draft)
    _settled(begun.spec, anchor)
    with problems.shown():
        proposals.offer(view, begun, anchor)
    with clicks.part_in_view(trying.EDITOR):
        _edit(view.settings, begun, anchor)
    _listed(view, attempts)


def _choose(view: View, given: CarriedSpec, attempts: list[tuple[int, Draft]]) -> tuple[Start, str]:
    """The clause that is edited, and the draft or spec that the edit starts from."""
    spec = "the small spec that comes with Faultline"
    if given.spec.name != EMBEDDED_NAME:
        spec = f"{given.spec.name} {given.spec.version}"
    starts = {_ROOT: f"As it is: {spec}"} | {
        d.version: f"{'– ' * (depth - 1)}{d.version}: {ui_text.named(d.why)[:60]}"
        for depth, d in attempts
        if depth and (not d.gone or d.version == address.get("attempt"))
    }
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        place = st.container(width=420)
        with st.container(width=420):
            version = address.choice(
                "attempt",
                "Start from",
                starts,
                default=_ROOT,
                help="Undo is going on from an earlier one: none is ever lost.",
            )
    uid = next((d.uid for _, d in attempts if not d.is_root and d.version == version), "")
    begun = load.start(given, view.settings, uid)
    options = {c.anchor: c.title for c in rules(begun.spec.clauses)} | {
        c.anchor: c.title for c in begun.spec.clauses
    }
    with place:
        anchor = address.choice(
            "repaired", "Clause", options, help=glossary.help_text("draft"), always=True
        )
    return begun, anchor


def _attempt(view: View, draft: Draft) -> None:
    """One attempt: who made it and why, what it changes, and what can be done with it."""
    parent = load.carried(store.find(view.settings, draft.base), view.settings)
    made = load.carried(draft, view.settings)
    with st.container(border=True, gap="xsmall", key="draft-attempt"):
        st.text(
            f"{draft.version}, made from {parent.spec.version} by {ui_text.named(draft.author)} on "
            f"{draft.at[:16].replace('T', ' ')}: {contained(draft.why)}" + _marked(draft)
        )
        _changes(parent.spec, made.spec, "draft-made")
        with st.container(horizontal=True, gap="small"):
            st.download_button(
                "The whole spec (Markdown)",
                made.text,
                draft.file,
                "text/markdown",
                icon=":material/download:",
                on_click="ignore",
                key="draft-markdown",
            )
            if draft.gone:
                if st.button("Bring it back", icon=":material/undo:", key="draft-restore"):
                    _mark(view.settings, draft, gone=False)
            elif st.button("Discard", icon=":material/delete:", key="draft-discard"):
                _mark(view.settings, draft, gone=True)


def _changes(old: Spec, new: Spec, key: str) -> None:
    """What one spec says otherwise than another, clause by clause."""
    before = {c.anchor: c for c in old.clauses}
    changed = [c for c in new.clauses if c.text != getattr(before.get(c.anchor), "text", None)]
    for clause in changed:
        was = before.get(clause.anchor)
        st.caption(literal(clause.title) + ("" if was else ": a new clause"))
        diff.show(was.text if was else "", clause.text, f"{key}-{clause.anchor}", around=30)
    if not changed:
        st.text("Nothing is changed yet.")


def _settled(spec: Spec, anchor: str) -> None:
    """The clause that claims the same cases, beside which the text is edited."""
    asked = address.get("settled")
    other = next((c for c in spec.clauses if c.anchor == asked and asked != anchor), None)
    if asked and other is None:
        address.note_missed(f"The clause “{asked[:60]}” is not in this spec.", "settled")
    if other is None:
        return
    with st.container(border=True, gap="xsmall", key="draft-settled"):
        st.text(f"Claims the same cases: {other.title} · #{other.anchor}")
        long_text.show(other.text or clause_box.NO_TEXT, "settled")


@dataclass(frozen=True)
class _Fields:
    """The fields of one clause in one draft: their keys carry both, so none is filled with
    another's words."""

    clause: Clause
    mark: str

    def key(self, field: str) -> str:
        return f"draft-{field}-{self.mark}"


def _edit(settings: Settings, begun: Start, anchor: str) -> None:
    """The editor with its operations at the left; what it changes and the lint at the right."""
    clause = next(c for c in begun.spec.clauses if c.anchor == anchor)
    fields = _Fields(clause, f"{anchor}-{begun.base or begun.root.content_hash[:12]}")
    session.setdefault(fields.key("text"), clause.text)
    left, right = st.columns(2, gap="large")
    with left:
        st.text(f"#{anchor}" + (f" · {clause.authority}" if clause.authority else ""))
        text = st.text_area("Text of the clause", key=fields.key("text"), height=_EDITOR) or ""
        component("faultline_typing", "<span hidden></span>", "buttons.css", "typing.js")(
            key="draft-typing"
        )
        _operations(begun.spec, fields)
    with right, problems.shown():
        source = _edited(begun.text, fields, text)
        new = parse_spec(source, f"{begun.spec.name}.md", begun.spec.version)
        st.caption("What it changes")
        _changes(begun.spec, new, "draft-edited")
        _lint(begun, new, source, anchor)
        _save(settings, begun, fields, source)


def _edited(source: str, fields: _Fields, text: str) -> str:
    """The whole spec with what stands in the fields."""
    edited = editing.with_text(source, fields.clause.anchor, text)
    line = session.get(fields.key("line"))
    if not isinstance(line, int):
        return edited
    title = str(session.get(fields.key("title")) or "")
    return editing.split(edited, fields.clause.anchor, line, title)


def _operations(spec: Spec, fields: _Fields) -> None:
    """An example, a sentence of precedence, a split: what the text itself does not do well."""
    with st.container(horizontal=True, gap="small"):
        with st.popover("Add an example", icon=":material/format_quote:", key="draft-example"):
            st.text_area(
                "What is said, and what is right",
                key=fields.key("example"),
                height=160,
                placeholder="User: …\nGood: …\nPoor: …",
            )
            st.button("Add it", key="draft-add-example", on_click=_add_example, args=(fields,))
        with st.popover("Add precedence", icon=":material/vertical_align_top:", key="draft-wins"):
            titles = {c.anchor: c.title for c in spec.clauses if c.anchor != fields.clause.anchor}
            asked = address.get("settled")
            if asked in titles:
                session.setdefault(fields.key("over"), asked)
            st.selectbox(
                "This clause wins over",
                list(titles),
                format_func=lambda a: titles.get(a, a),
                key=fields.key("over"),
            )
            st.button("Add it", key="draft-add-wins", on_click=_add_precedence, args=(fields,))
        with st.popover("Split in two", icon=":material/call_split:", key="draft-split"):
            _split(fields)


def _split(fields: _Fields) -> None:
    places = editing.breaks(str(session.get(fields.key("text")) or ""))
    options: dict[int | None, str] = {None: _NOWHERE} | {b.line: b.words for b in places}
    if session.get(fields.key("line")) not in options:
        session[fields.key("line")] = None
    st.selectbox(
        "The second clause begins at",
        list(options),
        format_func=lambda line: options.get(line, ""),
        key=fields.key("line"),
        help="The paragraphs of the text but the first. The second clause gets the same authority.",
    )
    st.text_input("Title of the second clause", key=fields.key("title"), max_chars=200)


def _add_example(fields: _Fields) -> None:
    example = str(session.get(fields.key("example")) or "")
    if _put(fields, lambda text: editing.with_example(text, example)):
        session[fields.key("example")] = ""


def _add_precedence(fields: _Fields) -> None:
    over = str(session.get(fields.key("over")) or "")
    _put(fields, lambda text: editing.with_precedence(text, fields.clause.anchor, over))


def _put(fields: _Fields, change: Callable[[str], str]) -> bool:
    """Change the text in the editor; what can't be done is said. Nothing is kept before Save."""
    done = False
    with problems.shown(pressed=True):
        session[fields.key("text")] = change(str(session.get(fields.key("text")) or ""))
        done = True
    return done  # noqa: RET504 - what goes wrong above ends in a sentence and False


def _lint(begun: Start, new: Spec, source: str, anchor: str) -> None:
    """What the lint says of the edited clause, and what it says of others only since the edit."""
    found = _found(source, new)
    added, gone = lint_changes(_found(begun.text, begun.spec), found)
    told = [f for f in found if f.clause == anchor or f in added]
    st.caption("What the lint says of it", help=glossary.help_text("lint"))
    for finding in told:
        st.text(
            f"{finding.severity.capitalize()}{', new' if finding in added else ''}: "
            f"{contained(finding.finding)} {contained(finding.remedy)}"
        )
    if not told:
        st.text("Nothing found in this clause.")
    if gone:
        st.text(f"{counted(gone, 'finding')} of before {'is' if gone == 1 else 'are'} gone.")


@st.cache_data(max_entries=40, show_spinner=False)
def _found(text: str, _spec: Spec) -> list[Finding]:
    return lint(_spec, text)


def _save(settings: Settings, begun: Start, fields: _Fields, source: str) -> None:
    why = st.text_input(
        "Reason",
        key=fields.key("why"),
        max_chars=MOST_REASON,
        placeholder="What the draft is to mend",
    )
    person.ask_name("draft")
    ready = source != begun.text and bool((why or "").strip())
    if st.button(
        "Save the draft",
        type="primary",
        icon=":material/save:",
        key="draft-save",
        disabled=not ready,
        help=None if ready else "Change the clause and give a reason first.",
    ):
        _keep(settings, begun, fields.clause.anchor, source, why or "")


@acts(Right.CONTRIBUTE)
def _keep(settings: Settings, begun: Start, anchor: str, source: str, why: str) -> None:
    made = load.keep(begun, anchor, source, person.signature(), why, settings)
    address.keep("attempt", made.version)
    session[_SAID] = f"Kept as {made.version}. The next draft starts from it."
    st.rerun()


@acts(Right.CONTRIBUTE)
def _mark(settings: Settings, draft: Draft, *, gone: bool) -> None:
    store.mark(settings, draft, person.signature(), gone=gone)
    session[_SAID] = f"{draft.version} is {'discarded' if gone else 'brought back'}."
    st.rerun()


def _listed(view: View, attempts: list[tuple[int, Draft]]) -> None:
    """All attempts at the spec, each below the one that it was made from."""
    if len(attempts) < 2:
        st.caption("No attempt at this spec has been saved yet.")
        return
    st.caption(f"Attempts at this spec ({len(attempts) - 1})")
    with st.container(gap=None, key="draft-tree"):
        for depth, draft in attempts:
            name = "The spec as it is" if draft.is_root else draft.version
            said = (
                ""
                if draft.is_root
                else (
                    f" · #{draft.clause} · {ui_text.named(draft.author)}, {draft.at[:10]}: "
                    f"{ui_text.named(draft.why)}{_marked(draft)}"
                )
            )
            st.button(
                literal("\u2003" * depth + ("└ " if depth else "") + name + said),
                key=f"draft-go-{draft.uid}",
                type="tertiary",
                on_click=_go,
                args=(draft,),
            )
            if not draft.is_root and (told := trying.in_short(view, draft)):
                st.caption(literal("\u2003" * (depth + 1) + told))


def _marked(draft: Draft) -> str:
    if draft.gone:
        return " (discarded)"
    return " (accepted)" if draft.accepted else ""


def _go(draft: Draft) -> None:
    address.keep("attempt", _ROOT if draft.is_root else draft.version)
    if draft.clause:
        address.keep("repaired", draft.clause)
