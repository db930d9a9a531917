"""Texts as hashed counts of word and character n-grams, thousands at a time.

An answer is read at its opening and its end, since that is where a refusal is said. What is left
of it are numbers of buckets: no word can be read back from a weight. Everything runs over whole
arrays of code points, which makes it some thirty times as fast as going through the n-grams of
each text in Python.

An n-gram's bucket depends on its words alone, on every machine: the hashes are fixed arithmetic on
code points, never Python's own `hash`.
"""

import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

OPENING: Final = 600
CLOSING: Final = 200
"""An answer is read at its first 600 and last 200 characters."""
EARLY: Final = 160
"""The first characters, whose words count apart: a refusal usually stands there."""
LETTERS: Final = 240
"""So many first characters are read by character n-grams too."""
FUNCTIONS: Final = 220
"""So many first characters are read by the functions of their words."""
KINDS: Final = {"words": 0.3, "early": 1.2, "functions": 0.7, "letters": 1.0}
"""What each kind of n-gram counts: one to three words anywhere, the same among the first 160
characters, the functions of the first words (`words.toml`), four and five characters."""
BITS: Final = 17
WORDS: Final = Path(__file__).with_name("words.toml")

_START: Final = 0xE000
_GAP: Final = 0xE001
"""Marks of our own, from the private use area: where a text begins, and where its middle is left
out. A text's own private characters become spaces."""
_BMP: Final = 0x10000
_DROPPED, _SPACE, _LETTER, _SINGLE = range(4)
_CURLY: Final = dict.fromkeys("’‘ʼ`´", "'") | dict.fromkeys("“”„«»「」『』", '"') | {"‐": "-"}
_MARKS: Final = {
    **dict.fromkeys("。．।۔…", "."),
    **dict.fromkeys("，、،", ","),
    **dict.fromkeys("；؛", ";"),
    "！": "!",
    "？": "?",
    "؟": "?",
    "：": ":",
    "—": "-",
}
_TOKENS: Final = frozenset('.!?,:;"\n')
# One character is a word there: scripts that put no spaces between words, and Korean, whose
# syllables carry endings.
_UNSPACED: Final = (
    (0x0E00, 0x0EFF),
    (0x1100, 0x11FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
)

_U32 = npt.NDArray[np.uint32]
_Words = tuple[_U32, npt.NDArray[np.int32], npt.NDArray[np.int32]]
_Part = tuple[_U32, npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]
_MULTIPLIERS: Final = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1], "u4")
_LONGEST_WORD: Final = 24
_FUNCTION_BITS: Final = 18


@dataclass(frozen=True)
class Grams:
    """The n-grams of one text, one entry an occurrence: `bucket`, and where in the text as read
    (`read`) it begins and how many symbols it spans."""

    bucket: npt.NDArray[np.int32]
    count: npt.NDArray[np.float32]
    begin: npt.NDArray[np.int32]
    length: npt.NDArray[np.int32]


@cache
def _tables() -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """For each code point of the first plane: what it is read as, and of which kind that is."""
    symbol = np.zeros(_BMP, "u2")
    kind = np.zeros(_BMP, "u1")
    for code in range(_BMP):
        symbol[code], kind[code] = _read_as(chr(code))
    symbol[_START], symbol[_GAP] = _START, _GAP
    kind[_START] = kind[_GAP] = _SINGLE
    return symbol, kind


@cache
def _functions() -> npt.NDArray[np.uint8]:
    """The function of a word by the first bits of its hash; 0 for the many without one. Signs that
    end a sentence or quote, and the marks of our own, have functions too."""
    table = np.zeros(2**_FUNCTION_BITS, "u1")
    lists = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    known = [[""], [*".!?\n"], ['"'], *(words.split() for words in lists.values())]
    for code, words in reversed([*enumerate(known, start=1)]):
        for word in words:
            symbol, kind, _ = read([word])
            hashes = _words(_mixed(symbol), kind)[0]
            # Two marks of a beginning stand before each and two behind; in a script without
            # spaces only a word of one character can be looked up.
            if len(hashes) <= 5:
                table[hashes[2] >> np.uint32(32 - _FUNCTION_BITS)] = code
    return table


def _read_as(char: str) -> tuple[int, int]:
    code = ord(char)
    if char in "*_#~\u200b\u200c\u200d\ufeff":
        return 0, _DROPPED
    char = _MARKS.get(_CURLY.get(char, char), _CURLY.get(char, char))
    if char in _TOKENS:
        return ord(char), _SINGLE
    if char == "'":
        return ord(char), _LETTER
    category = unicodedata.category(char)
    if category[0] == "N":
        return ord("0"), _LETTER
    if category[0] in "LM":
        low = char.lower()
        plain = ord(low) if len(low) == 1 else code
        single = any(first <= code <= last for first, last in _UNSPACED)
        return plain, _SINGLE if single else _LETTER
    return ord(" "), _SPACE


def opening_and_end(text: str) -> str:
    """What is read of an answer: its first 600 and last 200 characters, with a mark between."""
    bare = text.strip()
    if len(bare) <= OPENING + CLOSING:
        return bare
    return f"{bare[:OPENING]}{chr(_GAP)}{bare[-CLOSING:]}"


def matrix(texts: Sequence[str], bits: int = BITS) -> csr_matrix:
    """Counts of n-grams, one row a text and 2**bits columns, each kind of n-gram at its weight over
    the root of how many of it the text has.

    `texts` are as `opening_and_end` gives them, or queries. For training; `product` needs no such
    matrix.
    """
    total = csr_matrix((len(texts), 2**bits), dtype="f4")
    for scale, part in _scaled(texts):
        total = total + _counts(part, len(texts), bits, scale)
    return total


def product(texts: Sequence[str], weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """`matrix(texts) @ weights`, for weights of 2**bits rows: one row a text."""
    bits = weights.shape[0].bit_length() - 1
    total = np.zeros((len(texts), weights.shape[1]), "f4")
    for scale, part in _scaled(texts):
        total += _counts(part, len(texts), bits, scale) @ weights
    return total


def _scaled(texts: Sequence[str]) -> "Iterator[tuple[npt.NDArray[np.float32], _Part]]":
    """Each part with what one of its n-grams counts in each text."""
    parts = _parts(texts)
    for kind, weight in KINDS.items():
        mine = [part for of, part in parts if of == kind]
        sums = sum(
            (np.bincount(p[1], minlength=len(texts))[: len(texts)] for p in mine),
            start=np.int64(0),
        )
        scale = (weight / np.sqrt(np.maximum(sums, 1))).astype("f4")
        for part in mine:
            yield scale, part


def _counts(part: "_Part", texts: int, bits: int, scale: npt.NDArray[np.float32]) -> csr_matrix:
    """Some n-grams as a matrix; its entries stand in the order of the texts already."""
    hashes, of = part[0], part[1]
    # What belongs to the marks behind the last text comes last and is left out.
    sizes = np.bincount(of, minlength=texts)[:texts]
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype("i4")
    found = _bucket(hashes[: ends[-1]], bits)
    return csr_matrix((np.repeat(scale, sizes), found, ends), shape=(texts, 2**bits))


def read(texts: Sequence[str]) -> tuple[_U32, npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """All texts as one row of symbols, their kinds, and the number of the text each belongs to:
    small letters, straight quotes, every number a 0, no emphasis marks, single spaces. Two marks
    stand before each text, and behind the last, as a text of their own."""
    marks = chr(_START) * 2
    # The marks behind the last text make its end look like every other's.
    joined = "".join(f"{marks}{_without_marks(t)}" for t in texts) + marks
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), "u4")
    symbols, kinds = _tables()
    inside = np.minimum(codes, _BMP - 1)
    symbol, kind = symbols[inside].astype("u4"), kinds[inside]
    space = kind == _SPACE
    kept = kind != _DROPPED
    kept[1:] &= ~(space[1:] & space[:-1])
    starts = codes == _START
    number = (np.cumsum(starts, dtype="i4") + 1) // 2 - 1
    return symbol[kept], kind[kept], number[kept]


def _without_marks(text: str) -> str:
    return text.replace(chr(_START), " ") if chr(_START) in text else text


def grams(text: str, bits: int = BITS) -> Grams:
    """All n-grams of one text, with where they stand and what one of each counts."""
    found = [
        (np.full(int((p[1] == 0).sum()), scale[0], "f4"), tuple(x[p[1] == 0] for x in p))
        for scale, p in _scaled([text])
    ]
    counts = np.concatenate([c for c, _ in found])
    hashes, _, begins, lengths = (
        np.concatenate(x) for x in zip(*(p for _, p in found), strict=True)
    )
    return Grams(_bucket(hashes, bits), counts, begins, lengths)


def _parts(texts: Sequence[str]) -> "list[tuple[str, _Part]]":
    """N-grams by kind (of `KINDS`), each part in the order of the texts."""
    symbol, kind, number = read(texts)
    if not len(symbol):
        return []
    first = np.append(0, np.flatnonzero(number[1:] != number[:-1]) + 1).astype("i4")
    place = np.arange(len(symbol), dtype="i4") - first[number]
    mixed = _mixed(symbol)
    words = _words(mixed, kind)
    return [
        *_of_words(words, number, place),
        *(("functions", p) for p in _of_functions(words, number, place)),
        *(("letters", p) for p in _of_letters(mixed, number, place)),
    ]


def _mixed(symbol: _U32) -> _U32:
    mixed: _U32 = symbol * _MULTIPLIERS[0]
    mixed ^= mixed >> np.uint32(15)
    return mixed


def _bucket(hashes: _U32, bits: int) -> npt.NDArray[np.int32]:
    mixed = hashes ^ (hashes >> np.uint32(15))
    mixed *= np.uint32(0x846CA68B)
    mixed >>= np.uint32(32 - bits)
    return mixed.view("i4")


def _of_words(
    words: _Words, number: npt.NDArray[np.int32], place: npt.NDArray[np.int32]
) -> list[tuple[str, _Part]]:
    """N-grams of one to three words; those that begin early count a second time."""
    word, begin, end = words
    of, at = number[begin], place[begin]
    parts: list[tuple[str, _Part]] = []
    for hashes, size, n in _runs(word, 3, _MULTIPLIERS[1]):
        length = end[n - 1 :] - begin[:size]
        parts.append(("words", (hashes, of[:size], at[:size], length)))
        early = at[:size] < EARLY
        again = hashes[early] * _MULTIPLIERS[2]
        parts.append(("early", (again, of[:size][early], at[:size][early], length[early])))
    return parts


def _of_functions(
    words: _Words, number: npt.NDArray[np.int32], place: npt.NDArray[np.int32]
) -> list[_Part]:
    """n-grams of two to four of the functions that the first words have, others left out."""
    word, begin, end = words
    function = _functions()[word >> np.uint32(32 - _FUNCTION_BITS)]
    near = (function > 0) & (place[begin] < FUNCTIONS)
    codes = function[near].astype("u4") * _MULTIPLIERS[0] + _MULTIPLIERS[4]
    begin, end = begin[near], end[near]
    of, at = number[begin], place[begin]
    parts: list[_Part] = []
    for hashes, size, n in _runs(codes, 4, _MULTIPLIERS[3]):
        same = of[:size] == of[n - 1 :]
        length = end[n - 1 :] - begin[:size]
        parts.append(
            (hashes[same] ^ _MULTIPLIERS[2], of[:size][same], at[:size][same], length[same])
        )
    return parts


def _runs(codes: _U32, longest: int, multiplier: np.uint32) -> Iterator[tuple[_U32, int, int]]:
    """Hashes of all runs of one to `longest` neighbours, with how many there are and their n."""
    running = np.zeros_like(codes)
    for n in range(1, longest + 1):
        size = len(codes) - n + 1
        if size <= 0:
            return
        running = running[:size] * multiplier + codes[n - 1 :]
        yield running + np.uint32(n), size, n


def _words(mixed: _U32, kind: npt.NDArray[np.uint8]) -> _Words:
    """Each word's hash, where it begins and where it ends: runs of letters, and every single."""
    letter, single = kind == _LETTER, kind == _SINGLE
    starts = single | letter
    starts[1:] &= ~(letter[1:] & letter[:-1])
    begin = np.flatnonzero(starts).astype("i4")
    inside = letter | single
    member = np.flatnonzero(inside).astype("i4")
    first = starts[member]
    nth = np.cumsum(first, dtype="i4") - 1
    within = np.minimum(member - begin[nth], _LONGEST_WORD)
    powers = np.cumprod(np.full(_LONGEST_WORD + 1, 0x01000193, "u4"), dtype="u4")
    terms = mixed[member] * powers[within]
    edges = np.flatnonzero(first)
    hashes = np.add.reduceat(terms, edges, dtype="u4")
    hashes ^= hashes >> np.uint32(16)
    hashes *= _MULTIPLIERS[1]
    sizes = np.diff(np.append(edges, len(member)))
    return hashes, begin, (begin + sizes).astype("i4")


def _of_letters(
    mixed: _U32, number: npt.NDArray[np.int32], place: npt.NDArray[np.int32]
) -> list[_Part]:
    """n-grams of four and five characters of the first 240, spaces and marks included."""
    near = place < LETTERS
    code, of, at = mixed[near], number[near], place[near]
    parts: list[_Part] = []
    running = code
    for n in range(1, 5):
        if len(code) <= n:
            break
        running = running[: len(code) - n] * _MULTIPLIERS[3] + code[n:]
        if n < 3:
            continue
        size = len(running)
        same = of[:size] == of[n:]
        length = np.full(int(same.sum()), n + 1, "i4")
        hashes = (running + _MULTIPLIERS[4] * np.uint32(n))[same]
        parts.append((hashes, of[:size][same], at[:size][same], length))
    return parts
