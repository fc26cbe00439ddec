"""Step, back, play, pause, reset, speed, the scrub bar and the keys for them: the same on every page."""

from collections.abc import Callable
from typing import Any

from pyscript import document, window

from pages.browser import by_id, later, on

FIELDS = "input:not([type=range]), select, textarea, button, summary, a, [contenteditable]"
"""Where every key means what it always means."""

KEYS = {" ": "play", "ArrowRight": "step", "ArrowLeft": "back", "Home": "reset", "End": "end", "r": "reset", "n": "next"}
FASTEST_MOTION = 4
"""Steps a second: what is played faster shows only where each step ends."""

KEYS_OF_A_SLIDER = ("ArrowRight", "ArrowLeft", "Home", "End")


class Transport:
    """Holds the position in a run and calls `show(position)` whenever another one is to be seen."""

    def __init__(self, show: Callable[[int], None]) -> None:
        self.position = 0
        self.wanted = 0  # where the visitor chose to be: a shorter run can show less, and a longer one this again
        self.last = 0
        self.marks: list[int] = []  # positions at which something happens
        self.playing = False
        self.moving = False  # the picture goes on by one step, slowly enough to show how
        self._show = show
        self._due = 0.0  # when the next step of a play is to be shown, in the browser's milliseconds
        self._timer = 0
        self._start_timer = later(self._tick)
        self._element = by_id("transport")
        self._scrub = by_id("scrub")
        self._scrub_style = self._scrub.style
        self._number = by_id("where").firstElementChild
        self._speed = by_id("speed")
        self._play_button = self._element.querySelector("[data-do=play]")
        on(self._element, "click", self._clicked)
        on(self._element, "mousedown", _keep_focus_off_buttons)
        on(self._scrub, "input", self._scrubbed)
        on(self._speed, "change", self._speed_changed)
        on(document, "keydown", self._key_pressed)

    def set_run(self, last: int, marks: list[int], position: int) -> None:
        """Another run: its last position, its marks, and where to stand in it (the nearest one that exists)."""
        self.last = last
        self.marks = marks
        self._show_last()
        self.go(position)
        self.wanted = position

    def go(self, position: int, *, moving: bool = False) -> None:
        """Show a position, or the nearest one that exists."""
        self.moving = moving and position == self.position + 1 <= self.last
        self.position = self.wanted = min(max(position, 0), self.last)
        self._show(self.position)
        self._show_position()
        if self.playing and self.position == self.last:
            self.pause()

    def play(self) -> None:
        """Play on from here, or from the start when the end is reached."""
        self.playing = True
        self._name_play_button()
        self.go(0 if self.position == self.last else self.position + 1, moving=self._is_slow)
        if not self.playing:
            return  # that was the last step
        self._due = window.performance.now() + self._interval
        self._timer = self._start_timer(self._interval)

    def pause(self) -> None:
        if self.playing:
            self.playing = False
            window.clearTimeout(self._timer)
            self._name_play_button()
            self._show(self.position)  # what waits for a pause, such as the address and the live region, catches up

    @property
    def _interval(self) -> float:
        return 1000 / float(self._speed.value)

    @property
    def _is_slow(self) -> bool:
        return float(self._speed.value) <= FASTEST_MOTION

    def _tick(self) -> None:
        if not self.playing:
            return
        now = window.performance.now()
        self._due = max(self._due + self._interval, now)
        self._timer = self._start_timer(max(0, self._due - now))
        self.go(self.position + 1, moving=self._is_slow)

    def _do(self, what: str) -> None:
        if what == "play" and not self.playing:
            self.play()
            return
        self.pause()
        if what != "play":
            after = next((mark for mark in self.marks if mark > self.position), self.last)
            to = {"reset": 0, "back": self.position - 1, "step": self.position + 1, "next": after, "end": self.last}[what]
            self.go(to, moving=what == "step")

    def _clicked(self, event: Any) -> None:
        button = event.target.closest("[data-do]")
        if button:
            self._do(button.dataset.do)

    def _scrubbed(self, event: Any) -> None:
        position = int(self._scrub.value)
        self.pause()
        self.go(position)

    def _speed_changed(self, event: Any) -> None:
        if self.playing:
            window.clearTimeout(self._timer)
            self._due = window.performance.now() + self._interval
            self._timer = self._start_timer(self._interval)

    def _key_pressed(self, event: Any) -> None:
        modified = event.ctrlKey or event.altKey or event.metaKey or (event.shiftKey and event.key != "?")
        if event.defaultPrevented or modified or event.target.closest(FIELDS):
            return
        if event.target.isSameNode(self._scrub) and event.key in KEYS_OF_A_SLIDER:
            return
        what = KEYS.get(event.key)
        if what == "play" and event.repeat:
            event.preventDefault()
        elif what:
            event.preventDefault()
            self._do(what)
        elif event.key == "?":
            by_id("keys").togglePopover()

    def _show_position(self) -> None:
        self._scrub.value = self.position
        self._scrub.setAttribute("aria-valuetext", f"step {self.position} of {self.last}")
        self._scrub_style.setProperty("--at", self.position / max(1, self.last))
        self._number.textContent = str(self.position)

    def _show_last(self) -> None:
        self._scrub.max = self.last
        by_id("where").lastElementChild.textContent = f"of {self.last}"

    def _name_play_button(self) -> None:
        name = "Pause" if self.playing else "Play"
        self._play_button.setAttribute("aria-label", name)
        self._play_button.title = name


def _keep_focus_off_buttons(event: Any) -> None:
    """A click with the mouse leaves the keys to the page: space after a click on Step plays, it does not click again."""
    if event.target.closest("button"):
        event.preventDefault()
        if document.activeElement:
            document.activeElement.blur()
