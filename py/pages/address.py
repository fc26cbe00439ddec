"""The address bar: what is asked for and the step, after the `#`, so that a link, a reload and the back button show the same."""

from pyscript import window

from pages.browser import later

PAUSE = 500
"""Milliseconds between two changes: browsers drop changes that come too fast."""


class Address:
    """Reads the fragment once at the start, and writes what is shown ever after."""

    def __init__(self) -> None:
        self._wanted = self.fragment
        self._waiting = False
        self._start_timer = later(self._write_late)

    @property
    def fragment(self) -> str:
        """What stands after the `#` now."""
        return str(window.location.hash).removeprefix("#")

    def write(self, fragment: str, at_once: bool) -> None:
        """Show a fragment in the address bar: now, or within half a second."""
        self._wanted = fragment
        if at_once:
            self._write()
        elif not self._waiting:
            self._waiting = True
            self._start_timer(PAUSE)

    def keep(self) -> None:
        """Let the back button come back to what is shown now: what is written from here on is another entry of the history."""
        self._write()
        window.history.pushState(None, "", window.location.href)

    def restore(self) -> None:
        """Show again what was shown last."""
        self._write()

    def _write_late(self) -> None:
        self._waiting = False
        self._write()

    def _write(self) -> None:
        if self._wanted != self.fragment:
            location = window.location
            window.history.replaceState(None, "", "#" + self._wanted if self._wanted else location.pathname + location.search)
