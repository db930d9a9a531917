"""Seeded chance for the simulator: the same key gives the same throws on every machine.

Python's own `hash` changes from process to process and `random` is slow to seed; a BLAKE2 digest
of the key is neither. 512 bits last for one answer; when they run low the digest is hashed again.
"""

from collections.abc import Sequence
from hashlib import blake2b
from statistics import NormalDist
from typing import TypeVar

T = TypeVar("T")

_FINE = 1 << 24
_LOW = 1 << 64
_quantile = NormalDist().inv_cdf


class Dice:
    """A stream of throws named by its key, e.g. `Dice("answer", model, query)`."""

    __slots__ = ("_seed", "_state")

    def __init__(self, *key: str) -> None:
        self._seed = blake2b("\x1f".join(key).encode("utf-8", "replace"), digest_size=64).digest()
        self._state = int.from_bytes(self._seed, "big") | 1 << 512

    def below(self, n: int) -> int:
        """A whole number in [0, n)."""
        if self._state < _LOW:
            self._seed = blake2b(self._seed, digest_size=64).digest()
            self._state = int.from_bytes(self._seed, "big") | 1 << 512
        self._state, throw = divmod(self._state, n)
        return throw

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def chance(self, share: float) -> bool:
        """True in `share` (0..1) of all keys."""
        return self.below(_FINE) < share * _FINE

    def uniform(self) -> float:
        """In [0, 1)."""
        return self.below(_FINE) / _FINE

    def normal(self) -> float:
        """Standard normal, never beyond 5.3 standard deviations."""
        return _quantile((self.below(_FINE) + 0.5) / _FINE)

    def sample(self, options: Sequence[T], n: int) -> list[T]:
        """`n` different entries in random order; all of them when there are fewer."""
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in range(min(n, len(left)))]
