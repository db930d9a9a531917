"""Paths and limits in one frozen object: the only place that reads the environment.

Everything Faultline writes goes under `Settings.home` (`FAULTLINE_HOME`, by default
`.faultline/` in the working folder). Functions take a `Settings` or read `current()`;
nobody keeps a copy of a path.

What guards the server (`Guards`) is understood or refused: a value that could be a slip of the pen
never means "let everybody in".
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from string import ascii_uppercase

from analysis.errors import FaultlineError

PROGRAM_VERSION = "0.1.0"
EMBEDDED = Path(__file__).parent / "embedded"
EMBEDDED_SPEC, EMBEDDED_TAXONOMY = EMBEDDED / "spec.md", EMBEDDED / "taxonomy.csv"
PLAN_FILE = "plan.json"
"""The plan in a run's folder: without it there is no run."""
LOGIN = "FAULTLINE_LOGIN"
RUNNERS = "FAULTLINE_RUNNERS"
MEMORY = "FAULTLINE_MEMORY_MB"
_OURS = "FAULTLINE_"
NOBODY = "nobody"
_ON = ("required", "true", "1", "yes", "on")
_OFF = ("off", "false", "0", "no", "")
_ADDRESS = re.compile(r"[^@\s,;<>\"']+@[^@\s,;<>\"']+")
_LOWER = {ord(upper): upper.lower() for upper in ascii_uppercase}
_LEAST_MB, _USUAL_MB, _MOST_MB = 100, 4_000, 100_000_000
HUB_REPO = "jifanz/stress_testing_model_spec"
TAXONOMY_REPO = "Anthropic/values-in-the-wild"


@dataclass(frozen=True)
class Settings:
    """Where things are and how large they may get. Sizes are bytes unless named otherwise."""

    home: Path
    memory_limit_mb: int = _USUAL_MB
    max_upload_rows: int = 5_000_000
    max_columns: int = 2_000
    max_spec_bytes: int = 4_000_000

    @property
    def studies(self) -> Path:
        return self.home / "studies"

    @property
    def taxonomies(self) -> Path:
        return self.home / "taxonomies"

    @property
    def specs(self) -> Path:
        return self.home / "specs"

    @property
    def hub_cache(self) -> Path:
        return self.home / "hub"

    @property
    def uploads(self) -> Path:
        return self.home / "uploads"

    @property
    def runs(self) -> Path:
        return self.home / "runs"


@dataclass(frozen=True)
class Guards:
    """Who is let in and who may act, as the environment says.

    `runners`: the addresses, in lower case, of those who may start, stop, load and delete; an empty
    set is nobody, None is everybody who reaches the page.
    """

    login_required: bool
    runners: frozenset[str] | None

    def lets(self, address: str) -> bool:
        """Whether the person of that address ("" for a stranger) may start, stop and load."""
        return self.runners is None or folded(address) in self.runners


def folded(address: str) -> str:
    """An e-mail address as addresses are compared: A to Z in lower case, all else as it is.

    Python's own `lower` makes the Kelvin sign a k, which another address may be spelt with.
    """
    return address.strip().translate(_LOWER)


def guards(env: Mapping[str, str] | None = None, secrets: Iterable[Path] = ()) -> Guards:
    """The guards of this process. Raises FaultlineError that names the setting, what it holds and
    what is understood, for every one that is not.

    `secrets`: Streamlit's secrets files, whose top-level values stand for variables and come first.
    """
    values = {**(os.environ if env is None else env), **_secrets(secrets)}
    _known(values)
    _memory(values)
    return Guards(_login(values.get(LOGIN, "")), _runners(values.get(RUNNERS)))


def _secrets(files: Iterable[Path]) -> dict[str, str]:
    """The program's settings in those files. Streamlit drops what is no text or number, and all of
    a file that it can't read; a guard that is dropped would let everybody in."""
    found: dict[str, str] = {}
    for file in files:
        if not file.is_file():
            continue
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FaultlineError(
                f"{file} can't be read ({error}), and what guards this server may stand in it. "
                "Mend the file, or remove it."
            ) from None
        for key, value in values.items():
            if key.startswith(_OURS):
                found[key] = _plain(key, value, file)
            elif isinstance(value, dict):
                _no_setting_in(value, key, file)
            else:
                found[key] = ""  # nobody's business but by its name
    return found


def _no_setting_in(table: Mapping[str, object], name: str, file: Path) -> None:
    if lost := next((k for k in table if k.upper().startswith(_OURS)), None):
        raise FaultlineError(
            f"{lost} stands under [{name}] in {file}, where it has no effect: move it to the top, "
            "above the first line in square brackets."
        )


def _plain(key: str, value: object, file: Path) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise FaultlineError(f'{key} in {file} is no text: write it as {key} = "…".')
    return str(value)


def _known(values: Mapping[str, str]) -> None:
    """A guard whose name is misspelt guards nothing."""
    names = {name.removeprefix(_OURS): name for name in (LOGIN, RUNNERS)}
    for name in values:
        word = name.strip().upper().replace("-", "_")
        if word.startswith(_OURS) and name not in names.values():
            meant = get_close_matches(word.removeprefix(_OURS), names, n=1, cutoff=0.8)
            if meant:
                raise FaultlineError(
                    f"{name} is no setting of Faultline and has no effect: {names[meant[0]]} may "
                    "be meant. Rename it, or remove it."
                )


def _login(value: str) -> bool:
    word = value.strip().lower()
    if word not in _ON + _OFF:
        raise FaultlineError(
            f"{LOGIN} is “{value}”, which is not understood. To ask everybody to sign in, set it "
            f"to {', '.join(_ON[:-1])} or {_ON[-1]}; to let everybody read, leave it out or set it "
            f"to {', '.join(_OFF[:-2])} or {_OFF[-2]}."
        )
    return word in _ON


def _runners(value: str | None) -> frozenset[str] | None:
    if value is None:
        return None
    listed = [entry for entry in map(folded, value.split(",")) if entry]
    if listed == [NOBODY]:
        return frozenset()
    wrong = [entry for entry in listed if not _ADDRESS.fullmatch(entry)]
    if wrong or not listed:
        what = f"“{wrong[0]}” in it is no e-mail address" if wrong else "it names nobody"
        raise FaultlineError(
            f"{RUNNERS} is “{value}”, and {what}. List the e-mail addresses of those who may start "
            f"and load, with commas between them, or set it to {NOBODY} to shut that for all. Only "
            "where the variable is left out altogether may everybody."
        )
    return frozenset(listed)


def _memory(values: Mapping[str, str]) -> int:
    value = values.get(MEMORY, "").strip() or str(_USUAL_MB)
    if not value.isdecimal() or len(value) > 20 or not _LEAST_MB <= int(value) <= _MOST_MB:
        raise FaultlineError(
            f"{MEMORY} is “{value}”, which is not understood: give a whole number of megabytes, "
            f"{_LEAST_MB} to {_MOST_MB}, or leave it out for {_USUAL_MB}."
        )
    return int(value)


def current() -> Settings:
    """Settings of this process, read afresh from the environment (tests change it).

    Raises FaultlineError for a memory limit that is no number.
    """
    home = Path(os.environ.get("FAULTLINE_HOME", "").strip() or ".faultline")
    return Settings(home=home.expanduser().resolve(), memory_limit_mb=_memory(os.environ))
