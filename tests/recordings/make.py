"""Make recordings of folders: `python -m tests.recordings.make CLOUD FOLDER...`.

Each folder is one of `diagnose --save`; its name becomes that of the recording.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

from tests.recordings import FOLDER


def main() -> None:
    """Write a recording for each folder."""
    cloud, *folders = sys.argv[1:]
    for name in folders:
        folder = Path(name)
        index = json.loads((folder / "index.json").read_text())
        text = "".join(
            f"{device}#{command}\n{(folder / kept['file']).read_text().strip(chr(10))}\n{device}#\n"
            for device, outputs in index["stages"]["rest"].items()
            for command, kept in outputs.items()
            if "file" in kept
        )
        place = FOLDER / cloud / f"{folder.name}.log.gz"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
        sys.stdout.write(f"{place}: {place.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
