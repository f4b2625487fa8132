"""Content hashes: the ids that a journal and a cache can key on."""

import hashlib


def content_hash(*parts: str) -> str:
    """Return a 128-bit hex digest of the texts; the separator cannot be forged by a text."""
    raws = [part.encode("utf-8", "surrogatepass") for part in parts]
    return hashlib.blake2b(b"".join([len(raw).to_bytes(8, "little") + raw for raw in raws]), digest_size=16).hexdigest()
