"""A step as a sentence: what it did and why, with references to what it names.

A sentence is a tuple of parts. A part is plain text, or a `Mention` of something that the picture shows, so that whoever
draws the sentence can mark the thing itself. Everything said here is read off events and the board they make.
"""

from kvsim.words.parts import Mention, Part, Sentence, plain
from kvsim.words.step import phase, step_sentence

__all__ = ["Mention", "Part", "Sentence", "phase", "plain", "step_sentence"]
