#!/usr/bin/env bash
# Compile the kernels and tests/c with a C compiler, without a warning, and run them on every
# instruction set:
#   tools/selftest.sh gcc
#   tools/selftest.sh aarch64-linux-gnu-gcc qemu-aarch64
# The first argument is the compiler; the others are a command that runs its programs. CFLAGS are
# added to the flags.
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=${1:?usage: tools/selftest.sh COMPILER [RUNNER...]}
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

common=(-std=c11 -O3 -fno-math-errno -Wall -Wextra -Werror -Icsrc)
read -ra extra <<<"${CFLAGS:-}"
[[ $("$compiler" --version) == *clang* ]] || common+=(-fno-trapping-math)

# The instruction sets and flags of csrc/meson.build.
declare -A isas=([baseline]="")
order=(baseline)
if [[ $("$compiler" "${extra[@]}" -dumpmachine) == x86_64* ]]; then
    avx512="-mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma"
    isas+=([avx2]="-mavx2 -mfma" [avx512]=$avx512 [avx512vnni]="$avx512 -mavx512vnni")
    order+=(avx2 avx512 avx512vnni)
fi

compile() { # NAME SOURCE FLAGS...
    local name=$1 source=$2
    shift 2
    "$compiler" "${common[@]}" "$@" "${extra[@]}" -c "$source" -o "$work/$name.o"
}
kernels() { # FLAGS ISA BITS PART SUFFIX: fast and exact kernels of one table each
    local flags
    read -ra flags <<<"$1"
    flags+=("-DKMF_REAL=$3" -Wno-unused-function)
    compile "fast_$2_$4" "csrc/fast$5.c" "${flags[@]}" -ffp-contract=fast \
        "-DKMF_TABLE=kmf_fast_$2_$4"
    compile "exact_$2_$4" "csrc/exact$5.c" "${flags[@]}" -ffp-contract=off \
        "-DKMF_TABLE=kmf_exact_$2_$4"
}
for isa in "${order[@]}"; do
    kernels "${isas[$isa]}" "$isa" 32 f32 ""
    kernels "${isas[$isa]}" "$isa" 64 f64 ""
    kernels "${isas[$isa]}" "$isa" 32 common _common
done
for bits in 32 64; do
    # the plain loops must not be vectorized (GCC 12 for aarch64 also crashes when it tries)
    compile "cases$bits" tests/c/cases.c "-DKMF_REAL=$bits" -ffp-contract=off -O1
done
compile dispatch csrc/dispatch.c
compile isa csrc/isa.c
compile main tests/c/main.c -ffp-contract=off
"$compiler" "${extra[@]}" -static "$work"/*.o -o "$work/selftest" -lm

for isa in "${order[@]}"; do
    code=0
    KMEANS_FAST_ISA=$isa "$@" "$work/selftest" || code=$?
    [ "$code" -eq 0 ] || [ "$code" -eq 77 ] || exit "$code"
done
