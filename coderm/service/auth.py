"""The bearer token: made or read at the start, compared in constant time before a body is read, and never logged.

Only its hash leaves the process that made or read it.

Ray Serve's HTTP is open even where Ray's token authentication is on, so the service asks for a token of its own.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coderm.client.settings import TOKEN_VARIABLE
from coderm.errors import ConfigError
from coderm.service.page import ASSETS, FOLDER

SHORTEST_TOKEN = 16
"""Characters: below that a token could be guessed."""
OPEN_PATHS = ("/health",)
PAGES = ("/docs", "/openapi.json", *(FOLDER + name for name in ASSETS))
"""What a person opens in a browser, which asks for a password: there the token may be that."""
RUN_CODE = "/run_code"
"""Clients of SandboxFusion know no token; they take a user and a password in the URL."""


@dataclass(frozen=True, slots=True)
class Token:
    """The token, and whether it was given or made here."""

    text: str = field(repr=False)
    given: bool

    @property
    def digest(self) -> bytes:
        """What the service compares with."""
        return digest_of(self.text.encode("ascii"))


def digest_of(text: bytes) -> bytes:
    """Hash a token; a plain hash is enough, since a token is no password that could be guessed."""
    return hashlib.sha256(text).digest()


def find_token(environ: Mapping[str, str]) -> Token:
    """Read the token from the environment, or make one. Raises ConfigError for one that is too short to be safe or not ASCII."""
    text = environ.get(TOKEN_VARIABLE, "")
    if not text:
        return Token(secrets.token_urlsafe(32), given=False)
    if len(text) < SHORTEST_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(f"{TOKEN_VARIABLE}: give at least {SHORTEST_TOKEN} ASCII characters without spaces, or unset it")
    return Token(text, given=True)


def check_bind(host: str, token: Token) -> None:
    """Raise ConfigError when others could reach the service and nobody set its token on purpose."""
    if not token.given and not is_loopback(host):
        raise ConfigError(
            f"service.host = {host!r} can be reached by others: set {TOKEN_VARIABLE} to a token of your own, "
            'or keep service.host = "127.0.0.1"'
        )


def is_loopback(host: str) -> bool:
    """Whether an address is one of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def allowed(scope: Mapping[str, Any], digest: bytes) -> bool:
    """Whether a request may pass: an open path, the bearer token, or the token as a password where a person reads."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if path in OPEN_PATHS:
        return True
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) != 1:
        return False
    kind, _, text = values[0].partition(b" ")
    if kind.lower() == b"bearer":
        return _same(text.strip(), digest)
    return kind.lower() == b"basic" and _takes_password(scope, path) and _same(_password(text), digest)


def _takes_password(scope: Mapping[str, Any], path: str) -> bool:
    """Whether a password will do. A browser sends one by itself, also for other sites' pages, but none of those can send JSON."""
    if path == RUN_CODE and scope["method"] == "POST":
        return (b"content-type", b"application/json") in [(name, value.partition(b";")[0]) for name, value in scope["headers"]]
    return path in PAGES and scope["method"] == "GET"


def _same(given: bytes, digest: bytes) -> bool:
    return hmac.compare_digest(digest_of(given), digest)


def _password(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
