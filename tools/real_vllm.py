"""The scheduler and the KV cache manager of an installed vLLM, alone: on a CPU, without a model, a GPU or a server.

For tools/record_vllm.py and tools/bench. Nothing of vLLM's scheduling is changed; only what would ask for a GPU or a
network is left out. To install what is needed, about 1.5 GB, into an environment of its own:

    python3 -m venv build/vllm
    build/vllm/bin/pip install torch==2.13.0 --index-url <a CPU build of torch, if your index has CUDA ones only>
    build/vllm/bin/pip install --no-deps vllm==0.33.0 xgrammar==0.2.8
    build/vllm/bin/pip install -r tools/real_vllm.txt

(`pip install vllm` by itself would fetch gigabytes of CUDA kernels that are never called here.)
"""

import dataclasses
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Callable
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "py"))
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", VLLM_NO_USAGE_STATS="1")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "CRITICAL")

import torch
import vllm
from vllm import config as vllm_config
from vllm.model_executor.models import registry
from vllm.sampling_params import SamplingParams
from vllm.utils.hashing import get_hash_fn_by_name
from vllm.v1.core import kv_cache_utils
from vllm.v1.core.sched.scheduler import Scheduler
from vllm.v1.kv_cache_interface import FullAttentionSpec, KVCacheConfig, KVCacheGroupSpec, SlidingWindowSpec
from vllm.v1.request import Request
from vllm.v1.structured_output import StructuredOutputManager

from kvsim.scenario import Config, RequestSpec

INSTALLED_VERSION: str = vllm.__version__

A_SMALL_MODEL = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float16", "vocab_size": 32000, "hidden_size": 64,
    "intermediate_size": 128, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
    "max_position_embeddings": 1 << 20, "rms_norm_eps": 1e-5, "hidden_act": "silu", "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
"""Only its name and its numbers are ever read; there are no weights."""


class Publisher:
    """Takes KV events as vLLM publishes them, and hands each one on."""

    def __init__(self, take: Callable[[Any], None]) -> None:
        self._take = take

    def publish(self, batch: Any) -> None:
        for event in batch.events:
            self._take(event)

    def shutdown(self) -> None: ...


class RealScheduler:
    """A vLLM scheduler with the settings of one of our scenarios; `take_event` gets its KV events."""

    def __init__(self, config: Config, take_event: Callable[[Any], None]) -> None:
        settings = _vllm_config(config)
        group = KVCacheGroupSpec(["layer"], _attention(config))
        cache = KVCacheConfig(config.num_gpu_blocks, [], [group], prefix_cache_retention_interval=config.prefix_cache_retention_interval)
        settings.cache_config.num_gpu_blocks = config.num_gpu_blocks
        block_size, hash_block_size = kv_cache_utils.resolve_kv_cache_block_sizes(cache, settings)
        self.scheduler = Scheduler(
            vllm_config=settings,
            kv_cache_config=cache,
            block_size=block_size,
            hash_block_size=hash_block_size,
            structured_output_manager=StructuredOutputManager(settings),
            log_stats=True,
        )
        self.scheduler.kv_event_publisher = Publisher(take_event)
        self._hasher = _hasher(settings, hash_block_size) if config.enable_prefix_caching else None
        self._arrivals = 0

    def add(self, spec: RequestSpec) -> None:
        """A request arrives; the clock is a counter, so that no two arrive at once."""
        sampling = SamplingParams(max_tokens=spec.most_tokens, temperature=0.0, stop_token_ids=list(spec.stop_token_ids))
        request = Request(
            spec.id, list(spec.prompt), sampling, None, priority=spec.priority, cache_salt=spec.cache_salt,
            arrival_time=float(self._arrivals), block_hasher=self._hasher,
        )  # fmt: skip
        self._arrivals += 1
        self.scheduler.add_request(request)


def _vllm_config(config: Config) -> Any:
    _leave_out_the_models_code()
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "config.json").write_text(json.dumps(A_SMALL_MODEL))
        model = vllm_config.ModelConfig(model=folder, tokenizer=folder, skip_tokenizer_init=True, dtype="float16", max_model_len=config.max_model_len)
        drafts = None
        if config.num_speculative:
            drafts = vllm_config.SpeculativeConfig(
                method="ngram", num_speculative_tokens=config.num_speculative, prompt_lookup_min=1, prompt_lookup_max=3,
                target_model_config=model, target_parallel_config=vllm_config.ParallelConfig(),
            )  # fmt: skip
        same_name = (
            "max_num_seqs", "max_num_batched_tokens", "max_num_scheduled_tokens", "max_model_len", "enable_chunked_prefill", "policy", "watermark",
            "long_prefill_token_threshold", "long_prefill_token_threshold_adaptive", "scheduler_reserve_full_isl", "prefill_schedule_interval",
            "max_num_active_seqs",
        )  # fmt: skip
        scheduling = {name: getattr(config, name) for name in same_name}
        caching = {name: getattr(config, name) for name in ("block_size", "enable_prefix_caching", "prefix_cache_retention_interval")}
        return vllm_config.VllmConfig(
            model_config=model,
            scheduler_config=vllm_config.SchedulerConfig(**scheduling, is_encoder_decoder=False, async_scheduling=False),
            cache_config=vllm_config.CacheConfig(**caching),
            speculative_config=drafts,
            device_config=vllm_config.DeviceConfig(device="cpu"),
            kv_events_config=vllm_config.KVEventsConfig(enable_kv_cache_events=True, publisher="null"),
        )


def _leave_out_the_models_code() -> None:
    """vLLM asks the model's Python file what it can do, and importing that file asks for CUDA kernels."""
    said: dict[str, Any] = dict.fromkeys((field.name for field in dataclasses.fields(registry._ModelInfo)), False)
    said |= {
        "architecture": "LlamaForCausalLM", "is_text_generation_model": True, "supports_pp": True, "attn_type": "decoder",
        "default_seq_pooling_type": "LAST", "default_tok_pooling_type": "ALL", "score_type": "bi-encoder", "supported_video_pruning_methods": (),
    }  # fmt: skip
    info = registry._ModelInfo(**said)
    registry._LazyRegisteredModel.inspect_model_cls = lambda self: info


def _attention(config: Config) -> Any:
    shape = {"block_size": config.block_size, "num_kv_heads": 1, "head_size": 1, "dtype": torch.float32}
    if config.sliding_window:
        return SlidingWindowSpec(sliding_window=config.sliding_window, **shape)
    return FullAttentionSpec(**shape)


def _hasher(settings: Any, hash_block_size: int) -> Any:
    function = get_hash_fn_by_name(settings.cache_config.prefix_caching_hash_algo)
    kv_cache_utils.init_none_hash(function)
    return kv_cache_utils.get_request_block_hasher(hash_block_size, function, settings.num_hash_lookahead_tokens)
