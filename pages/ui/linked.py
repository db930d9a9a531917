"""What a link says beside its page: the study's content, the taxonomy and who labelled, so that it
shows what it showed; and what of it can't be honoured, said in one place.

Each stands in the address also where it is what is in use: another may come into use, and the link
is to go on showing the same numbers.
"""

from dataclasses import replace

import streamlit as st

from analysis.errors import FaultlineError
from analysis.figures import inputs
from analysis.store import labels
from analysis.store.library.library import TaxonomyInfo, current_taxonomy, find_taxonomy
from analysis.store.study import OpenStudy, StudyInfo
from pages.ui import address, problems

_CONTENT_HEX = 12


def study(studies: list[StudyInfo]) -> None:
    """Where the address names content that another study here has, go to that study, and say so."""
    name, content = address.get("study"), address.get("content")
    named = next((i for i in studies if i.id == name), None)
    if not content or (named and named.content_hash.startswith(content)):
        return
    same = next((i for i in studies if i.content_hash.startswith(content)), None)
    if same is not None:
        address.put("study", same.id)
        address.note_missed(
            f"The link was made on the study “{name}” with content {content[:_CONTENT_HEX]}: that "
            f"content is here as “{same.title}”, which is shown."
        )


def content(info: StudyInfo) -> None:
    """Name the study's content in the address; where a link names another, say so until somebody
    goes on with what is here."""
    wanted = address.get("content")
    if not wanted or info.content_hash.startswith(wanted):
        address.put("content", info.content_hash[:_CONTENT_HEX])
        return
    problems.note(
        "This link was made on other content",
        f"It names “{info.id}” with content {wanted[:_CONTENT_HEX]}; the study now has "
        f"{info.content_hash[:_CONTENT_HEX]}. Numbers may differ from those that the link showed.",
    )
    st.button(
        "Go on with the study as it is",
        key="content-go-on",
        type="tertiary",
        on_click=address.put,
        args=("content", None),
    )


def read_as(opened: OpenStudy) -> OpenStudy:
    """The study read with the taxonomy and the labels that the address names."""
    reading = opened.reading
    if address.is_read("taxonomy"):
        reading = replace(reading, taxonomy=_taxonomy(opened))
    if address.is_read("labels"):
        reading = replace(reading, labels=_labeller(opened, "labels", "response_types"))
    if address.is_read("topic_labels"):
        reading = replace(reading, topic_labels=_labeller(opened, "topic_labels", "topics"))
    return opened.read_as(reading)


def note_reading(study: OpenStudy) -> None:
    """Note what the study is read with, so that links to other pages carry it. A page that is
    opened by such a link adds nothing to its address."""
    reading = study.reading
    address.note_reading(
        study.info.id,
        {
            "content": study.info.content_hash[:_CONTENT_HEX],
            "taxonomy": reading.taxonomy or inputs.taxonomy_key(study),
            "labels": reading.labels or _first(study, "labels", "response_types"),
            "topic_labels": reading.topic_labels or _first(study, "topic_labels", "topics"),
            "spec": address.get("spec"),
            "verdicts": address.get("verdicts"),
        },
    )


def _first(study: OpenStudy, name: str, kind: str) -> str:
    """Whose labels a page that reads them would begin with."""
    known = labels.sources(study.whole, kind)
    kept = address.kept(name)
    return kept if kept in known else next(iter(known), "")


def _taxonomy(opened: OpenStudy) -> str:
    used = inputs.taxonomy_key(opened)
    wanted = address.get("taxonomy") or address.kept("taxonomy") or ""
    if wanted:
        try:
            inputs.taxonomy(opened, wanted)
        except FaultlineError as error:
            address.forget("taxonomy")
            address.note_missed(f"{error} Categories are those of the taxonomy in use.")
            wanted = ""
    key = wanted or used
    address.put("taxonomy", key)
    if key != used:
        address.keep("taxonomy", key)  # for the pages that come, too
        problems.note(
            "The link names another taxonomy than the one in use",
            f"Categories here are those of “{key.partition('@')[0]}”, as the link has it; in use "
            f"is “{used.partition('@')[0]}”.",
        )
        st.button(
            "Use the one in use",
            key="taxonomy-in-use",
            type="tertiary",
            on_click=address.forget,
            args=("taxonomy",),
        )
    return key


def taxonomy(opened: OpenStudy) -> TaxonomyInfo:
    """The taxonomy that a study is read with."""
    name = opened.reading.taxonomy.partition("@")[0]
    return find_taxonomy(opened.settings, name) if name else current_taxonomy(opened.settings)


def _labeller(opened: OpenStudy, name: str, kind: str) -> str:
    known = labels.sources(opened.whole, kind)
    wanted = address.get(name) or address.kept(name) or ""
    if wanted == "none":
        return ""
    if wanted and wanted not in known:
        address.note_unknown(name, [wanted] if address.get(name) else [])
        address.forget(name)
        wanted = ""
    found = wanted or next(iter(known), "")
    address.put(name, found or None)
    return found


def unread() -> None:
    """Note what the address asks for and this page has no use for."""
    unused = address.unread()
    if unused:
        address.note_missed(
            f"This page has no use for {', '.join(a[:60] for a in unused[:8])}: what it shows is "
            "not narrowed by that."
        )


def show_missed() -> None:
    """Everything of the link that was not honoured, in one box."""
    missed = address.missed()
    if missed:
        problems.note("Not all of this link could be followed", " ".join(missed))
