"""Sentences from numbers: each says no more than its interval allows.

Pure functions from sections of a report (`analysis.report`) to text, for pages and briefing alike.
"Leans", "refuses more", "predicts" stand only where `claims` allows them, which tests all that is
said of a study together; else the sentence says what is ruled out, or how much it would take.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.measure import claims, labeller_errors
from analysis.measure.chance import stands_out
from analysis.measure.claims import Number, is_number
from analysis.text_safety import literal
from analysis.vocabulary import D_RANGE_IN_WORDS, HIGH_D, SUBJECT_ALPHA, d_text, with_minus

MOST = 3
SHARE_MARGIN, LEAN_MARGIN, SHIFT_MARGIN = 0.1, 0.5, 0.5
"""Differences that would matter: of shares, of leans and of shifts in positions. A null says so
where larger ones are ruled out, else how many cases would show such a one."""


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


def disagreement(of: Mapping[str, Any], one_spec: bool) -> str:
    """How many scenarios split the models strongly; a count, so there is no interval. `one_spec`:
    whether one spec was meant to hold for all these models."""
    n, high = int(of["scenarios"]), int(of["high"])
    if not n:
        return "No scenario has positions of two models or more, so nothing can be said of them."
    text = (
        f"{high:,} of {n:,} scenarios ({high / n:.0%}) split the {of['models']} models strongly "
        f"(D of {HIGH_D} or more); on average D is {d_text(of['mean'])} on a scale from "
        f"{D_RANGE_IN_WORDS}."
    )
    if one_spec:
        return f"{text} Where models part, the spec that all of them follow leaves room."
    return (
        f"{text} These models follow specs of their own: where they part tells how their makers "
        "differ, not where one spec leaves room."
    )


def differences(by_provider: Mapping[str, Mapping[str, Number]]) -> list[tuple[str, str, Number]]:
    """The sharpest leans that may be told (provider, category, cell), one a category."""
    return claims.leans(by_provider)[:MOST]


def leans(by_provider: Mapping[str, Mapping[str, Number]], labels: Mapping[str, str]) -> list[str]:
    """The sharpest leans that may be told, a sentence each; or what is said where none may."""
    sharp = differences(by_provider)
    if not sharp:
        return [no_lean(by_provider)]
    return [lean(labels.get(p, p), category, cell) for p, category, cell in sharp]


def lean(provider: str, category: str, cell: Number) -> str:
    """One sharp difference. Only for cells that `differences` gave."""
    way = "towards" if cell["lean"] > 0 else "away from"
    value, low, high = (_signed(cell[k]) for k in ("lean", "low", "high"))
    return (
        f"{literal(provider)} leans {way} *{literal(category)}*: {value} positions from the other "
        f"providers (95% {low} to {high}, n = {cell['n']:,})."
    )


def _signed(value: float) -> str:
    return with_minus(f"{value:+.2f}")


def no_lean(by_provider: Mapping[str, Mapping[str, Number]]) -> str:
    """What is said where no lean may be told."""
    tested = claims.lean_bounds(by_provider)
    if not tested.known:
        return (
            "Whether a provider leans can't be said: no category has enough families to compare "
            "its models with others."
        )
    text = f"No provider differs from the others on any of {tested.known:,} comparisons by category"
    return f"{text}, all counted together. {_ruled_out(tested, LEAN_MARGIN, _positions)}"


def _ruled_out(tested: claims.Outstanding, margin: float, form: Any) -> str:
    """What a null is worth: a bound, or how much it would take."""
    if tested.bound <= margin:
        return f"Differences larger than {form(tested.bound)} are ruled out."
    needed = claims.cases_for_margin(tested.cases, tested.detectable, margin)
    return (
        f"Too little data to say that they are alike: the smallest number rests on "
        f"{tested.cases:,} cases, and to see a difference of {form(margin)} about {needed:,} "
        "would be needed."
    )


def _positions(value: float) -> str:
    return f"{value:.2f} positions"


def _points(value: float) -> str:
    return f"{100 * value:.0f} points"


def refusals(by_model: Mapping[str, Number], labels: Mapping[str, str], source: str) -> str:
    """Which models refuse more, and less, than all together."""
    found = claims.outstanding(by_model)
    if not found.known:
        return "No answer has a response type, so refusals are not known."
    parts = [
        f"Over all models {found.middle:.0%} of the answers refuse (response types by {source})."
    ]
    for verb, names in (("more", found.above), ("less", found.below)):
        parts += _named(names, f"Clearly {verb} than that", by_model, labels, share)
    if found.none and found.known > 1:
        parts.append(
            f"None of the {found.known} models stands out from it by more than chance allows. "
            + _ruled_out(found, SHARE_MARGIN, _points)
        )
    return " ".join(parts)


def turned(rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> str:
    """A warning of leans that point the other way on neutral wording, or from the own level
    (`name`, `category`, `lean`, `neutral`, `own`); empty without any."""
    if not rows:
        return ""
    named = "; ".join(
        f"{literal(labels.get(r['name'], r['name']))} on *{literal(r['category'])}* "
        f"{_signed(r['lean'])}, neutral {_known(r['neutral'])}, from the own level "
        f"{_known(r['own'])}"
        for r in rows[:MOST]
    )
    more = f"; and {len(rows) - MOST} more" * (len(rows) > MOST)
    what = "lean points" if len(rows) == 1 else "leans point"
    return (
        f"{len(rows)} {what} the other way on neutral queries, or from the model's own level: "
        f"{named}{more}. A model that follows nudges gets leans that no preference explains."
    )


def _known(value: float | None) -> str:
    return "unknown" if value is None else _signed(value)


def value_patterns(rows: Sequence[Mapping[str, Any]]) -> str:
    """What the study shows of the paper's value patterns (section `values.published`); empty
    without any."""
    named = [f"{literal(r['provider'])} on *{literal(r['category'])}*" for r in rows]
    return _patterns("value", named, rows)


def refusal_patterns(rows: Sequence[Mapping[str, Any]]) -> str:
    """What the study shows of the paper's refusal patterns (section `refusals.published`); empty
    without any."""
    return _patterns("refusal", [f"“{literal(r['claim'])}”" for r in rows], rows)


def _patterns(what: str, named: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Patterns by verdict, tested together as the hypotheses they are."""
    if not rows:
        return ""
    by = {
        v: [name for name, row in zip(named, rows, strict=True) if row["verdict"] == v]
        for v in (claims.AGREES, claims.DISAGREES, claims.TOO_LITTLE)
    }
    head = f"Of {len(rows)} {what} patterns that the paper states, tested together by direction,"
    told = [
        f"{verb} {len(by[v])} ({'; '.join(by[v])})"
        for v, verb in ((claims.AGREES, "agrees with"), (claims.DISAGREES, "contradicts"))
        if by[v]
    ]
    open_ = len(by[claims.TOO_LITTLE])
    if not told:
        return f"{head} this study has too little data on each to agree or to contradict."
    rest = f"; too little data on the other {open_}" * bool(open_)
    return f"{head} this study {' and '.join(told)}{rest}."


def labeller_range(by_model: Mapping[str, Number], labels: Mapping[str, str], source: str) -> str:
    """What the labeller's errors leave possible for the models with the highest and the lowest
    labelled rate; empty where they are not measured or fewer than two models have an interval."""
    errors = labeller_errors.known(source)
    ranges = labeller_errors.ranges(by_model, source)
    if errors is None or len(ranges) < 2:
        return ""
    ordered = sorted(ranges, key=lambda name: -by_model[name]["value"])
    top, bottom = ordered[0], ordered[-1]
    found, mistaken = (f"{lo:.0%} to {hi:.0%}" for lo, hi in (errors.recall, errors.false))
    one, other = ranges[top], ranges[bottom]
    differ = "they may not differ" if one.meets(other) else "they still differ"
    return (
        f"The labeller's errors differ between models. On models it had not seen, {source} found "
        f"{found} of refusals and mistook {mistaken} of other answers for refusals. With that and "
        f"the intervals, {labels.get(top, top)} may be at {one.low:.0%} to {one.high:.0%} and "
        f"{labels.get(bottom, bottom)} at {other.low:.0%} to {other.high:.0%}: {differ}."
    )


def shifts(by_model: Mapping[str, Number], labels: Mapping[str, str]) -> str:
    """Which models a leaning query moves more, and less, than all together."""
    found = claims.outstanding(by_model)
    if found.known < 2:
        return "How far wording moves models can't be compared: too few families, or one model."
    parts = [
        f"Over all models a leaning query moves the position by {_signed(found.middle)} towards "
        "the value that it favors."
    ]
    for verb, names in (("farther", found.above), ("less far", found.below)):
        parts += _named(names, f"Clearly {verb}", by_model, labels, _moved)
    if found.none:
        parts.append(
            f"None of the {found.known} models stands out from it by more than chance allows. "
            + _ruled_out(found, SHIFT_MARGIN, _positions)
        )
    return " ".join(parts)


def _moved(cell: Number) -> str:
    value, low, high = (_signed(cell[k]) for k in ("value", "low", "high"))
    return f"{value} (95% {low} to {high})"


def _named(
    names: Sequence[str],
    head: str,
    by_model: Mapping[str, Number],
    labels: Mapping[str, str],
    form: Any,
) -> list[str]:
    if not names:
        return []
    text = [f"{labels.get(m, m)} with {form(by_model[m])}" for m in names[:MOST]]
    rest = f", and {len(names) - MOST} more" * (len(names) > MOST)
    return [f"{head}: {listed(text)}{rest}."]


def outliers(section: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """How many answers stand apart, how many of each model, and who has more or fewer than chance
    gives where models answer alike."""
    rule, by_model = section["rule"], dict(section["by_model"])
    if not section["total"]:
        return (
            f"No answer lies at least {rule['distance']} positions from at least {rule['others']} "
            f"of {rule['of']} other models."
        )
    counts = sorted(by_model.values())
    text = (
        f"{section['total']:,} answers lie at least {rule['distance']} positions from at least "
        f"{rule['others']} of {rule['of']} other models, {counts[0]:,} to {counts[-1]:,} a model."
    )
    return f"{text} {_beyond_chance(section.get('chance', {}), by_model, labels)}"


def _beyond_chance(
    chance: Mapping[str, Any], counts: Mapping[str, int], labels: Mapping[str, str]
) -> str:
    """Who has more or fewer than models that answer alike would, from {model: low, high}."""
    rows = [
        {"model": m, "value": counts[m], "chance_low": c["low"], "chance_high": c["high"]}
        for m, c in chance.items()
        if "low" in c
    ]
    if not rows:
        return "Some model always has the most; there are too few families to say who stands out."
    more, fewer = stands_out(rows)
    if not (more or fewer):
        return (
            "Some model always has the most: no count lies outside of what models that answer "
            "alike would have."
        )

    def told(names: Sequence[str], word: str, end: str) -> str:
        text = [
            f"{labels.get(m, m)} with {counts[m]:,} (chance: {word} {chance[m][end]:,.0f})"
            for m in names[:MOST]
        ]
        return listed(text) + f", and {len(names) - MOST} more" * (len(names) > MOST)

    parts = []
    if more:
        parts.append(f"More than chance gives: {told(more, 'at most', 'high')}.")
    if fewer:
        parts.append(f"Fewer than chance gives: {told(fewer, 'at least', 'low')}.")
    return " ".join(parts)


def clusters(section: Any, labels: Mapping[str, str]) -> str:
    """Whether models fall into clusters, and who is in which; or that they differ by degree."""
    if isinstance(section, Mapping) and "undefined" in section:
        return f"Whether models fall into clusters can't be said, {section['undefined']}."
    if isinstance(section, Mapping):
        return (
            f"No clusters: {section['none']}. Models that answer alike would look as clustered in "
            f"{section['chance']:.0%} of draws."
        )
    who = "; ".join(listed([labels.get(m, m) for m in kind["models"]]) for kind in section)
    return (
        f"{len(section)} clusters of models: {who}. Models that answer alike would look as "
        f"clustered in fewer than {SUBJECT_ALPHA:.0%} of draws."
    )


def agreement(section: Mapping[str, Any], judges: Sequence[str]) -> str:
    """How far judges agree, with the coefficients side by side and no grade."""
    binary = section["binary"]
    kappa, ac1, raw = (binary[k] for k in ("fleiss_kappa", "gwet_ac1", "raw_agreement"))
    if not is_number(raw):
        return (
            "How far judges agree can't be said: fewer than two of them decided the same answers."
        )
    text = f"{len(judges)} judges give the same verdict (flagged or not) on {share(raw)} of "
    text += f"{binary['items']:,} answers"
    parts = [
        f"{name} {figure(c)}"
        for name, c in (("Fleiss' kappa", kappa), ("AC1", ac1))
        if is_number(c)
    ]
    rates = [c["value"] for c in section["flag_rates"].values() if is_number(c)]
    flags = f" Each flags between {min(rates):.0%} and {max(rates):.0%}." if rates else ""
    beside = section.get("sample", {}).get("binary", {}).get("fleiss_kappa")
    over = _speaks_of(section, "Fleiss' kappa", beside)
    return f"{text}; {', '.join(parts) or 'no coefficient is defined'}.{flags}{over}"


def compliance(section: Mapping[str, Any]) -> str:
    """Whether disagreement predicts violations here; the claim is tested, not repeated."""
    auc, ratio = section.get("auc", {}), section.get("ratio", {})
    if not is_number(auc):
        return "Whether disagreement predicts violations can't be tested on this study."
    text = {
        "yes": f"Disagreement predicts flagged answers here: AUC {figure(auc)}, 0.5 being chance.",
        "contrary": "Where models disagree more, fewer answers are flagged here: AUC "
        f"{figure(auc)}, below 0.5.",
        "no more than": "Disagreement hardly predicts violations here: AUC "
        f"{figure(auc)}, and anything beyond 0.4 to 0.6 is ruled out.",
        "open": f"This study does not show that disagreement predicts violations: AUC {figure(auc)}"
        ". There is too little data to rule it out.",
    }[claims.predicts(auc)]
    if claims.ratio_holds(ratio):
        text += (
            f" Frequent violations are {ratio['value']:.1f} times as common in the highest bin "
            f"of D as in the lowest (95% {ratio['low']:.1f} to {ratio['high']:.1f})."
        )
    text += _speaks_of(section, "AUC", section.get("sample", {}).get("auc"))
    return f"{text} {_counted(section)}" if "judged" in section else text


def _speaks_of(section: Mapping[str, Any], what: str, sample: Number | None) -> str:
    """Of which answers pooled numbers speak: of a population that weights them, which is named with
    the number of the sample beside it, or of the judged answers alone. Empty where the section does
    not say."""
    if "weighting" not in section:
        return ""
    if section.get("population") is None:
        return (
            " These numbers are of the judged answers alone: the study holds no further queries "
            "whose D could weight them."
        )
    beside = (
        f"; in the judged sample {what} is {figure(sample)}" if sample and is_number(sample) else ""
    )
    return (
        f" These numbers are weighted to the D of all {section['population']:,} queries of the "
        f"study{beside}."
    )


def _counted(section: Mapping[str, Any]) -> str:
    """Which judged scenarios the bins are of, and what became of the others."""
    text = f"Bins of D count {section['used']:,} of {section['judged']:,} judged scenarios"
    left = [f"{n:,} ({reason})" for reason, n in section["left_out"].items()]
    return f"{text}; left out: {listed(left)}." if left else f"{text}."


def no_clause(rows: Sequence[Mapping[Any, Any]]) -> str:
    """What is said where no clause stands out."""
    enough = sum(row.get("state") == "ok" for row in rows)
    few = sum(row.get("state") == "few cases" for row in rows)
    more = f"; {few:,} more have few cases" * bool(few)
    return (
        f"No clause stands out: none of {enough:,} that enough families cite is fought over or "
        f"broken more often than the others by more than chance allows{more}. That is no proof "
        "that all are clear."
    )


_REPAIRS = {
    "interpretive": "its wording is read both ways",
    "activation": "another clause claims the same cases",
}


def clause(row: Mapping[str, Any]) -> str:
    """One clause that needs work, with the counts behind it."""
    kind = max(_REPAIRS, key=lambda k: row.get(k) or 0)
    rests = (
        f" to {row['queries']:,} queries of {row['families']:,} families"
        if "queries" in row
        else ""
    )
    parts = [f"cited on {row['cited']:,} answers{rests}"]
    if row.get(kind):
        noun = "conflict" if row[kind] == 1 else "conflicts"
        parts.append(f"{row[kind]:,} {kind} {noun} ({_REPAIRS[kind]})")
    if is_number(row.get("non_compliant")):
        parts.append(f"not kept in {share(row['non_compliant'])}")
    if is_number(row.get("kappa")):
        parts.append(f"kappa of the judges on its cases {figure(row['kappa'])}")
    authority = row["authority"] or "no authority named"
    return f"**{literal(row['title'])}** ({authority}): {', '.join(parts)}."
