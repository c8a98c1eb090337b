"""Loads the models that the WriterTests leave behind with transformers and compares their logits with the originals'.

    GLASSBOX_KEEP_WRITTEN=/tmp/written swift test --filter WriterTests
    python Tests/Scripts/check_written_models.py /tmp/written FIXTURES
"""
import os
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

written, fixtures = sys.argv[1:3]
failed = False
for name in sorted(os.listdir(written)):
    if not name.endswith("-hf"):
        continue
    base = name[:-3]
    source = os.path.join(fixtures, "models", base if base == "chatlet" else "tiny/" + base)
    logits = []
    for folder in (source, os.path.join(written, name)):
        model, info = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
        odd = {k: v for k, v in info.items() if v and k != "error_msgs"}
        torch.manual_seed(1)
        ids = torch.randint(0, model.config.vocab_size, (2, 60))
        logits.append(model(ids).logits)
    worst = (logits[0] - logits[1]).abs().max().item()
    same = worst == 0 and not odd
    failed |= not same
    print(f"{name}: logits differ by {worst:.3g}{'' if not odd else ' ' + str(odd)}")
    if os.path.exists(os.path.join(written, name, "tokenizer.json")):
        texts = ["Hello, world!  12 times\n\n<|im_start|>user\nhé 漢字", " a  b"]
        a, b = (AutoTokenizer.from_pretrained(f) for f in (source, os.path.join(written, name)))
        equal = all(a(t)["input_ids"] == b(t)["input_ids"] for t in texts)
        failed |= not equal
        print(f"  tokenizer: {'the same ids' if equal else 'OTHER ids'}; template {'kept' if a.chat_template == b.chat_template else 'LOST'}")
sys.exit(failed)
