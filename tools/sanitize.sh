#!/usr/bin/env bash
# Run tests of the core with a sanitizer in every compiled module, to find accesses out of bounds,
# undefined behavior, data races and leaks.
#
#     tools/sanitize.sh quick     address and undefined for some tests, about two minutes
#     tools/sanitize.sh address   address and undefined for all instruction sets and algorithms
#     tools/sanitize.sh thread    data races between the threads of the Cython layer and the kernels
#     tools/sanitize.sh leak      memory that our modules have not freed at the end of the process
#
# The build is in a temporary folder, or in KMEANS_FAST_SANITIZE_DIR, which is kept. The compiler is
# gcc; `thread` uses clang, because only LLVM's OpenMP reports its synchronization to the sanitizer
# (libarcher). NumPy and Python are not compiled here, so they are not checked.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:-quick}
work=${KMEANS_FAST_SANITIZE_DIR:-$(mktemp -d)}
[ -n "${KMEANS_FAST_SANITIZE_DIR:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
args=(-fno-omit-frame-pointer -fno-sanitize-recover=all)
case $kind in
quick | address) sanitizers=address,undefined ;;
leak) sanitizers=address ;;
thread)
    sanitizers=thread
    export CC=clang
    ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
export CC=${CC:-gcc}

# A virtual environment with the packages of this one, but without its hooks for editable installs.
if [ ! -e "$work/python" ]; then
    python -m venv --without-pip "$work/python"
    python -c 'import sys; print(*(p for p in sys.path if "site-packages" in p), sep="\n")' \
        >"$work/packages"
    cp "$work/packages" "$("$work/python/bin/python" -c \
        'import sysconfig; print(sysconfig.get_path("purelib"))')/packages.pth"
fi

[ -e "$work/build/build.ninja" ] || meson setup "$work/build" --buildtype=plain \
    -Doptimization=1 -Ddebug=true -Db_sanitize=$sanitizers -Db_lundef=false \
    "-Dc_args=${args[*]} -g1" --prefix="$work" \
    -Dpython.purelibdir="$work/site" -Dpython.platlibdir="$work/site" >"$work/setup.log" ||
    { cat "$work/setup.log" >&2; exit 1; }
meson install -C "$work/build" --quiet >"$work/build.log" || { tail -50 "$work/build.log" >&2; exit 1; }

export PYTHONPATH=$work/site PYTHONDONTWRITEBYTECODE=1 KMEANS_FAST_STRESS=${KMEANS_FAST_STRESS:-30}
export UBSAN_OPTIONS=print_stacktrace=1
run=(env "LD_PRELOAD=$("$CC" -print-file-name=libasan.so)" "$work/python/bin/python")
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0
pytest=(-P -m pytest -q -p no:cacheprovider)

isas() { "${run[@]}" -P -c 'from kmeans_fast._core import config; print(*config.available_isas())'; }

case $kind in
quick)
    "${run[@]}" "${pytest[@]}" tests/core/test_reads.py tests/core/test_properties.py \
        tests/algorithms/test_exactness.py
    "${run[@]}" "${pytest[@]}" tests/assigners/test_sketch.py -k nasty
    ;;
address)
    for isa in $(isas); do
        printf '\n== address and undefined on %s\n' "$isa"
        KMEANS_FAST_ISA=$isa "${run[@]}" "${pytest[@]}" tests/core tests/assigners \
            tests/algorithms/test_exactness.py --deselect tests/core/test_isas.py \
            -k "${KMEANS_FAST_SANITIZE_TESTS:-}"
    done
    ;;
thread)
    # OpenMP's runtime is not instrumented: libarcher reports its barriers and tasks, and reports
    # from outside our modules are ignored. clang's code runs with gcc's sanitizer runtime, because
    # clang's own cannot be preloaded.
    archer=$(find /usr/lib /usr/local/lib -name 'libarcher.so' 2>/dev/null | head -1)
    [ -n "$archer" ] || { echo "libarcher.so (LLVM's OpenMP) not found" >&2; exit 1; }
    export OMP_TOOL_LIBRARIES=$archer
    export TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:exitcode=66
    run=(setarch -R env "LD_PRELOAD=$(gcc -print-file-name=libtsan.so)" "$work/python/bin/python")
    "${run[@]}" "${pytest[@]}" tests/core/test_threads.py tests/algorithms/test_threads.py \
        tests/algorithms/test_exactness.py
    ;;
leak)
    # Python never frees some of its memory: count only allocations of our modules after import.
    export ASAN_OPTIONS=detect_leaks=1:fast_unwind_on_malloc=0:malloc_context_size=30:exitcode=0
    "${run[@]}" tests/robustness/grow.py 60 2>"$work/leaks"
    grep -q 'LeakSanitizer' "$work/leaks" || { cat "$work/leaks"; exit 1; }
    awk -v RS= '/leak of/ && /kmeans_fast._core/ && !/pymod_exec/' "$work/leaks" | tee "$work/ours"
    [ ! -s "$work/ours" ] || { echo "leaks of our modules" >&2; exit 1; }
    ;;
esac
