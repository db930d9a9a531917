"""Numbers as a sentence has them: a count with its noun, an amount of money."""


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 family, 1,204 families, 3 calls. `many` where the plural is not
    the noun with an s, or with ies for its y."""
    if count == 1:
        return f"1 {one}"
    return f"{count:,} {many or (f'{one[:-1]}ies' if one.endswith('y') else f'{one}s')}"


def in_dollars(usd: float, digits: int = 2) -> str:
    """An amount in US dollars: $1,204.50."""
    return f"${usd:,.{digits}f}"
