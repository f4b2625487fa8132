"""Lone surrogates: halves of a character pair that no UTF-8 text can hold, which models and published files contain all the same.

Prose that goes to a model has them replaced; code keeps them, since Python refuses such source and a replaced one might pass.
"""


def has_lone_surrogate(text: str) -> bool:
    """Whether a text cannot be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def replaced(text: str) -> str:
    """Return a text with U+FFFD for every lone surrogate, and the character for two halves that form one."""
    if not has_lone_surrogate(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def packed(text: str) -> str:
    """Return a text that UTF-8 can hold and `unpacked` turns back; ASCII stays as it is."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def unpacked(text: str) -> str:
    """Return the text that `packed` was given."""
    return text.encode("latin-1").decode("utf-8", "surrogatepass")
