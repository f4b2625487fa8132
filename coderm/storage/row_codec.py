"""Values of the journal as MessagePack rows and back: dataclasses, plain values, NumPy arrays, and any text.

A row whose texts UTF-8 cannot hold, since a model wrote a lone surrogate, is packed; every other row is plain MessagePack.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np

from coderm.storage.surrogates import packed, unpacked

T = TypeVar("T")


def _encode_hook(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    raise NotImplementedError(f"{type(value).__name__} does not belong in a journal")


def _decode_hook(kind: type, value: Any) -> Any:
    if getattr(kind, "__origin__", kind) is np.ndarray:
        dtype, shape, raw = value
        return np.frombuffer(bytearray(raw), np.dtype(dtype)).reshape(shape)
    raise NotImplementedError(f"{kind!r} does not belong in a journal")


_encoder = msgspec.msgpack.Encoder(enc_hook=_encode_hook)
PACKED = b"\xc1"
"""First byte of a row whose texts are packed, since some of them hold lone surrogates; MessagePack never uses it."""


def encode_row(value: Any) -> bytes:
    """Return the row of a value made of dataclasses, plain values and arrays."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(value, builtin_types=(bytes,), enc_hook=_encode_hook)
        return PACKED + _encoder.encode(_with_texts(plain, packed))


def _with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return nested plain values with every text changed."""
    match value:
        case str():
            return change(value)
        case dict():
            return {_with_texts(key, change): _with_texts(item, change) for key, item in value.items()}
        case list() | tuple():
            return type(value)(_with_texts(item, change) for item in value)
    return value


class RowDecoder(Generic[T]):
    """Reads rows of one type, packed or not. `renamed`: what required fields were called in rows of older versions."""

    def __init__(self, kind: type[T], renamed: dict[str, str] | None = None) -> None:
        self._kind = kind
        self._renamed = renamed or {}
        self._plain = msgspec.msgpack.Decoder(kind, dec_hook=_decode_hook)

    def decode(self, payload: bytes) -> T:
        """Return the value of a row."""
        if payload.startswith(PACKED):
            return self._converted(_with_texts(msgspec.msgpack.decode(payload[1:]), unpacked))
        try:
            return self._plain.decode(payload)
        except msgspec.ValidationError:
            if not self._renamed:
                raise
            return self._converted(msgspec.msgpack.decode(payload))

    def _converted(self, plain: dict[str, Any]) -> T:
        named = {self._renamed.get(name, name): value for name, value in plain.items()}
        return msgspec.convert(named, self._kind, builtin_types=(bytes,), dec_hook=_decode_hook)
