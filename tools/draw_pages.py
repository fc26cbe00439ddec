"""Write the first picture of each page into its HTML, so that it is there before Python is: `python tools/draw_pages.py`.

The pictures come from the same functions that redraw them later. A test fails when a page and its drawing differ.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "py"))

from kvdraw import form, one_prompt  # noqa: E402
from kvdraw.legend import legend  # noqa: E402
from kvdraw.node import markup  # noqa: E402
from kvdraw.scrub import mark_list  # noqa: E402
from kvsim.one_prompt import OnePrompt  # noqa: E402


def draw_single(html: str) -> str:
    """single.html with the start of the default run in it."""
    run = one_prompt.run_of(OnePrompt())
    parts = one_prompt.moment(run, 0, one_prompt.FIRST_WIDTHS) | one_prompt.whole_run(run)
    parts |= {
        "kv_policy": form.policy_options(),
        "knobs": form.knob_fields(),
        "model": form.model_options(),
        "preset-list": form.preset_links(),
        "legend": legend(),
        "mark-list": mark_list(),
    }
    return fill(html, {name: "".join(map(markup, nodes)) for name, nodes in parts.items()})


def fill(html: str, parts: dict[str, str]) -> str:
    """Put each part into the element with its id, which ends before the comment `<!-- drawn NAME -->`; LookupError if the page has no such place."""
    for name, drawn in parts.items():
        place = re.compile(rf'(<(\w+) [^>]*?id="{name}"[^>]*>).*?(</\2><!-- drawn {name} -->)', re.DOTALL)
        if not place.search(html):
            raise LookupError(f"the page has no place for {name}")
        html = place.sub(lambda found, drawn=drawn: found[1] + drawn + found[3], html)
    return html


PAGES = {"single.html": draw_single}


def main() -> None:
    for name, draw in PAGES.items():
        file = ROOT / name
        file.write_text(draw(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
