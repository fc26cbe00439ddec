"""single.html: one prompt, edited and stepped through."""

import gc
from typing import Any

from pyscript import document, window

from kvdraw import one_prompt as pictures
from kvdraw.scrub import event_marks
from kvsim.fields import as_typed
from kvsim.one_prompt import FIELDS, OnePrompt, Reading, from_fragment, read, to_fragment
from kvsim.policies import POLICIES
from kvsim.scenario import ScenarioError
from pages.address import Address
from pages.browser import by_id, guarded, later, on
from pages.links import Links
from pages.patch import Mounts
from pages.transport import Transport

PAUSE_IN_TYPING = 250  # milliseconds
WIDEST, NARROWEST = max(pictures.FIRST_WIDTHS), min(pictures.FIRST_WIDTHS)


class SinglePage:
    """What is asked for, its run, and the picture of one of its steps."""

    def __init__(self) -> None:
        self.run = pictures.run_of(OnePrompt())
        first = pictures.moment(self.run, 0, pictures.FIRST_WIDTHS) | pictures.whole_run(self.run)
        self._mounts = Mounts(first)
        self._fields = {name: by_id(name) for name in FIELDS}
        self._address = Address()
        self._links = Links(self.run.asked.block_size)
        self._board, self._figure = by_id("board"), by_id("figure")
        self._is_silent = self._is_moving = self._table_is_open = False
        self._field_in_edit = ""
        self._edit_timer = 0
        self._start_edit_timer = later(self._edited)
        self._transport = Transport(self._show)
        self._follow_link(self._address.fragment)
        on(by_id("setup"), "input", self._typed)
        on(by_id("setup"), "focusout", lambda event: _show_beginning(event.target))
        on(by_id("setup"), "keydown", _keep_to_one_line)
        on(by_id("setup"), "submit", lambda event: event.preventDefault())
        on(by_id("unfold"), "click", self._unfold)
        on(by_id("as-table").firstElementChild, "click", self._table_clicked)
        on(window, "hashchange", self._link_changed)
        on(window, "resize", lambda event: self._show(self._transport.position))

    def _follow_link(self, fragment: str) -> None:
        """Show what a link asks for; whatever is wrong with it is said, and the nearest good value is used."""
        window.clearTimeout(self._edit_timer)
        self._field_in_edit = ""
        reading, position = from_fragment(fragment)
        for name, value in reading.asked.values().items():
            if self._fields[name].type == "checkbox":
                self._fields[name].checked = bool(value)
            else:
                self._fields[name].value = as_typed(value)
                _show_beginning(self._fields[name])
        self._ask(reading, position)

    def _link_changed(self, event: Any) -> None:
        """A link was followed or pasted, or the back button pressed; or one within the page was, such as the skip link, and the address is ours again."""
        fragment = str(event.newURL).partition("#")[2]  # not the address as it is now: a late write of ours may have changed it
        if document.getElementById(fragment):
            self._address.restore()
        else:
            by_id("presets").hidePopover()
            self._follow_link(fragment)

    def _typed(self, event: Any) -> None:
        """Run again after a pause in typing. The back button undoes an edit: all that was typed into a field in one go."""
        if self._field_in_edit != event.target.id:
            self._field_in_edit = str(event.target.id)
            self._address.keep()
        window.clearTimeout(self._edit_timer)
        self._edit_timer = self._start_edit_timer(PAUSE_IN_TYPING)

    def _edited(self) -> None:
        self._ask(read({name: _typed_into(field) for name, field in self._fields.items()}, self.run.asked), self._transport.wanted)

    def _ask(self, reading: Reading, position: int) -> None:
        """Run what was understood, and stand at the same step of it where that exists. What was typed stays as it is."""
        self._transport.pause()
        self._tell(reading.problems)
        self.run = pictures.run_of(reading.asked)
        self._links.block_size = reading.asked.block_size
        knobs = {knob.name for knob in POLICIES[reading.asked.kv_policy].knobs}
        for field in by_id("knobs").children:
            field.hidden = field.dataset.knob not in knobs
        self._board.dataset.policy = reading.asked.kv_policy
        self._mounts.draw(pictures.whole_run(self.run))
        recording = self.run.recording
        self._transport.set_run(recording.last_position, [mark.position for mark in event_marks(recording)], position)

    def _tell(self, problems: tuple[ScenarioError, ...]) -> None:
        """A sentence for each problem, under the fields' own names, and a mark on the fields."""
        named = {problem.field for problem in problems}
        for name, field in self._fields.items():
            field.setAttribute("aria-invalid", "true" if name in named else "false")
        sentences = [f"{self._label(problem.field)}: {problem.problem}." for problem in problems]
        shown = " The picture goes on with the nearest that works, or the last that did." if problems else ""
        by_id("problems").textContent = " ".join(sentences) + shown

    def _label(self, field: str) -> str:
        return str(self._fields[field].dataset.label) if field in self._fields else field.capitalize()

    def _unfold(self, event: Any) -> None:
        """On a phone, show or hide the fields."""
        open_ = by_id("unfold").getAttribute("aria-expanded") == "true"
        by_id("unfold").setAttribute("aria-expanded", "false" if open_ else "true")

    def _table_clicked(self, event: Any) -> None:
        """The table is about to open, or to close: it is drawn only while it can be seen."""
        self._table_is_open = not by_id("as-table").open
        self._show(self._transport.position)

    def _show(self, position: int) -> None:
        """Draw a position, and keep the address at it: that first, since in a page just drawn it costs another layout."""
        self._address.write(to_fragment(self.run.asked, position), at_once=not self._transport.playing)
        if self._is_silent != self._transport.playing:
            self._is_silent = self._transport.playing
            by_id("story").setAttribute("aria-live", "off" if self._is_silent else "polite")
        if self._is_moving != self._transport.moving:
            self._is_moving = self._transport.moving
            self._board.classList.toggle("moving", self._is_moving)
        self._mounts.draw(pictures.moment(self.run, position, [self._width()], table=self._table_is_open))
        self._links.redrawn()
        self._board.setAttribute("data-step", str(position))

    def _width(self) -> int:
        return int(min(max(self._figure.clientWidth, NARROWEST), WIDEST))


def _show_beginning(field: Any) -> None:
    """A text that is longer than its field is seen from its start, not from where it was edited last."""
    field.scrollLeft = field.scrollTop = 0


def _keep_to_one_line(event: Any) -> None:
    """A text's field is one line high, so Enter would hide what was typed before it; a line break can be pasted, or made with Shift."""
    if event.key == "Enter" and not event.shiftKey and event.target.localName == "textarea":
        event.preventDefault()


def _typed_into(field: Any) -> str:
    if field.type == "checkbox":
        return "on" if field.checked else "off"
    return "not a number" if field.validity.badInput else str(field.value)


@guarded
def start() -> None:
    SinglePage()
    gc.collect()
    gc.freeze()  # what is there now stays: looking through it again and again would cost a step milliseconds
    for element in document.querySelectorAll("[data-until-ready]"):
        element.disabled = False
    document.documentElement.dataset.ready = "true"


start()
