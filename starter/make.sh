#!/bin/sh
# Trains the starter model from the text beside this script: starter/make.sh [GLASSBOX] [WORK_FOLDER]
# Writes starter/starter.gguf (Q8_0) and its training logs. The same text, seed and program give the same model.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
glassbox=$(realpath "${1:-.build/release/glassbox}")
work=${2:-$(mktemp -d)}
rows=${STARTER_ROWS:-30000}

swift build -c release --static-swift-stdlib --package-path "$here/.." --product starter-data
"$here/../.build/release/starter-data" "$here/text" "$work/conversations.jsonl" "$rows" 1
cd "$work"
"$glassbox" train "$here/pretrain.toml" --data conversations.jsonl --out pretrain
"$glassbox" train "$here/sft.toml" --data conversations.jsonl --model pretrain --out sft
"$glassbox" models convert "$work/sft/final" "$work/starter-f32.gguf"
"$glassbox" models quantize "$work/starter-f32.gguf" "$here/starter.gguf" Q8_0
mkdir -p "$here/log"
for run in pretrain sft; do cp "$work/$run/events.jsonl" "$here/log/$run.jsonl"; done
ls -l "$here/starter.gguf"
