"""Runs of one prompt that are each worth watching for one thing."""

from typing import NamedTuple

from kvsim.one_prompt import KNOBS, OnePrompt

ANY_SCRIPT = "Der Kater, le café, кошка, 猫が座った, قطة and 🐈‍⬛ share a mat."
SYSTEM_PROMPT = "You are a kind old cat. The mat is warm and the sun is low."
LONG_ANSWER = "So it slept there until the sun went down and it grew cold, and then it went in and slept by the fire until the morning came."


class Preset(NamedTuple):
    """What to watch, in a few words and in a sentence, and the step at which it is seen."""

    name: str
    why: str
    asked: OnePrompt
    step: int = 0


def _knobs(**values: int) -> tuple[int, ...]:
    return tuple(values.get(name, knob.default) for name, knob in KNOBS.items())


PRESETS: tuple[Preset, ...] = (
    Preset("The cat sat", "Attention sinks: the first tokens and a window; the block between them goes back.", OnePrompt()),
    Preset("Out of blocks", "Full attention keeps everything, and a pool that is too small ends the run.", OnePrompt(kv_policy="full attention"), 11),
    Preset("Fewer reads, no memory saved", "Recent-N reads only the last 8, and runs out of blocks at the same step.", OnePrompt(kv_policy="recent-N"), 8),
    Preset("A window slides", "What no query will read again goes back, a whole block at a time.", OnePrompt(kv_policy="sliding window"), 6),
    Preset(
        "A system prompt stays",
        "The first 8 tokens are pinned; when no block is free, the oldest block behind them is given up.",
        OnePrompt(SYSTEM_PROMPT, LONG_ANSWER, "pinned prefix", _knobs(pinned=8), num_gpu_blocks=16, max_num_batched_tokens=32),
        13,
    ),
    Preset("A prompt in chunks", "A token budget of 4 lets the prompt through in three steps; only the last of them says a token.",
           OnePrompt(kv_policy="full attention", num_gpu_blocks=16, max_num_batched_tokens=4), 2),
    Preset("One token a block", "No slot is ever wasted, and the table is as long as the text.",
           OnePrompt(kv_policy="sliding window", block_size=1, num_gpu_blocks=40), 8),
    Preset("Sixteen slots a block", "A short table, slots held but empty, and a window that hardly ever frees one.",
           OnePrompt(kv_policy="sliding window", block_size=16, num_gpu_blocks=8), 14),
    Preset(
        "Any script",
        "Labels are words, marks and characters of any script; nothing is lost.",
        OnePrompt(ANY_SCRIPT, "It was warm; 暖かかった! 🌞", "full attention", num_gpu_blocks=24, max_num_batched_tokens=64),
        1,
    ),
)  # fmt: skip
