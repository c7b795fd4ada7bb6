// tools/python/atoll_policy.py, and atoll_larger_policy.py beside it: a checkpoint in plain PyTorch answers what the
// model answers.
#include "agent/action_codec.h"
#include "agent/checkpoint.h"
#include "agent/past_actions.h"
#include "core/files.h"
#include "tests/agent/tiny.h"
#include "tests/run_python.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace atl::agent {
namespace {

constexpr const char* kCompare = R"(
import sys
sys.path.insert(0, "tools/python")
from atoll_policy import Policy
from safetensors.torch import load_file
import torch

folder = sys.argv[1]
case = load_file(folder + "/case.safetensors")
policy = Policy.load(folder)
with torch.no_grad():
    given = {n: case[n] for n in ("controls", "mouse_x", "mouse_y", "wheel", "past") if n in case}
    out = policy(case["frames"], case["tokens"], **given)
    memory, steps = None, []
    for t in range(case["frames"].shape[1]):
        steps.append(policy(case["frames"][:, t:t + 1], case["tokens"], memory, **{n: x[:, t:t + 1] for n, x in given.items()}))
        memory = steps[-1]["memory"]
print("alone" if "atoll_larger_policy" not in sys.modules else "larger")
for name in ("keys", "mouse_x_logits", "mouse_y_logits", "wheel_logits", "pointer_logits", "goal", "scores"):
    if name not in case:
        assert name.removesuffix("_logits") not in out
        continue
    ours = out[name.removesuffix("_logits")]
    assert ours.shape == case[name].shape, (name, ours.shape, case[name].shape)
    alone = torch.cat([s[name.removesuffix("_logits")] for s in steps], 1)
    print(name, max((ours - case[name]).abs().max().item(), (alone - case[name]).abs().max().item()))
)";

struct Variant {
  const char* name;
  const char* grounding;
  int roles;
  int text_layers;
  int memory_steps;
  int fusion_layers;
  bool autoregressive;
  int keys_after_block;
  bool pages = false;
  int video_steps = 0;
  int past_actions = 0;
  bool in_one_file = false;
};

class PolicyFile : public testing::TestWithParam<Variant> {};

INSTANTIATE_TEST_SUITE_P(Variants, PolicyFile,
                         testing::Values(Variant{"plain", "words", 1, 0, 0, 0, false, -1, false, 0, 0, true},
                                         Variant{"roles", "words", 2, 1, 3, 0, true, 0},
                                         Variant{"fusion", "words", 2, 2, 4, 2, true, -1},
                                         Variant{"sentence", "cross_attention", 1, 1, 3, 1, false, 1},
                                         Variant{"pages", "words", 2, 1, 3, 0, true, -1, true},
                                         Variant{"pages_fusion", "words", 1, 0, 0, 2, true, -1, true},
                                         Variant{"pages_plain", "cross_attention", 1, 1, 0, 0, false, -1, true},
                                         Variant{"video", "words", 1, 0, 0, 0, false, -1, false, 3},
                                         Variant{"video_and_memory", "words", 2, 1, 4, 2, true, 0, false, 2},
                                         Variant{"past", "words", 1, 0, 0, 0, true, -1, false, 0, 4},
                                         Variant{"past_and_fusion", "words", 2, 1, 3, 2, true, 0, true, 0, 2}),
                         [](const auto& variant) { return std::string(variant.param.name); });

TEST_P(PolicyFile, AnswersAsTheModel) {
  CheckpointInfo info;
  info.contract = GetParam().pages ? tiny::pages() : tiny::contract();
  info.model = tiny::config();
  info.model.grounding = GetParam().grounding;
  info.model.roles = GetParam().roles;
  info.model.text_layers = GetParam().text_layers;
  info.model.memory_steps = GetParam().memory_steps;
  info.model.memory_layers = 2;
  info.model.fusion_layers = GetParam().fusion_layers;
  info.model.fusion_heads = 4;
  info.model.autoregressive = GetParam().autoregressive;
  info.model.keys_after_block = GetParam().keys_after_block;
  info.model.video_steps = GetParam().video_steps;
  info.model.video_layers = 2;
  info.model.past_actions = GetParam().past_actions;
  const Tokenizer tokenizer = tiny::tokenizer();
  Model model(info.model, info.contract, tokenizer.vocabulary_size(), 1);
  tiny::shake(model);
  const at::NoGradGuard no_grad;
  ModelInput input;
  input.frames_BTHWC = tiny::random_frames(2, 6, 2);
  input.tokens_BKL = tiny::tokens(tokenizer, 2, {"go to the red box", "pick up the ball", ""});
  input.controls_BTKSC = at::zeros({2, 6, 3, 8, 2}) + 1.0;
  input.mouse_x_BTKS = at::zeros({2, 6, 3, 8}, at::kLong) + 2;
  input.mouse_y_BTKS = at::zeros({2, 6, 3, 8}, at::kLong) + 4;
  input.wheel_BTKS = at::zeros({2, 6, 3, 8}, at::kLong) + 1;
  if (GetParam().past_actions > 0) {
    const std::size_t values = past_action_values(action_sizes(info.contract));
    const std::int64_t all = GetParam().past_actions * static_cast<std::int64_t>(values);
    input.past_BTA = ParameterFactory(6).uniform("past", {2, 6, all}, 1.0).detach();
  }
  const ModelOutput out = model.forward(input);
  const TemporaryFolder run;
  save_checkpoint(run.path() / checkpoint_name(0), info, model.state(), tokenizer);
  mark_latest(run.path(), checkpoint_name(0));
  TensorMap tensors{{"frames", input.frames_BTHWC},
                    {"tokens", input.tokens_BKL},
                    {"controls", input.controls_BTKSC},
                    {"mouse_x", input.mouse_x_BTKS},
                    {"mouse_y", input.mouse_y_BTKS},
                    {"wheel", input.wheel_BTKS},
                    {"keys", out.key_logits},
                    {"mouse_x_logits", out.mouse_x_logits},
                    {"mouse_y_logits", out.mouse_y_logits},
                    {"goal", out.goal_logit},
                    {"scores", out.role_scores}};
  if (input.past_BTA.defined()) tensors["past"] = input.past_BTA;
  if (GetParam().pages) {
    tensors["wheel_logits"] = out.wheel_logits;
    tensors["pointer_logits"] = out.pointer_logits;
  }
  save_tensors(run.path() / "case.safetensors", tensors, {});
  std::istringstream differences(tests::run_python(kCompare, {run.path().string()}));
  std::string files;
  differences >> files;
  EXPECT_EQ(files, GetParam().in_one_file ? "alone" : "larger");
  std::string name;
  double difference = 0.0;
  int num_compared = 0;
  while (differences >> name >> difference) {
    EXPECT_LE(difference, 1e-4) << name;
    ++num_compared;
  }
  EXPECT_EQ(num_compared, GetParam().pages ? 7 : 5);
}

}  // namespace
}  // namespace atl::agent
