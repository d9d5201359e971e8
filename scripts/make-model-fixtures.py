"""Writes the tiny checkpoints that Tests/AssayModelsTests compares with, and checks saved ones.

    python scripts/make-model-fixtures.py                 # write the fixtures
    python scripts/make-model-fixtures.py --check DIR     # open DIR in transformers, print logits

Needs torch, transformers and safetensors. Each case is a Hugging Face directory with random weights
and an `expected.safetensors`: `tokens` [B, T], `logits` [B, T, V], `hidden.N` [B, T, d] (the
residual stream before block N; the last one after the final norm), `prompt` and `generated` (greedy).
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

FIXTURES = Path(__file__).parent.parent / "Tests/AssayModelsTests/Fixtures"

CASES = {
    "gqa-tied": dict(
        hidden_size=32, intermediate_size=88, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, tie_word_embeddings=True),
    "mha-untied": dict(
        hidden_size=48, intermediate_size=77, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, tie_word_embeddings=False, rope_theta=500000.0),
    "mqa-rope-default": dict(
        hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=1, head_dim=16, tie_word_embeddings=False,
        rope_scaling={"rope_type": "default"}),
    "biased": dict(
        hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, tie_word_embeddings=True, attention_bias=True, mlp_bias=True),
}


def write(name: str, options: dict) -> None:
    torch.manual_seed(sum(map(ord, name)))
    config = LlamaConfig(
        vocab_size=101, max_position_embeddings=64, rms_norm_eps=1e-5,
        initializer_range=0.2, bos_token_id=1, eos_token_id=None, pad_token_id=None, **options)
    model = LlamaForCausalLM(config).eval().float()
    with torch.no_grad():
        for key, value in model.named_parameters():
            if key.endswith("norm.weight") or key.endswith("layernorm.weight"):
                value.uniform_(0.5, 1.5)
            if key.endswith("bias"):
                value.normal_(0, 0.2)
    folder = FIXTURES / name
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)

    tokens = torch.randint(0, 101, (3, 17))
    prompt = torch.randint(0, 101, (1, 6))
    with torch.no_grad():
        out = model(tokens, output_hidden_states=True)
        generated = model.generate(
            prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=20, do_sample=False,
            eos_token_id=None, pad_token_id=0)
    expected = {"tokens": tokens, "logits": out.logits, "prompt": prompt,
                "generated": generated[:, prompt.shape[1]:]}
    for index, hidden in enumerate(out.hidden_states):
        expected[f"hidden.{index}"] = hidden
    save_file({k: v.contiguous() for k, v in expected.items()},
              folder / "expected.safetensors")


def write_shards() -> None:
    """The first case again, split over several files with an index."""
    model = LlamaForCausalLM.from_pretrained(FIXTURES / "gqa-tied")
    folder = FIXTURES / "sharded"
    model.save_pretrained(folder, max_shard_size="40KB")
    (folder / "generation_config.json").unlink(missing_ok=True)
    assert (folder / "model.safetensors.index.json").exists()


def check(directory: str) -> None:
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    logits = model(torch.tensor([[1, 2, 3]])).logits[0, -1]
    print(json.dumps({"architecture": type(model).__name__, "last": logits[:5].tolist()}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", metavar="DIR", help="open a saved model in transformers")
    arguments = parser.parse_args()
    if arguments.check:
        check(arguments.check)
    else:
        for name, options in CASES.items():
            write(name, options)
        write_shards()
