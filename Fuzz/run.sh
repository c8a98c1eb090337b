#!/bin/sh
# usage: Fuzz/run.sh TARGET [SECONDS | RUNSx]     e.g. `Fuzz/run.sh gguf 900`, `Fuzz/run.sh gguf 10000000x`
# Builds the harness, makes seeds, and feeds TARGET with made-up inputs. Stops at the first crash, at an input that takes
# more than ten seconds, at a single allocation above 64 MB, and where the process grows by more than 64 MB over
# what it needs at the start (inputs have at most 16 kB, so 64 times the input is a megabyte). What it finds lies in
# Fuzz/findings/TARGET; run the harness on a file there to see it again.
set -eu
cd "$(dirname "$0")"
target=${1:?"TARGET: tokenizer-json vocab-merges vocab-txt rank-file sentencepiece gguf llama2c cache-file pattern encode"}
amount=${2:-60}
[ -n "${NO_BUILD:-}" ] || swift build -c release --product fuzz
binary=$(pwd)/.build/release/fuzz
export FUZZ_TARGET=$target ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=4:allocator_may_return_null=0:abort_on_error=0
mkdir -p corpus/seeds "corpus/$target" "findings/$target"
python3 seeds.py corpus/seeds
if [ "$target" = cache-file ]; then
  # The files that the cache writes for the seeds of tokenizer.json.
  for seed in corpus/seeds/tokenizer-json/*; do FUZZ_CACHE_OF=$seed FUZZ_CACHE_FOLDER=$(pwd)/corpus/seeds/cache-file "$binary"; done
fi
FUZZ_TOKENIZERS=$(ls -d "$(pwd)"/corpus/seeds/tokenizer-json/* | tr '\n' ':')
export FUZZ_TOKENIZERS
case $amount in *x) limit=-runs=${amount%x} ;; *) limit=-max_total_time=$amount ;; esac
options="-max_len=16384 -timeout=10 -malloc_limit_mb=64 -len_control=20 -artifact_prefix=findings/$target/"
# What the process needs before any new input: tables, checks, coverage, and what libFuzzer knows of the inputs so far.
start=$("$binary" -runs=0 "corpus/$target" "corpus/seeds/$target" 2>&1 | sed -n 's/.*rss: \([0-9]*\)Mb.*/\1/p' | sort -n | tail -1)
# shellcheck disable=SC2086
exec "$binary" $options -rss_limit_mb=$((${start:-128} + 64 + 1)) $limit -print_final_stats=1 "corpus/$target" \
  "corpus/seeds/$target"
