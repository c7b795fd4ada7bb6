"""A policy that `atoll train` made, in plain PyTorch: to look inside, change and run elsewhere. Nothing of Atoll.

    policy = Policy.load("my-run")                        # a run, or a checkpoint in it
    out = policy(frames, policy.encode(["go to the red ball"]))
    out["keys"].sigmoid()                                 # [B, T, K, S, C], the rest likewise: see agent/model.h

Frames are uint8 [B, T, H, W, 4], BGRA, of the contract's size; tokens int64 [B, K, L], 0 where there is no word.
This is the agent of `atoll train` as it comes; `load` finds the parts of others in atoll_larger_policy.py, beside it.
"""
import pathlib
import re
import tomllib

import torch
import torch.nn.functional as F
from safetensors.torch import load_file


class Policy(torch.nn.Module):
    def __init__(self, model: dict, contract: dict, weights: dict, vocabulary: bytes = b""):
        super().__init__()
        if (model["encoder"], model["text"]) != ("conv", "own"):
            raise ValueError(f"encoder {model['encoder']!r} and text {model['text']!r}, expected 'conv' and 'own'")
        self.model, self.contract, self.vocabulary = model, contract, vocabulary
        self.values = torch.nn.ParameterList(weights.values())
        self.weights = dict(zip(weights, self.values))

    @staticmethod
    def load(run) -> "Policy":
        folder = pathlib.Path(run)
        if not (folder / "checkpoint.toml").exists():
            folder /= (folder / "latest").read_text().strip()
        about = tomllib.loads((folder / "checkpoint.toml").read_text())
        model, contract, kind = about["model"], about["contract"], Policy
        more = ("text_layers", "memory_steps", "fusion_layers", "past_actions", "video_steps", "autoregressive")
        if any(model.get(n) for n in more) or model["grounding"] != "words" or contract.get("pointer", "none") != "none":
            from atoll_larger_policy import LargerPolicy as kind
        return kind(model, contract, load_file(folder / "weights.safetensors"), (folder / "tokenizer.model").read_bytes())

    def encode(self, texts) -> torch.Tensor:
        """[1, K, L] tokens of K texts; needs the package sentencepiece."""
        import sentencepiece
        spell = sentencepiece.SentencePieceProcessor(model_proto=self.vocabulary)
        words = [" ".join(re.sub(r"[^0-9a-z\x80-\U0010ffff]+", " ", t.lower()).split()) for t in texts]
        pieces = [[p for p in spell.encode(w) if p not in (0, spell.unk_id())] for w in words]
        return torch.tensor([[p + [0] * (self.model["max_words"] - len(p)) for p in pieces]])

    def layer(self, name, x, apply=F.linear, **how):
        return apply(x, self.weights[name + ".weight"], self.weights[name + ".bias"], **how)

    def pictures(self, frames, memory):  # to patches [B, T, P, D], and those that words are matched with
        def conv(name, x, **how):
            return self.layer("encoder." + name, x, F.conv2d, **how)
        x = (frames.flatten(0, 1)[..., :3].permute(0, 3, 1, 2).float() / 255 - 0.5).contiguous(memory_format=torch.channels_last)
        x = conv("down", conv("stem", x, stride=4).relu(), stride=2, padding=1)
        seen = [self.layer("encoder.norm", x, lambda x, weight, bias: F.group_norm(x, 8, weight, bias)).relu()]
        for i in range(self.model["residual_blocks"]):
            x = conv(f"block{i}.first", seen[-1], padding=1).relu()
            seen.append((seen[-1] + conv(f"block{i}.second", x, padding=1)).relu())
        return [y.flatten(2).transpose(1, 2).unflatten(0, frames.shape[:2]) for y in (seen[-1], seen[self.model["keys_after_block"]])]

    def text(self, tokens):  # words [B, K, L, E], the same as they stand, 1 where there is one
        words = F.embedding(tokens, self.weights["text.embedding"])
        return words, words, (tokens != 0).float()

    def shares(self, standing, mask):  # [B, K, R, L] of each word in each of the things that are named
        return mask[:, :, None]

    def match(self, ask, keys):  # logits [B, T, K, ., P]: is what is asked for in this patch?
        logits = torch.einsum("bklq,btpq->btklp", self.layer("grounding.query", ask), self.layer("grounding.key", keys))
        return logits * 0.25 + self.layer("grounding.bias", ask)[:, None]

    def ground(self, words, standing, sentence, mask, keys, values):  # what is meant [B, T, K, R, D], its scores [.., P]
        scores = torch.einsum("bkrl,btklp->btkrp", self.shares(standing, mask), F.logsigmoid(self.match(words, keys) + 2.0))
        nowhere = self.weights["grounding.null_score"][:, None].expand(*scores.shape[:-1], 1)
        w = torch.cat((scores * 1.5, nowhere), -1).softmax(-1)
        pooled = torch.einsum("btkrp,btpd->btkrd", w[..., :-1], values.expand(*keys.shape[:3], -1))
        return pooled + w[..., -1:] * self.weights["grounding.null_value"], scores

    def scene(self, patches, given):  # what is seen without asking [B, T, H]
        return self.layer("policy.first_scene", self.layer("policy.scene", patches).relu().flatten(2))

    def decide(self, hidden, seen, memory, given):  # thoughts; logits of actions, in one [B, T, K, S, .], and of success
        x = self.layer("policy.second", hidden).relu()
        return x, self.layer("policy.actions", x).unflatten(-1, (self.contract["chunk_actions"], -1)), self.layer("policy.goal", x), {}

    def forward(self, frames, tokens, memory=None, **given) -> dict:
        memory, places = dict(memory or {}), self.weights["encoder.positions"]
        patches, keys = self.pictures(frames, memory)
        words, standing, mask = self.text(tokens)
        sentence = (standing * mask[..., None]).sum(2) / mask.sum(2, True).clamp_min(1)
        values = patches + places if self.model["pool_content"] else places.expand_as(patches)
        meant, scores = self.ground(words, standing, sentence, mask, keys, values)
        asked = (meant.flatten(3), self.layer("policy.map", scores.exp().flatten(3)), sentence[:, None].expand(-1, frames.shape[1], -1, -1))
        hidden = (self.layer("policy.first_asked", torch.cat(asked, 3)) + self.scene(patches, given)[:, :, None]).relu()
        _, actions, goal, more = self.decide(hidden, (patches + places, standing, mask, scores), memory, given)
        bins, wheel = self.contract["mouse_bins"], self.contract.get("wheel_max", 0)
        sizes = [len(self.contract["controls"]), bins, bins] + [2 * wheel + 1] * (wheel > 0)
        of_each = zip(("keys", "mouse_x", "mouse_y", "wheel"), actions.split(sizes, -1))
        return {**dict(of_each), "goal": goal[..., 0], "scores": scores, "memory": memory, **more}
