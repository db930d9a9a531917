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
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

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
SENTENCE_KINDS: Final = {"words": 0.8, "functions": 0.8, "letters": 0.8}
"""The same for a sentence read by itself."""
BITS: Final = 17
WORDS: Final = Path(__file__).with_name("words.toml")

_START: Final = 0xE000
_GAP: Final = 0xE001
"""Marks of our own, from the private use area: where a text begins, and where its middle is left
out. A text's own private characters become spaces."""
_START_MARK: Final = chr(_START)
_GAP_MARK: Final = chr(_GAP)
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
_Numbers = npt.NDArray[np.int32]
_Words = tuple[_U32, _Numbers, _Numbers]
_MULTIPLIERS: Final = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1], "u4")
_LONGEST_WORD: Final = 24
_FUNCTION_BITS: Final = 18


@dataclass(frozen=True)
class Grams:
    """The n-grams of one text, one entry an occurrence: `bucket`, what it counts for the text
    (`count`) and for its sentence (`single`), the number of the sentence, and where in the text as
    read (`read`) it begins and how many symbols it spans."""

    bucket: _Numbers
    count: npt.NDArray[np.float32]
    single: npt.NDArray[np.float32]
    sentence: _Numbers
    begin: _Numbers
    length: _Numbers


@dataclass(frozen=True)
class _Spans:
    """Words or characters of many texts, in order: where each begins and ends among the symbols
    (nothing where nobody asks), the number of its text, of the sentence that it ends in, and of
    the last sentence of its text."""

    begin: _Numbers
    end: _Numbers
    text: _Numbers
    sentence: _Numbers
    last: _Numbers

    def of(self, rows: npt.NDArray[np.intp]) -> "_Spans":
        """Some of them."""
        begin, end = _places(self.begin, self.end, rows)
        return _Spans(begin, end, self.text[rows], self.sentence[rows], self.last[rows])

    def runs(self, hashes: _U32, n: int) -> "_Part":
        """Runs of n neighbours. Each belongs to the sentence that it ends in, so that the sign
        before a sentence counts with it, but never to the next text."""
        size = len(hashes)
        sentence = np.minimum(self.sentence[n - 1 :], self.last[:size])
        return _Part(hashes, sentence, self.begin[:size], self.end[n - 1 :])

    def within(self, n: int) -> npt.NDArray[np.intp]:
        """Which runs of n neighbours stand in one text."""
        return np.flatnonzero(self.text[: len(self.text) - n + 1] == self.text[n - 1 :])


@dataclass(frozen=True)
class _Part:
    """Some n-grams in the order of the texts: hash, sentence, and where each begins and ends among
    the symbols of all texts."""

    hashes: _U32
    sentence: _Numbers
    begin: _Numbers
    end: _Numbers

    def of(self, rows: npt.NDArray[np.intp]) -> "_Part":
        """Some of them."""
        return _Part(self.hashes[rows], self.sentence[rows], *_places(self.begin, self.end, rows))


def _places(
    begin: _Numbers, end: _Numbers, rows: npt.NDArray[np.intp]
) -> tuple[_Numbers, _Numbers]:
    return (begin[rows], end[rows]) if len(begin) else (begin, end)


@dataclass(frozen=True)
class _Cut:
    """Texts cut up: the number of the text of each sentence, and the n-grams by kind."""

    texts: _Numbers
    parts: dict[str, list[_Part]]


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
    return f"{bare[:OPENING]}{_GAP_MARK}{bare[-CLOSING:]}"


def matrix(texts: Sequence[str], bits: int = BITS) -> csr_matrix:
    """Counts of n-grams, one row a text and 2**bits columns, each kind of n-gram at its weight over
    the root of how many of it the text has.

    `texts` are as `opening_and_end` gives them, or queries. For training; `product` needs no such
    matrix.
    """
    cut = _cut(texts)
    return _stacked(cut, KINDS, cut.texts, bits)


def sentence_matrix(texts: Sequence[str], bits: int = BITS) -> tuple[csr_matrix, _Numbers]:
    """The same, one row a sentence, with the number of the text that each belongs to; each text
    has one sentence or more."""
    cut = _cut(texts)
    return _stacked(cut, SENTENCE_KINDS, np.arange(len(cut.texts), dtype="i4"), bits), cut.texts


def product(
    texts: Sequence[str], weights: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], _Numbers]:
    """What the texts and their sentences add up to, for weights of 2**bits rows.

    The last column of `weights` is for sentences, the others are for texts. Gives
    `matrix(texts) @ weights[:, :-1]`, `sentence_matrix(texts) @ weights[:, -1]`, and the number of
    each sentence's first text.
    """
    bits = weights.shape[0].bit_length() - 1
    cut = _cut(texts)
    starts = np.flatnonzero(np.append(True, cut.texts[1:] != cut.texts[:-1])).astype("i4")
    whole = np.zeros((len(starts), weights.shape[1] - 1), "f4")
    single = np.zeros(len(cut.texts), "f4")
    gather = _gather(cut.texts)
    for kind, parts in cut.parts.items():
        sums = np.zeros((len(cut.texts), weights.shape[1]), "f4")
        count = np.zeros(len(cut.texts), "f4")
        for part in parts:
            sizes, counts = _counts(part, len(cut.texts), bits)
            sums += counts @ weights
            count += sizes
        if kind in KINDS:
            many = np.maximum(np.add.reduceat(count, starts), 1)
            scale = KINDS[kind] / np.sqrt(many)
            whole += (gather @ sums)[:, :-1] * scale[:, None]
        if kind in SENTENCE_KINDS:
            single += sums[:, -1] * (SENTENCE_KINDS[kind] / np.sqrt(np.maximum(count, 1)))
    return whole, single, starts


def _stacked(cut: "_Cut", kinds: dict[str, float], row: _Numbers, bits: int) -> csr_matrix:
    """Counts by `row` of each sentence, scaled by kind."""
    gather = _gather(row)
    rows = gather.shape[0]
    total = csr_matrix((rows, 2**bits), dtype="f4")
    for kind, weight in kinds.items():
        mine = csr_matrix((rows, 2**bits), dtype="f4")
        count = np.zeros(rows, "f4")
        for part in cut.parts[kind]:
            sizes, counts = _counts(part, len(row), bits)
            mine = mine + gather @ counts
            count += gather @ sizes.astype("f4")
        scale = weight / np.sqrt(np.maximum(count, 1))
        total = total + diags(scale.astype("f4")) @ mine
    return total.tocsr()


def _gather(row: _Numbers) -> csr_matrix:
    """Adds up sentences by `row`, which never falls."""
    ends = np.append(np.flatnonzero(np.diff(row)) + 1, len(row)) if len(row) else row
    columns = np.arange(len(row), dtype="i4")
    shape = (len(ends), len(row))
    return csr_matrix((np.ones(len(row), "f4"), columns, np.append(0, ends)), shape)


def _counts(part: "_Part", sentences: int, bits: int) -> tuple[_Numbers, csr_matrix]:
    """Some n-grams as a matrix, one row a sentence, with how many each has; its entries stand in
    that order already."""
    # What belongs to the marks behind the last text comes last and is left out.
    sizes = np.bincount(part.sentence, minlength=sentences)[:sentences].astype("i4")
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype("i4")
    found = _bucket(part.hashes[: ends[-1]], bits)
    ones = np.ones(len(found), "f4")
    return sizes, csr_matrix((ones, found, ends), shape=(sentences, 2**bits))


def read(texts: Sequence[str]) -> tuple[_U32, npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """All texts as one row of symbols, their kinds, and the number of the text each belongs to:
    small letters, straight quotes, every number a 0, no emphasis marks, single spaces. Two marks
    stand before each text, and behind the last, as a text of their own."""
    marks = _START_MARK * 2
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
    return text.replace(_START_MARK, " ") if _START_MARK in text else text


def grams(text: str, bits: int = BITS) -> Grams:
    """All n-grams of one text, with where they stand and what one of each counts."""
    cut = _cut([text], places=True)
    found = []
    for kind, parts in cut.parts.items():
        kept = [p.of(np.flatnonzero(p.sentence < len(cut.texts))) for p in parts]
        of_sentence = np.concatenate([p.sentence for p in kept])
        each = np.bincount(of_sentence, minlength=len(cut.texts))
        whole = KINDS.get(kind, 0.0) / np.sqrt(max(len(of_sentence), 1))
        single = SENTENCE_KINDS.get(kind, 0.0) / np.sqrt(np.maximum(each, 1))
        found += [
            (
                _bucket(p.hashes, bits),
                np.full(len(p.hashes), whole, "f4"),
                single[p.sentence].astype("f4"),
                p.sentence,
                p.begin,
                p.end - p.begin,
            )
            for p in kept
        ]
    return Grams(*(np.concatenate(x) for x in zip(*found, strict=True)))


def _cut(texts: Sequence[str], *, places: bool = False) -> "_Cut":
    """Texts as sentences and n-grams, with their places where asked for: that takes time."""
    symbol, kind, number = read(texts)
    if not texts:
        return _Cut(np.zeros(0, "i4"), {})
    starts = np.append(0, np.flatnonzero(number[1:] != number[:-1]) + 1).astype("i4")
    begins = _sentence_begins(symbol, kind)
    begins[starts] = True
    sentence = np.cumsum(begins, dtype="i4") - 1
    last = sentence[np.append(starts[1:], len(symbol)) - 1]
    mixed = _mixed(symbol)
    hashes, begin, end = _words(mixed, kind)
    text = number[begin]
    place = begin - starts[text]
    held = slice(None) if places else slice(0)
    words = _Spans(begin[held], end[held], text, sentence[end - 1], last[text])
    near, text = _first(starts, len(symbol))
    ends = near[held] + np.int32(1)
    letters = _Spans(near[held], ends, text, sentence[near], last[text])
    return _Cut(
        number[begins][: last[len(texts) - 1] + 1],
        {
            **_of_words(hashes, words, place < EARLY),
            "functions": _of_functions(hashes, words, place < FUNCTIONS),
            "letters": _of_letters(mixed[near], letters),
        },
    )


def _first(starts: _Numbers, symbols: int) -> tuple[_Numbers, _Numbers]:
    """Where the first `LETTERS` symbols of each text stand, with the number of their text."""
    sizes = np.minimum(np.diff(np.append(starts, symbols)), LETTERS)
    text = np.repeat(np.arange(len(starts), dtype="i4"), sizes)
    before = (starts - np.cumsum(sizes) + sizes).astype("i4")
    return np.arange(len(text), dtype="i4") + before[text], text


def _sentence_begins(symbol: _U32, kind: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Where sentences begin inside a text: behind its left out middle, and behind a sign that ends
    one where no letter follows at once."""
    line = symbol == ord("\n")
    ends = line | (symbol == ord(".")) | (symbol == ord("!")) | (symbol == ord("?"))
    begins: npt.NDArray[np.bool_] = symbol == _GAP
    begins[1:] |= ends[:-1] & ~ends[1:] & (line[:-1] | (kind[1:] != _LETTER))
    return begins


def _mixed(symbol: _U32) -> _U32:
    mixed: _U32 = symbol * _MULTIPLIERS[0]
    mixed ^= mixed >> np.uint32(15)
    return mixed


def _bucket(hashes: _U32, bits: int) -> npt.NDArray[np.int32]:
    mixed = hashes ^ (hashes >> np.uint32(15))
    mixed *= np.uint32(0x846CA68B)
    mixed >>= np.uint32(32 - bits)
    return mixed.view("i4")


def _of_words(word: _U32, words: _Spans, early: npt.NDArray[np.bool_]) -> dict[str, "list[_Part]"]:
    """N-grams of one to three words; those that begin early count a second time."""
    parts: dict[str, list[_Part]] = {"words": [], "early": []}
    for hashes, size, n in _runs(word, 3, _MULTIPLIERS[1]):
        part = words.runs(hashes, n)
        parts["words"].append(part)
        again = part.of(np.flatnonzero(early[:size]))
        parts["early"].append(replace(again, hashes=again.hashes * _MULTIPLIERS[2]))
    return parts


def _of_functions(word: _U32, words: _Spans, near: npt.NDArray[np.bool_]) -> "list[_Part]":
    """n-grams of one to four of the functions that the words have, others left out."""
    function = _functions()[word >> np.uint32(32 - _FUNCTION_BITS)]
    rows = np.flatnonzero((function > 0) & near)
    codes = function[rows].astype("u4") * _MULTIPLIERS[0] + _MULTIPLIERS[4]
    words = words.of(rows)
    return [
        words.runs(hashes ^ _MULTIPLIERS[2], n).of(words.within(n))
        for hashes, _, n in _runs(codes, 4, _MULTIPLIERS[3])
    ]


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


def _of_letters(code: _U32, letters: _Spans) -> "list[_Part]":
    """n-grams of four and five characters of the first 240, spaces and marks included."""
    return [
        letters.runs(running + _MULTIPLIERS[4] * np.uint32(n - 1), n).of(letters.within(n))
        for running, n in _chained(code)
    ]


def _chained(code: _U32) -> Iterator[tuple[_U32, int]]:
    """Hashes of all runs of four and of five neighbours, with their n."""
    running = code
    for n in range(2, 6):
        if len(code) < n:
            return
        running = running[: len(code) - n + 1] * _MULTIPLIERS[3] + code[n - 1 :]
        if n > 3:
            yield running, n
