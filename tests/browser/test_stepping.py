"""However a visitor gets to a step, the picture is the same."""

import itertools
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from single import READY, STEPS, picture, position, press, scrub_to, sentence, wait_for_position


def test_the_page_gets_ready_and_shows_the_start(page):
    assert position(page) == 0
    assert sentence(page).startswith("The prompt is 11 tokens, and nothing is computed yet")
    assert page.locator("#figure svg").count() == 1


POLICIES = ["full attention", "recent-N", "sliding window", "pinned prefix", "attention sinks"]


@pytest.mark.parametrize("policy", POLICIES)
def test_40_forward_40_back_scrub_reload_and_link_show_the_same_pictures(open_page, policy):
    blocks = 30 if policy in ("full attention", "recent-N") else 12
    address = f"single.html#v=1&kv_policy={quote(policy)}&max_num_batched_tokens=1&num_gpu_blocks={blocks}&max_tokens=36"
    page = open_page(address)
    forward = [picture(page)]
    for wanted in range(1, 41):
        press(page, "Step")
        assert position(page) == wanted
        forward.append(picture(page))
    assert len(set(forward)) == 41
    for wanted in range(39, -1, -1):
        press(page, "Back")
        assert picture(page) == forward[wanted]
    for wanted in (23, 40, 7, 0, 31):
        scrub_to(page, wanted)
        assert picture(page) == forward[wanted]
    page.reload()
    page.wait_for_function(READY)
    assert picture(page) == forward[31]
    assert picture(open_page(address + "&step=23")) == forward[23]


def test_the_scrub_bar_lands_on_the_same_pictures_as_stepping(page):
    stepped = [picture(page)]
    for _ in range(STEPS):
        press(page, "Step")
        stepped.append(picture(page))
    assert len(set(stepped)) == STEPS + 1
    for wanted in (9, 3, 14, 0, 1, 12, 6):
        scrub_to(page, wanted)
        assert picture(page) == stepped[wanted]


def test_a_link_and_a_reload_show_the_same_step(open_page):
    page = open_page()
    press(page, "Step", 5)
    seen = picture(page)
    assert page.url.endswith("#v=1&step=5")
    page.reload()
    page.wait_for_function(READY)
    assert (position(page), picture(page)) == (5, seen)
    other = open_page("single.html#v=1&step=5")
    assert picture(other) == seen


def test_a_picture_that_was_stepped_to_has_no_leftovers_at_any_width(open_page):
    for width in (320, 768):
        stepped = open_page(width=width)
        press(stepped, "Step", 7)
        press(stepped, "Back", 2)
        assert picture(stepped) == picture(open_page("single.html#v=1&step=5", width=width))


def test_a_link_pasted_into_the_open_page_is_followed(page):
    page.evaluate("location.hash = '#v=1&step=4&block_size=8'")
    wait_for_position(page, 4)
    assert page.get_by_label("Block size").input_value() == "8"


def test_the_run_ends_and_says_how(open_page):
    page = open_page()
    page.keyboard.press("End")
    wait_for_position(page, STEPS)
    assert "the answer is done" in sentence(page)
    press(page, "Step")
    assert position(page) == STEPS
    small = open_page("single.html#v=1&kv_policy=recent-N&step=99")
    assert re.match(r"Out of blocks\. \S+ at position 20 needs one more block, and none is free", sentence(small))
    assert "recent-N, which reads only the last 8, gives none back" in sentence(small)


def test_keys_step_reset_play_and_pause(page):
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert position(page) == 1
    page.keyboard.press("End")
    assert position(page) == STEPS
    page.keyboard.press("Home")
    assert position(page) == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("r")
    assert position(page) == 0
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_text("first, last step")).to_be_visible()


def test_next_mark_goes_from_one_thing_that_happens_to_the_next_and_then_to_the_end(page):
    seen = []
    for _ in range(9):
        press(page, "Next mark")
        seen.append(position(page))
    assert seen == [1, 3, 6, 7, 10, 11, 14, 14, 14]
    page.keyboard.press("Home")
    page.keyboard.press("n")
    assert position(page) == 1


def test_keys_mean_what_they_always_mean_in_a_field_and_with_modifiers(page):
    prompt = page.get_by_label("Prompt")
    prompt.click()
    page.keyboard.press("End")
    page.keyboard.type(" r")
    page.keyboard.press("ArrowLeft")
    assert prompt.input_value().endswith("warm. r")
    page.keyboard.press("Escape")
    prompt.blur()
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert position(page) == 0


def test_after_a_click_on_step_the_space_bar_plays(page):
    press(page, "Step")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()


def test_keys_go_on_working_after_a_click_on_the_scrub_bar_and_on_the_list_of_keys(page):
    page.get_by_role("slider", name="Step position").click()
    middle = position(page)
    page.keyboard.press("ArrowRight")
    wait_for_position(page, middle + 1)
    page.keyboard.press("r")
    wait_for_position(page, 0)
    page.get_by_role("button", name="Keys").click()
    page.keyboard.press("ArrowRight")
    wait_for_position(page, 1)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()


def test_the_skip_link_leads_to_the_picture_and_changes_nothing_else(page):
    press(page, "Step", 3)
    before = picture(page)
    page.get_by_text("Skip to the picture").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'board' && location.hash === '#v=1&step=3'")
    assert picture(page) == before
    page.keyboard.press("ArrowRight")
    wait_for_position(page, 4)


def test_a_link_pasted_while_playing_is_followed(page):
    scrub_to(page, 8)
    press(page, "Play")
    page.evaluate("location.hash = '#v=1&answer=Yes'")
    wait_for_position(page, 0)
    press(page, "Step")
    assert position(page) == 1


def test_play_goes_on_to_the_end_and_stops_there(page):
    page.get_by_label("Speed").select_option("30")
    press(page, "Play")
    wait_for_position(page, STEPS)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert page.url.endswith(f"step={STEPS}")
    press(page, "Play")
    page.wait_for_function(f"Number(document.getElementById('board').dataset.step) < {STEPS}")
    press(page, "Reset")
    assert position(page) == 0


def test_the_live_region_is_silent_while_playing_and_speaks_on_pause(page):
    story = page.locator("#story")
    press(page, "Play")
    page.wait_for_function("document.getElementById('board').dataset.step > 0")
    expect(story).to_have_attribute("aria-live", "off")
    press(page, "Pause")
    expect(story).to_have_attribute("aria-live", "polite")


def test_nothing_below_the_sentence_moves_while_stepping(open_page):
    for width, fragment in itertools.product((1440, 1100, 960, 768, 390, 320), ("", "#v=1&block_size=1&num_gpu_blocks=64&max_num_batched_tokens=8")):
        page = open_page(f"single.html{fragment}", width=width)
        tops = set()
        for _ in range(STEPS):
            tops.add(page.evaluate("[document.getElementById('figure'), document.querySelector('.legend')].map(e => e.getBoundingClientRect().top).join()"))
            press(page, "Step")
        assert len(tops) == 1, f"at {width} px: {tops}"
        page.context.close()


def test_a_step_shows_how_it_happens_and_a_jump_or_a_fast_play_only_where_it_ends(page):
    board = page.locator("#board")
    press(page, "Step")
    expect(board).to_have_class("moving")
    press(page, "Back")
    expect(board).not_to_have_class("moving")
    press(page, "Step")
    page.keyboard.press("End")
    expect(board).not_to_have_class("moving")


def test_a_row_of_the_five_policies_leads_to_the_same_step_under_that_policy(page):
    press(page, "Step", 6)
    page.get_by_role("link", name="Sliding window").click()
    expect(page.locator("#board")).to_have_attribute("data-policy", "sliding window")
    assert position(page) == 6
    assert page.get_by_label("Policy").input_value() == "sliding window"
    assert page.locator("#five tr.chosen a").inner_text() == "Sliding window"
    page.go_back()
    expect(page.locator("#board")).to_have_attribute("data-policy", "attention sinks")
    assert position(page) == 6
