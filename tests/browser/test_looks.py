"""What can be measured of how a page looks and whether everybody can use it: axe, overflow, sizes of text, names of controls."""

import pytest
from playwright.sync_api import expect

from single import ROOT

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
PAGES = [
    ("index.html", False),
    ("multi.html", False),
    ("single.html", True),
    ("single.html#v=1&step=6", True),
    ("single.html#v=1&kv_policy=recent-N&step=11", True),
    ("single.html#v=1&kv_policy=pinned%20prefix&step=12&block_size=1&num_gpu_blocks=64", True),
]
LONG = "single.html#v=1&step=5&block_size={}&num_gpu_blocks=64&prompt=" + "Internationalization%20of%20caf%C3%A9s%20" * 12
LONGEST = "single.html#v=1&step=200&num_gpu_blocks=256&block_size=16&max_tokens=256&max_num_batched_tokens=512&prompt=" + "word%20" * 250
NONSENSE = "single.html#v=1&num_gpu_blocks=900&block_size=x&step=-1"


def violations(page):
    page.evaluate(AXE)
    found = page.evaluate("axe.run().then(result => result.violations)")
    return [(violation["id"], [node["html"][:200] for node in violation["nodes"]]) for violation in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("path", "ready"), PAGES)
def test_axe_finds_nothing(open_page, path, ready, theme):
    page = open_page(path, ready=ready, color_scheme=theme, reduced_motion="reduce")
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["More", "Examples", "Keys"])
def test_axe_finds_nothing_with_a_popover_open(open_page, theme, name):
    page = open_page("single.html#v=1&step=6", color_scheme=theme, reduced_motion="reduce")
    page.get_by_role("button", name=name).click()
    expect(page.locator(":popover-open")).to_have_count(1)
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_a_phone_with_problems_and_everything_open(open_page, theme):
    page = open_page(NONSENSE, width=390, height=844, color_scheme=theme, reduced_motion="reduce")
    page.locator("summary").click()
    page.get_by_role("button", name="Setup").click()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_text("first, last step")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["index.html", "multi.html", "single.html", NONSENSE, LONG.format(1), LONG.format(4), LONG.format(16), LONGEST])
def test_nothing_needs_sideways_scrolling_and_no_text_is_under_12_px(open_page, path):
    page = open_page(path, ready=path.startswith("single"))
    for width in (1920, 1440, 1280, 1024, 768, 390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        smallest = page.evaluate("""Math.min(...[...document.querySelectorAll('body *')]
            .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.checkVisibility() && e.localName !== 'title')
            .map(e => parseFloat(getComputedStyle(e).fontSize)))""")
        assert smallest >= 12, f"at {width} px"
        drawn = page.locator("#figure svg:visible")
        if drawn.count():
            assert page.evaluate("e => e.getBoundingClientRect().width / e.viewBox.baseVal.width", drawn.element_handle()) == pytest.approx(1)


def test_controls_have_the_names_that_links_and_lessons_use(page):
    for name in ("Reset", "Back", "Play", "Step", "Next mark", "Keys", "Theme", "Examples", "More settings"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    for name in ("Prompt", "Answer"):
        expect(page.get_by_role("textbox", name=name, exact=True)).to_be_visible()
    for name in ("Sinks S", "Window W", "Block size", "Blocks"):
        expect(page.get_by_role("spinbutton", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("slider", name="Step position")).to_be_visible()
    expect(page.get_by_role("combobox", name="Speed")).to_be_visible()
    expect(page.get_by_role("combobox", name="Policy")).to_be_visible()
    page.get_by_role("button", name="More settings").click()
    for name in ("Answer length", "Token budget"):
        expect(page.get_by_role("spinbutton", name=name)).to_be_visible()


def test_the_theme_is_the_systems_until_it_is_switched_and_then_it_is_kept(open_page):
    page = open_page(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Theme").click()
    light = page.evaluate(ground)
    assert light != dark
    page.goto(page.url.replace("single", "index"))
    assert page.evaluate(ground) == light, "on every page"
    page.get_by_role("button", name="Theme").click()
    assert page.evaluate(ground) == dark
    assert page.evaluate("localStorage.length") == 0, "nothing is kept of one who goes with the system"


def test_on_a_phone_the_setup_folds_to_one_line_that_says_what_is_chosen(open_page):
    page = open_page(width=390, height=844)
    expect(page.get_by_label("Prompt")).to_be_hidden()
    unfold = page.get_by_role("button", name="Setup")
    expect(unfold).to_contain_text("Attention sinks, S 2, W 8 · 12 blocks of 4")
    unfold.click()
    page.get_by_label("Policy").select_option("recent-N")
    expect(unfold).to_contain_text("Recent-N, N 8")


def test_the_keyboard_alone_reaches_every_control(page):
    reached = set()
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.getAttribute('aria-label') || document.activeElement.localName"))
    assert {
        "prompt",
        "answer",
        "kv_policy",
        "sinks",
        "window",
        "block_size",
        "num_gpu_blocks",
        "Reset",
        "Back",
        "Play",
        "Step",
        "scrub",
        "speed",
        "Keys",
    } <= reached
