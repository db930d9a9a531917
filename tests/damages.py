"""Ways in which a file comes to harm, by seed: bits that flip, pages that vanish or change places,
ends that are missing."""

import random
from pathlib import Path

PAGE, BLOCK, HEADERS = 4_096, 262_144, 12_288


def damage(path: Path, seed: int) -> str:
    """Damage a file in place in the way of that seed; says how. The file differs afterwards."""
    dice = random.Random(seed)
    whole = path.read_bytes()
    kinds = [_flip, _zeros, _noise, _cut, _pages, _blocks, _longer]
    kind = kinds[seed % len(kinds)]
    harmed = whole
    while harmed == whole:
        harmed = kind(bytearray(whole), dice)
    path.write_bytes(harmed)
    return f"{kind.__name__[1:]} (seed {seed})"


def _place(data: bytearray, size: int, dice: random.Random) -> int:
    """Anywhere, and half of the time where something is written."""
    filled = [p for p in range(0, len(data) - size + 1, size) if any(data[p : p + size])]
    return (
        dice.choice(filled)
        if filled and dice.random() < 0.8
        else dice.randrange(max(1, len(data) - size))
    )


def _flip(data: bytearray, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 3, 50))):
        at = _place(data, 16, dice) + dice.randrange(16)
        data[min(at, len(data) - 1)] ^= 1 << dice.randrange(8)
    return bytes(data)


def _zeros(data: bytearray, dice: random.Random) -> bytes:
    size = min(dice.choice((8, PAGE, BLOCK)), len(data))
    at = _place(data, size, dice)
    data[at : at + size] = bytes(len(data[at : at + size]))
    return bytes(data)


def _noise(data: bytearray, dice: random.Random) -> bytes:
    size = min(dice.choice((4, 100, PAGE)), len(data))
    at = _place(data, size, dice)
    data[at : at + size] = dice.randbytes(len(data[at : at + size]))
    return bytes(data)


def _cut(data: bytearray, dice: random.Random) -> bytes:
    return bytes(data[: dice.randrange(len(data))])


def _swap(data: bytearray, start: int, size: int, dice: random.Random) -> bytes:
    count = (len(data) - start) // size
    if count < 2:
        return _flip(data, dice)
    one, two = (start + size * i for i in dice.sample(range(count), 2))
    data[one : one + size], data[two : two + size] = (
        data[two : two + size],
        data[one : one + size],
    )
    return bytes(data)


def _pages(data: bytearray, dice: random.Random) -> bytes:
    return _swap(data, 0, min(PAGE, max(1, len(data) // 4)), dice)


def _blocks(data: bytearray, dice: random.Random) -> bytes:
    return _swap(data, HEADERS, BLOCK, dice)


def _longer(data: bytearray, dice: random.Random) -> bytes:
    return bytes(data) + dice.randbytes(dice.choice((1, PAGE, BLOCK)))
