"""Check the compiled modules of a wheel or a folder: ``check_binaries.py WHEEL_OR_FOLDER``.

Every module must export its ``PyInit_*`` and nothing else. On x86-64, instructions wider than the
baseline (VEX and EVEX: those that use a ymm or zmm register or start with ``v``) must be inside the
code that csrc/dispatch.c runs only after a test of the processor. The kernel tables, for example
``kmf_fast_avx2_f32``, lead to that code: the functions of the object file with such a table lie
between two file names in the symbol table. This script needs nm, readelf and objdump.
"""

import re
import subprocess
import sys
import tempfile
import zipfile
from bisect import bisect_right
from pathlib import Path

WIDE_TABLE = re.compile(r"kmf_(fast|exact)_avx\w+")
LEGACY = {"verr", "verw", "vmcall"}  # old instructions that start with a v


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def exports(path):
    """Names that a module exports."""
    return {line.split()[-1] for line in run("nm", "-D", "--defined-only", path).splitlines()}


def functions_by_file(path):
    """Functions (start, end) after each file name of the symbol table, and the kernel tables."""
    files, tables = [], {}
    for line in run("readelf", "-sW", path).partition("'.symtab'")[2].splitlines():
        fields = line.split()
        if len(fields) < 8 or not fields[0].rstrip(":").isdecimal():
            continue
        start, size, kind, name = int(fields[1], 16), int(fields[2], 0), fields[3], fields[7]
        if kind == "FILE":
            files.append([])
        elif kind == "FUNC" and size > 0 and files:
            files[-1].append((start, start + size))
        elif kind == "OBJECT" and WIDE_TABLE.fullmatch(name):
            tables[name] = (start, start + size)
    return files, tables


def table_entries(path, tables):
    """Addresses of the functions in the tables, from the relocations that fill the tables."""
    for line in run("readelf", "-rW", path).splitlines():
        found = re.match(r"([0-9a-f]+)\s+[0-9a-f]+\s+R_X86_64_RELATIVE\s+([0-9a-f]+)", line)
        if found:
            place, value = (int(number, 16) for number in found.groups())
            if any(start <= place < end for start, end in tables.values()):
                yield value


def guarded_ranges(path):
    """Sorted ranges of the code that runs only on processors with the instructions."""
    files, tables = functions_by_file(path)
    entries = set(table_entries(path, tables))
    guarded = [file for file in files if any(start in entries for start, _ in file)]
    return sorted(span for file in guarded for span in file), len(tables)


def wide_instructions(path):
    """(address, text) of VEX and EVEX instructions outside the guarded code; number inside."""
    ranges, n_tables = guarded_ranges(path)
    starts = [start for start, _ in ranges]
    outside, inside = [], 0
    for line in run("objdump", "-d", "--no-show-raw-insn", path).splitlines():
        address, colon, text = line.partition(":\t")
        if not colon or not text:
            continue
        mnemonic = text.split()[0]
        if mnemonic in LEGACY or not (mnemonic[0] == "v" or re.search(r"%[yz]mm|%k[0-7]", text)):
            continue
        at = int(address, 16)
        place = bisect_right(starts, at) - 1
        if place >= 0 and at < ranges[place][1]:
            inside += 1
        else:
            outside.append((at, text))
    return outside, inside, n_tables


def check(folder):
    """Errors of the modules under a folder, as a list of lines."""
    wrong = []
    modules = sorted(Path(folder).rglob("*.so"))
    modules = [path for path in modules if ".libs" not in path.parent.name]
    if not modules:
        wrong.append(f"{folder} has no modules")
    guarded = 0
    for path in modules:
        name = path.name.split(".")[0]
        if (found := exports(path)) != {f"PyInit_{name}"}:
            wrong.append(f"{path.name} exports {sorted(found)}")
        if "x86-64" in run("readelf", "-h", path).lower():
            outside, inside, n_tables = wide_instructions(path)
            wrong += [f"{path.name}: {at:x}: {text}" for at, text in outside[:5]]
            guarded += inside
            if n_tables and not inside:
                wrong.append(f"{path.name}: no code found behind its {n_tables} tables")
    print(f"{len(modules)} modules, {guarded} wide instructions behind the processor's test")
    return wrong


def main(target):
    with tempfile.TemporaryDirectory() as folder:
        if target.endswith(".whl"):
            zipfile.ZipFile(target).extractall(folder)
            target = folder
        return check(target)


if __name__ == "__main__":
    sys.exit("\n".join(main(sys.argv[1])) or 0)
