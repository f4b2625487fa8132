"""Messages as JSON text: the bytes of a message, and the message of some bytes.

Whatever bytes come, reading them gives lists, texts and numbers or raises Malformed.
"""

import json
from typing import Any

MAX_MESSAGE = 16 * 1024 * 1024
"""Longest message, bytes; an honest result is a thousandth of it."""


class NotSerializable(Exception):
    """A value that cannot cross: too large, too many parts."""


class Malformed(Exception):
    """Bytes that no honest peer sends."""


def dumps(message: Any) -> bytes:
    """Return the bytes of a message. Raises NotSerializable when there are too many."""
    body = "".join(_parts(message, 0)).encode("utf-8", "surrogatepass")
    if len(body) > MAX_MESSAGE:
        raise NotSerializable(f"a value of {len(body)} bytes is over the limit of {MAX_MESSAGE}")
    return body


def loads(body: bytes) -> Any:
    """Return the message of some bytes. Raises Malformed."""
    try:
        text = str(body, "utf-8", "surrogatepass")
        message, end = _scan(text, 0)
        if end != len(text):
            raise ValueError("more than one value")
        return message
    except (ValueError, StopIteration) as error:
        raise Malformed(f"a message is no JSON: {type(error).__name__}") from None


_make_encoder: Any = json.encoder.c_make_encoder  # type: ignore[attr-defined]


def _refuse(value: Any) -> Any:
    raise NotSerializable(f"a {type(value).__name__} among scalars")


_parts = _make_encoder(None, _refuse, json.encoder.encode_basestring, None, ":", ",", False, False, True)
"""The encoder that json makes anew for every call, with lone surrogates as they are."""
_scan: Any = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
