"""The sources of the runner, and the digest that an image is known by."""

import hashlib
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@cache
def runner_digest() -> str:
    """Return a digest of everything that goes into the image from here, as it was when this process first asked."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sources():
        digest.update(str(path.relative_to(HERE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def sources() -> list[Path]:
    return [HERE / "containers" / "Dockerfile", *sorted((HERE / "runner").rglob("*.py"))]
