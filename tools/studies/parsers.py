"""Mutated files and fuzzed parsers as a result: parsers.py FOLDER COMMAND OUT COUNT."""

import json
import pathlib
import re
import sys
from typing import Any

from figures import Figure, figure, write_figures

WORDS = """Each file is a real one (recordings, videos, the shipped profiles, contracts) that was cut, got bits flipped, other
numbers where a length might stand, or a block doubled or removed, up to three of these at once. It is *equal* where the
parser returned all of the original without a complaint, *named* where the complaint names the file and the place (a number
or a part, of a text the line or the key, of a recording which of its files), and nothing was returned that the original
does not hold. A recording is checked, repaired where `atoll check` offers that,
checked again and read: what is in it then must be the original's, each picture bit by bit. Profiles and contracts are
texts without a checksum: another digit is another sound file (*different*)."""
CLEAN = ("crashed", "hung", "made_up", "unnamed")


def of_mutations(out: pathlib.Path, count: int) -> list[Figure]:
    sums: dict[str, dict[str, Any]] = {}
    for line in (out / "counts.jsonl").read_text().splitlines():  # several workers
        one = json.loads(line)
        of_kind = sums.setdefault(one["kind"], {key: one["kind"] if key == "kind" else 0 for key in one})
        for key in one.keys() - {"kind"}:
            of_kind[key] += one[key]
    kinds = list(sums.values())
    total = sum(value for kind in kinds for key, value in kind.items() if key != "kind")
    figures = [figure("mutated files", total, "", bar=f"{count:,}", met=total == count)]

    def sum_of(key: str) -> int:
        return sum(kind[key] for kind in kinds)

    figures.append(figure("crashes, undefined behaviour, allocations over 1 GB", sum_of("crashed"), "", n=total, bar="0", met=sum_of("crashed") == 0))
    figures.append(figure("hangs (20 s a file)", sum_of("hung"), "", n=total, bar="0", met=sum_of("hung") == 0))
    for kind in kinds:
        num_files = sum(value for key, value in kind.items() if key != "kind")
        wrong = kind["made_up"] + kind["unnamed"]
        has_checksum = kind["kind"] in ("mcap", "mp4", "recording")
        if has_checksum:
            wrong += kind["different"]
        figures.append(figure(f"{kind['kind']}: neither equal nor named", wrong, "", n=num_files, bar="0", met=wrong == 0))
        figures.append(figure(f"{kind['kind']}: equal", kind["equal"], "", n=num_files))
        figures.append(figure(f"{kind['kind']}: named", kind["named"], "", n=num_files))
        if not has_checksum:
            figures.append(figure(f"{kind['kind']}: sound, and different", kind["different"], "", n=num_files))
    return figures


def of_fuzzers(out: pathlib.Path) -> list[Figure]:
    figures = []
    for parser in ("mcap", "mp4", "profile", "contract"):
        log = (out / f"{parser}.log").read_text(errors="replace")
        code = int((out / f"{parser}.code").read_text())
        runs = re.search(r"number_of_executed_units:\s*(\d+)", log)
        if code != 0:
            print(log[-4000:], file=sys.stderr)
        figures.append(
            figure(f"libFuzzer on {parser}: findings", int(code != 0), "", n=int(runs[1]) if runs else 0, bar="0", met=code == 0 and runs is not None)
        )
    return figures


def main() -> int:
    folder, command, out, count = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
    words: list[str] = (out / "words.txt").read_text(errors="replace").splitlines()
    more: dict[str, Any] = {"not_right": [line for line in words if re.match(r"\w+ \d+: ", line)][:50]}
    for line in words[-60:]:
        print(line, file=sys.stderr)
    is_met = write_figures(folder, command, "Parsers and damaged files", WORDS, of_mutations(out, count) + of_fuzzers(out), **more)
    return 0 if is_met else 1


sys.exit(main())
