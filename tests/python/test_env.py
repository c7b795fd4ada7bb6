"""Env and VectorEnv at a served Playhouse."""

import tempfile
import unittest
import warnings

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import check_env
from support import Serving, run_atoll

import atoll


class OneWorld(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.serving = Serving("playhouse").__enter__()
        cls.addClassCleanup(cls.serving.__exit__)
        cls.address = cls.serving.address

    def rollout(self, env, seed, steps):
        env.action_space.seed(seed)
        observation, info = env.reset(seed=seed)
        told = [(observation["image"].copy(), observation["instruction"], info["verdict"])]
        for _ in range(steps):
            observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
            told.append((observation["image"].copy(), reward, terminated, truncated, info["reason"]))
            if terminated or truncated:
                break
        return told

    def assert_same(self, a, b):
        self.assertEqual(len(a), len(b))
        for x, y in zip(a, b):
            np.testing.assert_array_equal(x[0], y[0])
            self.assertEqual(x[1:], y[1:])

    def test_gymnasium_finds_nothing_wrong(self):
        env = atoll.Env(self.address, render_mode="rgb_array")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # Gymnasium's advice on bounds and ranges is for learners on numbers; counts of a mouse are what they are.
            warnings.filterwarnings("ignore", message=".*(symmetric and normalized|no render fps|gym.spec).*")
            warnings.filterwarnings("ignore", message=".*(env.spec|not recreatable).*")
            check_env(env, skip_render_check=True)
        self.assertEqual(env.render().shape, (72, 96, 3))
        env.close()

    def test_a_seed_gives_the_same_episode(self):
        with_pointer = {"pointer": True}
        for options in ({}, with_pointer):
            a, b = atoll.Env(self.address, **options), atoll.Env(self.address, **options)
            self.assert_same(self.rollout(a, 5, 60), self.rollout(b, 5, 60))
            a.close()
            b.close()

    def test_the_task_is_chosen_and_told(self):
        env = atoll.Env(self.address)
        family = env.spec_of_world.tasks[0]
        _, info = env.reset(seed=1, options={"task": {"family": family}})
        self.assertEqual(info["task"]["family"], family)
        self.assertTrue(info["instruction"])
        with self.assertRaisesRegex(atoll.RemoteError, "juggle"):
            env.reset(seed=1, options={"task": {"family": "juggle"}})
        env.reset(seed=1)
        env.close()

    def test_vector_rows_are_single_environments_with_next_step_autoreset(self):
        num = 3
        task = {"time_limit_s": 1.0}  # 15 steps: several episodes in this test
        vector = atoll.VectorEnv(self.address, num, task=task)
        self.assertIsInstance(vector, gymnasium.vector.VectorEnv)
        vector.action_space.seed(7)
        observation, infos = vector.reset(seed=10)
        self.assertIn(observation["image"].shape, [(num, 72, 96, 3)])
        self.assertTrue(vector.observation_space.contains(observation))
        singles = [atoll.Env(self.address, task=task) for _ in range(num)]
        firsts = [env.reset(seed=10 + i)[0] for i, env in enumerate(singles)]
        for i in range(num):
            np.testing.assert_array_equal(observation["image"][i], firsts[i]["image"])
            self.assertEqual(observation["instruction"][i], firsts[i]["instruction"])
        was_over = np.zeros(num, bool)
        ends = 0
        for _ in range(40):
            actions = vector.action_space.sample()
            observation, rewards, terminated, truncated, infos = vector.step(actions)
            for i, env in enumerate(singles):
                if was_over[i]:
                    self.assertEqual((rewards[i], terminated[i], truncated[i]), (0.0, False, False))
                    self.assertEqual(infos["step"][i], 0)
                    task_of = infos["task"][i] if isinstance(infos["task"], np.ndarray) else {n: v[i] for n, v in infos["task"].items() if not n.startswith("_")}
                    self.assertEqual(task_of["time_limit_s"], 1.0)
                    continue
                if ends > 0:
                    continue  # later episodes have seeds of their own
                one, reward, end, cut, info = env.step({name: value[i] for name, value in actions.items()})
                np.testing.assert_array_equal(observation["image"][i], one["image"])
                self.assertEqual((reward, end, cut), (rewards[i], terminated[i], truncated[i]))
                self.assertEqual(info["verdict"], infos["verdict"][i])
            was_over = terminated | truncated
            ends += int(was_over.sum())
        self.assertGreaterEqual(ends, num)
        for env in (*singles, vector):
            env.close()

    def test_closing_frees_the_environments(self):
        for _ in range(5):  # 5 x 60 are more than the server's 256
            vector = atoll.VectorEnv(self.address, 60)
            vector.reset(seed=0)
            vector.close()
        with self.assertRaisesRegex(atoll.RemoteError, "max_environments_per_client"):
            atoll.VectorEnv(self.address, 65)


class Trouble(unittest.TestCase):
    def test_a_killed_server_is_an_error_in_bounded_time(self):
        with Serving("playhouse") as serving:
            env = atoll.Env(serving.address, silence_s=2.0)
            env.reset(seed=1)
            serving.process.kill()
            serving.process.wait()
            with self.assertRaisesRegex(atoll.RemoteError, "has been silent for"):
                env.step(env.action_space.sample())
            env.close()

    def test_keys_let_in_their_owner_only(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(run_atoll("serve", "--make-keys", f"{folder}/a").returncode, 0)
            self.assertEqual(run_atoll("serve", "--make-keys", f"{folder}/b").returncode, 0)
            with Serving("playhouse", "--address", "tcp://*:*", "--keys", f"{folder}/a/server") as serving:
                address = "127.0.0.1:" + serving.address.rpartition(":")[2]
                env = atoll.Env(address, keys=f"{folder}/a/client")
                env.reset(seed=1)
                env.close()
                for keys in (None, f"{folder}/b/client"):
                    with self.assertRaisesRegex(atoll.RemoteError, "silent"):
                        atoll.Env(address, keys=keys, silence_s=3.0)  # two pings go nowhere


if __name__ == "__main__":
    unittest.main()
