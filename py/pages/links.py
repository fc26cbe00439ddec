"""Pictures that belong together light together: what is pointed at or focused answers in every picture."""

from typing import Any

from pyscript import document

from pages.browser import by_id, on

ARROWS = {"ArrowLeft": -1, "ArrowRight": 1}


class Links:
    """Marks with the class `lit` whatever belongs to one position of the sequence, or to one logical block."""

    def __init__(self, block_size: int) -> None:
        self.block_size = block_size
        self._selector = ""
        self._lit: list[Any] = []
        board = by_id("board")
        on(board, "pointerover", self._pointed)
        on(board, "pointerleave", lambda event: self.light(""))
        on(board, "focusin", self._focused)
        on(board, "focusout", lambda event: self.light(""))
        on(board, "keydown", self._key_pressed)

    def light(self, selector: str) -> None:
        """Light what a selector finds, and nothing else."""
        for element in self._lit:
            element.classList.remove("lit")
        self._selector = selector
        self._lit = list(by_id("board").querySelectorAll(selector)) if selector else []
        for element in self._lit:
            element.classList.add("lit")

    def redrawn(self) -> None:
        """The board was drawn anew: the same position lights, wherever it is now, and one token can be reached by Tab."""
        if self._selector:
            self.light(self._selector)
        board = by_id("board")
        if not board.querySelector(".tok[tabindex='0']"):
            first = board.querySelector(".tok")
            if first:
                first.setAttribute("tabindex", "0")

    def _pointed(self, event: Any) -> None:
        self.light(self._belongs_to(event.target))

    def _focused(self, event: Any) -> None:
        token = event.target.closest(".tok")
        if token:
            self._make_reachable(token)
        self.light(self._belongs_to(event.target))

    def _belongs_to(self, target: Any) -> str:
        """The selector of all that belongs to an element: by position, or by logical block."""
        element = target.closest("[data-pos], [data-logical], [data-block]")
        if not element:
            return ""
        position, logical = element.getAttribute("data-pos"), element.getAttribute("data-logical")
        if isinstance(position, str):  # what is absent is not a text
            logical = str(int(position) // self.block_size)
            return f"[data-pos='{position}'], .ent[data-logical='{logical}'], .wire[data-logical='{logical}']"
        if isinstance(logical, str):
            return f"[data-logical='{logical}']"
        return f"[data-block='{element.getAttribute('data-block')}']"

    def _key_pressed(self, event: Any) -> None:
        """From token to token: only one of them is in the tab order."""
        token = event.target.closest(".tok")
        if not token or event.key not in ARROWS or event.shiftKey or event.ctrlKey or event.altKey or event.metaKey:
            return
        event.preventDefault()
        other = token.nextElementSibling if ARROWS[event.key] > 0 else token.previousElementSibling
        if other:
            self._make_reachable(other)
            other.focus()

    def _make_reachable(self, token: Any) -> None:
        for other in document.querySelectorAll(".tok[tabindex='0']"):
            other.setAttribute("tabindex", "-1")
        token.setAttribute("tabindex", "0")
