"""Sentences from numbers: each says no more than its interval allows.

Pure functions from sections of a report (`analysis.report`) to text. "Leans", "refuses more",
"foretells" stand only where the interval leaves no doubt of the direction; else the sentence says
that nothing stands out, and how many were looked at.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.markup import literal

Number = Mapping[str, Any]
MOST = 3
Q = 0.05


def is_number(found: object) -> bool:
    """Whether a report's cell is an estimate, and not `undefined`."""
    return isinstance(found, Mapping) and "value" in found


def share(found: Number) -> str:
    """A share with its interval."""
    return f"{found['value']:.0%} (95% {found['low']:.0%} to {found['high']:.0%})"


def figure(found: Number, digits: int = 2) -> str:
    """A number with its interval."""
    value, low, high = (f"{found[k]:.{digits}f}" for k in ("value", "low", "high"))
    return f"{value} (95% {low} to {high})"


def listed(parts: Sequence[str]) -> str:
    """One, two and three."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def disagreement(of: Mapping[str, Any]) -> str:
    """How many scenarios split the models strongly; a count, so there is no interval."""
    n, high = int(of["scenarios"]), int(of["high"])
    if not n:
        return "No scenario has positions of two models or more, so nothing can be said of them."
    return (
        f"{high:,} of {n:,} scenarios ({high / n:.0%}) split the {of['models']} models strongly "
        f"(D of 1.5 or more); on average D is {of['mean']:.2f} on a scale from 0 to 3. Where "
        "models part, the spec they follow leaves room."
    )


def differences(by_provider: Mapping[str, Mapping[str, Number]]) -> list[tuple[str, str, Number]]:
    """The sharpest leans (provider, category, cell): those that differ from 0 after
    Benjamini-Hochberg and whose interval leaves 0 out, the largest first, one a category."""
    cells = [
        (provider, category, cell)
        for provider, row in by_provider.items()
        for category, cell in row.items()
        if cell.get("lean") is not None and _apart(cell)
    ]
    cells.sort(key=lambda c: -abs(c[2]["lean"]))
    once: dict[str, tuple[str, str, Number]] = {}
    for cell in cells:
        once.setdefault(cell[1], cell)
    return list(once.values())[:MOST]


def _apart(cell: Number) -> bool:
    known = all(cell.get(k) is not None for k in ("q", "low", "high"))
    return known and cell["q"] <= Q and (cell["low"] > 0 or cell["high"] < 0)


def lean(provider: str, category: str, cell: Number) -> str:
    """One sharp difference. Only for cells that `differences` gave."""
    way = "towards" if cell["lean"] > 0 else "away from"
    value, low, high = (_signed(cell[k]) for k in ("lean", "low", "high"))
    return (
        f"{literal(provider)} leans {way} *{literal(category)}*: {value} positions from the other "
        f"providers (95% {low} to {high}, n = {cell['n']:,})."
    )


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def no_lean(tested: int) -> str:
    """What is said where no cell differs."""
    return (
        f"No provider differs from the others on any category of values: none of {tested:,} "
        "comparisons stands out once they are counted together (Benjamini-Hochberg, 5%). That is "
        "no proof that they are alike."
    )


def pooled(by_model: Mapping[str, Number]) -> float:
    """The share over all models together."""
    n = sum(c["n"] for c in by_model.values())
    return float(sum(c["value"] * c["n"] for c in by_model.values()) / n) if n else 0.0


def apart(by_model: Mapping[str, Number]) -> tuple[list[str], list[str]]:
    """(models whose rate lies above the rate of all with their whole interval, those below),
    the farthest first. With k models the intervals are widened to 1 - 5%/k."""
    known = {m: c for m, c in by_model.items() if is_number(c) and c["n"]}
    if len(known) < 2:
        return [], []
    middle = pooled(known)
    wide = {m: _widened(c, len(known)) for m, c in known.items()}
    above = [m for m in known if wide[m][0] > middle]
    below = [m for m in known if wide[m][1] < middle]
    above.sort(key=lambda m: -known[m]["value"])
    below.sort(key=lambda m: known[m]["value"])
    return above, below


def _widened(cell: Number, k: int) -> tuple[float, float]:
    """The interval stretched as far as k looks ask for (Bonferroni, by the normal's quantiles)."""
    from statistics import NormalDist

    factor = NormalDist().inv_cdf(1 - 0.025 / k) / NormalDist().inv_cdf(0.975)
    value = cell["value"]
    return value - factor * (value - cell["low"]), value + factor * (cell["high"] - value)


def refusals(by_model: Mapping[str, Number], labels: Mapping[str, str], source: str) -> str:
    """Which models refuse more, and less, than all together."""
    known = {m: c for m, c in by_model.items() if is_number(c) and c["n"]}
    if not known:
        return "No answer has a response type, so refusals are not known."
    above, below = apart(known)
    told = (
        f"Over all models {pooled(known):.0%} of the answers refuse (response types by {source})."
    )
    parts = [told]
    for verb, found in (("more", above), ("less", below)):
        if found:
            names = [f"{labels.get(m, m)} with {share(known[m])}" for m in found[:MOST]]
            rest = f", and {len(found) - MOST} more" * (len(found) > MOST)
            parts.append(f"Clearly {verb} than that: {listed(names)}{rest}.")
    if not above and not below:
        parts.append(
            f"None of the {len(known)} models stands out from it by more than chance allows."
        )
    return " ".join(parts)


def outliers(section: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """How many answers stand apart, and whose; counts, so the sentence names them as such."""
    rule, by_model = section["rule"], dict(section["by_model"])
    told = (
        f"{section['total']:,} answers lie at least {rule['distance']} positions from at least "
        f"{rule['others']} of {rule['of']} other models"
    )
    if not section["total"]:
        return f"No answer lies at least {rule['distance']} positions from at least " + (
            f"{rule['others']} of {rule['of']} other models."
        )
    most = max(by_model, key=lambda m: by_model[m])
    return f"{told}; {labels.get(most, most)} has the most of them, {by_model[most]:,}."


def agreement(section: Mapping[str, Any], judges: Sequence[str]) -> str:
    """How far judges agree, with the coefficients side by side and no grade."""
    binary = section["binary"]
    kappa, ac1, raw = (binary[k] for k in ("fleiss_kappa", "gwet_ac1", "raw_agreement"))
    if not is_number(raw):
        return (
            "How far judges agree can't be said: fewer than two of them decided the same answers."
        )
    told = f"{len(judges)} judges give the same verdict (flagged or not) on {share(raw)} of "
    told += f"{binary['items']:,} answers"
    parts = [f"{name} {figure(c)}" for name, c in (("Fleiss' kappa", kappa), ("AC1", ac1))
             if is_number(c)]  # fmt: skip
    rates = [c["value"] for c in section["flag_rates"].values() if is_number(c)]
    flags = f" Each flags between {min(rates):.0%} and {max(rates):.0%}." if rates else ""
    return f"{told}; {', '.join(parts) or 'no coefficient is defined'}.{flags}"


def compliance(section: Mapping[str, Any]) -> str:
    """Whether disagreement foretells violations here; the claim is tested, not repeated."""
    auc, ratio = section.get("auc", {}), section.get("ratio", {})
    if not is_number(auc):
        return "Whether disagreement foretells violations can't be tested on this study."
    if auc["low"] > 0.5:
        told = f"Disagreement foretells flagged answers here: AUC {figure(auc)}, 0.5 being chance."
    elif auc["high"] < 0.5:
        told = f"Disagreement foretells the contrary here: AUC {figure(auc)}, below chance."
    else:
        told = f"That disagreement foretells violations does not show here: AUC {figure(auc)}."
    if is_number(ratio) and ratio["low"] > 1:
        told += (
            f" Frequent violations are {ratio['value']:.1f} times as common in the highest bin "
            f"of D as in the lowest (95% {ratio['low']:.1f} to {ratio['high']:.1f})."
        )
    return told


_REPAIRS = {"interpretive": "its wording is read both ways", "activation": "another clause claims "
            "the same cases"}  # fmt: skip


def clause(row: Mapping[str, Any]) -> str:
    """One clause that needs work, with the counts behind it."""
    kind = max(_REPAIRS, key=lambda k: row.get(k) or 0)
    parts = [f"cited on {row['cited']:,} answers"]
    if row.get(kind):
        noun = "conflict" if row[kind] == 1 else "conflicts"
        parts.append(f"{row[kind]:,} {kind} {noun} ({_REPAIRS[kind]})")
    if is_number(row.get("non_compliant")):
        parts.append(f"not kept in {share(row['non_compliant'])}")
    if is_number(row.get("kappa")):
        parts.append(f"kappa of the judges on its cases {figure(row['kappa'])}")
    authority = row["authority"] or "no authority named"
    return f"**{literal(row['title'])}** ({authority}): {', '.join(parts)}."
