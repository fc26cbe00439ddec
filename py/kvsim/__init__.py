"""What happens: a KV cache, its blocks, and the scheduler that lends them. Standard library only, no DOM, no drawing.

Read in this order: tokens, scenario, events; hashes, blocks, policies, request, kv_cache; waiting_queue, prefill_interval,
scheduler, model, engine; board, recording, metrics, words. The rest reads and writes: scenario_json, trace, one_prompt.
"""

VLLM_VERSION = "0.33.0"
"""The vLLM whose synchronous scheduler the engine follows (one KV cache group)."""
