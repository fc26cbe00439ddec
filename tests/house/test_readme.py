"""What the README shows, works."""

import json
import pathlib
import re

from kvsim.policies import POLICIES, policy_of
from kvsim.recording import Recording
from kvsim.scenario_json import from_json, to_json
from kvsim.words import plain, step_sentence

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_policy_that_the_readme_adds_works_once_it_is_in_the_list(monkeypatch):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    module = {}
    exec(re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1], module)
    monkeypatch.setitem(POLICIES, "every other", module["EveryOther"])
    scenario = from_json(
        json.dumps({"config": {"kv_policy": {"name": "every other", "stride": 3}}, "requests": [{"id": "A", "prompt": "a b c d", "answer": "e f"}]})
    )
    assert from_json(to_json(scenario)) == scenario
    recording = Recording(scenario).run()
    assert recording.ending == "finished"
    assert [part.start for part in policy_of(scenario.config).reads(7)] == [1, 4, 7]
    said = plain(step_sentence(recording, 2, recording.board(2)))
    assert "and reads one in 3 of 5 positions. The other 3 stay stored all the same" in said
