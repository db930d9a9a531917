"""docs/example-study.md says what personas.toml plants: every table, line by line."""

from pathlib import Path

from pipeline.simulator.personas import cast

DOC = Path(__file__).resolve().parents[3] / "docs" / "example-study.md"


def _table(head: str, rows: list[list[object]]) -> str:
    columns = head.split("|")
    lines = [f"| {head.replace('|', ' | ')} |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def _signed(pairs: dict[str, float]) -> str:
    return ", ".join(f"{name} {size:+.1f}" for name, size in pairs.items()) or "none"


def tables() -> dict[str, str]:
    """Name of a table -> the Markdown that must stand in the document."""
    everybody = cast()
    models = list(everybody.models.values())
    planted = everybody.clauses
    shares = [
        ["interpretive", "`" + p.clauses[0] + "`", f"{p.hazard[0]} to {p.hazard[1]}"]
        for p in planted.vague
    ] + [
        [
            "activation",
            " against ".join(f"`{c}`" for c in p.clauses),
            f"{p.hazard[0]} to {p.hazard[1]}",
        ]
        for p in planted.pairs
    ]
    return {
        "providers": _table(
            "provider|lean", [[p.label, _signed(p.lean)] for p in everybody.providers.values()]
        ),
        "models": _table(
            "model|id|provider|size|tone|words|hedges|follows|noise|fickle|contrary|latency, s",
            [
                [
                    m.label,
                    f"`{m.id}`",
                    everybody.providers[m.provider].label,
                    m.size,
                    m.tone,
                    m.words,
                    m.hedges,
                    m.follows,
                    m.noise,
                    m.fickle,
                    m.contrary,
                    m.latency_s,
                ]
                for m in models
            ],
        ),
        "own": _table("model|lean", [[m.label, _signed(m.lean)] for m in models if m.lean]),
        "refusals": _table(
            "model|base|topics|soft / firm / complete|API",
            [
                [
                    m.label,
                    m.refuses,
                    _signed(m.topics),
                    " / ".join(str(m.manner[k]) for k in ("soft", "firm", "complete")),
                    m.api,
                ]
                for m in models
            ],
        ),
        "shared": _table("topics", [[_signed(everybody.topics)]]),
        "scoring": _table(
            "slips|reads|words",
            [[everybody.scoring.slips, everybody.scoring.reads, everybody.scoring.words]],
        ),
        "judges": _table(
            "judge|id|provider|strict|doubts|vague|takes|mutes|garbles|invents",
            [
                [
                    j.label,
                    f"`{j.id}`",
                    everybody.providers[j.provider].label,
                    j.strict,
                    j.doubts,
                    j.vague,
                    j.takes,
                    j.mutes,
                    j.garbles,
                    j.invents,
                ]
                for j in everybody.judges.values()
            ],
        ),
        "wording": _table(
            "a vague word more|of a planted clause|at most|chance by word|chance at least"
            "|an example added",
            [
                [
                    f"{everybody.wording.vague:+}",
                    "+1",
                    everybody.wording.most,
                    f"{everybody.wording.noise:.0%}",
                    f"{everybody.wording.least:.0%}",
                    f"x {everybody.wording.example}",
                ]
            ],
        ),
        "landscapes": _table(
            "landscape|distances are multiplied by|in its pockets|pockets",
            [
                [f"`{k.id}`", k.calm, k.open, ", ".join(sorted(k.pockets)) or "none"]
                for k in everybody.landscapes.values()
            ],
        ),
        "clauses": _table("kind|clauses|hazard", shares)
        + f"\n\nA vague clause decides {planted.vague_share:.0%} of the families, a pair "
        f"{planted.pair_share:.0%}; they add {planted.vague_openness} and {planted.pair_openness} "
        "to openness.",
    }


def test_every_table_in_the_document_is_what_is_planted():
    text = DOC.read_text(encoding="utf-8")
    for name, table in tables().items():
        assert f"<!-- {name} -->\n{table}\n" in text, f"the table {name!r} should read:\n{table}"


def test_the_document_has_no_table_beyond_those():
    lines = [line for line in DOC.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    ordered = sorted(tables().items(), key=lambda t: DOC.read_text().index(f"<!-- {t[0]} -->"))
    expected = "\n".join(table for _, table in ordered).splitlines()
    assert lines == [line for line in expected if line.startswith("|")]
