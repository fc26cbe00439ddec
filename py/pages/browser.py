"""The few things that every page needs of the browser. This folder is the only one that knows there is one."""

import functools
import traceback
from collections.abc import Callable
from typing import Any

from pyodide.ffi import create_proxy, jsnull
from pyscript import document, window


def by_id(name: str) -> Any:
    """The element with an id; LookupError if the page lacks it."""
    element = document.getElementById(name)
    if element is jsnull:
        raise LookupError(f"the page has no element #{name}")
    return element


def on(target: Any, event: str, handler: Callable[[Any], None]) -> None:
    """Call `handler` for each such event, for as long as the page lives."""
    target.addEventListener(event, create_proxy(guarded(handler)))


def later(handler: Callable[[], None]) -> Callable[[float], int]:
    """A timer for `handler`: call it with milliseconds to start it; the number it returns is for `window.clearTimeout`."""
    proxy = create_proxy(guarded(handler))
    return lambda milliseconds: int(window.setTimeout(proxy, milliseconds))


def guarded(handler: Callable[..., None]) -> Callable[..., None]:
    """The same handler; an error in it is told to the visitor, with a way to start over, and written to the console."""

    @functools.wraps(handler)
    def call(*arguments: Any) -> None:
        try:
            handler(*arguments)
        except Exception as error:
            window.console.error(traceback.format_exc())
            tell_failure(f"{type(error).__name__}: {error}")

    return call


def tell_failure(what: str) -> None:
    """Have the boot script show what went wrong; it also does so where Python itself could not start."""
    window.dispatchEvent(window.CustomEvent.new("kv:failed", detail=what))
