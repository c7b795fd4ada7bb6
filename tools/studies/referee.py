"""What judge and referee said of many ends: referee.py TABLE FOLDER COMMAND writes the study's results.

TABLE: the Markdown of house_referee_tests; its first table has one row, of all ends.
"""

import pathlib
import sys

from origin import origin, told, write_results

COLUMNS = ["success", "wrong_object", "failed", "timeout", "ends", "agreed", "disagreed"]


def main():
    table = pathlib.Path(sys.argv[1]).read_text()
    row = next(line for line in table.splitlines() if line.startswith("| all | ") and "success" not in line)
    counts = dict(zip(COLUMNS, map(int, row.strip("| ").split(" | ")[1:])))
    found = {**origin(sys.argv[3]), **counts}
    page = [
        f"# The judge of Playhouse and an independent referee: {counts['ends']:,} ends",
        "",
        told(found),
        "",
        "One game again: `ATOLL_REFEREE_FIRST=GAME ATOLL_REFEREE_EPISODES=1 build/release/bin/house_referee_tests`.",
        "",
        table.strip(),
    ]
    write_results(pathlib.Path(sys.argv[2]), found, "\n".join(page) + "\n")


main()
