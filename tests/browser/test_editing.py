"""What a visitor types is kept, run, and never becomes anything but text."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from single import READY, picture, position, press, problems, sentence, wait_for_position


def type_into(page, name, text):
    page.get_by_label(name, exact=True).fill(text)


def tokens(page):
    return page.locator("#figure .tok title").all_text_contents()


def test_an_edited_prompt_is_run_again_up_to_the_same_step(page):
    press(page, "Step", 3)
    type_into(page, "Prompt", "Two words")
    expect(page.locator("#figure .tok")).to_have_count(2 + 3)
    assert position(page) == 3
    assert "Two" in tokens(page)[0]


def test_an_edit_that_makes_the_run_shorter_stands_at_its_end(page):
    press(page, "Step", 9)
    type_into(page, "Answer", "Yes.")
    wait_for_position(page, 2)


def test_an_edit_while_playing_stops_and_shows_the_new_run(page):
    page.keyboard.press("End")
    press(page, "Back", 3)
    press(page, "Play")
    type_into(page, "Answer", "Yes.")
    wait_for_position(page, 2)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    press(page, "Back")
    assert position(page) == 1


def test_a_step_is_not_lost_while_a_number_is_being_retyped(page):
    press(page, "Step", 9)
    type_into(page, "Blocks", "2")
    wait_for_position(page, 1)
    type_into(page, "Blocks", "20")
    wait_for_position(page, 9)


def test_the_back_button_undoes_an_edit_all_that_was_typed_in_one_go(page):
    page.get_by_label("Prompt").press("End")
    page.get_by_label("Prompt").press_sequentially(" Once more.")
    page.wait_for_function("location.hash.includes('more')")
    type_into(page, "Block size", "2")
    page.wait_for_function("location.hash.includes('block_size=2')")
    page.go_back()
    expect(page.get_by_label("Block size")).to_have_value("4")
    assert page.get_by_label("Prompt").input_value().endswith("Once more.")
    page.go_back()
    expect(page.get_by_label("Prompt")).to_have_value("The cat sat on the mat because it was warm.")
    page.go_forward()
    expect(page.locator("#figure .tok title").nth(11)).to_contain_text("Once")


def test_the_knobs_are_those_of_the_policy_and_are_kept_while_another_is_looked_at(page):
    type_into(page, "Window W", "5")
    page.get_by_label("Policy").select_option("pinned prefix")
    expect(page.get_by_label("Pinned k")).to_be_visible()
    expect(page.get_by_label("Window W")).to_be_hidden()
    page.get_by_label("Policy").select_option("sliding window")
    expect(page.get_by_label("Window W")).to_have_value("5")
    expect(page.locator("#board")).to_have_attribute("data-policy", "sliding window")
    press(page, "Step", 2)
    assert "reads the last 5 of 12 positions" in sentence(page)


def test_more_settings_change_the_run_and_the_numbers(page):
    page.get_by_role("button", name="More").click()
    page.get_by_label("Answer length").fill("3")
    page.get_by_label("Model", exact=False).select_option("GPT-2")
    page.get_by_label("Somebody else").uncheck()
    expect(page.locator("#where")).to_contain_text("of 3")
    page.keyboard.press("Escape")
    press(page, "Step", 1)
    assert "× 36 KiB" in page.locator("#counters").inner_text()
    assert page.locator("#figure .o-other").count() == 0
    assert "somebody_else=off" in page.url


def test_an_example_opens_at_its_step_and_closes_the_list(page):
    page.get_by_role("button", name="Examples").click()
    page.get_by_role("link", name=re.compile("^Out of blocks")).click()
    wait_for_position(page, 11)
    expect(page.locator("#presets")).to_be_hidden()
    assert sentence(page).startswith("Out of blocks.")


def test_a_long_text_is_seen_from_its_beginning_once_it_was_edited(page):
    prompt = page.get_by_label("Prompt")
    type_into(page, "Prompt", "word " * 60)
    prompt.press("End")
    prompt.press("Enter")
    prompt.press_sequentially("!")
    assert prompt.evaluate("e => e.scrollLeft") > 0
    prompt.blur()
    assert prompt.evaluate("e => [e.scrollLeft, e.scrollTop]") == [0, 0]
    assert prompt.input_value() == "word " * 60 + "!", "Enter makes no line that would hide the one before"


def test_lines_of_a_prompt_are_kept(open_page):
    page = open_page("single.html#v=1&prompt=a%0Ab")
    assert page.get_by_label("Prompt").input_value() == "a\nb"
    type_into(page, "Block size", "2")
    page.wait_for_function("location.hash.includes('block_size=2')")
    assert "prompt=a%0Ab" in page.url


def test_a_very_long_word_is_cut_where_it_is_shown(open_page):
    page = open_page("single.html#v=1&step=1&answer=end&prompt=" + "x" * 50_000)
    assert "The model says" in sentence(page)
    texts = page.locator("#figure text, #story bdi").all_text_contents()
    assert any(text.startswith("xxx") and text.endswith("…") for text in texts)
    assert max(map(len, texts)) < 40


def test_everything_chosen_is_in_the_link_and_survives_a_reload(page):
    type_into(page, "Prompt", "Grüße, 東京 👩‍🚀 & #1")
    type_into(page, "Block size", "2")
    page.get_by_role("button", name="More").click()
    type_into(page, "Token budget", "3")
    page.wait_for_function("location.hash.includes('max_num_batched_tokens=3')")
    press(page, "Step", 2)
    seen = picture(page)
    page.reload()
    page.wait_for_function(READY)
    assert picture(page) == seen
    assert page.get_by_label("Prompt").input_value() == "Grüße, 東京 👩‍🚀 & #1"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("Prompt", "", "Prompt: at least 1 token, got 0."),
        ("Answer", "", "Answer: at least 1 token, got 0."),
        ("Prompt", "word " * 20_000, "Prompt: at most 256 tokens, got 20,001."),
        ("Blocks", "900", "Blocks: 2 to 256, got 900."),
        ("Blocks", "", "Blocks: a whole number from 2 to 256, got nothing."),
        ("Block size", "0", "Block size: 1 to 32, got 0."),
        ("Sinks S", "0", "Sinks S: 1 to 512, got 0."),
        ("Block size", "2.5", "Block size: a whole number from 1 to 32, got “2.5”."),
    ],
)
def test_bad_input_gets_a_sentence_that_names_the_field_and_a_page_that_works(page, name, text, problem):
    type_into(page, name, text)
    expect(page.locator("#problems")).to_contain_text(problem)
    field = page.get_by_label(name, exact=True)
    assert field.input_value() == text, "what was typed is still there"
    assert field.get_attribute("aria-invalid") == "true"
    press(page, "Step")
    assert position(page) == 1
    assert "the model says" in sentence(page).lower() or "Out of blocks" in sentence(page)


def test_a_mended_field_takes_its_problem_away(page):
    type_into(page, "Blocks", "900")
    expect(page.locator("#problems")).to_contain_text("Blocks")
    type_into(page, "Blocks", "20")
    expect(page.locator("#problems")).to_be_empty()
    assert page.get_by_label("Blocks").get_attribute("aria-invalid") == "false"
    assert page.locator("#figure .blk").count() == 20


@pytest.mark.parametrize(
    "text",
    [
        "<script>document.title = 'run'</script>",
        "<img src=x onerror=\"document.title = 'run'\">",
        "\"quotes\" 'and' `ticks` & &amp; </text></svg>",
        "שלום עולם، مرحبا بالعالم",
        "tab\tnull\u0001bell\u0007 \u202eright-to-left override",
        "👨‍👩‍👧‍👦 🇩🇪 👍🏽 é e\u0301",
        "   ",
    ],
)
def test_any_text_is_shown_as_text(open_page, text):
    page = open_page("single.html#v=1&prompt=" + quote(text, safe=""))
    title = page.title()
    press(page, "Step", 2)
    assert page.title() == title
    assert page.locator("#board script, #board img").count() == 0
    shown = page.evaluate("[...document.querySelectorAll('#figure .tok title')].map(t => t.textContent)")
    assert len(shown) > 2
    assert problems(page) == ""


@pytest.mark.parametrize(
    ("fragment", "problem"),
    [
        ("v=9&step=2", "Link: made for version 9, this page reads version 1."),
        ("step=many", "Step: a whole number, got “many”."),
        ("num_gpu_blocks=1000000", "Blocks: 2 to 256, got 1,000,000."),
        ("num_gpu_blocks=%ff", "Blocks: a whole number from 2 to 256, got “\ufffd”."),
        ("kv_policy=magic&window=-4", "Policy: one of full attention, recent-N, sliding window, pinned prefix, attention sinks, got “magic”."),
        ("block_size=32&num_gpu_blocks=256", "Blocks: at most 128 of this size (4,096 slots in all), got 256."),
        ("%%%&&&===", "Link: it has an unknown field"),
        ("a" * 100_000, "Link: it has an unknown field"),
    ],
)
def test_a_damaged_link_opens_with_the_nearest_good_values_and_says_what_is_wrong(open_page, fragment, problem):
    page = open_page("single.html#" + fragment)
    assert problem in problems(page)
    press(page, "Step")
    assert position(page) >= 1
