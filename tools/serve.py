"""Serve the site from this folder: `python tools/serve.py [PORT]` (8000 if nothing is said). Any static server would do."""

import http.server
import sys

import runtime


class Handler(http.server.SimpleHTTPRequestHandler):
    """Plain files, revalidated at each visit, so that an edited file is seen at once."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments, directory=str(runtime.ROOT))  # type: ignore[arg-type]

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Not a line for each file."""


def make_server(port: int) -> http.server.ThreadingHTTPServer:
    """A server on this machine only; port 0 takes any free one."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)


def read_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        sys.exit(f"PORT: a number from 0 to 65535, got {text}")
    return int(text)


def main() -> None:
    port = read_port(sys.argv[1]) if len(sys.argv) > 1 else 8000
    runtime.main()
    try:
        server = make_server(port)
    except OSError as error:
        sys.exit(f"port {port}: {error.strerror}. Try another one: make serve PORT={port + 1}")
    print(f"KV Cache Visualizer: http://127.0.0.1:{server.server_port}/single.html   (stop with Ctrl+C)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
