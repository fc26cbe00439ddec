"""A run in the form in which the real vLLM is recorded (tools/record_vllm.py), to compare the two step by step.

The snapshots show the engine's own state after both halves of each step; the KV events are made from our events.
"""

from typing import Any

from kvsim import VLLM_VERSION, model
from kvsim.engine import Engine
from kvsim.events import Admitted, Arrived, CacheReset, Event, Finished, Preempted, Stored, Taken
from kvsim.hashes import Hash
from kvsim.request import Request
from kvsim.scenario import Scenario
from kvsim.scenario_json import as_data


def trace(scenario: Scenario) -> dict[str, Any]:
    """Run a scenario until nothing is left to do, or to its max_steps; never stops early, even if nothing can ever run again."""
    engine = Engine(scenario)
    names = HashNames()
    steps = []
    while not engine.done and engine.step < scenario.config.max_steps:
        steps.append(_step(engine, names))
    return {
        "scenario": as_data(scenario),
        "follows": f"vLLM {VLLM_VERSION}",
        "config": scenario.config._asdict(),
        "completed": engine.done,
        "steps": steps,
    }


class HashNames:
    """Calls each hash by a number in the order in which KV events name them: in a stored event its parent first."""

    def __init__(self) -> None:
        self._names: dict[Hash, int] = {}

    def __call__(self, block_hash: Hash | None) -> int | None:
        return None if block_hash is None else self._names.setdefault(block_hash, len(self._names))

    def kv_event(self, event: Event) -> dict[str, Any] | None:
        """An event of ours as the KV event that vLLM publishes for it, if it publishes any."""
        if isinstance(event, Stored):
            parent = self(event.parent)
            return {"type": "stored", "parent": parent, "hashes": [self(block_hash) for block_hash in event.hashes], "tokens": list(event.tokens)}
        if isinstance(event, Taken) and event.lost_hash is not None:
            return {"type": "removed", "hashes": [self(event.lost_hash)]}
        if isinstance(event, CacheReset) and event.done:
            return {"type": "cleared"}
        return None


def _step(engine: Engine, names: HashNames) -> dict[str, Any]:
    step, start = engine.step, len(engine.events)
    engine.schedule()
    scheduled = engine.events[start:]
    kv_events = [names.kv_event(event) for event in scheduled]
    after_schedule = _snapshot(engine, names)
    lines = list(engine.scheduled)
    chosen = {
        "num_scheduled_tokens": [[request.id, request.scheduled] for request in lines],
        "spec_tokens": {request.id: list(request.scheduled_drafts) for request in lines if request.scheduled_drafts},
        "sampled": {request.id: list(model.says(request)) for request in lines},  # also what nobody will hear
    }
    engine.sample()
    engine.finish()
    updated = engine.events[start + len(scheduled) :]
    kv_events += [names.kv_event(event) for event in updated]
    admitted = {event.request: event for event in scheduled if isinstance(event, Admitted)}
    resets = [event.done for event in scheduled if isinstance(event, CacheReset)]
    return {
        "step": step,
        "added": [event.request for event in scheduled if isinstance(event, Arrived)],
        "aborted": [event.request for event in scheduled if isinstance(event, Finished)],
        "aborted_during": [event.request for event in updated if isinstance(event, Finished) and event.reason == "abort"],
        "reset_prefix_cache": resets[0] if resets else None,
        "new": [name for name, event in admitted.items() if not event.resumed],
        "resumed": [name for name, event in admitted.items() if event.resumed],
        "continued": [request.id for request in lines if request.id not in admitted],
        **chosen,
        "prefix_hit_tokens": {name: event.hit for name, event in admitted.items()},
        "preempted": [event.victim for event in scheduled if isinstance(event, Preempted)],
        "finished": [[event.request, event.reason] for event in updated if isinstance(event, Finished) and event.reason != "abort"],
        "events": [event for event in kv_events if event],
        "after_schedule": after_schedule,
        "after_update": _snapshot(engine, names),
    }


def _snapshot(engine: Engine, names: HashNames) -> dict[str, Any]:
    pool, scheduler = engine.pool, engine.scheduler
    return {
        "running": [request.id for request in scheduler.running],
        "waiting": [request.id for request in scheduler.waiting],
        "free": list(pool.free),
        "ref": pool.ref_counts.copy(),
        "hash": [names(block_hash) for block_hash in pool.hash_of],
        "num_distinct_hashes": pool.num_distinct_hashes,
        "usage": round(1 - len(pool.free) / (len(pool.ref_counts) - 1), 9),
        "reqs": {name: _request(request) for name, request in engine.requests.items()},
    }


def _request(request: Request) -> dict[str, Any]:
    return {
        "status": request.status.upper(),
        "num_tokens": len(request.token_ids),
        "num_computed_tokens": request.computed,
        "num_output_tokens": request.generated,
        "num_preemptions": request.num_preemptions,
        "blocks": request.table.copy(),
        "num_cached_blocks": request.num_cached_blocks,
    }
