"""Writes the tiny checkpoints of every model family that Tests/AssayModelsTests compares with.

    .venv/bin/python scripts/make-family-fixtures.py

Each case is a Hugging Face directory with random weights and an `expected.safetensors`:

    tokens [B, T], logits [B, T, V]
    hidden.N [B, T, d]      the residual stream before block N; the last one after the final norm
    padded.start [B]        how many tokens of each row are padding on the left
    padded.logits [B, T, V]
    prompt [1, P], generated [1, N]           greedy
    gradient.NAME [2]       norm of a parameter's gradient and its product with a fixed wave
"""

import shutil
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file

FIXTURES = Path(__file__).parent.parent / "Tests/AssayModelsTests/Fixtures/families"
VOCABULARY = 61
SIZES = dict(
    vocab_size=VOCABULARY, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
    num_attention_heads=4, max_position_embeddings=48, bos_token_id=None, eos_token_id=None,
    pad_token_id=None)
GPT = dict(
    vocab_size=VOCABULARY, n_embd=24, n_layer=2, n_head=4, n_positions=48, bos_token_id=None,
    eos_token_id=None)
THREE = dict(SIZES, num_hidden_layers=3)

CASES = {
    "gpt2": ("GPT2", GPT),
    "gpt2-untied": ("GPT2", dict(GPT, n_inner=33, tie_word_embeddings=False)),
    "gpt-neox": ("GPTNeoX", dict(SIZES, num_attention_heads=2, rotary_pct=0.5)),
    "gpt-neox-serial": (
        "GPTNeoX", dict(
            SIZES, use_parallel_residual=False, tie_word_embeddings=True, attention_bias=False,
            rotary_pct=1.0, hidden_act="relu")),
    "gptj": ("GPTJ", dict(GPT, rotary_dim=4)),
    "llama-linear": (
        "Llama", dict(
            SIZES, num_key_value_heads=2,
            rope_parameters=dict(rope_type="linear", rope_theta=1e4, factor=4.0))),
    "llama-dynamic": (
        "Llama", dict(
            SIZES, max_position_embeddings=12,
            rope_parameters=dict(rope_type="dynamic", rope_theta=1e4, factor=2.0))),
    "llama-3": (
        "Llama", dict(
            SIZES, num_key_value_heads=1, tie_word_embeddings=True, head_dim=10,
            rope_parameters=dict(
                rope_type="llama3", rope_theta=5e5, factor=8.0, low_freq_factor=1.0,
                high_freq_factor=4.0, original_max_position_embeddings=16))),
    "mistral": ("Mistral", dict(SIZES, num_key_value_heads=2, sliding_window=5)),
    "qwen2": (
        "Qwen2", dict(
            SIZES, num_key_value_heads=2, tie_word_embeddings=True, use_sliding_window=True,
            sliding_window=5, max_window_layers=1)),
    "qwen3": ("Qwen3", dict(SIZES, num_key_value_heads=2, head_dim=10)),
    "gemma": ("Gemma", dict(SIZES, num_key_value_heads=1, head_dim=16)),
    "gemma2": (
        "Gemma2", dict(
            SIZES, num_key_value_heads=2, head_dim=8, sliding_window=5, query_pre_attn_scalar=12,
            attn_logit_softcapping=2.0, final_logit_softcapping=3.0)),
    "gemma3": (
        "Gemma3Text", dict(
            THREE, num_key_value_heads=2, head_dim=8, sliding_window=5, query_pre_attn_scalar=12,
            layer_types=["sliding_attention", "sliding_attention", "full_attention"])),
    "phi3": (
        "Phi3", dict(
            SIZES, num_key_value_heads=2, sliding_window=6,
            rope_parameters=dict(
                rope_type="default", rope_theta=1e4, partial_rotary_factor=0.5),
            hidden_size=32)),
    "olmo2": ("Olmo2", dict(SIZES, num_key_value_heads=2)),
}


def make(name, family, options):
    torch.manual_seed(sum(map(ord, name)))
    config = getattr(transformers, f"{family}Config")(initializer_range=0.25, **options)
    model = transformers.AutoModelForCausalLM.from_config(
        config, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        for value in model.parameters():
            # Norms and biases of a fresh model are ones and zeros, which hide mistakes.
            if value.dim() == 1:
                value.add_(0.3 * torch.randn_like(value))
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    save_file(
        {k: v.detach().contiguous() for k, v in expected(model).items()},
        folder / "expected.safetensors")


def expected(model):
    tokens = torch.randint(0, VOCABULARY, (3, 17))
    found = {}
    # First the shortest: dynamic frequencies remember the longest text.
    logits = model(tokens[:, :-1], use_cache=False).logits
    torch.nn.functional.cross_entropy(
        logits.reshape(-1, VOCABULARY), tokens[:, 1:].reshape(-1)).backward()
    for name, value in model.named_parameters():
        gradient = value.grad.flatten()
        wave = torch.cos(torch.arange(gradient.numel()) % 97 * 0.7)
        if isinstance(model, transformers.GPTNeoXForCausalLM):
            name = name.replace("lm_head.", "embed_out.")  # as the checkpoint calls it
        found[f"gradient.{name}"] = torch.stack([gradient.norm(), (gradient * wave).sum()])
    with torch.no_grad():
        out = model(tokens, output_hidden_states=True, use_cache=False)
    found |= {"tokens": tokens, "logits": out.logits}
    for index, hidden in enumerate(out.hidden_states):
        found[f"hidden.{index}"] = hidden

    starts = torch.tensor([0, 4, 9])
    mask = (torch.arange(17)[None] >= starts[:, None]).long()
    with torch.no_grad():
        padded = model(
            tokens, attention_mask=mask, position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
            use_cache=False)
    found |= {"padded.start": starts, "padded.logits": padded.logits}

    prompt = tokens[:1, :9].clone()
    with torch.no_grad():
        made = model.generate(
            prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=14, do_sample=False,
            eos_token_id=None, pad_token_id=0)
    found |= {"prompt": prompt, "generated": made[:, 9:]}

    return found


if __name__ == "__main__":
    transformers.utils.logging.disable_progress_bar()
    for case, (family, options) in CASES.items():
        make(case, family, options)
