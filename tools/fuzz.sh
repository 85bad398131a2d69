#!/usr/bin/env bash
# Fuzz the C core with libFuzzer, under the address and undefined-behavior sanitizers. Compare the
# kernels of csrc/tables.h with plain loops, on each instruction set of this processor (tests/fuzz/).
#
#     tools/fuzz.sh [SECONDS]   fuzz from the corpus in the repository (default 600; 0: only run it)
#     tools/fuzz.sh merge       minimize the inputs found so far and store them in that corpus
#
# This needs clang. It works in the folder KMEANS_FAST_FUZZ_DIR (default build/fuzz) and keeps it.
# Failing inputs are stored there as crash-*; `fuzz_kernels FILE` runs one of them again.
set -euo pipefail
cd "$(dirname "$0")/.."

work=${KMEANS_FAST_FUZZ_DIR:-build/fuzz}
jobs=${KMEANS_FAST_FUZZ_JOBS:-$(nproc)}
packed=$PWD/tests/fuzz/corpus.tar.xz
mkdir -p "$work/corpus"
export CC=clang UBSAN_OPTIONS=print_stacktrace=1
[ -e "$work/build/build.ninja" ] || meson setup "$work/build" --buildtype=plain -Ddebug=true \
    -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
    "-Dc_args=-fsanitize=fuzzer-no-link -fno-sanitize-recover=all -gline-tables-only"
meson compile -C "$work/build" fuzz_kernels
fuzzer=$work/build/tests/fuzz/fuzz_kernels

if [ "${1:-}" = merge ]; then
    rm -rf "$work/merged" && mkdir "$work/merged"
    # compare edges only: then a few hundred inputs reach all edges
    "$fuzzer" -merge=1 -use_counters=0 -max_len=512 "$work/merged" "$work/corpus"
    tar --create --xz --file "$packed" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
        -C "$work/merged" .
    exit
fi

tar --extract --xz --file "$packed" -C "$work/corpus"
if [ "${1:-}" = 0 ]; then
    "$fuzzer" -runs=0 "$work/corpus"
    exit
fi
"$fuzzer" -fork="$jobs" -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 -max_len=512 \
    -max_total_time="${1:-600}" -artifact_prefix="$work/" "$work/corpus"
if compgen -G "$work/crash-*" >/dev/null; then
    echo "failing inputs are in $work" >&2
    exit 1
fi
