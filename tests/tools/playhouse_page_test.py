"""The table of Playhouse's numbers says what was measured, and nothing of what was not."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ["ATOLL_ROOT"])
ORIGIN = {"command": "tools/studies/soak.sh", "date": "2030-01-02", "commit": "abc1234", "machine": "a machine, 2 cores"}
SOAK = {
    "steps": 10_000_000,
    "ticks": 40_000_000,
    "episodes": 20_000,
    "problems": [],
    "memory": {"most_in_first_half_mib": 6.0, "most_in_second_half_mib": 6.0, "is_flat": True},
}


class Page(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.results = pathlib.Path(folder.name)

    def keep(self, folder, found):
        (self.results / folder).mkdir()
        (self.results / folder / "results.json").write_text(json.dumps({**ORIGIN, **found}))

    def page(self):
        """The page, and the exit code of what made it."""
        program = ROOT / "tools/studies/playhouse.py"
        done = subprocess.run([sys.executable, str(program), str(self.results)], capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return (self.results / "playhouse.md").read_text(), done.returncode

    def row(self, page, what):
        return next(line for line in page.splitlines() if line.startswith(f"| {what}"))

    def test_what_was_never_measured_is_not_run(self):
        page, code = self.page()
        rows = re.findall(r"^\| .* \| \S+ \|$", page, re.MULTILINE)
        self.assertGreater(len(rows), 40)
        self.assertNotRegex(page, r"\| (yes|\*\*no\*\*) \|")
        self.assertEqual(code, 1)

    def test_a_part_shows_its_newest_results_and_where_they_come_from(self):
        self.keep("2030-01-01-soak", {**SOAK, "problems": ["a player in a wall"]})
        self.keep("2030-01-02-soak", SOAK)
        page, code = self.page()
        self.assertIn("| 0 in 40,000,000 ticks | yes |", self.row(page, "soak: players in walls"))
        self.assertIn("(2030-01-02-soak/)", self.row(page, "soak: memory"))
        self.assertIn("`tools/studies/soak.sh` | 2030-01-02 | abc1234 | a machine, 2 cores |", page)
        self.assertEqual(code, 1)  # all else is not measured

    def test_a_bar_that_is_missed_is_a_no(self):
        self.keep("2030-01-01-soak", {**SOAK, "steps": 9_999_999, "problems": ["a player in a wall"]})
        page, _ = self.page()
        self.assertIn("| **no** |", self.row(page, "soak: random steps"))
        self.assertIn("| 1 in 40,000,000 ticks | **no** |", self.row(page, "soak: players in walls"))

    def test_results_that_lack_a_number_are_not_run(self):
        self.keep("2030-01-01-soak", {"steps": 10_000_000})
        page, _ = self.page()
        self.assertIn("| not run | **not run** |", self.row(page, "soak: memory"))

    def test_development_starts_and_few_episodes_meet_no_bar_of_the_expert(self):
        row = {"suite": "house", "task": "put", "n": 500, "rate": 1.0, "low": 0.99, "high": 1.0, "seeds": "held_out"}
        for folder, change, met in (
            ("2030-01-01-experts", {}, "yes"),
            ("2030-01-02-experts", {"n": 499}, "**no**"),
            ("2030-01-03-experts", {"seeds": "development"}, "**no**"),
        ):
            self.keep(folder, {"rows": [{**row, **change}]})
            self.assertIn(f"| {met} |", self.row(self.page()[0], "the expert: put"))


if __name__ == "__main__":
    unittest.main()
