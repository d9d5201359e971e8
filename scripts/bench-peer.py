"""The Python side of the benchmarks: the same work in the libraries that people use for it.

    python scripts/bench-peer.py      reads cases from standard input, a line of JSON each

`forward`, `generate` and `train` in PyTorch + transformers, `cached` in TransformerLens, `adapter` in
PEFT, and so is `population`, one member of which is all that PEFT trains at a time; `search` in
nanogcg. scripts/bench.py writes the cases; Benchmarks/Sources/assay-bench is the
other side.
"""

import json
import logging
import os
import sys
import time
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
import torch  # noqa: E402
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast  # noqa: E402
from transformers.utils import logging as transformers_logging  # noqa: E402

transformers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()


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


def load(case, dtype=None):
    dtype = dtype or getattr(torch, case["dtype"])
    return AutoModelForCausalLM.from_pretrained(case["directory"]).to(dtype).eval()


def forward(case):
    model = load(case)
    ids = tokens(case, model.config.vocab_size, case["length"])
    with torch.inference_mode():
        return {"seconds": repeated(
            case["seconds"], lambda: model(ids, use_cache=False).logits)}


def cached(case):
    from transformer_lens.model_bridge import TransformerBridge

    model = load(case)
    bridge = TransformerBridge.boot_transformers(case["directory"], hf_model=model, device="cpu")
    ids = tokens(case, model.config.vocab_size, case["length"])
    with torch.inference_mode():
        return {"seconds": repeated(case["seconds"], lambda: bridge.run_with_cache(ids))}


def generate(case):
    model = load(case)
    ids = tokens(case, model.config.vocab_size, case["length"])
    mask = torch.ones_like(ids)
    made = None

    def body():
        nonlocal made
        made = model.generate(
            ids, attention_mask=mask, max_new_tokens=case["newTokens"], do_sample=False,
            use_cache=True, eos_token_id=None, pad_token_id=0)

    with torch.inference_mode():
        times = repeated(case["seconds"], body)
    return {"seconds": times, "tokens": made[:, case["length"]:].tolist()}


def steps(case, model, parameters, **settings):
    """Training steps with weights in float32, computed in the case's dtype."""
    ids = tokens(case, model.config.vocab_size, case["length"] + 1)
    inputs, targets = ids[:, :-1], ids[:, 1:]
    model.train()
    optimiser = torch.optim.AdamW(
        parameters, lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    dtype = getattr(torch, case["dtype"])

    def body():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
            logits = model(inputs, use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1).float(), targets.flatten())
        loss.item()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    return {"seconds": repeated(case["seconds"], body)}


def train(case):
    model = load(case, torch.float32)
    return steps(case, model, list(model.parameters()))


def adapter(case):
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(
        load(case, torch.float32),
        LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"))
    return steps(case, model, [p for p in model.parameters() if p.requires_grad])


def search(case):
    """Steps of gradient-guided token search; nanogcg's first step and its set-up do not count."""
    import nanogcg
    import nanogcg.gcg

    logging.getLogger("nanogcg").setLevel(logging.ERROR)
    nanogcg.gcg.tqdm = lambda items, **_: items
    model = load(case)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(case["directory"])
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    prompt = " ".join(f"t{i}" for i in tokens(case, model.config.vocab_size, case["length"])[0])

    def run(count):
        start = time.perf_counter()
        nanogcg.run(
            model, tokenizer, prompt + " {optim_str}", "t100 t101 t102 t103",
            nanogcg.GCGConfig(
                num_steps=count, optim_str_init=" ".join(["t50"] * case["span"]),
                search_width=case["batch"], batch_size=case["batch"], topk=64, seed=1,
                filter_ids=False, allow_non_ascii=True, verbosity="ERROR"))
        return time.perf_counter() - start

    once = run(1)
    count = max(3, min(50, int(case["seconds"] / once)))
    times = [(run(count + 1) - run(1)) / count for _ in range(2)]
    return {"seconds": times}


WORKS = {
    "ready": lambda case: {"seconds": []},
    "forward": forward, "cached": cached, "generate": generate, "train": train,
    "adapter": adapter, "population": adapter, "search": search,
}


def main():
    torch.set_flush_denormal(True)
    out = sys.stdout
    sys.stdout = sys.stderr  # libraries print
    for line in sys.stdin:
        case = json.loads(line)
        torch.set_num_threads(case["threads"])
        print(json.dumps(WORKS[case["work"]](case)), file=out, flush=True)


main()
