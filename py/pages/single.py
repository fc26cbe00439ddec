"""single.html: one prompt, edited and stepped through."""

from typing import Any

from pyscript import document, window

from kvdraw import one_prompt as pictures
from kvsim.one_prompt import OnePrompt, Reading, from_fragment, read, to_fragment
from kvsim.recording import Recording
from kvsim.scenario import ScenarioError
from pages.address import Address
from pages.browser import by_id, guarded, later, on
from pages.patch import Mount
from pages.transport import Transport

PAUSE_IN_TYPING = 250  # milliseconds
WIDEST, NARROWEST = max(pictures.FIRST_WIDTHS), min(pictures.FIRST_WIDTHS)


class SinglePage:
    """What is asked for, its run, and the picture of one of its steps."""

    def __init__(self) -> None:
        self.asked = OnePrompt()
        self.recording = Recording(self.asked.scenario()).run()
        first = pictures.moment(self.recording, 0, pictures.FIRST_WIDTHS) | pictures.run(self.recording)
        self._mounts = {name: Mount(by_id(name), nodes) for name, nodes in first.items()}
        self._fields = {name: by_id(name) for name in OnePrompt._fields}
        self._address = Address()
        self._edit_timer = 0
        self._start_edit_timer = later(self._edited)
        self._transport = Transport(self._show)
        self._follow_link(self._address.fragment)
        on(by_id("setup"), "input", self._typed)
        on(by_id("setup"), "submit", lambda event: event.preventDefault())
        on(window, "hashchange", self._link_changed)
        on(window, "resize", lambda event: self._show(self._transport.position))

    def _follow_link(self, fragment: str) -> None:
        """Show what a link asks for; whatever is wrong with it is said, and the nearest good value is used."""
        window.clearTimeout(self._edit_timer)
        reading, position = from_fragment(fragment)
        for name, value in reading.asked._asdict().items():
            self._fields[name].value = str(value)
        self._ask(reading, position)

    def _link_changed(self, event: Any) -> None:
        """A link was pasted; or one within the page was followed, such as the skip link, and the address is ours again."""
        fragment = str(event.newURL).partition("#")[2]  # not the address as it is now: a late write of ours may have changed it
        if document.getElementById(fragment):
            self._address.restore()
        else:
            self._follow_link(fragment)

    def _typed(self, event: Any) -> None:
        """Run again after a pause in typing."""
        window.clearTimeout(self._edit_timer)
        self._edit_timer = self._start_edit_timer(PAUSE_IN_TYPING)

    def _edited(self) -> None:
        typed = {name: "not a number" if field.validity.badInput else field.value for name, field in self._fields.items()}
        self._ask(read(typed, self.asked), self._transport.wanted)

    def _ask(self, reading: Reading, position: int) -> None:
        """Run what was understood, and stand at the same step of it where that exists. What was typed stays as it is."""
        self._transport.pause()
        self._tell(reading.problems)
        self.asked = reading.asked
        self.recording = Recording(self.asked.scenario()).run()
        for name, nodes in pictures.run(self.recording).items():
            self._mounts[name].draw(nodes)
        self._transport.set_run(self.recording.last_position, position)

    def _tell(self, problems: tuple[ScenarioError, ...]) -> None:
        """A sentence for each problem, under the fields' own names, and a mark on the fields."""
        named = {problem.field for problem in problems}
        for name, field in self._fields.items():
            field.setAttribute("aria-invalid", "true" if name in named else "false")
        sentences = [f"{self._label(problem.field)}: {problem.problem}." for problem in problems]
        shown = " The picture shows the nearest that works." if problems else ""
        by_id("problems").textContent = " ".join(sentences) + shown

    def _label(self, field: str) -> str:
        return str(self._fields[field].dataset.label) if field in self._fields else field.capitalize()

    def _show(self, position: int) -> None:
        """Draw a position, and keep the address at it."""
        by_id("story").setAttribute("aria-live", "off" if self._transport.playing else "polite")
        for name, nodes in pictures.moment(self.recording, position, [self._width()]).items():
            self._mounts[name].draw(nodes)
        by_id("board").dataset.step = position
        self._address.write(to_fragment(self.asked, position), at_once=not self._transport.playing)

    def _width(self) -> int:
        return int(min(max(by_id("figure").clientWidth, NARROWEST), WIDEST))


@guarded
def start() -> None:
    SinglePage()
    for element in document.querySelectorAll("[data-until-ready]"):
        element.disabled = False
    document.documentElement.dataset.ready = "true"


start()
