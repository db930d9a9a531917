"""Load a spec: read the file, store it in the library, make it current."""

from dataclasses import replace
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.parse.files import decoded, read_bytes, safe_name
from analysis.parse.specs.carried import CarriedSpec
from analysis.parse.specs.clause import Spec
from analysis.parse.specs.rules import as_markdown
from analysis.parse.specs.spec import read_spec
from analysis.parse.specs.statements import ENDINGS
from analysis.settings import Settings
from analysis.store.annotations import drafts
from analysis.store.library.library import save_spec
from analysis.store.library.specs import find_spec, spec_by_key, spec_file
from analysis.text_safety import LONE_SURROGATE


def load_spec(path: Path, version: str | None, settings: Settings, *, split: bool = False) -> Spec:
    """One spec version from a file into the library; it becomes current.

    With `split`, the rules inside sections are clauses of their own; judges then get the spec as
    Markdown with a heading for each of them.

    Without `version` it comes from the file name, else from the content. What was odd but kept
    stands in `notes` and `missing_references` of the result.
    Raises FaultlineError for a file or a version that cannot be used; the library is unchanged.
    """
    if version is not None:
        safe_name(version, "spec version")
    spec = read_spec(path, version, settings.max_spec_bytes, split=split)
    listed = path.suffix.lower() in ENDINGS
    if split or listed:
        spec = replace(spec, source=f"{Path(spec.source).stem}.md")
        save_spec(settings, spec, as_markdown(spec.clauses).encode())
    else:
        save_spec(settings, spec, path.read_bytes())
    return spec


def named_spec(settings: Settings, named: str) -> CarriedSpec:
    """A spec with its text, from a file or, by `name` or `name@version`, from the library; of that
    name and version also a draft.

    Raises FaultlineError where it is neither, and for a file that can't be read as a spec.
    """
    path = Path(named)
    if path.exists() or path.suffix.lower() in (".md", ".txt", *ENDINGS):
        spec = read_spec(path, None, settings.max_spec_bytes)
        if any(
            LONE_SURROGATE.search(f"{c.anchor}{c.title}{c.authority}{c.text}") for c in spec.clauses
        ):
            raise FaultlineError(
                f"{path.name} holds half a character (such as \\ud800), which no file can hold: "
                "remove it."
            )
        return CarriedSpec(spec, decoded(read_bytes(path, settings.max_spec_bytes, "spec"), path))
    name, _, rest = named.partition("@")
    version = rest.partition("@")[0]
    try:
        info = find_spec(settings, name, version or None)
    except FaultlineError as error:
        if (draft := drafts.named(settings, name, version)) is not None:
            text = drafts.text_of(settings, draft)
            return CarriedSpec(drafts.read(draft, text), text)
        raise FaultlineError(f"There is no file “{named}”. {error}") from None
    spec = spec_by_key(settings, f"{info.name}@{info.version}")
    try:
        file = spec_file(settings, info)
        text = decoded(read_bytes(file, settings.max_spec_bytes, "spec"), file)
    except FaultlineError:  # loaded before texts were kept
        text = as_markdown(spec.clauses)
    return CarriedSpec(spec, text)


def spec_preview(path: Path, settings: Settings, *, split: bool) -> list[dict[str, object]]:
    """The clauses that a file would give, stored nowhere: level, anchor, title, characters."""
    spec = read_spec(path, None, settings.max_spec_bytes, split=split)
    return [
        {"level": c.level, "anchor": c.anchor, "title": c.title, "characters": len(c.text)}
        for c in spec.clauses
    ]
