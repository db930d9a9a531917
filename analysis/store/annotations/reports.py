"""Reports: what somebody wants to tell of a study, kept version by version.

A report is a list of findings. A finding names a figure (recipe, parameters, study content) or a
case, or is a heading or a paragraph alone. Every change is a new version; the last one holds,
whoever wrote it, and all the others are its history. Going back adds a version too.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import count
from sqlite3 import Connection, Row
from typing import Any

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import entry_times
from analysis.store.annotations import annotation_db

SECTION, FIGURE, CASE, TEXT = "section", "figure", "case", "text"
KINDS = (SECTION, FIGURE, CASE, TEXT)
MOST_BYTES = 16_000_000
"""Of a report's file: all the texts that its findings may have."""
MOST_FINDINGS, MOST_TITLE, MOST_TEXT, MOST_ADDRESS = 300, 300, 20_000, 2_000
FORM = 1
Stored = Row | Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """One entry of a report. `text` is Markdown; figures and cases name how they are drawn.

    `notes` is what a speaker says and no audience reads; `slide` False leaves the entry out of
    slides, not out of the report; `address` is the view that it was pinned from (page?query).
    """

    kind: str
    title: str = ""
    text: str = ""
    study: str = ""
    content_hash: str = ""
    recipe: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    scenario: str = ""
    notes: str = ""
    slide: bool = True
    address: str = ""
    id: str = field(default_factory=annotation_db.fresh_uid)

    @property
    def drawn(self) -> bool:
        return self.kind in (FIGURE, CASE)


@dataclass(frozen=True)
class Report:
    """A report as it stands at one version. `report` is its name in links and on the command line;
    `version` names the state, `base` the one before it ("" for the first)."""

    report: str
    title: str
    findings: tuple[Finding, ...] = ()
    version: str = ""
    base: str = ""
    author: str = ""
    at: str = ""
    why: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """What a version holds, as JSON."""
        return {
            "faultline_report": FORM,
            "title": self.title,
            "findings": [asdict(f) for f in self.findings],
        }


def slug(title: str) -> str:
    """A report's name from its title: letters, digits and dashes."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return words[:60].strip("-") or "report"


def parsed(name: str, body: object) -> Report:
    """A report from the JSON of a version or a file.

    Raises FaultlineError that names the entry and the part that is not as it must be.
    """
    if not isinstance(body, dict) or body.get("faultline_report") != FORM:
        raise FaultlineError("This is no report of Faultline, or one of a later version.")
    listed = body.get("findings")
    if not isinstance(listed, list) or not isinstance(body.get("title"), str):
        raise FaultlineError("The report has no title or no list of findings.")
    if len(listed) > MOST_FINDINGS:
        raise FaultlineError(
            f"The report has {len(listed)} findings; at most {MOST_FINDINGS} fit one. Split it."
        )
    found = tuple(_finding(entry, number) for number, entry in enumerate(listed, start=1))
    return Report(name, body["title"][:MOST_TITLE], found)


def from_file(raw: bytes) -> Report:
    """A report from the bytes of a file that was exported as JSON, not yet stored.

    Its findings get names of their own, since the file may hold one twice, and a second copy of a
    report must not share them with the first. Raises FaultlineError as `parsed` does.
    """
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_no_number)
        json.dumps(body, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise FaultlineError("That file is no report: it is not in JSON, or not text.") from None
    found = parsed("", body)
    fresh = (replace(f, id=annotation_db.fresh_uid()) for f in found.findings)
    return replace(found, findings=tuple(fresh))


def _no_number(word: str) -> float:
    raise ValueError(word)


def _finding(entry: object, number: int) -> Finding:
    known = {f.name: f for f in fields(Finding)}
    if not isinstance(entry, dict) or entry.get("kind") not in KINDS:
        raise FaultlineError(f"Entry {number} of the report is none of {', '.join(KINDS)}.")
    unknown = sorted(set(entry) - set(known))
    if unknown:
        raise FaultlineError(f"Entry {number} of the report has an unknown part “{unknown[0]}”.")
    for name, value in entry.items():
        wanted, word = _PARTS.get(name, (str, "text"))
        if not isinstance(value, wanted):
            raise FaultlineError(f"The {name} of entry {number} of the report is not a {word}.")
        if name not in _CUT and len(json.dumps(value)) > _LONGEST.get(name, MOST_ADDRESS):
            raise FaultlineError(f"The {name} of entry {number} of the report is too long.")
    whole = Finding(**entry)
    return replace(whole, **{name: getattr(whole, name)[:most] for name, most in _CUT.items()})


_CUT = {"title": MOST_TITLE, "text": MOST_TEXT, "notes": MOST_TEXT, "address": MOST_ADDRESS}
_LONGEST = {"params": 20_000}
_PARTS: Mapping[str, tuple[type, str]] = {
    "params": (Mapping, "list of parameters"),
    "slide": (bool, "yes or no"),
}


def names(settings: Settings) -> dict[str, str]:
    """All reports, the last changed first: name -> title."""
    with annotation_db.reading(settings) as con:
        rows = (
            con.execute(
                "SELECT report, body FROM reports "
                "WHERE id IN (SELECT max(id) FROM reports GROUP BY report) ORDER BY id DESC"
            ).fetchall()
            if con
            else []
        )
    named = {r["report"]: _titled(r) for r in rows}
    return {name: title for name, title in named.items() if title is not None}


def _titled(row: Stored) -> str | None:
    """A report's title; None for one that was deleted, its name where its last version is damaged
    (opening it says so)."""
    try:
        body = _stored(row)
    except FaultlineError:
        return str(row["report"])
    return None if body.get("gone") else str(body.get("title", row["report"]))


def _stored(row: Stored) -> dict[str, Any]:
    return annotation_db.parse_body(row["body"], f"the report “{row['report']}”")


def create(
    settings: Settings, title: str, findings: Sequence[Finding], author: str, why: str
) -> Report:
    """A new report, under a name that no other has, also none that was deleted."""
    with annotation_db.writing(settings) as con:
        taken = {r["report"] for r in con.execute("SELECT DISTINCT report FROM reports")}
        name = next(n for n in _names_for(title) if n not in taken)
        return _append(con, name, _body(Report(name, title, tuple(findings))), "", author, why)


def _names_for(title: str) -> Iterator[str]:
    wanted = slug(title)
    yield wanted
    yield from (f"{wanted}-{n}" for n in count(2))


def latest(settings: Settings, report: str) -> Report:
    """A report as it stands. Raises FaultlineError that lists the reports there are."""
    with annotation_db.reading(settings) as con:
        found = _last(con, report) if con else None
    if found is None or _gone(found):
        known = ", ".join(names(settings)) or "none yet"
        raise FaultlineError(f"There is no report “{report}”. Reports: {known}.")
    return _report(found)


def save(
    settings: Settings, report: Report, author: str, why: str = "edited"
) -> tuple[Report, Report | None]:
    """Store a report as its newest version. Gives it, and the version of somebody else that came
    in between (None where there is none): the later edit holds, the other is in the history.

    Raises FaultlineError where it has more findings than a report holds.
    """
    body = _body(report)
    with annotation_db.writing(settings) as con:
        last = _last(con, report.report)
        between = None
        if last and report.version and last["uid"] != report.version and not _gone(last):
            between = _report(last)
        base = last["uid"] if last else ""
        return _append(con, report.report, body, base, author, why), between


def edit(
    settings: Settings, name: str, change: Callable[[Report], Report], author: str, why: str
) -> Report:
    """Make a change on top of whatever the report is at this moment; gives what it was.

    Nobody else's change is lost, however close they come. Raises as `latest` and `save` do.
    """
    with annotation_db.writing(settings) as con:
        last = _last(con, name)
        if last is None or _gone(last):
            raise FaultlineError(f"The report “{name}” was deleted meanwhile; bring it back first.")
        before = _report(last)
        after = change(before)
        if after != before:
            _append(con, name, _body(after), last["uid"], author, why)
        return before


def undo(settings: Settings, report: str, author: str) -> Report | None:
    """Go back to the state before the present one; None where there is none. Again and again."""
    with annotation_db.writing(settings) as con:
        last = _last(con, report)
        before = _named(con, last["base"]) if last and last["base"] else None
        if last is None or before is None:
            return None
        body, why = _stored(before), f"undid: {last['why']}"
        return _append(con, report, body, before["base"], author, why)


def restore(settings: Settings, report: str, version: str, author: str) -> Report:
    """Make an old version the present one. Raises FaultlineError where there is no such version."""
    with annotation_db.writing(settings) as con:
        old, last = _named(con, version), _last(con, report)
        if old is None or last is None or old["report"] != report:
            raise FaultlineError(f"The report “{report}” has no version “{version[:20]}”.")
        why = f"went back to {old['at'][:16].replace('T', ' ')}"
        return _append(con, report, _stored(old), last["uid"], author, why)


def delete(settings: Settings, report: str, author: str) -> None:
    """Take a report out of the list; `restore` and `undo` bring it back."""
    with annotation_db.writing(settings) as con:
        last = _last(con, report)
        if last is not None and not _gone(last):
            body = _body_or_bare(last) | {"gone": True}
            _append(con, report, body, last["uid"], author, "deleted")


def history(settings: Settings, report: str) -> list[Report]:
    """All versions, the newest first."""
    with annotation_db.reading(settings) as con:
        rows = (
            con.execute(
                "SELECT * FROM reports WHERE report = ? ORDER BY id DESC", (report,)
            ).fetchall()
            if con
            else []
        )
    return [_or_damaged(r) for r in rows if not _gone(r)]


def _or_damaged(row: Stored) -> Report:
    """A version for the list of all: one that can't be read stands there without its findings."""
    try:
        return _report(row)
    except FaultlineError:
        return Report(
            str(row["report"]),
            str(row["report"]),
            (),
            str(row["uid"]),
            str(row["base"] or ""),
            str(row["author"]),
            str(row["at"]),
            "damaged, can't be read",
        )


def _body_or_bare(row: Stored) -> dict[str, Any]:
    """What a row holds; of one that is damaged the frame alone, so that it can be deleted."""
    with suppress(FaultlineError):
        return _stored(row)
    return {"faultline_report": FORM, "title": str(row["report"]), "findings": []}


def added(report: Report, findings: Sequence[Finding]) -> Report:
    """The report with more findings at its end."""
    return replace(report, findings=(*report.findings, *findings))


def changed(report: Report, finding: Finding) -> Report:
    """The report with one finding (of the same id) replaced."""
    same = tuple(finding if f.id == finding.id else f for f in report.findings)
    return replace(report, findings=same)


def moved(report: Report, finding_id: str, steps: int) -> Report:
    """The report with one finding moved up (negative) or down; it stays within the list."""
    found = list(report.findings)
    at = next((i for i, f in enumerate(found) if f.id == finding_id), None)
    if at is None:
        return report
    to = min(max(at + steps, 0), len(found) - 1)
    found.insert(to, found.pop(at))
    return replace(report, findings=tuple(found))


def without(report: Report, finding_id: str) -> Report:
    """The report without one finding."""
    return replace(report, findings=tuple(f for f in report.findings if f.id != finding_id))


def _body(report: Report) -> dict[str, Any]:
    if len(report.findings) > MOST_FINDINGS:
        raise FaultlineError(
            f"A report holds at most {MOST_FINDINGS} findings, this one has "
            f"{len(report.findings)}. Start another report for the rest."
        )
    return report.body


def _last(con: Connection, report: str) -> Row | None:
    sql = "SELECT * FROM reports WHERE report = ? ORDER BY id DESC LIMIT 1"
    found: Row | None = con.execute(sql, (report,)).fetchone()
    return found


def _named(con: Connection, version: str) -> Row | None:
    found: Row | None = con.execute("SELECT * FROM reports WHERE uid = ?", (version,)).fetchone()
    return found


def _append(
    con: Connection, report: str, body: Mapping[str, Any], base: str, author: str, why: str
) -> Report:
    row = {
        "uid": annotation_db.fresh_uid(),
        "at": entry_times.now(),
        "author": author,
        "report": report,
        "base": base,
        "body": json.dumps(body, ensure_ascii=False),
        "why": why,
    }
    con.execute(
        "INSERT INTO reports (uid, at, author, report, base, body, why) VALUES "
        "(:uid, :at, :author, :report, :base, :body, :why)",
        row,
    )
    return _report(row)


def _gone(row: Stored) -> bool:
    return bool(_body_or_bare(row).get("gone"))


def _report(row: Stored) -> Report:
    body = {k: v for k, v in _stored(row).items() if k != "gone"}
    found = parsed(row["report"], body)
    return replace(
        found,
        version=row["uid"],
        base=row["base"] or "",
        author=row["author"],
        at=row["at"],
        why=row["why"],
    )
