"""The house stands as it was drawn: imports go one way, pages hold what their drawings say, nothing is inline."""

import ast
import json
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PY = ROOT / "py"
MAY_IMPORT = {
    "kvsim": {"kvsim"},
    "kvdraw": {"kvdraw", "kvsim"},
    "pages": {"pages", "kvdraw", "kvsim", "pyscript", "pyodide"},
}
PAGES = ["index.html", "single.html", "multi.html"]


def imported(file):
    """The top names of all that a file imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            yield node.module.split(".")[0]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_go_one_way(room):
    files = list((PY / room).rglob("*.py"))
    assert files
    for file in files:
        foreign = set(imported(file)) - sys.stdlib_module_names - MAY_IMPORT[room]
        assert not foreign, f"{file.relative_to(ROOT)} imports {foreign}"


def test_there_is_no_room_that_the_rule_does_not_know():
    rooms = {folder.name for folder in PY.iterdir() if folder.is_dir() and any(folder.glob("*.py"))}
    assert rooms == set(MAY_IMPORT)


def test_every_public_thing_of_the_simulator_and_the_drawings_says_what_it_is():
    for file in [*(PY / "kvsim").rglob("*.py"), *(PY / "kvdraw").rglob("*.py")]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{file.name} has no docstring"
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{file.name}: {node.name} has no docstring"


@pytest.mark.parametrize("page", PAGES)
def test_pages_have_no_inline_style_script_or_handler_and_name_nothing_outside(page):
    html = (ROOT / page).read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"(src|href)=\"(https?:)?//", html)


def test_the_first_picture_in_each_page_is_what_the_drawings_draw_now():
    sys.path.insert(0, str(ROOT / "tools"))
    import draw_pages

    for name, draw in draw_pages.PAGES.items():
        html = (ROOT / name).read_text(encoding="utf-8")
        assert draw(html) == html, f"{name} is out of date: run `make pages`"


def test_the_form_of_single_html_has_the_fields_ranges_and_defaults_of_the_simulator():
    from kvsim.fields import Number, Text
    from kvsim.one_prompt import FIELDS, OnePrompt

    html = (ROOT / "single.html").read_text(encoding="utf-8")
    for name, default in OnePrompt().values().items():
        field = FIELDS[name]
        if isinstance(field, Text):
            assert re.search(rf'<textarea id="{name}"[^>]*>{re.escape(default)}</textarea>', html)
        elif isinstance(field, Number):
            (control,) = re.findall(rf'<input id="{name}"[^>]*>', html)
            assert f'min="{field.range.low}" max="{field.range.high}"' in control
            assert (f'value="{default}"' in control) == (default is not None)
        elif isinstance(default, bool):
            assert (" checked" in re.findall(rf'<input [^>]*id="{name}"[^>]*>', html)[0]) == default
        else:
            assert f'<option value="{default}" selected="">' in re.findall(rf'<select id="{name}".*?</select>', html, re.DOTALL)[0]


def test_a_page_loads_every_python_file_of_the_house():
    loaded = json.loads((ROOT / "assets/vendor/pyscript.json").read_text())["files"]
    there = {file.relative_to(PY).as_posix() for room in MAY_IMPORT for file in (PY / room).rglob("*.py")}
    assert {name.removeprefix("./") for name in loaded.values()} == there


def test_the_licences_of_all_that_is_vendored_are_shipped_with_it():
    licences = ROOT / "assets/vendor/licences"
    for name in ("MPL-2.0.txt", "PSF-2.0.txt", "PyScript-Apache-2.0.txt", "in-PyScript.txt"):
        assert (licences / name).stat().st_size > 1000
