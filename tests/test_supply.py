"""The lock files name everything that is installed, with digests, and fit the requirements."""

import re
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = {
    "app": ["requirements.txt"],
    "auth": ["requirements.txt", "requirements-auth.txt"],
    "inspect": ["requirements.txt", "requirements-inspect.txt"],
    "dev": ["requirements.txt", "requirements-dev.txt"],
    "tools": ["requirements-tools.txt"],
}
INSTALLERS = {"pip", "setuptools", "wheel"}  # come with Python itself
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)[^\n]*\\\n((?:    [^\n]+\n?)+)", re.M)


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def entries(lock):
    """Name -> (version, the lines below it: digests and who asked for it)."""
    return {normal(n): (v, rest) for n, v, rest in ENTRY.findall(text(f"locks/{lock}.txt"))}


def asked(requirements):
    """Name -> pinned version, or None, as one requirements file has them."""
    lines = [line.split("#")[0].strip() for line in text(requirements).splitlines()]
    named = [re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[\w+\])?(?:==(\S+))?", x) for x in lines if x]
    return {normal(m[1]): m[2] for m in named if m}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_fits_what_the_requirements_files_ask_for(lock):
    """Fails after a change to a requirements file without `make lock`."""
    locked = entries(lock)
    for file in LOCKS[lock]:
        for name, pin in asked(file).items():
            assert name in locked, f"{name} of {file}: run `make lock`"
            assert pin in (None, locked[name][0]), f"{name} of {file}: run `make lock`"
        direct = {
            n for n, (_, rest) in locked.items() if re.search(rf"-r {re.escape(file)}\b", rest)
        }
        assert direct == set(asked(file)), (
            f"{file} no longer asks for all of these: run `make lock`"
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_has_digests_and_no_lock_names_a_place_to_fetch_from(lock):
    body = text(f"locks/{lock}.txt")
    # A package may stand twice, for different versions of Python.
    pins = {normal(n) for n in re.findall(r"^([A-Za-z0-9][\w.-]*)==", body, flags=re.M)}
    assert pins == set(entries(lock))
    assert len(pins) > 20
    for name, (_, rest) in entries(lock).items():
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", rest), name
    assert "://" not in body
    assert not re.search(r"^\s*--(?!hash)|^-", body, flags=re.M)


def test_the_locks_agree_with_each_other():
    """What `make test` tests is what `make app` runs and the container serves."""
    app = {name: version for name, (version, _) in entries("app").items()}
    for lock in ("auth", "dev"):
        other = {name: version for name, (version, _) in entries(lock).items()}
        assert {n: other.get(n) for n in app} == app, lock


def test_everything_installed_here_is_in_the_lock_at_that_version():
    locked = {name: version for name, (version, _) in entries("dev").items()}
    here = {
        normal(d.metadata["Name"]): d.version
        for d in distributions(path=[p for p in sys.path if "site-packages" in p])
    }
    here = {name: version for name, version in here.items() if name not in INSTALLERS}
    assert len(here) > 80
    assert {n: v for n, v in here.items() if locked.get(n) != v} == {}


def test_make_installs_only_by_digest_and_builds_nothing():
    rules = text("Makefile")
    command = re.search(r"^INSTALL := (.+)$", rules, flags=re.M)[1]
    assert "--require-hashes" in command
    assert "--only-binary :all:" in command
    others = [line for line in rules.splitlines() if "pip install" in line and "-m pip" not in line]
    assert others == []
    used = re.findall(r"\$\(INSTALL\) -r (\S+)", rules)
    assert sorted(used) == ["locks/app.txt", "locks/dev.txt", "locks/tools.txt"]
