"""Drafts from a loaded spec, or from one another: where an attempt starts, and keeping it."""

from contextlib import suppress
from dataclasses import dataclass, replace

from analysis.errors import FaultlineError
from analysis.parse.specs.carried import CarriedSpec, spec_name
from analysis.parse.specs.clause import Spec
from analysis.parse.specs.editing import editable
from analysis.settings import Settings
from analysis.store import study_specs
from analysis.store.annotations import drafts as store
from analysis.store.annotations.drafts import Draft
from analysis.store.library.specs import known_spec, save_spec
from analysis.store.study import OpenStudy


@dataclass(frozen=True)
class Start:
    """What an attempt is made from: the Markdown with its spec, the draft that this is (None: the
    root itself, of which there is no draft yet), and the root with its Markdown."""

    text: str
    spec: Spec
    draft: Draft | None
    root: Spec
    root_text: str

    @property
    def base(self) -> str:
        """The uid of the draft that an attempt is made from; "" for the root."""
        return "" if self.draft is None else self.draft.uid


def start(given: CarriedSpec, settings: Settings, uid: str = "") -> Start:
    """Where an attempt at a spec starts: at the draft `uid`, or at the spec itself. A spec that is
    a draft already belongs to the tree that the draft stands in.

    Raises FaultlineError for a draft that is not there, and for a spec of which no Markdown gives
    the same clauses.
    """
    root, draft = given, store.find(settings, uid) if uid else _as_draft(given.spec, settings)
    if draft is not None:
        root = carried(_root(draft, settings), settings)
    source = editable(root.text, root.spec)
    if draft is None or draft.is_root:
        return Start(source, root.spec, draft, root.spec, source)
    text = store.text_of(settings, draft)
    return Start(text, store.read(draft, text), draft, root.spec, source)


def _as_draft(spec: Spec, settings: Settings) -> Draft | None:
    """The draft that a spec is, by name, version and clauses."""
    draft = store.named(settings, spec.name, spec.version)
    return draft if draft is not None and draft.key == spec.key else None


def _root(draft: Draft, settings: Settings) -> Draft:
    return next(d for d in store.of_spec(settings, draft.spec) if d.is_root)


def tree(given: CarriedSpec, settings: Settings) -> list[tuple[int, Draft]]:
    """(depth, draft) of the tree that a spec belongs to, the root first; [] where there is none."""
    draft = _as_draft(given.spec, settings)
    return store.tree(store.of_spec(settings, draft.spec if draft else given.spec.key))


def keep(begun: Start, clause: str, text: str, author: str, why: str, settings: Settings) -> Draft:
    """Keep a draft whose whole Markdown is `text`, made by editing one clause. Raises as
    `store.keep`."""
    return store.keep(settings, begun.root, begun.root_text, begun.base, clause, text, author, why)


def accept(draft: Draft, author: str, settings: Settings) -> Spec:
    """A draft becomes a spec of the library, and the one in use. Raises FaultlineError without a
    name, and for the root of a tree."""
    store.accept(settings, draft, author)
    text = store.text_of(settings, draft)
    spec = replace(store.read(draft, text), source=draft.file)
    save_spec(settings, spec, text.encode("utf-8"))
    return spec


def carried(draft: Draft, settings: Settings) -> CarriedSpec:
    """A draft's spec with its text."""
    text = store.text_of(settings, draft)
    return CarriedSpec(store.read(draft, text), text)


def of_study(study: OpenStudy) -> CarriedSpec:
    """The spec that a study's judgements are read under, with its text where that is kept.

    Raises FaultlineError for a wording that neither study nor library has.
    """
    spec = study_specs.spec_of(study)
    held = study_specs.carried(study).get(spec.key)
    with suppress(FaultlineError):
        held = held or known_spec(study.settings, spec_name(spec.key))
    return CarriedSpec(spec, held.text if held else "")
