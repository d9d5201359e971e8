"""Measures the peak memory of loading, running and saving a sharded checkpoint, beside transformers.

    .venv/bin/python scripts/memory.py [--assay .build/release/assay] [--json FILE]

Makes a GPT-NeoX of 410M parameters with random weights in a temporary folder, in shards, in float32 and
in bfloat16, and runs each command in a process of its own. Peaks are what the kernel counts as resident
(ru_maxrss, the VmHWM of /proc): anonymous memory and file-backed pages alike. "anonymous" is the largest
RssAnon seen while sampling. The same commands on a model of 0.1M parameters show what a program takes
without weights; the last column is the peak less that, over the size of the weights in the dtype in
which they are held.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHAPES = {
    "410M": dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16,
                 vocab_size=50304),
    "0.1M": dict(hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
                 vocab_size=512),
}
PROMPT = "The river runs past the old mill, and"
TOKENS = "5,17,40,3,99,7,21,64"


def make(folder, shape, dtype):
    """Writes a checkpoint with a tokenizer; its shards hold at most 400 MB each."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(7)
    config = transformers.GPTNeoXConfig(
        max_position_embeddings=2048, rotary_pct=0.25, bos_token_id=None, eos_token_id=None, **SHAPES[shape])
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=getattr(torch, dtype))
    model.save_pretrained(folder, max_shard_size="400MB")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(Path(folder) / "tokenizer.json"))


def peer(task, folder, dtype):
    """What the Assay commands do, with transformers."""
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
    ids = torch.tensor([[int(part) for part in TOKENS.split(",")]])
    with torch.inference_mode():
        if task == "logits":
            model(ids)
        elif task == "generate":
            model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, do_sample=False, pad_token_id=0)
        else:
            with tempfile.TemporaryDirectory() as out:
                model.save_pretrained(out)


def peak(command):
    """(peak resident bytes, largest RssAnon seen, seconds) of a process."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        anonymous = 0
        while True:
            done, status, usage = os.wait4(child.pid, os.WNOHANG)
            if done:
                break
            try:
                for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
                    if line.startswith("RssAnon:"):
                        anonymous = max(anonymous, int(line.split()[1]) * 1024)
            except OSError:
                pass
            time.sleep(0.005)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            text = errors.read().decode(errors="replace")
            sys.exit(f"memory: error: {' '.join(map(str, command))}\n{text[-2000:]}")
    return usage.ru_maxrss * 1024, anonymous, time.monotonic() - start


def cases(assay, scratch):
    """(name, program, command on a folder, what the weights are held in; None: as stored)."""
    python = [sys.executable, __file__, "--peer"]
    for task in ("info", "logits", "generate", "copy"):
        def ours(folder, dtype, task=task):
            command = [assay, "model", task, "--model", folder]
            if task == "logits":
                command += ["--tokens", TOKENS, "--out", scratch / "logits", "--dtype", "stored"]
            elif task == "generate":
                command += ["--prompt", PROMPT, "--max-new-tokens", "8", "--greedy"]
            elif task == "copy":
                command += ["--out", scratch / "copy"]
            return command
        yield task, "assay", ours, "float32" if task == "generate" else None
        if task != "info":
            def theirs(folder, dtype, task=task):
                held = "float32" if task == "generate" else dtype
                return [*python, task, folder, held]
            yield task, "transformers", theirs, "float32" if task == "generate" else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assay", default=".build/release/assay")
    parser.add_argument("--json", help="write the figures to this file, too")
    parser.add_argument("--only", nargs="*", default=[], help="tasks to measure, of those in the table")
    parser.add_argument("--make", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        return make(*options.make)
    if options.peer:
        return peer(*options.peer)
    # This process stays small: a child's peak begins with its parent's.
    assay = Path(options.assay).resolve()
    if not assay.exists():
        sys.exit(f"memory: error: no program at {assay}; run `make build`, or give --assay")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        print(f"{'stored':9} {'task':9} {'program':13} {'weights MB':>10} {'peak MB':>8} {'anonymous':>9} "
              f"{'without model':>13} {'(peak - without) / weights':>27}")
        for dtype in ("float32", "bfloat16"):
            folders = {}
            for shape in SHAPES:
                folders[shape] = scratch / f"{shape}-{dtype}"
                subprocess.run(
                    [sys.executable, __file__, "--make", folders[shape], shape, dtype], check=True)
            shards = sorted(folders["410M"].glob("*.safetensors"))
            stored = sum(path.stat().st_size for path in shards)
            for task, program, command, held in cases(assay, scratch):
                if options.only and task not in options.only:
                    continue
                weights = stored * 2 if held == "float32" and dtype == "bfloat16" else stored
                empty, _, _ = peak(command(folders["0.1M"], dtype))
                most, anonymous, seconds = peak(command(folders["410M"], dtype))
                row = dict(
                    stored=dtype, shards=len(shards), task=task, program=program, file_bytes=stored,
                    weights_bytes=weights, peak_bytes=most, anonymous_bytes=anonymous,
                    without_model_bytes=empty, ratio=(most - empty) / weights, seconds=seconds)
                rows.append(row)
                print(
                    f"{dtype:9} {task:9} {program:13} {weights / 1e6:10.0f} {most / 1e6:8.0f} "
                    f"{anonymous / 1e6:9.0f} {empty / 1e6:13.0f} {row['ratio']:27.3f}", flush=True)
            print(f"{dtype}: {len(shards)} shards, {stored / 1e6:.0f} MB in all")
            subprocess.run(["rm", "-rf", *folders.values(), scratch / "copy"], check=True)
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
