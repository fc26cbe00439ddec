"""The waiting queue, in the order of one of the two scheduling policies. Only its head is ever looked at.

After vllm/v1/core/sched/request_queue.py, vLLM 0.33.0. A plain sorted list where vLLM has a heap: the order is the same.
"""

from bisect import bisect_right
from collections.abc import Iterator

from kvsim.request import Request
from kvsim.scenario import SchedulingPolicy


class WaitingQueue:
    """First come, first served: new requests join the end, preempted ones return to the front."""

    def __init__(self) -> None:
        self._requests: list[Request] = []

    @property
    def head(self) -> Request:
        return self._requests[0]

    def add(self, request: Request) -> int:
        """Let a new request join; returns its place, 0 for the head."""
        self._requests.append(request)
        return len(self._requests) - 1

    def put_back(self, request: Request) -> int:
        """Let a preempted request join again; returns its place."""
        self._requests.insert(0, request)
        return 0

    def pop(self) -> Request:
        """Remove and return the head."""
        return self._requests.pop(0)

    def remove(self, request: Request) -> None:
        """Remove a request from wherever it stands."""
        self._requests.remove(request)

    def __iter__(self) -> Iterator[Request]:
        return iter(self._requests)

    def __len__(self) -> int:
        return len(self._requests)


class PriorityQueue(WaitingQueue):
    """The lowest priority value first, then the earliest arrival; preempted requests are sorted in like new ones."""

    def add(self, request: Request) -> int:
        place = bisect_right(self._requests, by_priority(request), key=by_priority)
        self._requests.insert(place, request)
        return place

    def put_back(self, request: Request) -> int:
        return self.add(request)


def by_priority(request: Request) -> tuple[int, int]:
    """The order of priority scheduling: who is served first, and, from its other end, who is preempted first."""
    return request.spec.priority, request.arrival


def waiting_queue(policy: SchedulingPolicy) -> WaitingQueue:
    return PriorityQueue() if policy == "priority" else WaitingQueue()
