"""Looks as a page that this machine serves to itself: loopback only, under an address that nobody can guess."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from coderm.errors import CodeRMError, ConfigError
from coderm.report.live.look import Look
from coderm.report.page.rendering import render, script_json

HOST = "127.0.0.1"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"
POLL_S = 0.05
"""Between two questions of the server whether it is to end."""
SLOWEST_S = 30.0
"""A client that says nothing for so long is let go."""


class _Looks:
    """One look at a time, and no more often than every `every_s` seconds, however many tabs ask."""

    def __init__(self, look: Callable[[], Look], every_s: float, clock: Callable[[], float]) -> None:
        self._look, self._every_s, self._clock = look, every_s, clock
        self._lock = threading.Lock()
        self._last, self._text = float("-inf"), ""

    def __call__(self) -> str:
        """Return the newest look as JSON; what hinders it is told in its place."""
        with self._lock:
            if self._clock() - self._last >= self._every_s:
                try:
                    self._text = json.dumps(self._look().as_json())
                except CodeRMError as error:
                    self._text = json.dumps({"error": error.message})
                self._last = self._clock()
            return self._text


@contextmanager
def served(look: Callable[[], Look], port: int, every_s: float, clock: Callable[[], float] = time.monotonic) -> Iterator[str]:
    """Serve the page and yield its address. port: 0 for a free one. Raises ConfigError where the port is taken."""
    secret = secrets.token_urlsafe(16)
    page = render("watch.html", ("dom.js", "watch.js"), settings=script_json({"every_ms": int(1000 * every_s)}))
    looks = _Looks(look, every_s, clock)
    answers: dict[str, tuple[str, Callable[[], str]]] = {
        f"/{secret}/": ("text/html; charset=utf-8", lambda: page),
        f"/{secret}/look.json": ("application/json", looks),
    }
    try:
        server = ThreadingHTTPServer((HOST, port), _handler(answers))
    except OSError as error:
        raise ConfigError(f"--port {port}: cannot be used ({error.strerror}); give another, or none for a free one") from None
    with server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), name="watch page")
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}/{secret}/"
        finally:
            server.shutdown()
            thread.join()


def _handler(answers: dict[str, tuple[str, Callable[[], str]]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SLOWEST_S

        def do_GET(self) -> None:
            """Answer the page and its looks, and nothing else."""
            kind, text = answers.get(self.path, ("", None))
            if text is None:
                self.send_error(404)
                return
            body = text().encode("utf-8", "backslashreplace")
            self.send_response(200)
            headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
            for name, value in (headers | {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing of each request."""

    return Handler
