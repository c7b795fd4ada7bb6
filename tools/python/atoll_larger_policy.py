"""What not every policy has: a transformer over the words, roles, cross-attention, a video encoder, past actions, memory,
fusion, autoregressive actions, a pointer. The headers in agent/ tell what each is for and where it comes from.

What T calls with one step give, with the `memory` of the one before, is what one call with T steps gives.
"""
import torch
import torch.nn.functional as F

from atoll_policy import Policy


class LargerPolicy(Policy):
    def norm(self, name, x):
        return self.layer(name, x, lambda x, weight, bias: F.layer_norm(x, x.shape[-1:], weight, bias))

    @staticmethod
    def attend(q, k, v, heads, bias=None):
        q, k, v = (x.unflatten(-1, (heads, -1)).transpose(-2, -3) for x in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v, bias).transpose(-2, -3).flatten(-2)

    def mlp(self, name, x, act=F.relu):
        return self.layer(name + "mlp_out", act(self.layer(name + "mlp_in", self.norm(name + "mlp_norm", x))))

    def text(self, tokens):
        words, x, mask = super().text(tokens)
        if self.model["text_layers"]:
            x = x + self.weights["text.positions"][: tokens.shape[2]]
        for i in range(self.model["text_layers"]):
            n = f"text.layer{i}."
            qkv = self.layer(n + "query_key_value", self.norm(n + "attention_norm", x)).chunk(3, -1)
            x = x + self.layer(n + "attention_out", self.attend(*qkv, self.model["text_heads"], (mask - 1)[:, :, None, None] * 1e4))
            x = x + self.mlp(n, x)
        return words, x, mask

    def shares(self, standing, mask):
        if self.model["roles"] == 1:
            return super().shares(standing, mask)
        return (self.layer("grounding.role", standing) + 2).sigmoid().transpose(2, 3) * mask[:, :, None]

    def ground(self, words, standing, sentence, mask, keys, values):
        if self.model["grounding"] == "words":
            return super().ground(words, standing, sentence, mask, keys, values)
        ask = {"query": standing.flatten(1, 2)[:, None].expand(-1, values.shape[1], -1, -1), "key": values, "value": values}
        seen = self.attend(*(self.layer("grounding.attention_" + n, x) for n, x in ask.items()), self.model["text_heads"])
        seen = self.layer("grounding.attention_out", seen).unflatten(2, mask.shape[1:]) * mask[:, None, :, :, None]
        meant = seen.sum(3) / mask.sum(2)[:, None, :, None].clamp_min(1)
        return meant[:, :, :, None], F.logsigmoid(self.match(sentence[:, :, None], keys)) * mask.amax(2)[:, None, :, None, None]

    def look_back(self, name, past, steps):  # [heads, T, past + T]: what each step thinks of those before it
        table = self.weights[name + "distance_bias"]
        now = torch.arange(past, past + steps, device=table.device)[:, None]
        distance = now - torch.arange(past + steps, device=table.device)
        bias = table[:, distance.clamp(0, table.shape[1] - 1)]
        return bias.masked_fill((distance < 0) | (distance >= table.shape[1]), float("-inf"))

    def pictures(self, frames, memory):
        patches, keys = super().pictures(frames, memory)
        return [patches + self.watch(patches, memory) if self.model.get("video_steps", 0) > 1 else patches, keys]

    def watch(self, patches, memory):  # the video encoder: each patch and those of the steps before in its place
        steps, (B, T, P, D), kept, known = self.model["video_steps"], patches.shape, [], memory.get("video")
        rows, x = (self.contract["frame_height_px"] // 4 - 1) // 2 + 1, self.layer("video.in", patches)
        for i in range(self.model["video_layers"]):
            n = f"video.layer{i}."
            normed = self.norm(n + "attention_norm", x)
            planes = normed.flatten(0, 1).unflatten(1, (rows, -1)).permute(0, 3, 1, 2)
            around = F.conv2d(planes, self.weights[n + "around"], padding=1, groups=D).flatten(2).transpose(1, 2)
            now = self.layer(n + "key_value", normed + around.unflatten(0, (B, T)))
            context = torch.cat((known[i], now), 1) if known else now
            kept.append(context[:, -(steps - 1):].detach())
            q, k, v = (y.transpose(1, 2) for y in (self.layer(n + "query", normed), *context.chunk(2, -1)))
            seen = self.attend(q, k, v, 4, self.look_back(n, context.shape[1] - T, T)).transpose(1, 2)
            x = x + self.layer(n + "attention_out", seen)
            x = x + self.mlp(n, x)
        memory["video"] = kept
        return self.layer("video.out", x)

    def scene(self, patches, given):
        seen = super().scene(patches, given)
        return seen + self.layer("past.hidden", given["past"]) if self.model.get("past_actions") else seen

    def remember(self, hidden, memory):  # [N, T, D]; every step looks back memory_steps steps
        steps, x, kept, known = self.model["memory_steps"], self.layer("memory.in", hidden), [], memory.get("states")
        for i in range(self.model["memory_layers"]):
            n, past = f"memory.layer{i}.", known[i] if known else x[:, :0]
            context = torch.cat((past, x), 1)
            kept.append(context[:, -steps:].detach())
            bias = self.look_back(n, past.shape[1], x.shape[1])
            k, v = self.layer(n + "key_value", self.norm(n + "attention_norm", context)).chunk(2, -1)
            q = self.layer(n + "query", self.norm(n + "attention_norm", x))
            x = x + self.layer(n + "attention_out", self.attend(q, k, v, self.model["memory_heads"], bias))
            x = x + self.mlp(n, x)
        memory["states"] = kept
        return self.layer("memory.out", x)

    def fuse(self, hidden, patches, words, mask):  # latents [B, T, K, Q, D]
        patches, words = self.layer("fusion.patches", patches), self.layer("fusion.words", words * mask[..., None])
        x = hidden[:, :, :, None] + self.weights["fusion.latents"]
        bias = ((mask - 1) * mask.amax(2, True))[:, None, :, None, None] * 1e9  # nothing is hidden of a text without words
        for i in range(self.model["fusion_layers"]):
            for kind, context, b in (("latents", None, None), ("patches", patches[:, :, None], None), ("words", words[:, None], bias)):
                n = f"fusion.layer{i}.{kind}"
                q = self.norm(n + "_norm", x)
                k, v = self.layer(n + "_key_value", q if context is None else context).chunk(2, -1)
                k, v = (y.expand(*x.shape[:3], -1, -1) for y in (k, v))
                x = x + self.layer(n + "_out", self.attend(self.layer(n + "_query", q), k, v, self.model["fusion_heads"], b))
            x = x + self.mlp(f"fusion.layer{i}.", x, F.gelu)
        return self.norm("fusion.norm", x)

    def decide(self, hidden, seen, memory, given):
        placed, standing, mask, _ = seen
        if self.model["memory_steps"]:
            recalled = self.remember(hidden.transpose(1, 2).flatten(0, 1), memory)
            hidden = hidden + recalled.unflatten(0, mask.shape[:2]).transpose(1, 2)
        if self.model["fusion_layers"]:
            thought = self.fuse(hidden, placed, standing, mask)  # of each action, and of success
            hidden = thought[..., :-1, :]
            actions, goal, more = self.layer("policy.actions", hidden), self.layer("policy.goal", thought[..., -1, :]), {}
        else:
            hidden, actions, goal, more = super().decide(hidden, seen, memory, given)
        if self.model.get("past_actions"):
            actions = actions + self.layer("past.actions", given["past"]).unflatten(2, (self.contract["chunk_actions"], -1))[:, :, None]
        if self.contract.get("pointer", "none") != "none":
            more["pointer"] = self.point(hidden, seen, given)
        return hidden, actions, goal, more

    def point(self, hidden, seen, given):  # logits [B, T, K, S, places] of the pointer: it stays, then cells
        placed, _, _, scores = seen
        W, S, cells = self.weights, self.contract["chunk_actions"], self.contract["pointer_cells"] ** 2
        query, trust = (self.layer("pointer." + n, hidden) for n in ("query", "trust"))
        if not self.model["fusion_layers"]:
            query, trust = (x.unflatten(-1, (S, -1)) for x in (query, trust))
        places = self.layer("pointer.places", placed).unflatten(-1, (cells, -1)).flatten(2, 3)
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
        if self.model.get("past_actions") and past is None:
            past = torch.zeros(*frames.shape[:2], self.weights["past.hidden.weight"].shape[1], device=frames.device)
        given = {"controls": controls, "x": mouse_x, "y": mouse_y, "wheel": wheel, "past": past}
        out = super().forward(frames, tokens, memory, **given)
        if self.model["autoregressive"] and controls is not None:
            W = self.weights
            out["keys"] = out["keys"] + controls @ W["keys.given_controls"].tril(-1).T
            out["mouse_x"] = out["mouse_x"] + controls @ W["mouse.x_given_controls"].T
            out["mouse_y"] = out["mouse_y"] + controls @ W["mouse.y_given_controls"].T + W["mouse.y_given_x"][mouse_x]
            if "wheel" in out:
                given_mouse = W["wheel.given_x"][mouse_x] + W["wheel.given_y"][mouse_y]
                out["wheel"] = out["wheel"] + controls @ W["wheel.given_controls"].T + given_mouse
        return out
