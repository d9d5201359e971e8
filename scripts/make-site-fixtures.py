"""Writes what transformers sees inside of tiny checkpoints, for Tests/AssayModelsTests.

    .venv/bin/python scripts/make-site-fixtures.py

Reads the checkpoints of make-family-fixtures.py and puts a `sites.safetensors` beside each:

    tokens [B, T]
    N.SITE                   the activation of block N at an activation site, in Assay's shape
    padded.start [B]         how many tokens of each row are padding on the left
    padded.N.attention.pattern
    gradient.SITE            of the mean loss of the next token, at an activation site

Patterns are `output_attentions` of eager attention; queries and keys are what goes into and comes
out of the rotation; results are each head's part of the output projection's product.
"""

import importlib
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file

FIXTURES = Path(__file__).parent.parent / "Tests/AssayModelsTests/Fixtures/families"
CASES = ["gpt2", "gpt-neox", "llama-linear", "gemma2", "phi3", "qwen3", "olmo2"]
SEEN = [1]  # the blocks whose sites are written
LENGTH = 9


def parts(model):
    """The modules of a family under common names."""
    if isinstance(model, transformers.GPT2LMHeadModel):
        return dict(
            blocks=model.transformer.h, attention="attn", inputs=["c_attn"], out="c_proj", mlp="mlp",
            first=["c_fc"], last="c_proj")
    if isinstance(model, transformers.GPTNeoXForCausalLM):
        return dict(
            blocks=model.gpt_neox.layers, attention="attention", inputs=["query_key_value"],
            out="dense", mlp="mlp", first=["dense_h_to_4h"], last="dense_4h_to_h")
    fused = isinstance(model, transformers.Phi3ForCausalLM)
    return dict(
        blocks=model.model.layers, attention="self_attn",
        inputs=["qkv_proj"] if fused else ["q_proj", "k_proj", "v_proj"], out="o_proj", mlp="mlp",
        first=["gate_up_proj"] if fused else ["gate_proj", "up_proj"], last="down_proj")


def observe(model, tokens, mask=None, positions=None):
    """Runs the model and collects sites; returns them with the model's output."""
    names = parts(model)
    config = model.config
    heads = config.num_attention_heads
    sites, handles, rotations, softmaxes, streams = {}, [], [], [], {}

    for index, block in enumerate(names["blocks"]):
        attention, mlp = getattr(block, names["attention"]), getattr(block, names["mlp"])

        def keep(name, value, index=index):
            sites[f"{index}.{name}"] = value

        def entering(module, name, keep=keep):
            handles.append(module.register_forward_pre_hook(
                lambda _, args: keep(name, args[0])))

        def leaving(module, name, keep=keep):
            handles.append(module.register_forward_hook(
                lambda _, args, out: keep(name, out)))

        entering(getattr(attention, names["inputs"][0]), "attention.in")
        entering(getattr(attention, names["out"]), "heads")
        first = [getattr(mlp, name) for name in names["first"]]
        entering(first[0], "mlp.in")
        leaving(first[0], "mlp.pre")
        if len(first) > 1:
            leaving(first[1], "mlp.up")
        entering(getattr(mlp, names["last"]), "mlp.hidden")

        def before(_, args, kwargs, index=index):
            value = args[0] if args else kwargs["hidden_states"]
            streams[index] = value

        handles.append(block.register_forward_pre_hook(before, with_kwargs=True))
        if isinstance(model, transformers.GPT2LMHeadModel):
            leaving(attention.c_attn, "joined")

    module = importlib.import_module(type(model).__module__)
    turn = getattr(module, "apply_rotary_pos_emb", None)

    def turning(q, k, *rest, **options):
        turned = turn(q, k, *rest, **options)
        rotations.append((q, k, *turned))
        return turned

    softmax = torch.nn.functional.softmax

    def softening(scores, *rest, **options):
        softmaxes.append(scores)
        return softmax(scores, *rest, **options)

    torch.nn.functional.softmax = softening
    if turn:
        module.apply_rotary_pos_emb = turning
    try:
        out = model(
            tokens, attention_mask=mask, position_ids=positions, output_attentions=True,
            use_cache=False)
    finally:
        torch.nn.functional.softmax = softmax
        if turn:
            module.apply_rotary_pos_emb = turn
        for handle in handles:
            handle.remove()

    for index, block in enumerate(names["blocks"]):
        at = f"{index}."
        raw = sites.pop(at + "heads")
        z = raw.reshape(*raw.shape[:2], heads, -1)  # [B, T, H, D]
        projection = getattr(getattr(block, names["attention"]), names["out"])
        weight = projection.weight
        if isinstance(model, transformers.GPT2LMHeadModel):
            weight = weight.T  # stored [in, out]
        weight = weight.reshape(weight.shape[0], heads, -1)  # [d, H, D]
        sites[at + "attention.z"] = z
        streams[at + "z"] = raw
        sites[at + "attention.result"] = torch.einsum("bthe,dhe->bthd", z, weight)
        sites[at + "attention.pattern"] = out.attentions[index]
        sites[at + "attention.scores"] = softmaxes[index]
        if turn:
            for name, value in zip(["q.pre", "k.pre", "q", "k"], rotations[index]):
                sites[at + "attention." + name] = value
        else:
            joined = sites.pop(at + "joined").split(config.hidden_size, dim=-1)
            for name, value in zip(["q", "k"], joined):
                value = value.reshape(*value.shape[:2], heads, -1).transpose(1, 2)
                sites[at + f"attention.{name}"] = value
                sites[at + f"attention.{name}.pre"] = value
        if isinstance(model, transformers.Phi3ForCausalLM):
            gate, up = sites[at + "mlp.pre"].chunk(2, dim=-1)
            sites[at + "mlp.pre"], sites[at + "mlp.up"] = gate, up
    return sites, streams, out


def make(name):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        FIXTURES / name, attn_implementation="eager", dtype=torch.float32).eval()
    torch.manual_seed(sum(map(ord, name)))
    tokens = torch.randint(0, model.config.vocab_size, (2, LENGTH))
    sites, streams, out = observe(model, tokens)
    found = {"tokens": tokens}
    for key, value in sites.items():
        if int(key.split(".")[0]) in SEEN:
            found[key] = value

    loss = torch.nn.functional.cross_entropy(
        out.logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())
    watched = {f"blocks.{index}.residual.before": streams[index] for index in (0, 1)}
    watched |= {
        f"blocks.1.{site}": sites[f"1.{site}"] for site in ("attention.pattern", "mlp.hidden")}
    watched["blocks.1.attention.z"] = streams["1.z"]
    for key, gradient in zip(watched, torch.autograd.grad(loss, list(watched.values()))):
        found[f"gradient.{key}"] = gradient
    z = found["1.attention.z"]
    found["gradient.blocks.1.attention.z"] = found["gradient.blocks.1.attention.z"].reshape(z.shape)

    starts = torch.tensor([0, 3])
    mask = (torch.arange(LENGTH)[None] >= starts[:, None]).long()
    with torch.no_grad():
        _, _, out = observe(model, tokens, mask, (mask.cumsum(-1) - 1).clamp(min=0))
    found["padded.start"] = starts
    for index, pattern in enumerate(out.attentions):
        found[f"padded.{index}.attention.pattern"] = pattern
    save_file(
        {k: v.detach().clone().contiguous() for k, v in found.items()},
        FIXTURES / name / "sites.safetensors")


if __name__ == "__main__":
    transformers.utils.logging.disable_progress_bar()
    for case in CASES:
        make(case)
