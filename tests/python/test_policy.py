"""A policy in Python, asked by `atoll` and by a client of the protocol."""

import importlib.util
import json
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np
from support import ATOLL, ROOT, run_atoll

import atoll
from atoll._protocol import Verb


def load_example():
    spec = importlib.util.spec_from_file_location("example", ROOT / "tools/python/examples/policy_server.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Serving:
    """serve_policy on a thread for the time of a `with`."""

    def __init__(self, create, contract, **options):
        self._create, self._contract, self._options = create, contract, options
        self._ready, self._stop = threading.Event(), threading.Event()

    def __enter__(self):
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._ready.wait(60)
        return self

    def _run(self):
        def on_ready(address):
            self.address = address
            self._ready.set()

        atoll.serve_policy(self._create, self._contract, on_ready=on_ready, should_stop=self._stop.is_set, **self._options)

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


class Played(unittest.TestCase):
    def test_the_example_plays_an_evaluation(self):
        example = load_example()
        with tempfile.TemporaryDirectory() as folder, Serving(example.Walk, example.CONTRACT) as serving:
            done = run_atoll(
                "eval", "--policy", f"remote:{serving.address}", "--episodes", "3", "--threads", "1", "--no-controls",
                "--no-videos", "--json", "--out", f"{folder}/eval",
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            rows = json.loads(done.stdout)["rows"]
            self.assertEqual({row["condition"] for row in rows}, {"instructed"})
            self.assertGreaterEqual(max(row["n"] for row in rows), 3)

    def test_what_it_does_is_what_is_recorded(self):
        seen = []

        class Turn:
            def __init__(self, counts_per_turn):
                seen.append(counts_per_turn)

            def reset(self, seed):
                self.step = 0

            def act(self, image, instruction, held):
                seen.append((image.shape, image.dtype, instruction, tuple(held)))
                self.step += 1
                return [atoll.Action(held=["w"] if self.step % 2 else [], taps=["e"], mouse=(self.step, -i)) for i in range(8)]

        contract = atoll.Contract(controls=["w", "e"], delay_steps=0)
        with tempfile.TemporaryDirectory() as folder, Serving(Turn, contract) as serving:
            out = f"{folder}/recording"
            done = run_atoll("record", "playhouse", "--player", f"remote:{serving.address}", "--seconds", "1", "--set",
                             "record.threads=1", "--out", out)
            self.assertEqual(done.returncode, 0, done.stderr)
            actions = atoll.read_recording(out).actions
        self.assertEqual(seen[-1][0], (72, 96, 3))
        self.assertGreater(max(one for one in seen if isinstance(one, float)), 0, "the world's counts per turn")
        w, e = atoll.CONTROLS.index("w"), atoll.CONTROLS.index("e")
        np.testing.assert_array_equal(actions.mouse[:8, 0], [1, 1, 1, 1, 2, 2, 2, 2])
        np.testing.assert_array_equal(actions.mouse[:8, 1], [0, -1, -2, -3, 0, -1, -2, -3])
        np.testing.assert_array_equal(actions.held[:8, w], [1, 1, 1, 1, 0, 0, 0, 0])
        np.testing.assert_array_equal(actions.presses[:8, w], [1, 0, 0, 0, 0, 0, 0, 0])
        self.assertTrue((actions.presses[:, e] == 1).all())

    def test_a_contract_that_does_not_fit_the_world_is_refused(self):
        example = load_example()
        contract = atoll.Contract(controls=["f12"], action_rate_hz=30)
        with tempfile.TemporaryDirectory() as folder, Serving(example.Walk, contract) as serving:
            done = run_atoll("record", "playhouse", "--player", f"remote:{serving.address}", "--out", f"{folder}/r")
        self.assertEqual(done.returncode, 1)
        self.assertIn("action_rate_hz: 30 (policy) and 15 (world)", done.stderr)
        self.assertIn("lacks f12", done.stderr)

    def test_what_it_raises_is_the_clients_error(self):
        class Broken:
            def __init__(self, counts_per_turn):
                pass

            def reset(self, seed):
                pass

            def act(self, image, instruction, held):
                raise ArithmeticError("no idea")

        with tempfile.TemporaryDirectory() as folder, Serving(Broken, atoll.Contract()) as serving:
            done = run_atoll("record", "playhouse", "--player", f"remote:{serving.address}", "--out", f"{folder}/r")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ArithmeticError: no idea", done.stderr)

    def test_a_server_that_dies_is_an_error_not_a_hang(self):
        script = (
            "import atoll, os, signal\n"
            "class Dies:\n"
            "    def __init__(self, counts_per_turn): pass\n"
            "    def reset(self, seed): pass\n"
            "    def act(self, image, instruction, held): os.kill(os.getpid(), signal.SIGKILL)\n"
            "atoll.serve_policy(Dies, atoll.Contract(), on_ready=lambda a: print(a, flush=True))\n"
        )
        server = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        try:
            address = server.stdout.readline().strip()
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(
                    [ATOLL, "record", "playhouse", "--player", f"remote:{address}", "--out", f"{folder}/r"],
                    capture_output=True, text=True, timeout=90, check=False,
                )
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"the server at {address} has been silent for", done.stderr)

    def test_questions_out_of_order_or_shape_are_refused_and_repeats_answered_alike(self):
        example = load_example()
        with Serving(example.Walk, example.CONTRACT) as serving, atoll.Connection(serving.address, "policy") as client:
            picture = [bytes(96 * 72 * 4)]
            with self.assertRaisesRegex(atoll.RemoteError, "OBS before SPEC"):
                client.ask(Verb.OBS, Verb.SEND, buffers=picture)
            client.ask(Verb.SPEC, Verb.SPEC, body={"counts_per_turn": 3600.0})
            episode = client.ask(Verb.RESET, Verb.RESET, body={"seed": 1}).episode
            first = client.ask(Verb.OBS, Verb.SEND, episode=episode, buffers=picture)
            again = client.ask(Verb.OBS, Verb.SEND, episode=episode, buffers=picture)
            self.assertEqual(first.body, again.body)
            for request, words in (
                ({"tick": 3, "episode": episode, "buffers": picture}, "tick 3, expected 1"),
                ({"tick": 1, "episode": 9, "buffers": picture}, "episode 9"),
                ({"tick": 1, "episode": episode, "buffers": [b"x"]}, "expected one of 27648"),
                ({"tick": 1, "episode": episode, "buffers": picture, "body": {"held": [500]}}, "indices of controls"),
            ):
                with self.assertRaisesRegex(atoll.RemoteError, words):
                    client.ask(Verb.OBS, Verb.SEND, **request)
            with self.assertRaisesRegex(atoll.RemoteError, "STEP is not offered"):
                client.ask(Verb.STEP, Verb.OBS)


if __name__ == "__main__":
    unittest.main()
