"""What a visitor types is kept, run, and never becomes anything but text."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from single import picture, position, press, problems, sentence, wait_for_position

READY = "document.documentElement.dataset.ready === 'true'"


def type_into(page, name, text):
    page.get_by_label(name).fill(text)


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
    type_into(page, "Token budget", "3")
    expect(page.locator("#figure [data-pos='0']").first).to_be_attached()
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
        ("Blocks", "900", "Blocks: 2 to 64, got 900."),
        ("Blocks", "", "Blocks: a whole number from 2 to 64, got nothing."),
        ("Block size", "0", "Block size: 1 to 32, got 0."),
        ("Token budget", "-3", "Token budget: 1 to 512, got -3."),
        ("Block size", "2.5", "Block size: a whole number from 1 to 32, got “2.5”."),
    ],
)
def test_bad_input_gets_a_sentence_that_names_the_field_and_a_page_that_works(page, name, text, problem):
    type_into(page, name, text)
    expect(page.locator("#problems")).to_contain_text(problem)
    field = page.get_by_label(name)
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
        ("num_gpu_blocks=1000000", "Blocks: 2 to 64, got 1,000,000."),
        ("num_gpu_blocks=%ff", "Blocks: a whole number from 2 to 64, got “\ufffd”."),
        ("%%%&&&===", "Link: it has an unknown field"),
        ("a" * 100_000, "Link: it has an unknown field"),
    ],
)
def test_a_damaged_link_opens_with_the_nearest_good_values_and_says_what_is_wrong(open_page, fragment, problem):
    page = open_page("single.html#" + fragment)
    assert problem in problems(page)
    press(page, "Step")
    assert position(page) >= 1
