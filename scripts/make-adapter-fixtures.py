"""Writes the LoRA adapters that Tests/AssayModelsTests compares with, and checks saved ones.

    .venv/bin/python scripts/make-adapter-fixtures.py                      # write the fixtures
    .venv/bin/python scripts/make-adapter-fixtures.py --check BASE ADAPTER # open in PEFT, print logits

Each is a folder as PEFT saves it, with random factors on one of the tiny checkpoints, and an
`expected.safetensors`: `tokens` [B, T] and `logits` [B, T, V] with the adapter on.
"""

import argparse
import json
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

FIXTURES = Path(__file__).parent.parent / "Tests/AssayModelsTests/Fixtures"
CASES = {
    "llama": ("gqa-tied", dict(r=4, lora_alpha=6, target_modules=["q_proj", "v_proj", "down_proj"])),
    "gpt2": (
        "families/gpt2",
        dict(r=3, lora_alpha=3, target_modules=["c_attn", "c_fc"], fan_in_fan_out=True,
             use_rslora=True)),
}


def write(name, base, options):
    torch.manual_seed(len(name))
    model = AutoModelForCausalLM.from_pretrained(FIXTURES / base, dtype=torch.float32)
    config = LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, **options)
    adapted = get_peft_model(model, config).eval()
    with torch.no_grad():
        for key, value in adapted.named_parameters():
            if "lora_" in key:
                value.normal_(0, 0.2)
    tokens = torch.randint(0, model.config.vocab_size, (2, 11))
    with torch.no_grad():
        logits = adapted(tokens).logits
    folder = FIXTURES / "adapters" / name
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = base
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    save_file({"tokens": tokens, "logits": logits}, folder / "expected.safetensors")


def check(base, adapter):
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    adapted = PeftModel.from_pretrained(model, adapter).eval()
    with torch.no_grad():
        logits = adapted(torch.tensor([[1, 2, 3]])).logits[0, -1]
    print(json.dumps({"last": logits[:5].tolist()}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", nargs=2, metavar=("BASE", "ADAPTER"))
    arguments = parser.parse_args()
    if arguments.check:
        check(*arguments.check)
    else:
        for case, (checkpoint, settings) in CASES.items():
            write(case, checkpoint, settings)
