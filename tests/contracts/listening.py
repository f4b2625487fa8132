"""A web application on a free port of this machine, in a thread, for libraries that bring HTTP clients of their own."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn
from fastapi import APIRouter, FastAPI


@contextlib.contextmanager
def served(router: APIRouter) -> Iterator[str]:
    """Yield the address."""
    web = FastAPI()
    web.include_router(router)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(web, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
