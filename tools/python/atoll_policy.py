"""A policy that `atoll train` made, in plain PyTorch: to look inside, change and run it elsewhere. One file, no Atoll.

    policy = Policy.load("my-run")                        # a run, or a checkpoint in it
    out = policy(frames, policy.encode(["go to the red ball"]))
    out["keys"].sigmoid()                                 # [B, T, K, S, C], the rest likewise: see agent/model.h

Frames are uint8 [B, T, H, W, 4], BGRA, of the contract's size; tokens int64 [B, K, L], 0 where there is no word. What T
calls with one step give, with the `memory` of the one before, is what one call with T steps gives. Encoders of pictures
and texts are those from scratch (encoder = "conv", text = "own"); published ones are read by their own libraries.
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
        self.names = list(weights)
        self.values = torch.nn.ParameterList(weights.values())
        self.weights = dict(zip(self.names, self.values))

    @staticmethod
    def load(run) -> "Policy":
        folder = pathlib.Path(run)
        if not (folder / "checkpoint.toml").exists():
            folder /= (folder / "latest").read_text().strip()
        about = tomllib.loads((folder / "checkpoint.toml").read_text())
        return Policy(about["model"], about["contract"], load_file(folder / "weights.safetensors"),
                      (folder / "tokenizer.model").read_bytes())

    def encode(self, texts) -> torch.Tensor:
        """[1, K, L] tokens of K texts; needs the package sentencepiece."""
        import sentencepiece
        spell = sentencepiece.SentencePieceProcessor(model_proto=self.vocabulary)
        words = [" ".join(re.sub(r"[^0-9a-z\x80-\U0010ffff]+", " ", t.lower()).split()) for t in texts]
        pieces = [[p for p in spell.encode(w) if p not in (0, spell.unk_id())] for w in words]
        return torch.tensor([[p + [0] * (self.model["max_words"] - len(p)) for p in pieces]])

    def linear(self, name, x):
        return F.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def norm(self, name, x):
        return F.layer_norm(x, x.shape[-1:], self.weights[name + ".weight"], self.weights[name + ".bias"])

    def conv(self, name, x, **how):
        return F.conv2d(x, self.weights[name + ".weight"], self.weights[name + ".bias"], **how)

    @staticmethod
    def attend(q, k, v, heads, bias=None):
        q, k, v = (x.unflatten(-1, (heads, -1)).transpose(-2, -3) for x in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v, bias).transpose(-2, -3).flatten(-2)

    def mlp(self, name, x, act=F.relu):
        return self.linear(name + "mlp_out", act(self.linear(name + "mlp_in", self.norm(name + "mlp_norm", x))))

    def pictures(self, frames):  # [F, H, W, 4] to patches [F, P, D], and those that words are matched with
        x = (frames[..., :3].permute(0, 3, 1, 2).float() / 255 - 0.5).contiguous(memory_format=torch.channels_last)
        x = self.conv("encoder.down", self.conv("encoder.stem", x, stride=4).relu(), stride=2, padding=1)
        x = F.group_norm(x, 8, self.weights["encoder.norm.weight"], self.weights["encoder.norm.bias"]).relu()
        seen = [x]
        for i in range(self.model["residual_blocks"]):
            b = f"encoder.block{i}."
            x = (x + self.conv(b + "second", self.conv(b + "first", x, padding=1).relu(), padding=1)).relu()
            seen.append(x)
        return [y.flatten(2).transpose(1, 2) for y in (x, seen[self.model["keys_after_block"]])]

    def text(self, tokens):  # words [B, K, L, E], the same in their places, their mean, 1 where there is one
        mask = (tokens != 0).float()
        words = x = F.embedding(tokens, self.weights["text.embedding"])
        if self.model["text_layers"]:
            x = x + self.weights["text.positions"][: tokens.shape[2]]
        for i in range(self.model["text_layers"]):
            n = f"text.layer{i}."
            qkv = self.linear(n + "query_key_value", self.norm(n + "attention_norm", x)).chunk(3, -1)
            x = x + self.linear(n + "attention_out", self.attend(*qkv, self.model["text_heads"],
                                                                 (mask - 1)[:, :, None, None] * 1e4))
            x = x + self.mlp(n, x)
        return words, x, (x * mask[..., None]).sum(2) / mask.sum(2, True).clamp_min(1), mask

    def ground(self, words, placed, sentence, mask, keys, values):  # what is asked for [B, T, K, R, D], scores [.., P]
        by_word = self.model["grounding"] == "words"
        ask = words if by_word else sentence[:, :, None]
        logits = torch.einsum("bklq,btpq->btklp", self.linear("grounding.query", ask), self.linear("grounding.key", keys))
        logits = logits * 0.25 + self.linear("grounding.bias", ask)[:, None] + (2.0 if by_word else 0.0)
        if not by_word:
            q, k, v = (self.linear("grounding.attention_" + n, x) for n, x in
                       (("query", placed.flatten(1, 2)[:, None].expand(-1, values.shape[1], -1, -1)), ("key", values), ("value", values)))
            seen = self.linear("grounding.attention_out", self.attend(q, k, v, self.model["text_heads"]))
            seen = seen.unflatten(2, mask.shape[1:]) * mask[:, None, :, :, None]
            pooled = seen.sum(3) / mask.sum(2)[:, None, :, None].clamp_min(1)
            return pooled[:, :, :, None], F.logsigmoid(logits) * mask.amax(2)[:, None, :, None, None]
        share = mask[:, :, None]
        if self.model["roles"] > 1:
            share = (self.linear("grounding.role", placed) + 2).sigmoid().transpose(2, 3) * share
        scores = torch.einsum("bkrl,btklp->btkrp", share, F.logsigmoid(logits))
        null = self.weights["grounding.null_score"][:, None].expand(*scores.shape[:-1], 1)
        w = torch.cat((scores * 1.5, null), -1).softmax(-1)
        pooled = torch.einsum("btkrp,btpd->btkrd", w[..., :-1], values.expand(*keys.shape[:3], -1))
        return pooled + w[..., -1:] * self.weights["grounding.null_value"], scores

    def look_back(self, name, past, steps):  # [heads, T, past + T]: what each step thinks of those before it
        table = self.weights[name + "distance_bias"]
        now = torch.arange(past, past + steps, device=table.device)[:, None]
        distance = now - torch.arange(past + steps, device=table.device)
        bias = table[:, distance.clamp(0, table.shape[1] - 1)]
        return bias.masked_fill((distance < 0) | (distance >= table.shape[1]), float("-inf"))

    def watch(self, patches, memory):  # what to add to patches [B, T, P, D] when those of the steps before are known
        steps, (B, T, P, D), kept = self.model["video_steps"], patches.shape, []
        rows, x = (self.contract["frame_height_px"] // 4 - 1) // 2 + 1, self.linear("video.in", patches)
        for i in range(self.model["video_layers"]):
            n = f"video.layer{i}."
            normed = self.norm(n + "attention_norm", x)
            planes = normed.flatten(0, 1).unflatten(1, (rows, -1)).permute(0, 3, 1, 2)
            around = F.conv2d(planes, self.weights[n + "around"], padding=1, groups=D).flatten(2).transpose(1, 2)
            now = self.linear(n + "key_value", normed + around.unflatten(0, (B, T)))
            context = torch.cat((memory[i], now), 1) if memory else now
            kept.append(context[:, -(steps - 1):].detach())
            q, k, v = (y.transpose(1, 2) for y in (self.linear(n + "query", normed), *context.chunk(2, -1)))
            seen = self.attend(q, k, v, 4, self.look_back(n, context.shape[1] - T, T)).transpose(1, 2)
            x = x + self.linear(n + "attention_out", seen)
            x = x + self.mlp(n, x)
        return self.linear("video.out", x), kept

    def remember(self, hidden, memory):  # [N, T, D]; every step looks back memory_steps steps
        steps, x, kept = self.model["memory_steps"], self.linear("memory.in", hidden), []
        for i in range(self.model["memory_layers"]):
            n, past = f"memory.layer{i}.", memory[i] if memory else x[:, :0]
            context = torch.cat((past, x), 1)
            kept.append(context[:, -steps:].detach())
            bias = self.look_back(n, past.shape[1], x.shape[1])
            k, v = self.linear(n + "key_value", self.norm(n + "attention_norm", context)).chunk(2, -1)
            q = self.linear(n + "query", self.norm(n + "attention_norm", x))
            x = x + self.linear(n + "attention_out", self.attend(q, k, v, self.model["memory_heads"], bias))
            x = x + self.mlp(n, x)
        return self.linear("memory.out", x), kept

    def fuse(self, hidden, patches, words, mask):  # latents [B, T, K, Q, D]
        heads, patches, words = self.model["fusion_heads"], self.linear("fusion.patches", patches), self.linear("fusion.words", words * mask[..., None])
        x = hidden[:, :, :, None] + self.weights["fusion.latents"]
        bias = ((mask - 1) * mask.amax(2, True))[:, None, :, None, None] * 1e9  # nothing is hidden of a text without words
        for i in range(self.model["fusion_layers"]):
            for kind, context, b in (("latents", None, None), ("patches", patches[:, :, None], None), ("words", words[:, None], bias)):
                n = f"fusion.layer{i}.{kind}"
                q = self.norm(n + "_norm", x)
                k, v = self.linear(n + "_key_value", q if context is None else context).chunk(2, -1)
                k, v = (y.expand(*x.shape[:3], -1, -1) for y in (k, v))
                x = x + self.linear(n + "_out", self.attend(self.linear(n + "_query", q), k, v, heads, b))
            x = x + self.mlp(f"fusion.layer{i}.", x, F.gelu)
        return self.norm("fusion.norm", x)

    def point(self, hidden, placed, scores, given):  # logits [B, T, K, S, places] of the pointer: it stays, then cells
        W, S, cells = self.weights, self.contract["chunk_actions"], self.contract["pointer_cells"] ** 2
        query, trust = (self.linear("pointer." + n, hidden) for n in ("query", "trust"))
        if not self.model["fusion_layers"]:
            query, trust = (x.unflatten(-1, (S, -1)) for x in (query, trust))
        places = self.linear("pointer.places", placed).unflatten(-1, (cells, -1)).flatten(2, 3)
        keys = torch.cat((W["pointer.stays"].expand(*places.shape[:2], 1, -1), places), 2)
        if self.model["autoregressive"] and given["controls"] is not None:
            query = query + given["controls"] @ W["pointer.given_controls"].T
            query = query + sum(W["pointer.given_" + n][given[n]] for n in ("x", "y", "wheel") if "pointer.given_" + n in W)
        by_words = torch.einsum("btksr,btkrp->btksp", trust, scores).repeat_interleave(cells, -1)
        return torch.einsum("btksq,btnq->btksn", query, keys) / query.shape[-1] ** 0.5 + F.pad(by_words, (1, 0))

    def forward(self, frames, tokens, memory=None, controls=None, mouse_x=None, mouse_y=None, wheel=None, past=None) -> dict:
        """What was done, for autoregressive models: controls [B, T, K, S, C], mouse_x and, where the contract has a wheel
        or a pointer, mouse_y and wheel [B, T, K, S], all of them classes (of the wheel, 0 is -wheel_max). For models with
        past_actions, `past` [B, T, A] as agent/past_actions.h writes it, newest first; None: not known, all 0."""
        W, S, C, bins = self.weights, self.contract["chunk_actions"], len(self.contract["controls"]), self.contract["mouse_bins"]
        wheel_max, pointer = self.contract.get("wheel_max", 0), self.contract.get("pointer", "none")
        patches, keys = (x.unflatten(0, frames.shape[:2]) for x in self.pictures(frames.flatten(0, 1)))
        memory = dict(memory or {})
        if self.model.get("video_steps", 0) > 1:
            added, memory["video"] = self.watch(patches, memory.get("video"))
            patches = patches + added
        words, placed_words, sentence, mask = self.text(tokens)
        placed = patches + W["encoder.positions"]
        values = placed if self.model["pool_content"] else W["encoder.positions"].expand_as(patches)
        pooled, scores = self.ground(words, placed_words, sentence, mask, keys, values)
        seen = self.linear("policy.first_scene", self.linear("policy.scene", patches).relu().flatten(2))
        if self.model["past_actions"]:
            past = patches.new_zeros(*frames.shape[:2], W["past.hidden.weight"].shape[1]) if past is None else past
            seen = seen + self.linear("past.hidden", past)
        asked = torch.cat((pooled.flatten(3), self.linear("policy.map", scores.exp().flatten(3)),
                           sentence[:, None].expand(-1, frames.shape[1], -1, -1)), 3)
        hidden = (self.linear("policy.first_asked", asked) + seen[:, :, None]).relu()
        if self.model["memory_steps"]:
            recalled, memory["states"] = self.remember(hidden.transpose(1, 2).flatten(0, 1), memory.get("states"))
            hidden = hidden + recalled.unflatten(0, tokens.shape[:2]).transpose(1, 2)
        if self.model["fusion_layers"]:
            x = self.fuse(hidden, placed, placed_words, mask)
            goal, x = self.linear("policy.goal", x[..., S, :]), x[..., :S, :]
            logits = self.linear("policy.actions", x)
        else:
            x = self.linear("policy.second", hidden).relu()
            logits, goal = self.linear("policy.actions", x).unflatten(-1, (S, -1)), self.linear("policy.goal", x)
        out = {"goal": goal[..., 0], "scores": scores, "memory": memory}
        if pointer != "none":
            out["pointer"] = self.point(x, placed, scores, {"controls": controls, "x": mouse_x, "y": mouse_y, "wheel": wheel})
        if self.model["past_actions"]:
            logits = logits + self.linear("past.actions", past).unflatten(2, (S, -1))[:, :, None]
        keys, x, y, turned = logits.split((C, bins, bins, 2 * wheel_max + 1 if wheel_max else 0), -1)
        if self.model["autoregressive"] and controls is not None:
            keys = keys + controls @ W["keys.given_controls"].tril(-1).T
            x = x + controls @ W["mouse.x_given_controls"].T
            y = y + controls @ W["mouse.y_given_controls"].T + W["mouse.y_given_x"][mouse_x]
            if wheel_max:
                turned = turned + controls @ W["wheel.given_controls"].T + W["wheel.given_x"][mouse_x] + W["wheel.given_y"][mouse_y]
        if wheel_max:
            out["wheel"] = turned
        return out | {"keys": keys, "mouse_x": x, "mouse_y": y}
