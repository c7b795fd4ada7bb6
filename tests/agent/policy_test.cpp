#include "agent/policy.h"

#include "agent/action_codec.h"
#include "agent/checkpoint.h"
#include "agent/goal_calibration.h"
#include "agent/past_actions.h"
#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "tests/agent/tiny.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace atl::agent {
namespace {

using testing::HasSubstr;

constexpr const char* kText = "go to the red box";

// A run on disk with one checkpoint of a shaken tiny model.
struct SavedRun {
  TemporaryFolder folder;
  std::unique_ptr<Model> model;

  explicit SavedRun(const ModelConfig& config = tiny::config(), const PolicyContract& contract = tiny::contract()) {
    CheckpointInfo info;
    info.counts_per_turn = tiny::kCountsPerTurn;
    info.model = config;
    info.contract = contract;
    model = std::make_unique<Model>(config, info.contract, tiny::tokenizer().vocabulary_size(), 1);
    tiny::shake(*model);
    info.vocabulary_size = model->vocabulary_size();
    save_checkpoint(folder.path() / checkpoint_name(0), info, model->state(), tiny::tokenizer());
    mark_latest(folder.path(), checkpoint_name(0));
  }

  [[nodiscard]] std::unique_ptr<Policy> policy(const PlayOptions& options = {}) const {
    return load_policy(folder.path(), options);
  }
};

ImageView view_of(const at::Tensor& frames_BTHWC, int step) {
  const at::Tensor frame = frames_BTHWC[0][step];
  return {frame.const_data_ptr<std::uint8_t>(), 48, 32, 48 * 4};
}

std::vector<PolicyAnswer> play(Policy& policy, std::uint64_t seed, int steps) {
  const at::Tensor frames = tiny::random_frames(1, steps, 3);
  policy.reset(seed);
  std::vector<PolicyAnswer> answers;
  ControlSet held;
  for (int i = 0; i < steps; ++i) {
    answers.push_back(policy.act(view_of(frames, i), kText, held));
    held = answers.back().chunk.back().held;
  }
  return answers;
}

bool are_equal(const std::vector<PolicyAnswer>& a, const std::vector<PolicyAnswer>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].chunk != b[i].chunk || a[i].goal_probability != b[i].goal_probability) return false;
  }
  return a.size() == b.size();
}

ModelConfig with_memory() {
  ModelConfig config = tiny::config();
  config.memory_steps = 4;
  return config;
}

TEST(Policy, TheSameSeedGivesTheSameBits) {
  const SavedRun run(with_memory());
  const std::unique_ptr<Policy> first = run.policy();
  const std::unique_ptr<Policy> second = run.policy();
  const std::vector<PolicyAnswer> answers = play(*first, 7, 10);
  EXPECT_EQ(answers[0].chunk.size(), 8U);
  EXPECT_TRUE(are_equal(answers, play(*second, 7, 10)));
  EXPECT_TRUE(are_equal(answers, play(*first, 7, 10)));  // reset forgets
  EXPECT_FALSE(are_equal(answers, play(*first, 8, 10)));
}

TEST(Policy, TemperatureZeroNeedsNoSeed) {
  const SavedRun run;
  const std::unique_ptr<Policy> policy = run.policy({.temperature = 0.0});
  EXPECT_TRUE(are_equal(play(*policy, 1, 4), play(*policy, 2, 4)));
}

TEST(Policy, RemembersAsTheWholeWindowDoes) {
  const SavedRun run(with_memory());
  const std::vector<PolicyAnswer> answers = play(*run.policy(), 1, 6);
  ModelInput input;
  input.frames_BTHWC = tiny::random_frames(1, 6, 3);
  input.tokens_BKL = tiny::tokens(tiny::tokenizer(), 1, {kText});
  const at::Tensor expected = run.model->forward(input).goal_logit.sigmoid();
  for (int t = 0; t < 6; ++t)
    EXPECT_NEAR(answers[static_cast<std::size_t>(t)].goal_probability, expected[0][t][0].item<double>(), 1e-5) << t;
  const std::unique_ptr<Policy> forgetful = run.policy();
  const PolicyAnswer alone = forgetful->act(view_of(input.frames_BTHWC, 5), kText, {});
  EXPECT_GT(std::abs(alone.goal_probability - answers[5].goal_probability), 1e-4);
}

// Two numbers beside the weights move every belief of the run's newest checkpoint, and nothing else.
TEST(Policy, BelievesAsItWasCalibrated) {
  const SavedRun run;
  EXPECT_EQ(load_goal_calibration(run.folder.path()).scale, 1.0);
  EXPECT_EQ(load_goal_calibration(run.folder.path()).offset, 0.0);
  const std::vector<PolicyAnswer> before = play(*run.policy(), 1, 4);
  save_goal_calibration(run.folder.path(), {.scale = 0.5, .offset = -2.0});
  const std::vector<PolicyAnswer> after = play(*run.policy(), 1, 4);
  const auto logit = [](double p) { return std::log(p / (1 - p)); };
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_NEAR(logit(after[i].goal_probability), 0.5 * logit(before[i].goal_probability) - 2.0, 1e-9);
    EXPECT_EQ(after[i].chunk, before[i].chunk);
  }
  EXPECT_EQ(load_goal_calibration(run.folder.path() / checkpoint_name(0)).scale, 0.5);
}

// What the policy answered before is what it is told it did: the steps until the next answer begins, newest first; and
// nothing in the steps that pass before its first answer begins.
class Past : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(GamesAndPages, Past, testing::Bool());

TEST_P(Past, IsWhatThePolicyDidItself) {
  ModelConfig config = tiny::config();
  config.past_actions = 3;
  const PolicyContract contract = GetParam() ? tiny::pages() : tiny::contract();
  const SavedRun run(config, contract);
  const ActionCodec codec(contract, tiny::kCountsPerTurn, contract.frame_size());
  const ActionSizes sizes = action_sizes(contract);
  const std::vector<PolicyAnswer> answers = play(*run.policy({.temperature = 0.0}), 1, 5);
  const at::Tensor frames = tiny::random_frames(1, 5, 3);
  ASSERT_EQ(contract.delay_steps, 1);
  std::vector<ActionParts> done{codec.encode(Action{})};
  for (int t = 0; t < 5; ++t) {
    const std::size_t size = past_action_values(sizes);
    at::Tensor past = at::zeros({1, 1, static_cast<std::int64_t>(3 * size)});
    for (std::size_t i = 0; i < std::min<std::size_t>(done.size(), 3); ++i)
      write_past_action(done[done.size() - 1 - i], sizes, {past.mutable_data_ptr<float>() + i * size, size});
    ModelInput input;
    input.frames_BTHWC = frames.narrow(1, t, 1);
    input.tokens_BKL = tiny::tokens(tiny::tokenizer(), 1, {kText});
    input.past_BTA = past;
    const auto expected = run.model->forward(input).goal_logit.sigmoid().item<double>();
    EXPECT_NEAR(answers[static_cast<std::size_t>(t)].goal_probability, expected, 1e-5) << t;
    input.past_BTA = at::Tensor();
    EXPECT_GT(std::abs(run.model->forward(input).goal_logit.sigmoid().item<double>() - expected), 1e-5) << t;
    for (int i = 0; i < contract.actions_per_policy_step; ++i)
      done.push_back(codec.encode(answers[static_cast<std::size_t>(t)].chunk[static_cast<std::size_t>(i)]));
  }
}

TEST(Policy, GuidanceZeroIsPlainAndMoreChangesActions) {
  const SavedRun run(with_memory());
  const std::vector<PolicyAnswer> plain = play(*run.policy(), 1, 8);
  // So small that no drawn number falls between: but computed with the empty instruction beside.
  const std::vector<PolicyAnswer> beside = play(*run.policy({.guidance = 1e-9}), 1, 8);
  const std::vector<PolicyAnswer> guided = play(*run.policy({.guidance = 5.0}), 1, 8);
  bool differs = false;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(plain[i].chunk, beside[i].chunk) << i;
    differs |= plain[i].chunk != guided[i].chunk;
  }
  EXPECT_TRUE(differs);
}

TEST(Policy, ReadsRowsByTheirStride) {
  const SavedRun run;
  const at::Tensor frames = tiny::random_frames(1, 1, 3);
  std::vector<std::uint8_t> padded(32 * 256, 99);
  for (int y = 0; y < 32; ++y) {
    const std::uint8_t* row = view_of(frames, 0).row(y);
    std::copy(row, row + 48 * 4, padded.begin() + y * 256);
  }
  const std::unique_ptr<Policy> policy = run.policy();
  const PolicyAnswer expected = policy->act(view_of(frames, 0), kText, {});
  policy->reset(0);
  EXPECT_EQ(policy->act({padded.data(), 48, 32, 256}, kText, {}).goal_probability, expected.goal_probability);
}

TEST(Policy, DrawsPartsGivenThoseBefore) {
  ModelConfig config = tiny::config();
  config.autoregressive = true;
  SavedRun run(config);
  TensorMap state = run.model->state();
  state.at("policy.actions.weight").zero_();
  state.at("policy.actions.bias").zero_();  // keys by a coin, all bins alike
  for (const char* name :
       {"keys.given_controls", "mouse.x_given_controls", "mouse.y_given_controls", "mouse.y_given_x"})
    state.at(name).zero_();
  state.at("keys.given_controls")[1][0].fill_(50.0);     // "a" is on: "d" too
  state.at("keys.given_controls")[0][1].fill_(50.0);     // a key does not depend on one after it
  state.at("mouse.x_given_controls")[4][0].fill_(50.0);  // "a" is on: x to the last bin
  state.at("mouse.y_given_x")[4][0].fill_(50.0);         // x in the last bin: y to the first
  const std::filesystem::path folder = find_checkpoint(run.folder.path());
  save_checkpoint(folder, load_checkpoint(folder).info, state, tiny::tokenizer());
  const ActionCodec codec(tiny::contract(), tiny::kCountsPerTurn);
  int steps = 0;
  int pressed = 0;
  for (const PolicyAnswer& answer : play(*run.policy(), 1, 10)) {
    for (const Action& action : answer.chunk) {
      const ActionParts parts = codec.encode(action);
      ++steps;
      if (!parts.controls.test(0)) continue;
      ++pressed;
      EXPECT_TRUE(parts.controls.test(1));
      EXPECT_EQ(parts.mouse_x, 4);
      EXPECT_EQ(parts.mouse_y, 0);
    }
  }
  EXPECT_GT(pressed, 10);
  EXPECT_LT(pressed, steps - 10) << "a coin still decides on \"a\"";
}

TEST(Policy, DrawsTheWheelAndThePointerGivenTheKeys) {
  ModelConfig config = tiny::config();
  config.autoregressive = true;
  SavedRun run(config, tiny::pages());
  TensorMap state = run.model->state();
  for (auto& [name, tensor] : state) {
    if (name.starts_with("pointer.") || name.starts_with("wheel.") || name.starts_with("policy.actions."))
      tensor.zero_();
  }
  state.at("pointer.stays")[0].fill_(4.0);                // the first value of the query is for staying
  state.at("pointer.given_controls")[0][0].fill_(500.0);  // "a" is on: it stays
  state.at("wheel.given_controls")[4][1].fill_(50.0);     // "d" is on: two detents
  state.at("pointer.given_wheel")[4][0].fill_(-1000.0);   // two detents: it does not stay, whatever "a" says
  const std::filesystem::path folder = find_checkpoint(run.folder.path());
  save_checkpoint(folder, load_checkpoint(folder).info, state, tiny::tokenizer());
  int pressed = 0;
  int set = 0;
  for (const PolicyAnswer& answer : play(*run.policy(), 1, 20)) {
    for (const Action& action : answer.chunk) {
      const bool a = action.is_held(control_named("a"));
      const bool d = action.is_held(control_named("d"));
      EXPECT_TRUE(!d || action.wheel == 2);
      const bool may_stay = action.wheel != 2;
      EXPECT_TRUE(action.pointer || may_stay);
      EXPECT_TRUE(!action.pointer || !a || !may_stay) << "a, and no two detents: it stays";
      pressed += a || d ? 1 : 0;
      if (!action.pointer) continue;
      ++set;
      EXPECT_LT(action.pointer->x_px, 48) << "of the picture that was shown";
      EXPECT_LT(action.pointer->y_px, 32);
    }
  }
  EXPECT_GT(pressed, 50);
  EXPECT_GT(set, 50);
}

// A picture of pages, asked with guidance: what is not asked for is taken off the pointer's logits too.
TEST(Policy, GuidanceMovesThePointer) {
  const SavedRun run(tiny::config(), tiny::pages());
  const auto pointers = [&](const PlayOptions& options) {
    std::vector<std::optional<PointerPosition>> all;
    for (const PolicyAnswer& answer : play(*run.policy(options), 1, 8)) {
      for (const Action& action : answer.chunk) all.push_back(action.pointer);
    }
    return all;
  };
  EXPECT_EQ(pointers({.temperature = 0.0}), pointers({.temperature = 0.0, .guidance = 1e-9}));
  EXPECT_NE(pointers({.temperature = 0.0}), pointers({.temperature = 0.0, .guidance = 5.0}));
}

TEST(Policy, ScalesTheMouseToTheWorld) {
  const SavedRun run;
  const std::vector<PolicyAnswer> trained = play(*run.policy({.temperature = 0.0}), 1, 4);
  const std::vector<PolicyAnswer> finer =
      play(*run.policy({.temperature = 0.0, .counts_per_turn = 10 * tiny::kCountsPerTurn}), 1, 4);
  int moved = 0;
  for (std::size_t i = 0; i < trained.size(); ++i) {
    for (std::size_t s = 0; s < trained[i].chunk.size(); ++s) {
      moved += trained[i].chunk[s].dx != 0 ? 1 : 0;
      EXPECT_NEAR(finer[i].chunk[s].dx, 10 * trained[i].chunk[s].dx, 5);  // rounded to whole counts once
    }
  }
  EXPECT_GT(moved, 0);
}

TEST(Policy, RefusesWhatDoesNotFit) {
  const SavedRun run;
  const auto message = [](auto&& action) -> std::string {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const std::unique_ptr<Policy> policy = run.policy();
  const Frame large = make_frame({96, 72});
  EXPECT_THAT(message([&] { static_cast<void>(policy->act(large.view(), kText, {})); }),
              HasSubstr("a picture of 96x72 px, its contract says 48x32"));
  const Frame fitting = make_frame({48, 32});
  EXPECT_THAT(message([&] { static_cast<void>(policy->act(fitting.view(), "go to the red box the red box", {})); }),
              HasSubstr("has 8 tokens, the policy reads at most 6"));
  EXPECT_THAT(message([&] { static_cast<void>(run.policy({.temperature = -1.0})); }), HasSubstr("temperature = -1"));
  EXPECT_THAT(message([&] { static_cast<void>(run.policy({.device = "cuda:99"})); }),
              testing::AllOf(HasSubstr("to \"cuda:99\""), testing::Not(HasSubstr("\n"))));
}

TEST(RandomPolicy, SetsThePointerAllOverThePictureAndTurnsTheWheel) {
  const std::unique_ptr<Policy> policy = create_random_policy(tiny::pages(), tiny::kCountsPerTurn);
  const PointerGrid grid(tiny::pages());
  std::vector<int> times(static_cast<std::size_t>(grid.num_classes()));
  int turned = 0;
  for (const PolicyAnswer& answer : play(*policy, 5, 500)) {
    for (const Action& action : answer.chunk) {
      ++times[static_cast<std::size_t>(grid.class_of(action.pointer))];
      turned += action.wheel != 0 ? 1 : 0;
    }
  }
  EXPECT_GT(*std::min_element(times.begin(), times.end()), 0);
  EXPECT_GT(times[PointerGrid::kStays], 500 * 8 / 2);
  EXPECT_GT(turned, 0);
}

TEST(RandomPolicy, IsRandomPossibleAndRepeatable) {
  const std::unique_ptr<Policy> policy = create_random_policy(tiny::contract(), tiny::kCountsPerTurn);
  const std::vector<PolicyAnswer> answers = play(*policy, 5, 50);
  EXPECT_TRUE(are_equal(answers, play(*policy, 5, 50)));
  EXPECT_FALSE(are_equal(answers, play(*policy, 6, 50)));
  int held = 0;
  for (const PolicyAnswer& answer : answers) {
    for (const Action& action : answer.chunk) held += static_cast<int>(action.held.count());
  }
  EXPECT_GT(held, 50 * 8 * 2 / 20);  // two controls, each with a chance of 1/10
  EXPECT_LT(held, 50 * 8 * 2 / 5);
}

}  // namespace
}  // namespace atl::agent
