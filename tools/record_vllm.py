"""Record what an installed vLLM does with a scenario, and check our engine against it.

    python tools/record_vllm.py < scenario.json > trace.json   record one scenario of token ids
    python tools/record_vllm.py --again                        record all of tests/data/vllm-0.33.0 anew, into build/recorded
    python tools/record_vllm.py --random 300 --from-seed 0     random scenarios: is our trace equal at every half step?
    python tools/record_vllm.py --check                        the same for the scenarios of tests/data

Run it with the Python that has vLLM (tools/real_vllm.py says how to install it). The engine follows the version that
`kvsim.VLLM_VERSION` names; with another one, --check and --random say where that one differs, and the recorded data are
then to be made again, into a folder of that version.
"""

import argparse
import gzip
import json
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "py"))

from real_vllm import INSTALLED_VERSION, RealScheduler  # noqa: E402  before vLLM: it tells it to stay offline and quiet

# isort: split
from vllm.distributed.kv_events import BlockRemoved, BlockStored  # noqa: E402
from vllm.v1.outputs import DraftTokenIds, ModelRunnerOutput  # noqa: E402
from vllm.v1.request import RequestStatus  # noqa: E402

from kvsim import VLLM_VERSION  # noqa: E402
from kvsim.model import WRONG_DRAFT  # noqa: E402
from kvsim.scenario import RequestSpec, Scenario, ScenarioError  # noqa: E402
from kvsim.scenario_json import as_data, from_json  # noqa: E402
from kvsim.trace import trace  # noqa: E402

DATA = ROOT / "tests" / "data" / f"vllm-{VLLM_VERSION}"


class Recorder:
    """Plays a scenario to the real scheduler, step by step, and writes down what that did."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.specs = {spec.id: spec for spec in scenario.requests}
        self.published: list[Any] = []
        self.names: dict[int, int] = {}  # hashes, by their low 64 bits as events carry them, in the order of their first appearance
        self.real = RealScheduler(scenario.config, self.published.append)
        self.scheduler = self.real.scheduler
        self.preempted: list[str] = []
        self.hits: dict[str, int] = {}
        self._listen(self.scheduler, "_preempt_request", lambda request, *_: self.preempted.append(request.request_id))
        self._listen(self.scheduler.kv_cache_manager, "record_prefix_cache_stats", lambda request, hit: self.hits.update({request.request_id: hit}))

    def record(self) -> dict[str, Any]:
        """The whole run: until nothing is left to arrive, wait or run, or to max_steps."""
        last_arrival = max(spec.arrival_step for spec in self.scenario.requests)
        steps = []
        for number in range(self.scenario.config.max_steps):
            steps.append(self._step(number))
            if number >= last_arrival and not self.scheduler.requests:
                break
        return {"vllm_version": INSTALLED_VERSION, "scenario": as_data(self.scenario), "completed": not self.scheduler.requests, "steps": steps}

    def _step(self, number: int) -> dict[str, Any]:
        scheduler = self.scheduler
        self.published.clear()
        self.preempted.clear()
        self.hits.clear()
        arriving = [spec for spec in self.scenario.requests if spec.arrival_step == number]
        for spec in arriving:
            self.real.add(spec)
        aborted = self._abort(number, "before")
        reset = scheduler.reset_prefix_cache() if number in self.scenario.reset_prefix_cache_steps else None
        status = {name: request.status.name for name, request in scheduler.requests.items()}
        output = scheduler.schedule()
        after_schedule = self._snapshot()
        sampled = {name: self._sample(name, output) for name in output.num_scheduled_tokens}
        places = {name: place for place, name in enumerate(sampled)}
        aborted_during = self._abort(number, "during")
        results = scheduler.update_from_output(output, ModelRunnerOutput(list(sampled), places, [list(tokens) for tokens in sampled.values()]))
        finished = [[done.request_id, str(done.finish_reason)] for result in results.values() for done in result.outputs if done.finish_reason is not None]
        if self.scenario.config.num_speculative and sampled:
            scheduler.update_draft_token_ids(self._drafts(list(sampled)))
        scheduled = {kind: [name for name in sampled if status[name] == kind] for kind in ("WAITING", "PREEMPTED", "RUNNING")}
        return {
            "step": number,
            "added": [spec.id for spec in arriving],
            "aborted": aborted,
            "aborted_during": aborted_during,
            "reset_prefix_cache": reset,
            "new": scheduled["WAITING"],
            "resumed": scheduled["PREEMPTED"],
            "continued": scheduled["RUNNING"],
            "num_scheduled_tokens": [[name, count] for name, count in output.num_scheduled_tokens.items()],
            "spec_tokens": {name: list(tokens) for name, tokens in output.scheduled_spec_decode_tokens.items()},
            "sampled": sampled,
            "prefix_hit_tokens": dict(self.hits),
            "preempted": list(self.preempted),
            "finished": finished,
            "events": [self._event(event) for event in self.published],
            "after_schedule": after_schedule,
            "after_update": self._snapshot(),
        }

    @staticmethod
    def _listen(owner: Any, name: str, listener: Any) -> None:
        """Hear of each call of a method, without changing what it does."""
        method = getattr(owner, name)

        def heard(*args: Any, **kwargs: Any) -> Any:
            listener(*args)
            return method(*args, **kwargs)

        setattr(owner, name, heard)

    def _abort(self, number: int, phase: str) -> list[str]:
        """One call for each id: vLLM frees several in the order of a set, which is not always the same."""
        leaving = [spec.id for spec in self.scenario.requests if (spec.abort_step, spec.abort_phase) == (number, phase)]
        return [request.request_id for name in leaving for request in self.scheduler.finish_requests(name, RequestStatus.FINISHED_ABORTED)]

    def _sample(self, name: str, output: Any) -> list[int]:
        """The next tokens of the answer: none in an unfinished prefill, one more than drafts are right otherwise."""
        request, drafts = self.scheduler.requests[name], output.scheduled_spec_decode_tokens.get(name, [])
        if request.num_computed_tokens < request.num_tokens + len(drafts):
            return []
        rest = self.specs[name].answer[request.num_output_tokens :]
        right = next((i for i, draft in enumerate(drafts) if i >= len(rest) or draft != rest[i]), len(drafts))
        return list(rest[: right + 1])

    def _drafts(self, names: list[str]) -> DraftTokenIds:
        alive = [name for name in names if name in self.scheduler.requests]
        return DraftTokenIds(alive, [self._guess(self.specs[name], self.scheduler.requests[name].num_output_tokens) for name in alive])

    def _guess(self, spec: RequestSpec, generated: int) -> list[int]:
        number = self.scenario.config.num_speculative
        right = spec.draft_accept[generated % len(spec.draft_accept)] if spec.draft_accept else number
        rest = spec.answer[generated : generated + min(right, number)]
        return [*rest, *[WRONG_DRAFT] * (number - len(rest))]

    def _name(self, block_hash: int | bytes | None) -> int | None:
        if block_hash is None:
            return None
        number = block_hash if isinstance(block_hash, int) else int.from_bytes(block_hash, "big") % 2**64
        return self.names.setdefault(number, len(self.names))

    def _event(self, event: Any) -> dict[str, Any]:
        if isinstance(event, BlockStored):
            parent = self._name(event.parent_block_hash)
            return {"type": "stored", "parent": parent, "hashes": [self._name(known) for known in event.block_hashes], "tokens": list(event.token_ids)}
        if isinstance(event, BlockRemoved):
            return {"type": "removed", "hashes": [self._name(known) for known in event.block_hashes]}
        return {"type": "cleared"}

    def _snapshot(self) -> dict[str, Any]:
        manager = self.scheduler.kv_cache_manager
        pool, tables = manager.block_pool, manager.coordinator.single_type_managers[0]
        for event in pool.kv_event_queue:  # not published yet: its hashes get their names in this order
            self._event(event)
        return {
            "running": [request.request_id for request in self.scheduler.running],
            "waiting": [request.request_id for request in self.scheduler.waiting],
            "free": [block.block_id for block in pool.free_block_queue.get_all_free_blocks()],
            "ref": [block.ref_cnt for block in pool.blocks],
            "hash": [self._name(block.block_hash[:-4] if block.block_hash else None) for block in pool.blocks],  # without the group's number
            "num_distinct_hashes": len(pool.cached_block_hash_to_block),
            "usage": round(manager.usage, 9),
            "reqs": {
                name: {
                    "status": request.status.name,
                    "num_tokens": request.num_tokens,
                    "num_computed_tokens": request.num_computed_tokens,
                    "num_output_tokens": request.num_output_tokens,
                    "num_preemptions": request.num_preemptions,
                    "blocks": [block.block_id for block in tables.req_to_blocks.get(name, ())],
                    "num_cached_blocks": tables.num_cached_block.get(name),
                }
                for name, request in self.scheduler.requests.items()
            },
        }


def record(scenario: Scenario) -> dict[str, Any]:
    recorder = Recorder(scenario)
    try:
        return recorder.record()
    finally:
        recorder.scheduler.shutdown()


def recorded_scenarios() -> Iterator[tuple[str, Scenario]]:
    for path in sorted(DATA.glob("*.json.gz")):
        data = json.loads(gzip.decompress(path.read_bytes()))["scenario"]
        yield path.name, from_json(json.dumps(data))


def random_scenarios(first: int, count: int) -> Iterator[tuple[str, Scenario]]:
    sys.path.insert(0, str(ROOT / "tests" / "kvsim"))
    from random_scenarios import at_random

    for seed in range(first, first + count):
        yield f"random {seed}", at_random(seed)


def check(scenarios: Iterator[tuple[str, Scenario]]) -> int:
    """Compare our trace of each scenario with the real one; prints the first difference of each; returns an exit status."""
    equal = total = steps = 0
    for name, scenario in scenarios:
        real, ours = record(scenario)["steps"], json.loads(json.dumps(trace(scenario)["steps"]))
        total, steps = total + 1, steps + len(real)
        difference = first_difference(real, ours)
        equal += difference is None
        if difference:
            print(f"{name}: {difference}", flush=True)
    print(f"vLLM {INSTALLED_VERSION}, the engine follows {VLLM_VERSION}: {equal} of {total} scenarios equal, {steps:,} steps")
    return int(equal != total)


def first_difference(real: Any, ours: Any, where: str = "steps") -> str | None:
    """Where two traces first differ, as a path and the two values; None if they are equal."""
    if real == ours:
        return None
    if isinstance(real, dict) and isinstance(ours, dict) and real.keys() == ours.keys():
        return next(first_difference(real[key], ours[key], f"{where}.{key}") for key in real if real[key] != ours[key])
    if isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours):
        return next(first_difference(a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(real, ours, strict=True)) if a != b)
    return f"{where}: vLLM has {json.dumps(real)[:200]}, we have {json.dumps(ours)[:200]}"


def record_again(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, scenario in recorded_scenarios():
        (folder / name).write_bytes(gzip.compress(json.dumps(record(scenario), separators=(",", ":")).encode(), mtime=0))
        print(folder / name, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="record the scenarios of tests/data anew")
    parser.add_argument("--check", action="store_true", help="compare our engine on the scenarios of tests/data")
    parser.add_argument("--random", type=int, metavar="COUNT", help="compare it on random scenarios")
    parser.add_argument("--from-seed", type=int, default=0, metavar="SEED")
    chosen = parser.parse_args()
    if chosen.again:
        record_again(ROOT / "build" / "recorded" / f"vllm-{INSTALLED_VERSION}")
        return 0
    if chosen.check or chosen.random:
        return check(random_scenarios(chosen.from_seed, chosen.random) if chosen.random else recorded_scenarios())
    try:
        json.dump(record(from_json(sys.stdin.read())), sys.stdout, separators=(",", ":"))
    except ScenarioError as error:
        sys.exit(f"record_vllm: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
