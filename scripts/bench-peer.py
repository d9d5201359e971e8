"""The Python side of the benchmarks: the same work in PyTorch + transformers.

    python scripts/bench-peer.py PLAN.json      prints one JSON array of timings

scripts/bench.py writes the plan and calls this; Benchmarks/Sources/assay-bench is the other side.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()


def tokens(case, vocabulary, length):
    """The token ids that both sides read, [B, T]."""
    b = torch.arange(case["batch"])[:, None]
    t = torch.arange(length)[None, :]
    return (7 * b + 13 * t + 5) % vocabulary


def repeated(seconds, body):
    """Seconds of each of at least three runs of `body`, after one that does not count."""
    body()
    times = []
    while len(times) < 3 or (sum(times) < seconds and len(times) < 100):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return times


def forward(case, model, seconds):
    ids = tokens(case, model.config.vocab_size, case["length"])
    with torch.inference_mode():
        return {"seconds": repeated(seconds, lambda: model(ids, use_cache=False).logits)}


def generate(case, model, seconds):
    ids = tokens(case, model.config.vocab_size, case["length"])
    mask = torch.ones_like(ids)
    made = None

    def body():
        nonlocal made
        made = model.generate(
            ids, attention_mask=mask, max_new_tokens=case["newTokens"], do_sample=False,
            use_cache=True, eos_token_id=None, pad_token_id=0)

    with torch.inference_mode():
        times = repeated(seconds, body)
    return {"seconds": times, "tokens": made[:, case["length"]:].tolist()}


def train(case, model, seconds):
    ids = tokens(case, model.config.vocab_size, case["length"] + 1)
    inputs, targets = ids[:, :-1], ids[:, 1:]
    model.train()
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)

    def body():
        logits = model(inputs, use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.item()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    return {"seconds": repeated(seconds, body)}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    torch.set_num_threads(plan["threads"])
    torch.set_flush_denormal(True)
    works = {"forward": forward, "generate": generate, "train": train}
    timings = []
    for case in plan["cases"]:
        model = AutoModelForCausalLM.from_pretrained(case["directory"], dtype=torch.float32).eval()
        timings.append(works[case["work"]](case, model, plan["seconds"]))
    print(json.dumps(timings))


main()
