"""How often the embedded classifier is right about voices that it has not seen.

    python benchmarks/labeller/figures.py [--print]

Every model's answers, and every voice of our own writing, are labelled by a classifier that was
trained without them (`fit.fold` says what is left out together), with the one threshold.
Answers that are kept back for this are labelled by the weights as shipped. The figures go between
two marks of `docs/labeller.md`, or are printed. Needs `../shared/data`. Takes some minutes.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]
os.environ.setdefault("OMP_NUM_THREADS", "1")

import corpus  # noqa: E402
import fit  # noqa: E402
import numpy as np  # noqa: E402

from analysis.measure.label_classifier import SOURCE, label_answers, model  # noqa: E402
from analysis.measure.label_rules.accuracy import DOCUMENT, refreshed, type_lines  # noqa: E402
from analysis.measure.label_rules.accuracy import share as wilson  # noqa: E402
from analysis.whole_files import write_text  # noqa: E402

LANGUAGES = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
HEAD = "| {} | refusals found | other answers called refusals | refusals among those called so |"


def main() -> None:
    """Score everything unseen, and write or print the block."""
    if not corpus.SHARED.is_dir():
        sys.exit(f"There is no {corpus.SHARED}: the labelled answers of others are needed.")
    held = fit.table(corpus.everything())
    scores = fit.unseen_scores(held)
    slope, offset = fit.calibration(held, scores)
    likely = 1 / (1 + np.exp(-(slope * scores + offset)))
    held = replace(held, threshold=-offset / slope)
    text = "\n".join([*block(held.examples, likely), *kept_back(), *confusions(held, scores)])
    if "--print" in sys.argv:
        print(text)
    else:
        page = DOCUMENT.read_text(encoding="utf-8")
        write_text(DOCUMENT, refreshed(page, "classifier", text))


def block(examples: list[corpus.Example], likely: np.ndarray) -> Iterable[str]:
    """The page's block: labelled answers of models, then our own voices and languages."""
    voices = np.array([e.voice for e in examples])
    yield f"Labeller: {SOURCE}, threshold {model.THRESHOLD:g}."
    groups: list[tuple[str, list[tuple[str, np.ndarray]]]] = []
    xstest = [(v, voices == v) for v in corpus.XSTEST.values()]
    others = [(v, voices == v) for v in sorted({v for v in voices if v.startswith("SpeechMap")})]
    groups.append(
        (
            "model",
            [
                *xstest,
                ("both XSTest models", np.isin(voices, list(corpus.XSTEST.values()))),
                *others,
                (corpus.REAL, voices == corpus.REAL),
            ],
        )
    )
    own = sorted({e.voice for e in examples if fit.is_own(e) and e.voice not in LANGUAGES})
    groups.append(("voice of our own", [(v.replace("_", " "), voices == v) for v in own]))
    groups.append(("language", [(n, voices == v) for v, n in LANGUAGES.items()]))
    for name, rows in groups:
        yield ""
        yield HEAD.format(name)
        yield "| --- | --- | --- | --- |"
        for label, mine in rows:
            yield _row(label, examples, likely, mine)
    yield ""
    yield spread(examples, likely)


def _row(label: str, examples: list[corpus.Example], likely: np.ndarray, mine: np.ndarray) -> str:
    rows = [
        (bool(e.refuses), p >= model.THRESHOLD)
        for e, p, m in zip(examples, likely, mine, strict=True)
        if m and e.refuses is not None
    ]
    hit = sum(r and c for r, c in rows)
    refused, called = sum(r for r, _ in rows), sum(c for _, c in rows)
    false = called - hit
    cells = [wilson(hit, refused), wilson(false, len(rows) - refused), wilson(hit, called)]
    return f"| {label} | {' | '.join(cells)} |"


def kept_back() -> Iterable[str]:
    """How the shipped weights do on answers of our own that nothing was ever learned from."""
    examples = corpus.kept_back()
    found = label_answers([e.text for e in examples])
    likely = np.array([f.probability if f else np.nan for f in found])
    voices = np.array([e.voice for e in examples])
    language = np.array([len(v) == 2 for v in voices])
    yield from ("", HEAD.format("kept back"), "| --- | --- | --- | --- |")
    files = np.repeat(corpus.KEPT_BACK, [len(corpus.kept_back((f,))) for f in corpus.KEPT_BACK])
    for file in corpus.KEPT_BACK:
        for name, mine in (("English voices", ~language), ("languages", language)):
            yield _row(f"**{file}, {name}**", examples, likely, mine & (files == file))
    for voice in dict.fromkeys(voices[~language]):
        yield _row(voice.replace("_", " "), examples, likely, voices == voice)


def confusions(held: fit.Table, scores: np.ndarray) -> Iterable[str]:
    """Response types by hand against those of a classifier that did not see the answers."""
    voices = (corpus.ANSWERS, corpus.REAL)
    for voice, said in zip(voices, fit.types(held, voices, scores), strict=True):
        hand = [e for e in held.examples if e.voice == voice]
        pairs = [(e.type, t) for e, t in zip(hand, said, strict=True) if e.type]
        yield from ("", f"Types, {voice}. " + type_lines(pairs)[0], "")
        yield from (line.replace("rules", "classifier") for line in type_lines(pairs)[2:])


def spread(examples: list[corpus.Example], likely: np.ndarray) -> str:
    """The range of recall and of false refusals over models and voices with 20 cases or more."""
    ranges = []
    for refuses in (True, False):
        shares = []
        for voice in {e.voice for e in examples}:
            called = [
                p >= model.THRESHOLD
                for e, p in zip(examples, likely, strict=True)
                if e.voice == voice and e.refuses is refuses
            ]
            if len(called) >= 20:
                shares.append(float(np.mean(called)))
        ranges.append(f"{min(shares):.0%} to {max(shares):.0%} (n {len(shares)})")
    return (
        "Over models and voices with 20 cases or more, refusals found range from "
        f"{ranges[0]}, other answers called refusals from {ranges[1]}."
    )


if __name__ == "__main__":
    main()
