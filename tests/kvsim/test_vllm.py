"""The engine does what vLLM 0.33.0 did, block for block, in every recorded run: see tests/data/README.md."""

import gzip
import json
import pathlib
import sys

import pytest

from kvsim import VLLM_VERSION
from kvsim.scenario_json import from_json, to_json
from kvsim.trace import trace

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / f"vllm-{VLLM_VERSION}"
RECORDED = sorted(path.name.removesuffix(".json.gz") for path in DATA.glob("*.json.gz"))
EVERY = 8 if sys.platform == "emscripten" else 1


def recorded(name):
    return json.loads(gzip.decompress((DATA / f"{name}.json.gz").read_bytes()))


def test_there_are_recordings_of_the_version_that_the_engine_follows():
    assert len(RECORDED) >= 165
    assert recorded(RECORDED[0])["vllm_version"] == VLLM_VERSION


@pytest.mark.parametrize("name", RECORDED[::EVERY])
def test_every_half_step_of_a_recorded_run_is_equal(name):
    real = recorded(name)
    scenario = from_json(json.dumps(real["scenario"]))
    ours = json.loads(json.dumps(trace(scenario)))
    for want, got in zip(real["steps"], ours["steps"], strict=False):
        assert got == want, f"step {want['step']}"
    assert len(ours["steps"]) == len(real["steps"])
    assert ours["completed"] == real["completed"]


@pytest.mark.parametrize("name", RECORDED[::EVERY])
def test_a_recorded_scenario_survives_the_round_trip_through_our_json(name):
    scenario = from_json(json.dumps(recorded(name)["scenario"]))
    assert from_json(to_json(scenario)) == scenario
