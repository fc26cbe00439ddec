"""Redraw by touching only what differs. Nothing is read back from the document: what is in it is what was drawn last."""

import json
from collections.abc import Iterable, Mapping

from pyodide.ffi import to_js
from pyscript import window

from kvdraw.diff import Picture
from kvdraw.node import Node


class Mounts:
    """The places of a page that are drawn, by the ids of their elements."""

    def __init__(self, drawn: Mapping[str, Iterable[Node]]) -> None:
        """`drawn` is what they hold already, from the HTML."""
        self._picture = Picture(drawn)
        self._apply = window.kvPatch(to_js(list(drawn)))

    def draw(self, wanted: Mapping[str, Iterable[Node]]) -> None:
        """Let some of the places show other nodes."""
        changes = self._picture.changes(wanted)
        if changes:
            self._apply(json.dumps(changes, ensure_ascii=False, separators=(",", ":")))
