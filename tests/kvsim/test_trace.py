"""The command `trace`: a scenario on standard input, what happened on standard output."""

import io
import json
import os
import pathlib
import subprocess
import sys

import pytest

from kvsim.__main__ import main
from kvsim.scenario_json import to_json
from kvsim.trace import trace
from scenarios import lone, several

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_a_scenario_on_standard_input_becomes_a_trace_on_standard_output(monkeypatch, capsys):
    scenario = several((5, 2), (5, 2))
    monkeypatch.setattr(sys, "stdin", io.StringIO(to_json(scenario)))
    assert main(["trace"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(trace(scenario)))


@pytest.mark.skipif(sys.platform == "emscripten", reason="there are no processes in WebAssembly")
def test_a_plain_python_needs_nothing_but_the_path(tmp_path):
    without_site_packages = [sys.executable, "-S", "-m", "kvsim", "trace"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "py")}
    ran = subprocess.run(without_site_packages, input=to_json(lone(3, 2)), capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(json.loads(ran.stdout)["steps"]) == 2


def test_a_trace_never_stops_early():
    never_fits = lone(prompt=30, answer=2, blocks=4, max_steps=7)
    ran = trace(never_fits)
    assert (len(ran["steps"]), ran["completed"]) == (7, False)


def test_a_bad_scenario_is_answered_with_the_field(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"requests": [{"id": "A", "prompt_token_ids": [1], "output_token_ids": [2], "max_tokens": 0}]}'))
    assert main(["trace"]) == 2
    assert capsys.readouterr().err == "kvsim: requests[0].max_tokens: at least 1, got 0\n"
