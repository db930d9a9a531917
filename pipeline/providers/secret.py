"""A key that can be used and not shown: no repr, no pickle, no copy of it in a text."""

MASK = "[key]"


class Secret:
    """Holds one key. `reveal` is for the client alone; `scrub` takes the key out of a text."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret()"

    def __reduce__(self) -> str:
        raise TypeError("A key is never pickled: pass the name of its environment variable.")

    def reveal(self) -> str:
        return self._value

    def scrub(self, text: str) -> str:
        """The text without the key: an endpoint may echo what it was sent."""
        if len(self._value) >= 8 and self._value in text:
            return text.replace(self._value, MASK)
        return text
