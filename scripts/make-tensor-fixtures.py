#!/usr/bin/env python3
"""Writes the golden numbers that AssayTensor is tested against.

PyTorch computes every case: inputs, result, and the gradients of a weighted sum of the result. Needs
torch 2.11.0, numpy and safetensors. Run from the root of the repository:

    python3 scripts/make-tensor-fixtures.py

The output is deterministic on one machine; other processors may differ in the last digit.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

OUT = pathlib.Path("Tests/AssayTensorTests/Fixtures")
torch.manual_seed(20260)
tensors = {}
cases = []


def case(name, function, inputs, gradients=True):
    """Records inputs, output(s) and, where asked, the gradient of each floating input."""
    leaves = [x.clone().requires_grad_(gradients and x.is_floating_point()) for x in inputs]
    out = function(*leaves)
    outs = out if isinstance(out, tuple) else (out,)
    for index, x in enumerate(inputs):
        tensors[f"{name}.in{index}"] = x.clone().contiguous()
    for index, y in enumerate(outs):
        tensors[f"{name}.out{index}"] = y.detach().clone().contiguous()
    differentiable = gradients and outs[0].is_floating_point() and outs[0].requires_grad
    if differentiable:
        seed = torch.randn(outs[0].shape)
        tensors[f"{name}.seed"] = seed
        outs[0].backward(seed.to(outs[0].dtype))
        for index, x in enumerate(leaves):
            if x.grad is not None:
                tensors[f"{name}.grad{index}"] = x.grad.clone().contiguous()
    cases.append({"name": name, "inputs": len(inputs), "outputs": len(outs)})


def r(*shape):
    return torch.randn(*shape)


def positive(*shape):
    return torch.rand(*shape) + 0.5


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), dim=-1) * sin


def rotary_tables(length, width):
    inverse = 1.0 / (10000.0 ** (torch.arange(0, width, 2).float() / width))
    angles = torch.outer(torch.arange(length).float(), inverse)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


# element by element
case("add", torch.add, [r(3, 4), r(4)])
case("sub", torch.sub, [r(3, 4), r(3, 1)])
case("mul", torch.mul, [r(2, 3, 4), r(3, 1)])
case("div", torch.div, [r(3, 4), positive(4)])
case("exp", torch.exp, [r(3, 4)])
case("log", torch.log, [positive(3, 4)])
case("sqrt", torch.sqrt, [positive(3, 4)])
case("rsqrt", torch.rsqrt, [positive(3, 4)])
case("abs", torch.abs, [r(3, 4)])
case("sin", torch.sin, [r(3, 4)])
case("cos", torch.cos, [r(3, 4)])
case("tanh", torch.tanh, [r(3, 4)])
case("sigmoid", torch.sigmoid, [r(3, 4)])
case("silu", F.silu, [r(3, 4)])
case("relu", F.relu, [r(3, 4)])
case("gelu", F.gelu, [r(3, 4)])
case("gelu.tanh", lambda x: F.gelu(x, approximate="tanh"), [r(3, 4)])
case("pow", lambda x: x.pow(3), [r(3, 4)])
case("clamp", lambda x: x.clamp(-0.5, 0.5), [r(3, 4)])
case("maximum", torch.maximum, [r(3, 4), r(3, 4)])
case("minimum", torch.minimum, [r(3, 4), r(3, 4)])

# reductions
case("sum", lambda x: x.sum(1), [r(3, 4)])
case("mean", lambda x: x.mean(-1, keepdim=True), [r(3, 4)])
case("std", lambda x: x.std(0), [r(5, 4)])
case("var", lambda x: x.var(1), [r(3, 6)])
case("norm", lambda x: torch.linalg.vector_norm(x, dim=1), [r(3, 4)])
case("logSumExp", lambda x: x.logsumexp(-1), [r(3, 4) * 30])
case("max", lambda x: tuple(x.max(1)), [r(3, 5)])
case("topK", lambda x: tuple(x.topk(3, -1)), [r(3, 7)])
case("sort", lambda x: tuple(x.sort(-1, descending=True)), [r(3, 7)])
case("cumsum", lambda x: x.cumsum(1), [r(3, 4)])
case("quantile", lambda x: x.quantile(0.3, dim=1), [r(3, 9)])

# indices
ids = torch.tensor([[0, 2, 1], [3, 3, 0]])
case("gather", lambda x, i: x.gather(1, i), [r(2, 4), ids])
case("indexSelect", lambda x, i: x.index_select(0, i), [r(4, 3), torch.tensor([2, 0, 2])])
case("scatter", lambda x, i, s: x.scatter(1, i, s), [r(2, 4), torch.tensor([[0, 2], [3, 1]]), r(2, 2)])
case("scatterAdd", lambda x, i, s: x.scatter_add(1, i, s), [r(2, 4), ids, r(2, 3)])
case("indexAdd", lambda x, i, s: x.index_add(0, i, s), [r(4, 3), torch.tensor([1, 1]), r(2, 3)])
case("embedding", lambda i, w: F.embedding(i, w), [ids, r(5, 3)])
case("where", torch.where, [r(3, 4) > 0, r(3, 4), r(4)])
case("maskedFill", lambda x, m: x.masked_fill(m, -2.0), [r(3, 4), r(3, 4) > 0])

# shapes
case("permute", lambda x: x.permute(2, 0, 1) * 1, [r(2, 3, 4)])
case("roll", lambda x: x.roll(2, 1), [r(3, 5)])
case("flip", lambda x: x.flip(1), [r(3, 5)])
case("tril", torch.tril, [r(4, 4)])
case("repeatInterleave", lambda x: x.repeat_interleave(3, dim=1), [r(2, 3)])

# products
case("matmul", torch.matmul, [r(2, 3, 4), r(4, 5)])
case("bmm", torch.bmm, [r(2, 3, 4), r(2, 4, 5)])
case("linear", F.linear, [r(2, 3, 4), r(5, 4), r(5)])
case("einsum", lambda a, b: torch.einsum("bid,bjd->bij", a, b), [r(2, 3, 4), r(2, 5, 4)])

# what transformers are made of
case("softmax", lambda x: x.softmax(-1), [r(3, 7) * 4])
case("logSoftmax", lambda x: x.log_softmax(1), [r(3, 7, 2) * 4])
case("rmsNorm", lambda x, w: F.rms_norm(x, (8,), w, 1e-5), [r(2, 3, 8), r(8)])
case("rmsNorm.bfloat16", lambda x, w: F.rms_norm(x, (8,), w, 1e-5), [r(2, 3, 8).bfloat16(), r(8).bfloat16()])
case("layerNorm", lambda x, w, b: F.layer_norm(x, (8,), w, b, 1e-5), [r(2, 3, 8), r(8), r(8)])
q, k, v = r(2, 4, 6, 8), r(2, 4, 6, 8), r(2, 4, 6, 8)
case("attention", F.scaled_dot_product_attention, [q, k, v])
case("attention.causal", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), [q, k, v])
mask = torch.rand(2, 1, 6, 6) > 0.4
mask[..., 0] = True
case("attention.mask", lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m), [q, k, v, mask])
case(
    "attention.grouped",
    lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.2, enable_gqa=True),
    [q, r(2, 2, 6, 8), r(2, 2, 6, 8)],
)
targets = torch.tensor([1, -100, 0, 6, 3])
case("crossEntropy", lambda x, t: F.cross_entropy(x, t), [r(5, 7) * 3, targets])
case("crossEntropy.none", lambda x, t: F.cross_entropy(x, t, reduction="none"), [r(5, 7) * 3, targets])
cos, sin = rotary_tables(6, 8)
case("rotary", rotate, [q, cos, sin])
case("rotary.batched", rotate, [q, cos.expand(2, 1, 6, 8).contiguous(), sin.expand(2, 1, 6, 8).contiguous()])
case("meanSquaredError", F.mse_loss, [r(3, 4), r(3, 4)])

# linear algebra: quantities that do not depend on the choice of signs
square = r(4, 4)
symmetric = square @ square.T + torch.eye(4)
case("singularValues", torch.linalg.svdvals, [r(5, 3)])
case("eigenvalues", torch.linalg.eigvalsh, [symmetric])
case("inverse", torch.linalg.inv, [square + 3 * torch.eye(4)])
case("solve", torch.linalg.solve, [square + 3 * torch.eye(4), r(4, 2)])
case("cholesky", torch.linalg.cholesky, [symmetric])
case("pseudoInverse", torch.linalg.pinv, [r(5, 3)])

# AdamW: 12 steps on a quadratic bowl, gradient clipping at 1, a schedule with warm-up
def adamw():
    start = {"w": r(4, 3), "b": r(3)}
    x, y = r(16, 4), r(16, 3)
    for name, value in start.items():
        tensors[f"adamw.start.{name}"] = value.clone()
    tensors["adamw.x"], tensors["adamw.y"] = x, y
    parameters = {n: t.clone().requires_grad_() for n, t in start.items()}
    optimiser = torch.optim.AdamW(parameters.values(), lr=0.1, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.1)
    rows = []
    for step in range(12):
        rate = schedule(step, 0.1, 4, 12, 0.01)
        optimiser.param_groups[0]["lr"] = rate
        optimiser.zero_grad()
        loss = ((x @ parameters["w"] + parameters["b"] - y) ** 2).mean() * 5
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
        optimiser.step()
        rows.append({"loss": loss.item(), "norm": norm.item(), "rate": rate})
        tensors[f"adamw.{step}.w"] = parameters["w"].detach().clone()
        tensors[f"adamw.{step}.b"] = parameters["b"].detach().clone()
    return rows


def schedule(step, peak, warmup, total, floor):
    if step < warmup:
        return peak * (step + 1) / warmup
    share = min(1.0, max(0.0, (step - warmup) / (total - warmup)))
    return floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * share))


steps = adamw()

# random numbers: libtorch's Mersenne twister, the same in every language
generator = torch.Generator().manual_seed(7)
tensors["random.normal"] = torch.randn(5, 7, generator=generator)
tensors["random.uniform"] = torch.rand(11, generator=generator)
tensors["random.permutation"] = torch.randperm(9, generator=generator)

OUT.mkdir(parents=True, exist_ok=True)
save_file({n: t.contiguous() for n, t in tensors.items()}, OUT / "operations.safetensors", {"torch": torch.__version__.split("+")[0]})
(OUT / "cases.json").write_text(json.dumps({"cases": cases, "adamw": steps}, indent=1) + "\n")

# a small file by the reference writer, with every dtype that we read
every = {
    "f64": r(2, 2).double(), "f32": r(3), "f16": r(3).half(), "bf16": r(2, 3).bfloat16(),
    "i64": torch.tensor([1, -2]), "i32": torch.tensor([3], dtype=torch.int32),
    "i16": torch.tensor([[4], [5]], dtype=torch.int16), "i8": torch.tensor([-6], dtype=torch.int8),
    "u8": torch.tensor([255, 0, 1], dtype=torch.uint8), "bool": torch.tensor([True, False, True]),
    "empty": torch.zeros(0, 3), "scalar": torch.tensor(2.5), "naïve \"name\"": torch.ones(1),
}
save_file(every, OUT / "every-dtype.safetensors", {"format": "pt"})
(OUT / "every-dtype.json").write_text(
    json.dumps({n: {"shape": list(t.shape), "values": t.double().flatten().tolist()} for n, t in every.items()}, ensure_ascii=False, indent=1) + "\n")
print(f"{len(cases)} cases, {len(tensors)} tensors")
