"""Print the commands in README.md that follow the comment ``<!-- run: NAME -->``."""

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def readme_command(name):
    """Return the shell block that has this mark."""
    pattern = rf"^<!-- run: {re.escape(name)} -->\n```sh\n(.*?)^```$"
    blocks = re.findall(pattern, README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if len(blocks) != 1:
        sys.exit(f"README.md has {len(blocks)} shell blocks marked <!-- run: {name} -->, not one")
    return blocks[0]


if __name__ == "__main__":
    print(readme_command(sys.argv[1]), end="")
