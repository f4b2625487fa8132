"""What a run goes on in spite of, for whoever looks at it: a node that cannot serve, an answer for which there was no room.

Owns the texts, each with its remedy. The same one is kept once, and of many the first.
"""

MOST = 20
"""Texts kept; who has so many troubles has the log."""


class Notes:
    """Texts in the order in which they came."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def add(self, text: str) -> None:
        """Take one in."""
        if len(self._texts) < MOST:
            self._texts.setdefault(text)

    def texts(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(self._texts)
