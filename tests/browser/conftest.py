"""A server on a free port, one Chromium for all tests, and pages that fail their test on any console error or foreign request."""

import os
import pathlib
import shutil
import sys
import threading
from contextlib import contextmanager

import pytest
from playwright.sync_api import Error, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import serve  # noqa: E402

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
READY = "document.documentElement.dataset.ready === 'true'"
TRIES = 3


@pytest.fixture(scope="session")
def origin():
    server = serve.make_server(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def chromium():
    """The Chromium that $CHROMIUM names, or one that is installed, or Playwright's own."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


class Watch:
    """Everything a page must not do: what it wrote to the console as an error, and where else it turned to."""

    def __init__(self, page, origin):
        self.origin = origin
        self.errors = []
        self.foreign = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.foreign.append(request.url) if not self.is_own(request.url) else None)

    def is_own(self, url):
        return url.startswith((self.origin, "data:", "blob:", "file:"))


@pytest.fixture
def open_page(chromium, origin):
    """Opens a page of the site in a browser context of its own; at the test's end it must have been quiet."""
    contexts, watches = [], []

    @contextmanager
    def expecting_errors(watch):
        yield
        watch.errors.clear()

    def load(address, *, width=1440, height=900, ready=True, prepare=None, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.watch = Watch(page, origin)
        page.expecting_errors = lambda: expecting_errors(page.watch)
        watches.append(page.watch)
        if prepare:
            prepare(page)
        page.goto(address)
        if ready:
            page.wait_for_function(READY)
        return page

    def open_(path="single.html", **wishes):
        address = path if path.startswith("file:") else f"{origin}/{path}"
        for _ in range(TRIES - 1):
            try:
                return load(address, **wishes)
            except Error as error:
                # Now and then a renderer process dies while it starts. That is the browser's own doing, unless it happens each time.
                if "crashed" not in error.message:
                    raise
                contexts.pop().close()
                watches.pop()
        return load(address, **wishes)

    yield open_
    for context in contexts:
        context.close()
    assert [watch.errors for watch in watches if watch.errors] == []
    assert [watch.foreign for watch in watches if watch.foreign] == []


@pytest.fixture
def page(open_page):
    return open_page()
