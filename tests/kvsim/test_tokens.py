import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvsim.tokens import labels, shown


@given(st.text())
def test_labels_joined_are_the_text_again(text):
    assert "".join(labels(text)) == text


@given(st.text(alphabet="ab '.1_-\n👍🏽\u200d🇩🇪é\u0301東ั"))
def test_labels_joined_are_the_text_again_where_rules_meet(text):
    found = labels(text)
    assert "".join(found) == text
    assert all(found)


@given(st.text())
def test_a_label_is_shown_without_white_space_around_it_and_never_empty(text):
    for label in labels(text):
        assert shown(label)
        assert shown(label).strip() == shown(label)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat sat.", ["The", " cat", " sat", "."]),
        ("café état-of", ["café", " état", "-", "of"]),
        ("don’t 3.14 1,000 a.b", ["don’t", " 3.14", " 1,000", " a", ".", "b"]),
        ("'so'", ["'", "so", "'"]),
        ("Привет, мир", ["Привет", ",", " мир"]),
        ("שלום עולם", ["שלום", " עולם"]),
        ("नमस्ते दुनिया", ["नमस्ते", " दुनिया"]),
        ("東京 is", ["東", "京", " is"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        ("さくら カタ", ["さ", "く", "ら", " カ", "タ"]),
        ("សួស្តី", ["សួ", "ស្", "តី"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("👍🏽👨‍👩‍👧🇩🇪🇫🇷", ["👍🏽", "👨‍👩‍👧", "🇩🇪", "🇫🇷"]),
        ("  a\n\n b ", ["  a", "\n\n b", " "]),
        ("<script>", ["<", "script", ">"]),
        ("", []),
    ],
)
def test_words_of_any_script_become_labels(text, expected):
    assert labels(text) == expected


def test_white_space_alone_and_control_characters_are_shown_as_signs():
    assert [shown(label) for label in (" ", " \n", "\x00a", " cat", 7)] == ["␣", "⏎", "␀a", "cat", "7"]
    assert [shown(label) for label in ("\u202e", " \u200b\ufeff", "👩\u200d🚀")] == ["U+202E", "U+200B U+FEFF", "👩\u200d🚀"]
