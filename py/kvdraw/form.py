"""The controls of single.html whose names come from the simulator: policies, their knobs, model shapes and presets."""

from kvdraw.five import title
from kvdraw.node import Node, el
from kvsim.model_shapes import MODEL_SHAPES
from kvsim.one_prompt import FIELDS, KNOBS, OnePrompt, to_fragment
from kvsim.policies import POLICIES
from kvsim.presets import PRESETS


def policy_options() -> list[Node]:
    """One option for each KV policy, the default's chosen."""
    chosen = OnePrompt().kv_policy
    return [el("option", text=title(name), value=name, selected="" if name == chosen else None, key=name) for name in POLICIES]


def model_options() -> list[Node]:
    """One option for each model whose KV bytes can be counted."""
    chosen = OnePrompt().model
    return [el("option", text=name, value=name, selected="" if name == chosen else None, key=name) for name in MODEL_SHAPES]


def knob_fields() -> list[Node]:
    """A field for each knob of any policy; those that the chosen policy lacks are hidden."""
    asked = OnePrompt()
    shown = {knob.name for knob in POLICIES[asked.kv_policy].knobs}
    return [
        el(
            "label",
            el("span", text=knob.label),
            el(
                "input",
                id=name,
                type="number",
                inputmode="numeric",
                min=FIELDS[name].range.low,  # type: ignore[attr-defined]  # a knob is a number
                max=FIELDS[name].range.high,  # type: ignore[attr-defined]
                value=knob.default,
                data_label=knob.label,
                aria_describedby="problems",
                autocomplete="off",
                data_until_ready="",
                disabled="",
            ),
            key=name,
            class_="field number",
            data_knob=name,
            hidden=None if name in shown else "",
        )
        for name, knob in KNOBS.items()
    ]


def preset_links() -> list[Node]:
    """A link to each preset, at the step where it is seen best."""
    return [
        el("li", el("a", el("b", text=preset.name), el("span", text=preset.why), href="#" + (to_fragment(preset.asked, preset.step) or "v=1")), key=preset.name)
        for preset in PRESETS
    ]


def summary(asked: OnePrompt) -> list[Node]:
    """What is chosen, in one line: all that a phone shows of the set-up while it is folded."""
    values = asked.values()
    knobs = [f"{KNOBS[knob.name].label.split()[-1]} {values[knob.name]}" for knob in POLICIES[asked.kv_policy].knobs]
    return [el("span", text=f"{', '.join([title(asked.kv_policy), *knobs])} · {asked.num_gpu_blocks} blocks of {asked.block_size}")]
