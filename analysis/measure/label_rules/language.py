"""Whether a text reads as English, cheaply: the rules know no other language and say so."""

import re
from typing import Final

_LOOKED_AT: Final = 400
_PLAIN: Final = (" the ", " you", " and ", " that ", " with ")
_WORD: Final = re.compile(r"[a-zà-ÿ']+")
_LETTER: Final = re.compile(r"[^\W_]")
_LAST_LATIN: Final = "ɏ"
_ENGLISH_WORDS: Final = (
    "the a an and or of to in is it that this for you your i with on as be are not but if at by "
    "from can will have has was we they he she his her my me so do don't i'm it's can't there what "
    "when who how all would could just no one more about into out up than then its their them our"
)
_OTHER_WORDS: Final = (
    "el los las una por para que con pero puedo ayudarte eso siento lo de la le les des est une et "
    "pour avec dans vous je ne pas trois voici bien der das und ist nicht ich kann leider mir dazu "
    "weil fehlen ein eine zu mit den het een ik niet maar kan u daar helaas uw weet misschien il "
    "di che non per sono della um uma não com você os da se su es como más muy auf für von bei sie "
    "wir vos votre nous sur qui mais ou och att det som är inte på czy nie jest się ve bir için"
)
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())
_OTHER: Final = frozenset(_OTHER_WORDS.split())


def reads_as_english(text: str) -> bool:
    """Whether the opening of one lower-cased text reads as English.

    Counts the commonest words of English and of a dozen other languages, and letters beyond the
    Latin ones. Too little to tell counts as English.
    """
    head = text[:_LOOKED_AT]
    if head.isascii() and any(word in head for word in _PLAIN):
        return True
    letters = _LETTER.findall(head)
    if letters and 3 * sum(c > _LAST_LATIN for c in letters) > len(letters):
        return False
    words = _WORD.findall(head)
    own, other = sum(w in _ENGLISH for w in words), sum(w in _OTHER for w in words)
    return not (other >= 2 and other > own)
