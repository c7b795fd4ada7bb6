"""Runs the tests that prove Playhouse's exact promises: checks.py QUICK FOLDER COMMAND writes the study's results.

QUICK: `true` leaves out what takes long. Exit code 1 when a check fails.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from origin import origin, told, write_results

RELEASE, ASAN = pathlib.Path("build/release/bin"), pathlib.Path("build/asan/bin")


@dataclasses.dataclass
class Check:
    name: str
    promise: str
    command: list[str]
    takes_long: bool = False
    needs: str = ""  # what a machine must have, in words, where it has not


def tests(program: str, only: str, folder: pathlib.Path = RELEASE) -> list[str]:
    return [str(folder / program), f"--gtest_filter={only}"]


def has_avx2() -> bool:
    return bool(re.search(r"^flags.* avx2 ", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE))


def all_checks() -> list[Check]:
    scenarios = "PlayhouseScenarios.*"
    gym = [sys.executable, "-m", "unittest", "-v", "test_env.OneWorld.test_gymnasium_finds_nothing_wrong"]
    hashes = "of every picture, state and verdict of 1,000 episodes at all levels, on 1 and on 2 threads"
    return [
        Check("houses", "4,000 houses of each level keep the plan's promises", tests("house_plan_slow_tests", "*"), True),
        Check(
            "starts",
            "nothing is done at the start; no training task is of a held-out set",
            tests("house_tasks_tests", "HouseEpisode.*:AlreadyDone.*"),
        ),
        Check(
            "parser",
            "100,000 generated instructions of any meaning parse back to it",
            tests("house_language_tests", "HouseLanguage.EveryPhraseMeansItsMission"),
        ),
        Check("typing", "what is not understood is told, with the nearest", tests("house_language_tests", "HouseParser.*")),
        Check(
            "hashes", f"hashes {hashes}", tests("playhouse_episodes_slow_tests", "PlayhouseHashes.*"), takes_long=True
        ),
        Check(
            "hashes_asan",
            "the same hashes under the address and undefined-behaviour sanitizers",
            tests("playhouse_episodes_slow_tests", "PlayhouseHashes.*", ASAN),
            takes_long=True,
        ),
        Check("scenarios", "the scenario files replay bit for bit", tests("playhouse_episodes_tests", scenarios)),
        Check(
            "scenarios_avx2",
            "the same, the world compiled for AVX2",
            tests("playhouse_avx2_tests", scenarios),
            takes_long=True,
            needs="" if has_avx2() else "a processor with AVX2",
        ),
        Check(
            "scenarios_valgrind",
            "the same, and the hashes of 100 episodes, on valgrind's processor",
            ["valgrind", "--tool=none", "--quiet", *tests("playhouse_episodes_tests", f"{scenarios}:PlayhouseHashes.*")],
            takes_long=True,
            needs="" if shutil.which("valgrind") else "valgrind",
        ),
        Check(
            "snapshots",
            "snapshots go on as the original did, in every family",
            tests("playhouse_episodes_tests", "*SnapshotOf.*:PlayhouseSnapshot.*:StrangeSnapshot.*"),
        ),
        Check(
            "two_players",
            "two players, each with a view and hands: in the stepped world and in the pool",
            tests("playhouse_episodes_tests", "PlayhousePair.*:Partners.*"),
        ),
        Check(
            "two_windows",
            "two windows on two screens share a house",
            tests("playhouse_window_display_tests", "PlayhouseWindow.TwoWindowsOnTwoScreensShareAHouse"),
        ),
        Check(
            "bad_messages",
            "10,000 malformed, oversized and replayed messages: refused with a reason, others undisturbed",
            tests("remote_tests", "RemoteAbuseTest.*"),
            takes_long=True,
        ),
        Check("gymnasium", "gymnasium.utils.env_checker finds nothing wrong", gym),
    ]


def num_run(output: str) -> int:
    """How many tests ran, of gtest's or unittest's words: a filter that meets none proves nothing."""
    found = re.search(r"\[==========\] (\d+) tests? from .* ran\.|^Ran (\d+) tests?", output, re.MULTILINE)
    return int(found[1] or found[2]) if found else 0


def run(check: Check) -> dict:
    told_of = {"name": check.name, "promise": check.promise}
    told_of["command"] = " ".join(check.command).replace(sys.executable, "python")
    if check.needs:
        return {**told_of, "passed": None, "why": f"this machine has no {check.needs}"}
    print(check.name, file=sys.stderr)
    environment = os.environ | {"ATOLL_BIN": str(RELEASE.absolute()), "ATOLL_PYTHON": sys.executable, "ATOLL_ROOT": os.getcwd()}
    environment["PYTHONPATH"] = "tests/python:tools/python"
    begin = time.monotonic()
    done = subprocess.run(check.command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    passed = done.returncode == 0 and num_run(done.stdout) > 0
    if not passed:
        print(done.stdout[-4000:], file=sys.stderr)
    return {**told_of, "passed": passed, "tests": num_run(done.stdout), "seconds": round(time.monotonic() - begin, 1)}


def facts_of_page(page: str) -> dict:
    """Numbers of docs/playhouse.md, which the world's own tables made (a test keeps it so)."""
    levels = dict(re.findall(r"^\| (\w+) \| `playhouse[^|]*\| ([\d to]+ \| [\d to]+) \|", page, re.MULTILINE))
    clauses = page[page.index("### Clauses") : page.index("### Two clauses")]
    counts = [line.count("`") // 2 for line in clauses.splitlines() if line.startswith("- ")]
    solo = [line for line in clauses.splitlines() if line.startswith("**") and "two players" not in line]
    return {
        "rooms_and_things": {level: told.strip() for level, told in levels.items()},
        "families": len(solo) + 1,  # sequences have no clauses of their own
        "templates": sum(counts),
        "least": min(counts),
        "most": max(counts),
    }


def page_of(found: dict) -> str:
    lines = ["# What tests prove", "", told(found), "", "| promise | kept | tests | seconds | command |", "|---|---|---|---|---|"]
    for check in found["checks"]:
        kept = {True: "yes", False: "no", None: f"not run: {check.get('why')}"}[check["passed"]]
        told_of = (check["promise"], kept, check.get("tests", ""), check.get("seconds", ""), f"`{check['command']}`")
        lines.append("| " + " | ".join(map(str, told_of)) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    is_quick, folder, command = sys.argv[1] == "true", pathlib.Path(sys.argv[2]), sys.argv[3]
    checks = [run(check) for check in all_checks() if not (is_quick and check.takes_long)]
    facts = facts_of_page(pathlib.Path("docs/playhouse.md").read_text())
    found = {**origin(command), "checks": checks, "page": facts}
    write_results(folder, found, page_of(found))
    sys.exit(1 if any(check["passed"] is False for check in checks) else 0)


main()
