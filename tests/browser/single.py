"""What a test does with single.html, by the names that a visitor sees."""

import pathlib

from playwright.sync_api import expect

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY = "document.documentElement.dataset.ready === 'true'"
STEPS = 14  # of the default run


def press(page, name, times=1):
    for _ in range(times):
        page.get_by_role("button", name=name, exact=True).click()


def position(page):
    return int(page.locator("#board").get_attribute("data-step"))


def wait_for_position(page, wanted):
    expect(page.locator("#board")).to_have_attribute("data-step", str(wanted))


def scrub_to(page, wanted):
    page.get_by_role("slider", name="Step position").fill(str(wanted))
    wait_for_position(page, wanted)


def picture(page):
    """All that the board shows, as markup."""
    return page.evaluate("['story', 'figure', 'mask', 'counters', 'five'].map(id => document.getElementById(id).innerHTML).join('\\n')")


def sentence(page):
    return page.locator("#story .sentence").inner_text().replace("\u00a0", " ")


def problems(page):
    return page.locator("#problems").inner_text()
