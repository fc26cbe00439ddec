from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from kvdraw.measure import fit, text_width
from kvdraw.node import el, markup, num


class Read(HTMLParser):
    """What a browser would make of it: tags, attributes and text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def test_attributes_are_named_as_in_html_and_none_is_left_out():
    node = el("g", el("rect", x=1.25, class_="m"), None, data_pos=3, aria_label=None)
    assert markup(node) == '<g data-pos="3"><rect x="1.2" class="m"></rect></g>'


def test_numbers_are_as_short_as_a_tenth_of_a_pixel_allows():
    assert [num(value) for value in (1, 1.0, 0.04, 12.345, -3.5)] == ["1", "1", "0", "12.3", "-3.5"]


@given(st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"])))
def test_what_comes_from_outside_stays_text(text):
    read = Read(markup(el("p", text=text, title=text)))
    assert read.tags == [("p", {"title": text})]
    assert "".join(read.texts) == text


@given(st.text(min_size=1), st.floats(5, 200))
def test_a_fitted_text_is_no_wider_than_its_room_and_begins_as_the_text_does(text, width):
    fitted = fit(text, width, 13)
    assert fitted == text or (fitted.endswith("…") and text.startswith(fitted[:-1]))
    assert text_width(fitted, 13) <= width or len(fitted) <= 2


def test_a_very_long_word_is_fitted_as_fast_as_a_short_one():
    assert fit("x" * 10_000_000, 70, 13) == fit("x" * 100, 70, 13)


def test_an_accent_is_not_cut_off_its_letter():
    assert fit("e\u0301" * 9, 40, 13).count("\u0301") == fit("e\u0301" * 9, 40, 13).count("e")
