"""Drafts from a loaded spec, or from one another: where an attempt starts, and keeping it."""

from dataclasses import dataclass

from analysis.parse.specs.carried import CarriedSpec
from analysis.parse.specs.clause import Spec
from analysis.parse.specs.editing import editable
from analysis.settings import Settings
from analysis.store.annotations import drafts as store
from analysis.store.annotations.drafts import Draft


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


def start(root: CarriedSpec, settings: Settings, uid: str = "") -> Start:
    """Where an attempt at a spec starts: at the draft `uid`, or at the spec itself.

    Raises FaultlineError for a draft that is not there, and for a spec of which no Markdown gives
    the same clauses.
    """
    source = editable(root.text, root.spec)
    if not uid:
        return Start(source, root.spec, None, root.spec, source)
    draft = store.find(settings, uid)
    text = store.text_of(settings, draft)
    spec = root.spec if draft.is_root else store.read(draft, text)
    return Start(text, spec, draft, root.spec, source)


def keep(begun: Start, clause: str, text: str, author: str, why: str, settings: Settings) -> Draft:
    """Keep a draft whose whole Markdown is `text`, made by editing one clause. Raises as
    `store.keep`."""
    return store.keep(settings, begun.root, begun.root_text, begun.base, clause, text, author, why)


def carried(draft: Draft, settings: Settings) -> CarriedSpec:
    """A draft's spec with its text."""
    text = store.text_of(settings, draft)
    return CarriedSpec(store.read(draft, text), text)
