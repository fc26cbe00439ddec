"""Pictures that belong together light together, by pointing and by keyboard; and nothing is told by the picture alone."""

from playwright.sync_api import expect

from single import picture, press, scrub_to, sentence


def lit(page):
    """What is lit: positions, logical blocks and blocks, by the kind of mark."""
    return page.evaluate("""[...document.querySelectorAll('.lit')].map(e =>
        [e.getAttribute('class').split(' ')[0], e.dataset.pos ?? e.dataset.logical ?? e.dataset.block ?? ''].join(' ')).sort()""")


def test_pointing_at_a_token_lights_its_slot_its_table_entry_its_arc_and_its_column_of_the_mask(page):
    scrub_to(page, 6)
    page.locator(".tok[data-pos='9']").hover()
    assert lit(page) == ["arc 9", "column 9", "ent 2", "slot 9", "tok 9", "wire 2"]
    page.mouse.move(5, 5)
    assert lit(page) == []


def test_pointing_at_a_chip_of_the_sentence_lights_what_it_names(page):
    scrub_to(page, 6)
    page.locator("#story .chip.c-written").hover()
    assert "slot 15" in lit(page)
    page.locator("#story .c-block").last.hover()
    assert lit(page) == ["blk 3", "c-block 7", "ent 3"]


def test_what_is_lit_stays_lit_over_a_step(page):
    scrub_to(page, 6)
    page.locator(".tok[data-pos='9']").hover()
    page.keyboard.press("ArrowRight")
    assert "slot 9" in lit(page)


def test_the_keyboard_goes_from_token_to_token_and_lights_the_same(page):
    scrub_to(page, 6)
    page.evaluate("document.getElementById('scrub').blur()")
    page.locator(".tok[data-pos='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.pos") == "2"
    assert "slot 2" in lit(page)
    assert page.locator("#board").get_attribute("data-step") == "6", "the arrows are the tokens', not the clock's"
    assert page.locator(".tok[tabindex='0']").count() == 1


def test_pointing_leaves_no_trace_in_the_picture(page):
    scrub_to(page, 6)
    before = picture(page)
    page.locator(".tok[data-pos='3']").hover()
    page.mouse.move(5, 5)
    assert picture(page).replace(' class=""', "") == before


def test_by_the_pages_text_alone_one_can_tell_what_was_read_stored_and_freed_and_why(page):
    scrub_to(page, 6)
    assert sentence(page) == (
        "Block 10 goes back: no query will read the mat because it again. Then until is written to block 7, slot 3, "
        "and reads the first 2 and the last 8 of 16 positions. The model says the."
    )
    page.locator("summary").click()
    rows = [row.split("\t") for row in page.locator("#table tbody tr").all_inner_texts()]
    assert [row[2] for row in rows[:5]] == [
        "its KV is stored, and read in this step, and pinned",
        "its KV is stored, and read in this step, and pinned",
        "its KV is stored, not read in this step",
        "its KV is stored, not read in this step",
        "its KV is gone",
    ]
    assert rows[15][2:] == ["its KV is written in this step", "L3", "7", "3"]
    press(page, "Step")
    assert page.locator("#table tbody tr").nth(16).inner_text().split("\t")[2] == "its KV is written in this step"
    counters = page.locator("#counters").inner_text()
    assert "Free queue" in counters
    assert "10" in counters
    name = page.locator("#figure svg").get_attribute("aria-label")
    assert "L1 a hole" in name
    expect(page.locator("#mask svg")).to_have_attribute("aria-label", "Attention mask: the query at position 16 reads positions 0 to 1 and 9 to 16, 10 of 17.")
