#!/bin/sh
# Glassbox's own figures on this machine, as JSON lines: Benchmarks/run.sh [GLASSBOX] [MODEL]
# Beside the peers they are measured by scripts that alternate the two; a figure alone says little.
set -eu
glassbox=${1:-.build/release/glassbox}
model=${2:-starter}
threads=$(getconf _NPROCESSORS_ONLN)
for t in 1 "$threads"; do
  "$glassbox" bench decode -m "$model" --tokens 128 --threads "$t" --json
  "$glassbox" bench prefill -m "$model" --prompt-tokens 512 --threads "$t" --json
done
"$glassbox" bench train --case c --dtype f32 --threads "$threads" --json
"$glassbox" bench encode -t "$model" README.md --threads 1 --json
"$glassbox" bench ui --json
