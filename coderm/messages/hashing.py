"""Content hashes: the ids that a journal and a cache can key on."""

import hashlib


def content_hash(*parts: str) -> str:
    """Return a 128-bit hex digest of the texts; the separator cannot be forged by a text."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.hexdigest()
