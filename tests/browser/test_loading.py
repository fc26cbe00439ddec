"""Before Python is there, and where it can't be: the picture and all words stand in the HTML, and a sentence says what is going on."""

import json
import re
import shutil

from playwright.sync_api import expect

from single import ROOT, picture, press

READY = "document.documentElement.dataset.ready === 'true'"


def test_the_first_picture_and_all_words_are_there_without_any_script(open_page):
    page = open_page(ready=False, java_script_enabled=False)
    expect(page.locator("#figure svg:visible")).to_have_count(1)
    expect(page.get_by_text("The prompt is 11 tokens")).to_be_visible()
    expect(page.get_by_text("Prefill, then decode")).to_be_visible()


def test_python_adopts_the_first_picture_instead_of_drawing_it_again(open_page):
    mark = "addEventListener('DOMContentLoaded', () => { document.querySelector('.drawn.w1080 [data-pos]').dataset.mark = 'drawn beforehand'; })"
    page = open_page(prepare=lambda page: page.add_init_script(mark))
    assert page.locator("#figure [data-mark]").count() == 1


def test_the_bar_counts_real_bytes(open_page):
    watch_text = """
        window.seen = [];
        new MutationObserver(() => {
            const text = document.getElementById('loading-text')?.textContent;
            if (text && text !== seen.at(-1)) seen.push(text);
        }).observe(document, {subtree: true, childList: true, characterData: true});
    """
    page = open_page(prepare=lambda page: page.add_init_script(watch_text))
    sizes = json.loads((ROOT / "assets/vendor/manifest.json").read_text())
    assert all((ROOT / name).stat().st_size == size for name, size in sizes.items())
    counted = [re.search(r"([\d.]+) of ([\d.]+) MB", text) for text in page.evaluate("seen")]
    amounts = [(float(found[1]), float(found[2])) for found in counted if found]
    assert amounts == sorted(amounts)
    assert {whole for _, whole in amounts} == {round(sum(sizes.values()) / 1e6, 1)}
    assert "Python is starting" in page.evaluate("seen")
    expect(page.locator("#loading")).to_be_hidden()


def test_without_the_runtime_a_sentence_says_what_to_do(open_page):
    page = open_page(ready=False, prepare=lambda page: page.route("**/assets/vendor/**", lambda route: route.fulfill(status=404, body="")))
    with page.expecting_errors():
        expect(page.get_by_role("alert").filter(has_text="make serve")).to_be_visible()
        expect(page.locator("#figure svg:visible")).to_have_count(1)


def test_opened_from_disk_the_page_works(open_page):
    page = open_page((ROOT / "single.html").as_uri() + "#v=1&step=4")
    press(page, "Step")
    assert page.locator("#board").get_attribute("data-step") == "5"
    assert page.url.endswith("#v=1&step=5")


def test_a_fresh_clone_opened_from_disk_says_what_to_do(open_page, tmp_path):
    shutil.copy(ROOT / "single.html", tmp_path)
    shutil.copytree(ROOT / "assets", tmp_path / "assets", ignore=shutil.ignore_patterns("vendor"))
    page = open_page((tmp_path / "single.html").as_uri(), ready=False)
    with page.expecting_errors():
        expect(page.get_by_role("alert").filter(has_text="make serve")).to_be_visible()
        expect(page.locator("#figure svg:visible")).to_have_count(1)


def test_a_wrong_type_for_webassembly_does_not_stop_the_page(open_page):
    def as_plain_bytes(route):
        response = route.fetch()
        route.fulfill(response=response, headers={**response.headers, "content-type": "application/octet-stream"})

    page = open_page(prepare=lambda page: page.route("**/*.wasm", as_plain_bytes))
    press(page, "Step")
    assert page.locator("#board").get_attribute("data-step") == "1"


def test_an_error_in_python_shows_a_sentence_and_a_way_to_start_over(open_page):
    page = open_page("single.html#v=1&step=3")
    with page.expecting_errors():
        page.evaluate("document.getElementById('board').remove()")
        press(page, "Step")
        expect(page.get_by_role("alert").filter(has_text="the page has no element #board")).to_be_visible()
        page.get_by_role("button", name="Start over").click()
        page.wait_for_function(READY)
    assert page.locator("#board").get_attribute("data-step") == "0"
    assert "#" not in page.url


def test_an_error_while_python_starts_is_told_too(open_page):
    def broken(page):
        page.route("**/py/kvsim/engine.py", lambda route: route.fulfill(body="this is not Python", content_type="text/plain"))

    page = open_page(ready=False, prepare=broken)
    with page.expecting_errors():
        expect(page.get_by_role("alert").filter(has_text="Something went wrong")).to_be_visible()
        expect(page.locator("#figure svg:visible")).to_have_count(1)


def test_no_module_is_compiled_while_a_page_starts(page):
    """Every module of the standard library that is loaded was precompiled by the build: that is half of the start."""
    page.evaluate("""
        const script = document.createElement('script');
        script.type = 'py';
        script.textContent = `
import json, sys
from pyscript import document
files = {module.__spec__.origin or "" for module in list(sys.modules.values()) if getattr(module, "__spec__", None)}
document.body.dataset.plain = json.dumps(sorted(name for name in files if ".zip/" in name and name.endswith(".py")))
`;
        document.body.append(script);
    """)
    page.wait_for_function("document.body.dataset.plain")
    assert json.loads(page.evaluate("document.body.dataset.plain")) == []


def test_stepping_after_a_resize_draws_for_the_new_width(open_page):
    page = open_page(width=1440)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('#figure svg').getAttribute('width') === '358'")
    assert picture(page) == picture(open_page(width=390))
