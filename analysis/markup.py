"""Words from data inside Markdown."""

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|!~$&"} | {"\n": " ", "\r": " "})


def literal(words: object) -> str:
    """Words that somebody else wrote, on one line, so that no viewer reads them as markup."""
    return str(words).translate(_SPECIAL)
