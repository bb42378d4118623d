"""Says its greeting and which database host it was given; well only if it was given a password too."""

from __future__ import annotations

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Front(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{os.environ['GREETING']} at {os.environ['DATABASE_HOST']}".encode()
        self.send_response(200 if os.environ.get("DATABASE_PASSWORD") else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


ThreadingHTTPServer(("0.0.0.0", 8000), Front).serve_forever()  # noqa: S104 - inside its container
