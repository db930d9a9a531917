"""The files a run reads: found and digested when planned, copied into the run when launched."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.parse.files import decoded, read_bytes
from analysis.parse.specs.clause import Spec
from analysis.parse.specs.spec import parse_spec
from analysis.parse.taxonomy import Taxonomy, read_taxonomy
from analysis.regular_files import bytes_of
from analysis.settings import EMBEDDED_SPEC, EMBEDDED_TAXONOMY, Settings, current
from pipeline.plan.plan import Plan, Source
from pipeline.plan.snapshot import SnapshotReader, fingerprint
from pipeline.prompting import Standard

EMBEDDED_PATH = "embedded"
INPUTS = "inputs"


def spec_source(path: Path | None, settings: Settings, version: str | None = None) -> Source:
    """The spec to plan with, by content; its version comes from the file where none is given.

    Raises FaultlineError for a file that is no spec.
    """
    file = path or EMBEDDED_SPEC
    data = read_bytes(file, settings.max_spec_bytes, "spec")
    spec = parse_spec(decoded(data, file), file.name, version)
    shown = EMBEDDED_PATH if path is None else str(file.resolve())
    return Source(path=shown, name=spec.name, version=spec.version, sha256=_sha(data))


def taxonomy_source(path: Path | None) -> Source:
    """The taxonomy to plan with, by content. Raises FaultlineError for one that can't be read."""
    file = path or EMBEDDED_TAXONOMY
    taxonomy = read_taxonomy(file)
    shown = EMBEDDED_PATH if path is None else str(file.resolve())
    return Source(path=shown, name=taxonomy.name, sha256=_sha(file.read_bytes()))


def copy_inputs(plan: Plan, folder: Path) -> None:
    """Put the spec and the taxonomy beside a run's plan, so that it needs no other file.

    Raises FaultlineError when a file is gone or has changed since the plan was made.
    """
    (folder / INPUTS).mkdir()
    for noun, source in (("spec", plan.spec), ("taxonomy", plan.taxonomy)):
        data = _read(noun, source)
        if _sha(data) != source.sha256:
            raise FaultlineError(
                f"The {noun} {source.path} has changed since the plan was made: plan again."
            )
        (folder / INPUTS / _name(noun, source)).write_bytes(data)
    if plan.snapshot is not None and fingerprint(Path(plan.snapshot.path)) != (
        plan.snapshot.fingerprint
    ):
        raise FaultlineError(
            f"The snapshot {plan.snapshot.path} has changed since the plan was made: plan again."
        )


def of_run(plan: Plan, folder: Path) -> Plan:
    """The plan with the copies that a run keeps of its spec and taxonomy in the place of files
    that are gone or have changed."""
    found = {
        noun: _kept(noun, source, folder)
        for noun, source in (("spec", plan.spec), ("taxonomy", plan.taxonomy))
    }
    return plan.model_copy(update=found)


def _kept(noun: str, source: Source, folder: Path) -> Source:
    try:
        if _sha(_read(noun, source)) == source.sha256:
            return source
    except FaultlineError:
        pass
    copy = folder / INPUTS / _name(noun, source)
    return source.model_copy(update={"path": str(copy.resolve())}) if copy.is_file() else source


def _file(noun: str, source: Source) -> Path:
    if source.path == EMBEDDED_PATH:
        return EMBEDDED_SPEC if noun == "spec" else EMBEDDED_TAXONOMY
    return Path(source.path)


def _read(noun: str, source: Source) -> bytes:
    try:
        return bytes_of(_file(noun, source))
    except OSError:
        raise FaultlineError(
            f"The {noun} {source.path} of the plan can't be read: put it back, or plan again."
        ) from None


def _name(noun: str, source: Source) -> str:
    return f"{noun}{_file(noun, source).suffix.lower()}"


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Inputs:
    """What the stages of one run read, from the run's own copies; each read once, when needed."""

    plan: Plan
    folder: Path | None = None

    def _path(self, noun: str, source: Source) -> Path:
        if self.folder is None:
            return _file(noun, source)
        return self.folder / INPUTS / _name(noun, source)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        return read_taxonomy(self._path("taxonomy", self.plan.taxonomy), self.plan.taxonomy.name)

    @cached_property
    def spec_text(self) -> str:
        path = self._path("spec", self.plan.spec)
        return decoded(read_bytes(path, current().max_spec_bytes, "spec"), path)

    @cached_property
    def spec(self) -> Spec:
        name = _file("spec", self.plan.spec).name
        return parse_spec(self.spec_text, name, self.plan.spec.version)

    @cached_property
    def standard(self) -> Standard:
        return Standard.of(self.spec_text, self.spec.clauses)

    @cached_property
    def snapshot(self) -> SnapshotReader | None:
        return None if self.plan.snapshot is None else SnapshotReader(Path(self.plan.snapshot.path))
