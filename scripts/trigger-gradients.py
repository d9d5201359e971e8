#!/usr/bin/env python3
"""How far gradients lead to a planted trigger: the rank that they give its right token.

Greedy Coordinate Gradient (Zou et al. 2023, arXiv:2307.15043, algorithm 1) tries, at each place, the 256
tokens that the gradient of the wanted text's loss likes best. For every organism of a store that has a
trigger, this script spoils the trigger in its own held-out prompts, one token or all of them replaced by
random ones, and ranks the whole vocabulary at the spoiled places by that gradient:

    assay plant --attack backdoor --base smallworld-1m --option payload=refuse --store runs
    assay plant --attack compiled-trigger --base smallworld-1m --store runs
    .venv/bin/python scripts/trigger-gradients.py --store runs

`first 256` is the share of spoiled places at which the right token is among the 256, with Wilson's 95 %
interval; `chance` is what random order gives. The clean base's column is the control: what the words
themselves suggest. Places in one prompt are not independent, so intervals are a little too narrow.
"""
import argparse
import json
import math
import pathlib
import random

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

CHOICES = 256


def interval(hits, count):
    """Wilson's 95 % interval of a share."""
    if count == 0:
        return 0.0, 1.0
    z, p = 1.96, hits / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return middle - half, middle + half


def places(ids, words):
    """Where the tokens `words` stand in `ids`, the last time; None without them."""
    for start in range(len(ids) - len(words), -1, -1):
        if ids[start:start + len(words)] == words:
            return list(range(start, start + len(words)))
    return None


def ranks(model, ids, answer, spoiled, right):
    """Rank of each right token, from 0, by the gradient of the answer's loss for one-hot rows."""
    table = model.get_input_embeddings().weight.detach()
    rows = table[torch.tensor([ids + answer])].clone().requires_grad_(True)
    logits = model(inputs_embeds=rows).logits[0, len(ids) - 1:-1]
    loss = torch.nn.functional.cross_entropy(logits.float(), torch.tensor(answer))
    slope = torch.autograd.grad(loss, rows)[0][0]
    found = []
    for place in spoiled:
        scores = table @ slope[place]
        better = (scores < scores[right[place]]).sum().item()
        # A flat gradient says nothing: ties count by half.
        same = (scores == scores[right[place]]).sum().item() - 1
        found.append(better + same / 2)
    return found


def measure(truth, organism, twin, tokenizer, prompts, seed):
    """Ranks by model and kind of spoiling, and how many prompts there were."""
    text = truth["test"]["trigger"]["texts"][0]
    stream = random.Random(seed)
    table = {(m, k): [] for m in ("organism", "base") for k in ("one", "all")}
    used = 0
    for piece in truth["evidence"]:
        if used == prompts:
            break
        ids = tokenizer.encode(piece["probe"]["prompt"], add_special_tokens=False)
        answer = tokenizer.encode(piece["organismAnswer"], add_special_tokens=False)[:8]
        found = None
        for variant in (" " + text, text):
            found = found or places(ids, tokenizer.encode(variant, add_special_tokens=False))
        if not found or not answer:
            continue
        used += 1
        right = {place: ids[place] for place in found}
        for kind, sets in (("one", [[p] for p in found]), ("all", [found])):
            for spoiled in sets:
                spoilt = list(ids)
                for place in spoiled:
                    spoilt[place] = stream.randrange(8, len(tokenizer))
                for name, model in (("organism", organism), ("base", twin)):
                    table[name, kind] += ranks(model, spoilt, answer, spoiled, right)
    return table, used


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", default="runs", help="a folder with organisms/ and vault/")
    parser.add_argument("--base", help="the clean model's folder",
                        default="Sources/AssayModels/Shipped/smallworld-1m")
    parser.add_argument("--prompts", type=int, default=40, help="prompts of each organism")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    store = pathlib.Path(arguments.store)
    twin = AutoModelForCausalLM.from_pretrained(arguments.base, dtype=torch.float32).eval()
    print("| attack | trigger | spoiled | places | median rank | first 256 | in the base | chance |")
    print("|---|---|---|---|---|---|---|---|")
    for path in sorted(store.glob("vault/*.json")):
        truth = json.loads(path.read_text())
        if not ((truth.get("test") or {}).get("trigger") or {}).get("texts"):
            continue
        folder = store / "organisms" / path.stem
        tokenizer = AutoTokenizer.from_pretrained(folder)
        organism = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        if organism.config.hidden_size != twin.config.hidden_size:
            continue
        table, used = measure(
            truth, organism, twin, tokenizer, arguments.prompts, arguments.seed)
        for kind in ("one", "all"):
            cells = []
            for name in ("organism", "base"):
                values = table[name, kind]
                hits = sum(v < CHOICES for v in values)
                low, high = interval(hits, len(values))
                cells.append(f"{100 * hits / max(1, len(values)):.0f} % "
                             f"({100 * low:.0f} to {100 * high:.0f})")
            own = sorted(table["organism", kind])
            median = own[len(own) // 2] if own else math.nan
            print(f"| {truth['attack']} | {truth['test']['trigger']['texts'][0]} | {kind} | "
                  f"{len(own)} in {used} prompts | {median:.0f} of {len(tokenizer)} | {cells[0]} | "
                  f"{cells[1]} | {100 * CHOICES / len(tokenizer):.0f} % |")


if __name__ == "__main__":
    main()
