"""When an estimate has an interval, and how wide few families make it: the one place.

An estimate has an interval only where there are at least `LEAST_FAMILIES` families on each side of
what it compares, and a spread between them that is not zero. A rate has one all the same, exact
(Clopper & Pearson 1934), with each family as one case. Everything else says "undefined", and why.

Few or unequal families know less of their own spread than their number says. Sums of squared
residuals are too small then, by `factor`, and worth `df` degrees of freedom (Satterthwaite 1946;
Bell & McCaffrey 2002, for effects that whole families share, the cautious end). With equal
families these are the familiar G / (G - 1) and G - 1. Both come from the families' sizes, so a
query may state them as two sums.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from analysis.number_text import counted
from analysis.vocabulary import LEAST_FAMILIES

FEW_FAMILIES = 40
"""Below this many families, or `SPARSE` of them with the rarer outcome, a rate is exact."""
SPARSE = 10
LEVEL = 0.95
NO_CASES = "no cases"
ONE_FAMILY = "one family only, so the spread between families is unknown"
NO_SPREAD = "no spread between the families: each gives the same number"
ONE_HEAVY = "one family with nearly all cases, so the spread between families is unknown"
FloatArray: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


def too_few(families: int, what: str = "") -> str:
    """Why so many families (with `what`, a word or two) have no interval; "" for enough."""
    if families >= LEAST_FAMILIES:
        return ""
    if families == 1 and not what:
        return ONE_FAMILY
    reason = f"only {counted(families, 'family')}{what and f' {what}'}"
    return f"{reason}, and an interval needs at least {LEAST_FAMILIES}"


@dataclass(frozen=True)
class Correction:
    """What the families' sizes do to a variance: `factor` times the sum of squared influences, at
    `df` degrees of freedom (below 1 where one family holds nearly everything). Arrays."""

    factor: FloatArray
    df: FloatArray

    def half_width(self, squares: npt.ArrayLike, level: float = LEVEL) -> FloatArray:
        """Half the interval around a statistic, from its sum of squared influences."""
        error = np.sqrt(self.factor * np.asarray(squares, dtype=float))
        return np.asarray(self.quantile(level) * error, dtype=float)

    def quantile(self, level: float = LEVEL) -> FloatArray:
        """Student's two-sided quantile at `df`; NaN below one degree of freedom."""
        from scipy.special import stdtrit

        known = np.where(self.df >= 1 - 1e-9, self.df, np.nan)
        return np.asarray(stdtrit(known, 0.5 + level / 2), dtype=float)


def correction(n: npt.ArrayLike, nn: npt.ArrayLike, n4: npt.ArrayLike) -> Correction:
    """From sum n_f, sum n_f^2 and sum n_f^4 over families (arrays or numbers)."""
    total, squares, fourths = (np.asarray(x, dtype=float) for x in (n, nn, n4))
    with np.errstate(invalid="ignore", divide="ignore"):
        s2, s4 = squares / total**2, fourths / total**4
        # sum h^3 is at most sqrt(s2 * s4), and just that for equal families
        room = 1 - 2 * np.sqrt(s4 / s2) + s2
        return Correction(1 / np.maximum(room, 1e-3), s2**2 / s4 * (1 - s2))


def correction_of(*sides: npt.ArrayLike) -> Correction:
    """From the families' sizes themselves, one array for each side of what is compared; of several
    sides the one that knows least decides."""
    found = []
    for side in sides:
        sizes = np.asarray(side, dtype=float)
        sizes = sizes[sizes != 0]
        found.append(correction(sizes.sum(), (sizes**2).sum(), (sizes**4).sum()))
    return weaker(*found)


def weaker(*found: Correction) -> Correction:
    """The larger factor and the fewer degrees of freedom of several."""
    factors, dfs = [c.factor for c in found], [c.df for c in found]
    return Correction(np.maximum.reduce(factors), np.minimum.reduce(dfs))


def why_none(families: int, squares: float, df: float) -> str:
    """Why a statistic with this sum of squared influences has no interval; "" where it has."""
    if few := too_few(families):
        return few
    if df < 1 - 1e-9:
        return ONE_HEAVY
    return NO_SPREAD if not squares > 0 else ""


def why_none_each(families: FloatArray, squares: FloatArray, df: FloatArray) -> list[str]:
    """`why_none`, one a row."""
    rows = zip(families, squares, df, strict=True)
    return [why_none(int(f), float(s), float(d)) for f, s, d in rows]


def wilson_bounds(
    share: npt.ArrayLike, n_effective: npt.ArrayLike, level: float = LEVEL
) -> tuple[FloatArray, FloatArray]:
    """Wilson's interval (1927) of shares in [0, 1] at a (possibly fractional) number of cases.

    Arrays in, arrays (low, high) out, widened by rounding only so far that they hold the share.
    """
    from scipy.special import ndtri

    p, m = np.asarray(share, dtype=float), np.asarray(n_effective, dtype=float)
    z = float(ndtri(0.5 + level / 2))
    centre = (p + z**2 / (2 * m)) / (1 + z**2 / m)
    half = z * np.sqrt(p * (1 - p) / m + z**2 / (4 * m**2)) / (1 + z**2 / m)
    low, high = np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
    return np.minimum(low, p), np.maximum(high, p)


def exact_bounds(
    share: npt.ArrayLike, n_effective: npt.ArrayLike, level: float = LEVEL
) -> tuple[FloatArray, FloatArray]:
    """Clopper & Pearson's interval (1934) at a possibly fractional number of cases (Korn &
    Graubard 1998): never covers less than it says, more for few cases. Arrays in and out."""
    from scipy.special import betaincinv

    p, m = np.broadcast_arrays(np.asarray(share, dtype=float), np.asarray(n_effective, float))
    k, tail = p * m, (1 - level) / 2
    tiny = 1e-12
    low = np.where(k <= tiny, 0.0, betaincinv(np.maximum(k, tiny), m - k + 1, tail))
    high = np.where(m - k <= tiny, 1.0, betaincinv(k + 1, np.maximum(m - k, tiny), 1 - tail))
    return np.minimum(low, p), np.maximum(high, p)


@dataclass(frozen=True)
class Rates:
    """What an interval of rates rests on, arrays: `share` (0..1), `n` (cases), `families`,
    `squares` (sum of squared influences), `some` and `short` (families with a success, and with
    a failure), the `correction` of their sizes, and `copies`, sum n_f^2 / sum n_f in cases: the
    design effect if the members of each family were copies of each other."""

    share: FloatArray
    n: FloatArray
    families: FloatArray
    squares: FloatArray
    some: FloatArray
    short: FloatArray
    correction: Correction
    copies: FloatArray

    def effective_n(self, level: float = LEVEL) -> FloatArray:
        """Number of independent cases that would be as sure: n over the design effect, in 1..n.

        The design effect is the variance over that of a simple random sample of n (Kish, Survey
        Sampling, 1965, 8.2), widened as far as t is wider than the normal. Families that hold
        the rarer outcome are what shows it; one more is added whose members are copies of each
        other, the cautious end: it decides alone where nothing tells the spread (a share of 0
        or 1, fewer families than an interval needs), and fades as families come in. More than
        copies there cannot be.
        """
        from scipy.special import ndtri

        spread = self.share * (1 - self.share)
        informative = np.minimum(self.some, self.short)
        wider = (self.correction.quantile(level) / float(ndtri(0.5 + level / 2))) ** 2
        with np.errstate(invalid="ignore", divide="ignore"):
            seen = np.maximum(self.correction.factor * self.squares * (self.n - 1) / spread, 1.0)
            effect = (informative * seen * wider + self.copies) / (informative + 1)
            blind = (self.n < 2) | (spread <= 1e-15) | (self.families < LEAST_FAMILIES)
            effect = np.where(blind | np.isnan(effect), self.copies, effect)
            effect = np.minimum(effect, self.copies)
            return np.clip(self.n / effect, 1, np.maximum(self.n, 1))

    def bounds(self, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
        """(low, high): exact for few families or few with the rarer outcome, else Wilson's."""
        effective = self.effective_n(level)
        few = self.families < FEW_FAMILIES
        exact = few | (np.minimum(self.some, self.short) < SPARSE)
        with np.errstate(invalid="ignore", divide="ignore"):
            pairs = zip(
                exact_bounds(self.share, effective, level),
                wilson_bounds(self.share, effective, level),
                strict=True,
            )
            low, high = (np.where(exact, a, b) for a, b in pairs)
        return low, high
