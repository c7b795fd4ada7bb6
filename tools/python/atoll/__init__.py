"""Atoll from Python: worlds as Gymnasium environments, policies served to Atoll, recordings as numpy arrays.

Nothing here needs Atoll's C++ libraries: worlds and policies are reached over ZeroMQ (``atoll serve``), recordings and
training caches are read as files.
"""

from atoll._connection import Connection, RemoteError
from atoll._controls import CONTROLS, NUM_CONTROLS
from atoll.cache import FeatureFile, TrainingCache, read_cache, read_features
from atoll.env import Env
from atoll.policy import Action, Contract, serve_policy
from atoll.recording import Episode, Recording, read_recording
from atoll.vector import VectorEnv

__all__ = [
    "Action",
    "CONTROLS",
    "Connection",
    "Contract",
    "Env",
    "Episode",
    "FeatureFile",
    "NUM_CONTROLS",
    "Recording",
    "RemoteError",
    "TrainingCache",
    "VectorEnv",
    "read_cache",
    "read_features",
    "read_recording",
    "serve_policy",
]
__version__ = "0.1.0"
