"""The model is a script: it says the answer that the scenario holds, and its n-gram drafts are right as often as that says.

After the recorder of the real vLLM that our exactness is checked against: tools/record_vllm.py plays the same script.
"""

from kvsim.request import Request
from kvsim.tokens import Token

WRONG_DRAFT: Token = 31999
"""What a draft says that is not to be right."""

PADDING: Token = -1
"""A draft that stands for none: a decode is padded with these to the size of the others."""


def says(request: Request) -> tuple[Token, ...]:
    """What a scheduled request's forward pass samples: nothing in an unfinished prefill, else the drafts up to the first
    wrong one, as they are verified, and one token more."""
    if request.is_prefill_chunk:
        return ()
    answer, start, right = request.spec.answer, request.generated, 0
    for draft in request.scheduled_drafts:
        if start + right >= len(answer) or draft != answer[start + right]:
            break
        right += 1
    return answer[start : start + right + 1]


def drafts(request: Request, number: int) -> tuple[Token, ...]:
    """The next tokens as guessed after a step; `draft_accept` says, in turn, how many of them are right."""
    answer, start = request.spec.answer, request.generated
    plan = request.spec.draft_accept or (number,)
    right = plan[start % len(plan)]
    return tuple(answer[start + i] if i < right and start + i < len(answer) else WRONG_DRAFT for i in range(number))
