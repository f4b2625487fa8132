"""Where the service is and how patient the client is; an environment variable stands in for what is not given."""

import os
from dataclasses import dataclass, field

from coderm.errors import ConfigError

URL_VARIABLE = "CODERM_SERVICE_URL"
TOKEN_VARIABLE = "CODERM_SERVICE_TOKEN"
DEFAULT_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Settings of a client; empty `base_url` and `token` are read from the environment. Times are in seconds."""

    base_url: str = ""
    token: str = field(default="", repr=False)
    deadline_s: float = 60.0
    """Budget of a call, over all its tries and pauses."""
    batch_programs: int = 256
    """Most programs of one request; an item with more travels alone."""
    batch_bytes: int = 8_000_000
    """Most characters of one request's programs and tests; an item with more travels alone."""
    window_s: float = 0.003
    """Wait for other calls to share a request: far below what judging one program takes."""
    in_flight: int = 32
    """Most requests at once."""
    first_pause_s: float = 0.1
    """Pause before the first retry; each further one is twice as long."""
    longest_pause_s: float = 5.0
    """Pauses grow to this length and no further."""
    ask_again: int = 1
    """How often items are asked for anew that the service answered with a null that may pass."""
    compress_bytes: int = 1024
    """Bodies from this size on travel as gzip."""
    raise_on_lost: bool = False
    """Whether a null raises RewardLost in place of being returned."""

    def __post_init__(self) -> None:
        positive = ("deadline_s", "batch_programs", "batch_bytes", "in_flight", "first_pause_s", "longest_pause_s")
        for name in positive:
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} = {getattr(self, name)!r} of the reward client: give a number above 0")
        if not self.url.startswith(("http://", "https://")):
            raise ConfigError(f"base_url {self.url!r} of the reward client: give http://HOST:PORT, or set {URL_VARIABLE}")

    @property
    def url(self) -> str:
        """Address of the service, without a slash at its end."""
        return (self.base_url or os.environ.get(URL_VARIABLE, "") or DEFAULT_URL).rstrip("/")

    def headers(self) -> dict[str, str]:
        """Return the headers of every request; no token: none is sent."""
        token = self.token or os.environ.get(TOKEN_VARIABLE, "")
        return {"Authorization": f"Bearer {token}"} if token else {}
