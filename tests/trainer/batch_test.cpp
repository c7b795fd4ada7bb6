#include "trainer/batch.h"

#include "support.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace atl::trainer {
namespace {

// Ordinary pictures and goal frames of plain recordings, with a tokenizer of their instructions.
struct PlainCase {
  explicit PlainCase(int window = 1) {
    testing::record(folder.path() / "r", 6, envs::SeedRange::kTraining);
    config = testing::small_config();
    config.trainer.data.window = window;
    config.trainer.sources = {testing::replay_config(folder.path() / "r", false)};
    LossConfig& loss = config.trainer.loss;
    loss.window = loss.contrast = loss.carried = loss.hindsight = 1.0;
    loss.language_dropout = 0.0;
    loss.least_word_after = 10;
    const auto source =
        create_mixed_source(config.trainer.sources, testing::small_setup(config), testing::playhouse_services());
    for (Example& e : source->create_block(0, 200)) {
      std::vector<Example>& group = e.goal_frame ? goal_frames : ordinary;
      if (group.size() < 6) group.push_back(std::move(e));
    }
    for (const Example& e : ordinary) all.push_back(&e);
    for (const Example& e : goal_frames) all.push_back(&e);
    options = {.shape = testing::small_setup(config).shape,
               .loss = config.trainer.loss,
               .actions = agent::action_sizes(config.contract),
               .max_words = config.model.max_words};
  }

  [[nodiscard]] std::vector<Batch> batches() {
    std::set<std::string> texts;
    for (const Example* e : all) texts.insert(e->instructions[0]);
    const agent::Tokenizer tokenizer =
        agent::train_tokenizer(std::vector<std::string>(texts.begin(), texts.end()), config.tokenizer);
    Random random(3);
    return create_batches(all, options, tokenizer, random);
  }

  TemporaryFolder folder;
  RunConfig config;
  std::vector<Example> ordinary;
  std::vector<Example> goal_frames;
  std::vector<const Example*> all;
  BatchOptions options;
};

TEST(CreateBatches, AsksOrdinaryPicturesForThingsOfOthers) {
  PlainCase c;
  const Batch batch = c.batches().at(0);
  EXPECT_EQ(batch.num_pictures, 6);
  EXPECT_FALSE(batch.same_BK.defined());
  EXPECT_DOUBLE_EQ(batch.share, 0.5);
  const std::int64_t K = batch.input.tokens_BKL.size(1);
  ASSERT_GT(K, 1);
  for (std::int64_t b = 0; b < 6; ++b) {
    const Example& e = c.ordinary[static_cast<std::size_t>(b)];
    const float turn = batch.turn_deg_B[b].item<float>();
    EXPECT_TRUE(turn == e.turn_deg || (std::isnan(turn) && std::isnan(e.turn_deg)));
    EXPECT_EQ(batch.negative_weight_BTK[b][0][0].item<float>(), 0.0F) << "its own";
    for (std::int64_t k = 1; k < K; ++k) {
      const bool asked = batch.input.tokens_BKL[b][k].abs().sum().item<std::int64_t>() > 0;
      EXPECT_EQ(batch.negative_weight_BTK[b][0][k].item<float>() > 0, asked);
      EXPECT_FALSE(asked && batch.input.tokens_BKL[b][k].equal(batch.input.tokens_BKL[b][0]));
      EXPECT_EQ(batch.action_weight_BTKS[b][0][k].sum().item<float>(), 0.0F) << "nobody did that here";
    }
  }
}

TEST(CreateBatches, GivesEachGoalFrameTheInstructionsOfAll) {
  PlainCase c;
  const Batch batch = c.batches().at(1);
  EXPECT_EQ(batch.num_pictures, 6);
  for (std::int64_t b = 0; b < 6; ++b) {
    for (std::int64_t k = 0; k < 6; ++k) {
      const bool equal = c.goal_frames[static_cast<std::size_t>(b)].instructions ==
                         c.goal_frames[static_cast<std::size_t>(k)].instructions;
      EXPECT_EQ(batch.same_BK[b][k].item<bool>(), equal);
      EXPECT_TRUE(batch.input.tokens_BKL[b][k].equal(batch.input.tokens_BKL[k][k]));
      const bool teaches = batch.action_weight_BTKS[b][0][k].sum().item<float>() > 0;
      const auto& mask = c.goal_frames[static_cast<std::size_t>(b)].chunk_mask;
      EXPECT_EQ(teaches, b == k && std::count(mask.begin(), mask.end(), 1) > 0);
    }
  }
  EXPECT_EQ(batch.negative_weight_BTK.sum().item<float>(), 0.0F);
  EXPECT_TRUE(batch.input.want_word_logits);
}

// Of what the world labelled, masks say what words look like: it has no negatives, no turns and no goal frames.
TEST(CreateBatches, GroundsWordsInThoseOfPlainRecordingsOnly) {
  PlainCase c;
  for (std::vector<Example>* group : {&c.ordinary, &c.goal_frames}) {
    for (std::size_t i = 0; i < 3; ++i) (*group)[i].grounds = false;
  }
  const std::vector<Batch> made = c.batches();
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].num_pictures, 9) << "goal frames of which nothing is grounded are pictures like others";
  EXPECT_EQ(made[1].num_pictures, 3);
  for (std::int64_t b = 0; b < 9; ++b) {
    const bool grounds = b >= 3 && b < 6;
    EXPECT_EQ(made[0].negative_weight_BTK[b].sum().item<float>() > 0, grounds) << b;
    EXPECT_TRUE(grounds || std::isnan(made[0].turn_deg_B[b].item<float>())) << b;
  }
}

TEST(CreateBatches, OfWindowsGoalFramesAreTheLastPicturesWithoutActions) {
  PlainCase c(3);
  const std::vector<Batch> made = c.batches();
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].num_pictures, 12) << "what is done is learned from all windows";
  EXPECT_EQ(made[0].input.frames_BTHWC.size(1), 3);
  EXPECT_GT(made[0].action_weight_BTKS.narrow(0, 6, 6).sum().item<float>(), 0.0F);
  ASSERT_EQ(made[1].num_pictures, 6);
  EXPECT_EQ(made[1].input.frames_BTHWC.size(1), 1);
  EXPECT_EQ(made[1].action_weight_BTKS.sum().item<float>(), 0.0F);
  EXPECT_EQ(made[1].goal_weight_BTK.sum().item<float>(), 0.0F);
  for (std::int64_t b = 0; b < 6; ++b) {
    const Example& e = c.goal_frames[static_cast<std::size_t>(b)];
    const at::Tensor window = made[0].input.frames_BTHWC[6 + b];
    EXPECT_TRUE(made[1].input.frames_BTHWC[b][0].equal(window[e.num_steps - 1])) << b;
    EXPECT_TRUE(made[1].same_BK[b][b].item<bool>());
  }
}

TEST(CreateBatches, BlamesTheLeastWordFromItsStepOnAndOnlyInTraining) {
  PlainCase c;
  const auto blames = [&](std::int64_t step, bool training) {
    c.options.step = step;
    c.options.training = training;
    const std::vector<Batch> made = c.batches();
    EXPECT_EQ(made[0].blames_least_word, made[1].blames_least_word);
    EXPECT_EQ(made[0].input.want_word_logits, made[0].blames_least_word);
    return made[0].blames_least_word;
  };
  EXPECT_FALSE(blames(9, true));
  EXPECT_TRUE(blames(10, true));
  EXPECT_FALSE(blames(10, false));
  c.options.loss.least_word_after = 0;
  EXPECT_FALSE(blames(1000, true));
}

TEST(CreateBatches, TellsWheelAndPointerWhereTheContractHasThem) {
  PlainCase c;
  for (const Batch& batch : c.batches()) {
    EXPECT_FALSE(batch.wheel_BTKS.defined());
    EXPECT_FALSE(batch.pointer_BTKS.defined());
  }
  PolicyContract contract = c.config.contract;
  contract.wheel_max = 3;
  contract.pointer = "patches";
  c.options.actions = agent::action_sizes(contract);
  for (Example& e : c.ordinary) {
    e.chunk_mask.assign(e.chunk_mask.size(), 1);
    e.chunks[2].wheel = -2;
    e.chunks[2].pointer = 400;
  }
  const Batch batch = c.batches().at(0);
  EXPECT_TRUE(batch.input.wheel_BTKS.equal(batch.wheel_BTKS));
  EXPECT_TRUE(batch.input.mouse_y_BTKS.equal(batch.mouse_y_BTKS));
  EXPECT_EQ(batch.wheel_BTKS[0][0][0][2].item<std::int64_t>(), 1);
  EXPECT_EQ(batch.wheel_BTKS[0][0][0][3].item<std::int64_t>(), 3) << "no turn is the middle one";
  EXPECT_EQ(batch.pointer_BTKS[0][0][0][2].item<std::int64_t>(), 400);
  EXPECT_EQ(batch.pointer_BTKS[0][0][0][3].item<std::int64_t>(), 0);
}

TEST(CreateBatches, GoalFramesForgetThePastAsOftenAsOthers) {
  PlainCase c;
  c.config.model.past_actions = 2;
  c.options.shape.past_actions = 2;
  c.options.loss.past_dropout = 1.0;
  for (std::vector<Example>* group : {&c.ordinary, &c.goal_frames}) {
    for (Example& e : *group) {
      e.past.assign(2, {});
      e.past_known.assign(2, 1);
    }
  }
  for (const Batch& batch : c.batches()) EXPECT_EQ(batch.input.past_BTA.abs().sum().item<float>(), 0.0F);
  c.options.loss.past_dropout = 0.0;
  for (const Batch& batch : c.batches()) EXPECT_GT(batch.input.past_BTA.abs().sum().item<float>(), 0.0F);
}

// The host counts what tensors hold, all together and of each world.
TEST(BatchItems, AreWhatTheTensorsHold) {
  PlainCase c;
  c.options.num_worlds = 3;
  for (std::size_t i = 0; i < c.ordinary.size(); ++i) c.ordinary[i].world = static_cast<int>(i % 2);
  const std::vector<Batch> batches = c.batches();
  const Batch& batch = batches.at(0);
  const at::Tensor of_first_B = batch.world_B == 0;
  const auto expect_counts = [&](Items items, const at::Tensor& is_one) {  // [B, ..]
    EXPECT_GT(batch.items.all.of(items), 0.0) << static_cast<int>(items);
    EXPECT_EQ(batch.items.all.of(items), is_one.sum().item<double>()) << static_cast<int>(items);
    const at::Tensor of_first = is_one.flatten(1).logical_and(of_first_B.unsqueeze(1));
    EXPECT_EQ(batch.items.worlds.at(0).of(items), of_first.sum().item<double>()) << static_cast<int>(items);
    EXPECT_EQ(batch.items.worlds.at(0).of(items) + batch.items.worlds.at(1).of(items), batch.items.all.of(items));
    EXPECT_EQ(batch.items.worlds.at(2).of(items), 0.0);
  };
  expect_counts(Items::kPictures, (batch.world_B >= 0).unsqueeze(1));
  expect_counts(Items::kActions, batch.action_weight_BTKS > 0);
  expect_counts(Items::kTurns, batch.turn_deg_B.isfinite().unsqueeze(1));
  expect_counts(Items::kNegatives, batch.negative_weight_BTK > 0);
  EXPECT_EQ(batch.items.all.of(Items::kFutures), 0.0) << "windows of one picture";
  EXPECT_EQ(batches.at(1).items.all.of(Items::kPictures), 6.0);
  EXPECT_GT(batches.at(1).items.all.of(Items::kJudged), 0.0);
}

TEST(BatchItems, CountWhatPatchesShowAndPicturesWithAFuture) {
  Batch batch;
  batch.num_pictures = 2;
  batch.patch_weight_BTKR = at::zeros({2, 1, 3, 2});
  batch.patches_BTKRP = at::zeros({2, 1, 3, 2, 4});
  batch.patch_weight_BTKR[0][0][1].fill_(0.5);
  batch.patch_weight_BTKR[1][0][2][1].fill_(2.0);
  batch.patches_BTKRP[0][0][1][0][3] = 1.0;  // asked and shown
  batch.patches_BTKRP[0][0][0][0][0] = 1.0;  // shown and not asked
  batch.seen_BT = at::ones({2, 4});
  batch.seen_BT[1].narrow(0, 2, 2).fill_(0.0);
  const BatchItems items = count_items(batch);
  EXPECT_EQ(items.all.of(Items::kAsked), 3.0);
  EXPECT_EQ(items.all.of(Items::kPointed), 1.0);
  EXPECT_EQ(items.all.of(Items::kFutures), 3.0 + 1.0);
  EXPECT_EQ(count_items(batch, 3).all.of(Items::kFutures), 1.0);
  EXPECT_EQ(items.all.of(Items::kActions), 0.0) << "there is no such tensor";
  EXPECT_TRUE(items.worlds.empty());
}

}  // namespace
}  // namespace atl::trainer
