#!/usr/bin/env bash
# openai 3.54.0: `timeout` reads like the time a call may take. It is the time of one try, and by default there are three:
# the caller waits three timeouts and the pauses between, and a slow model server is sent the same request three times,
# which makes it slower still. A 409 is tried three times as well, a 400 once. max_retries=0 leaves one try.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q openai==3.54.0

cat > "$work/run.py" <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai


def tries(status: int, slow: bool = False, **options: float) -> str:
    seen: list[str] = []
    given_up = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)
            if slow:
                given_up.wait(60)
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = openai.OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none", **options)
        try:
            client.completions.create(model="any", prompt="def add(a, b):")
        except openai.APIError as error:
            return f"{type(error).__name__} after {len(seen)}"
        finally:
            given_up.set()
            server.shutdown()


print("slow:", tries(200, slow=True, timeout=2.0))
print("slow, no retries:", tries(200, slow=True, timeout=2.0, max_retries=0))
print("409:", tries(409), "- 400:", tries(400))
PYTHON

expected="slow: APITimeoutError after 3
slow, no retries: APITimeoutError after 1
409: ConflictError after 3 - 400: BadRequestError after 1"
found=$(NO_PROXY=127.0.0.1 "$work/venv/bin/python" "$work/run.py")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
