"""Who answered the calls of a run: the model that was asked, another one, or a stand-in server.

A stand-in is a server that makes its replies up, such as the loopback provider of the tests. It is
known by two signs. It says so itself, in the header `STAND_IN_HEADER` of a reply, which the runner
notes in the journal. Or the calls to a maker's own endpoint were sent to this machine, by
`FAULTLINE_<ENDPOINT>_BASE_URL`: no maker answers there. A gateway on this machine that reaches real
models is given an endpoint of its own in `providers.toml`, and a server of open weights has one.
"""

import re
import sqlite3
from urllib.parse import urlsplit

from analysis.registry import registry
from pipeline.journal.journal import read_meta
from pipeline.plan.plan import Plan
from pipeline.providers.types import same_model
from pipeline.providers.wire.sdk import is_loopback

_DATED = re.compile(r"(?:^|[-_@])(\d{4}-?\d{2}-?\d{2}|\d{8})(?:$|[-_@:])")


def as_asked(model: str, requested: str, served: str) -> bool:
    """Whether the model that answered is the one that was asked for: itself, or a dated snapshot
    where none was named. `model` is the plan's id."""
    if not served or same_model(requested, served):
        return True
    if not registry().is_of(model, served):
        return False
    dates = [_date(name) for name in (requested, served)]
    return None in dates or dates[0] == dates[1]


def _date(name: str) -> str | None:
    found = _DATED.search(name)
    return found[1].replace("-", "") if found else None


def served(connection: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Model -> {name of the model that answered: calls}, of all calls that are done."""
    kept = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'served'").fetchone()
    rows = connection.execute(
        "SELECT model, name, calls FROM served ORDER BY 1, 2"
        if kept
        # A journal from before there was that table.
        else "SELECT model, served_model AS name, count(*) AS calls FROM calls "
        "WHERE state = 'done' AND served_model <> '' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["model"], {})[row["name"]] = row["calls"]
    return found


def served_other(plan: Plan, connection: sqlite3.Connection) -> dict[str, int]:
    """Model -> calls that another model answered than the one asked for; without such, no entry."""
    counts = {
        model: sum(
            n for name, n in names.items() if not as_asked(model, asked_name(plan, model), name)
        )
        for model, names in served(connection).items()
    }
    return {model: n for model, n in counts.items() if n}


def asked_name(plan: Plan, model: str) -> str:
    """What a model of the plan is called at its endpoint."""
    return plan.models[model].name if model in plan.models else model


def meta_of(endpoint: str) -> str:
    """The journal's entry that says that a stand-in answered for an endpoint."""
    return f"stand_in.{endpoint}"


def stand_ins(plan: Plan, connection: sqlite3.Connection) -> tuple[str, ...]:
    """Endpoints of the plan's models where a stand-in answered."""
    used = {plan.models[name].provider for name in plan.used_models()}
    return tuple(
        name
        for name in sorted(used)
        if read_meta(connection, meta_of(name)) or _redirected(name, plan.endpoints.get(name, ""))
    )


def _redirected(endpoint: str, url: str) -> bool:
    """Whether calls to somebody's endpoint elsewhere were sent to this machine."""
    own = next((e.base_url for e in registry().endpoints if e.name == endpoint), "")
    return bool(url) and is_loopback(url) and bool(own) and not is_loopback(own)


def hosts(plan: Plan) -> dict[str, str]:
    """Endpoint -> the host that its calls went to, for the endpoints of the plan's models."""
    used = {plan.models[name].provider for name in plan.used_models()}
    found = {name: urlsplit(url) for name, url in plan.endpoints.items() if name in used}
    return {name: parts.netloc.rpartition("@")[2] for name, parts in sorted(found.items())}
