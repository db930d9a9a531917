"""Load a spec: read the file, store it in the library, make it current."""

from pathlib import Path

from analysis.parse.clause import Spec
from analysis.parse.files import safe_name
from analysis.parse.spec import read_spec
from analysis.settings import Settings
from analysis.store.library import save_spec


def load_spec(path: Path, version: str | None, settings: Settings) -> Spec:
    """One spec version from a Markdown or text file into the library; it becomes current.

    Without `version` it comes from the file name, else from the content. What was odd but kept
    stands in `notes` and `missing_references` of the result.
    Raises FaultlineError for a file or a version that cannot be used; the library is unchanged.
    """
    if version is not None:
        safe_name(version, "spec version")
    spec = read_spec(path, version, settings.max_spec_bytes)
    save_spec(settings, spec, path.read_bytes())
    return spec
