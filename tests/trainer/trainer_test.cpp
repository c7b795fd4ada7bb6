#include "trainer/trainer.h"

#include "agent/policy.h"
#include "agent/safetensors.h"
#include "core/error.h"
#include "core/files.h"
#include "support.h"
#include "trainer/losses.h"
#include "trainer/optimizer.h"
#include "trainer/replicas.h"

#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <sstream>

namespace atl::trainer {
namespace {

using ::testing::HasSubstr;
using testing::playhouse_services;
using testing::small_config;

TrainOptions options_for(const std::filesystem::path& out) {
  TrainOptions options;
  options.out = out;
  options.services = playhouse_services();
  options.should_stop = [] { return false; };
  return options;
}

// Stops after `steps` more steps.
std::function<bool()> stop_after(int steps) {
  return [left = steps]() mutable { return left-- == 0; };
}

// metrics.jsonl without what depends on the machine.
std::string metrics_of(const std::filesystem::path& run) {
  std::istringstream lines(read_text_file(run / "metrics.jsonl"));
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    nlohmann::ordered_json object = nlohmann::ordered_json::parse(line);
    for (const char* key : {"wall_s", "pictures_per_s", "waited_for_examples_s", "waited_for_device_s", "ready_blocks",
                            "cores_busy", "peak_memory_mib"})
      object.erase(key);
    kept += object.dump() + "\n";
  }
  return kept;
}

std::map<std::string, std::string> files_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files[entry.path().filename().string()] = read_text_file(entry.path());
  return files;
}

void expect_equal_runs(const std::filesystem::path& a, const std::filesystem::path& b, const std::string& checkpoint) {
  const auto files = files_of(a / checkpoint);
  EXPECT_EQ(files.size(), 4U);
  EXPECT_TRUE(files == files_of(b / checkpoint)) << "checkpoints differ";
  EXPECT_EQ(metrics_of(a), metrics_of(b));
  EXPECT_EQ(read_text_file(a / "latest"), read_text_file(b / "latest"));
}

TEST(Trainer, OverfitsOneBatch) {
  RunConfig config = small_config();
  const agent::Tokenizer tokenizer = create_tokenizer(config, *create_training_source(config, playhouse_services()));
  config.trainer.loss.language_dropout = 0.0;
  Replicas replicas = create_replicas(config, tokenizer);
  const std::vector<Example> block = create_training_source(config, playhouse_services())->create_block(0, 8);
  std::vector<const Example*> batch;
  for (const Example& e : block) batch.push_back(&e);
  AdamState state = create_adam_state(replicas.parameters());
  double first = 0.0;
  double last = 0.0;
  for (int step = 0; step < 150; ++step) {
    replicas.compute_gradient(batch, 0, 1);
    last = replicas.read_step(clip_gradient(replicas.gradient(), 1.0)).metrics.sum[0] / 8.0;
    if (step == 0) first = last;
    adamw_update({}, step, 5e-3, replicas.gradient(), replicas.parameters(), state);
  }
  EXPECT_LT(last, 0.05 * first) << "from " << first;
}

// The mean over replicas is the gradient of one replica over all pictures, up to rounding, when each part weighs alike.
TEST(Trainer, ReplicasGiveTheGradientOfTheWholeBatch) {
  RunConfig config = small_config();
  const agent::Tokenizer tokenizer = create_tokenizer(config, *create_training_source(config, playhouse_services()));
  config.trainer.loss = {.patch = 0.0, .goal = 0.0, .language_dropout = 0.0};
  config.trainer.sources[0].keep = 1.0;
  std::vector<Example> block = create_training_source(config, playhouse_services())->create_block(0, 400);
  std::vector<const Example*> batch;
  for (const Example& e : block) {
    if (e.chunk_mask[0] != 0 && e.instructions.size() == 4 && batch.size() < 8) batch.push_back(&e);
  }
  ASSERT_EQ(batch.size(), 8U);
  Replicas two = create_replicas(config, tokenizer);
  config.trainer.replicas = 1;
  Replicas one = create_replicas(config, tokenizer);
  two.compute_gradient(batch, 0, 1);
  one.compute_gradient(batch, 0, 1);
  EXPECT_GT(one.gradient().abs().max().item<double>(), 1e-3);
  EXPECT_LT((two.gradient() - one.gradient()).abs().max().item<double>(), 2e-5);

  config.trainer.accumulate = 4;
  Replicas in_parts = create_replicas(config, tokenizer);
  in_parts.compute_gradient(batch, 0, 1);
  EXPECT_LT((in_parts.gradient() - one.gradient()).abs().max().item<double>(), 2e-5);
  EXPECT_FALSE(in_parts.gradient().equal(one.gradient())) << "the parts were not made";
}

TEST(Trainer, HalfPrecisionGivesNearlyTheGradientOfSingle) {
  RunConfig config = small_config();
  config.trainer.replicas = 1;
  config.trainer.loss.language_dropout = 0.0;
  const agent::Tokenizer tokenizer = create_tokenizer(config, *create_training_source(config, playhouse_services()));
  const std::vector<Example> block = create_training_source(config, playhouse_services())->create_block(0, 8);
  std::vector<const Example*> batch;
  for (const Example& e : block) batch.push_back(&e);
  Replicas single = create_replicas(config, tokenizer);
  single.compute_gradient(batch, 0, 1);
  config.trainer.precision = "bf16";
  Replicas half = create_replicas(config, tokenizer);
  half.compute_gradient(batch, 0, 1);
  EXPECT_EQ(half.gradient().scalar_type(), at::kFloat);
  EXPECT_FALSE(half.gradient().equal(single.gradient())) << "nothing ran in bfloat16";
  const double cosine = (half.gradient() * single.gradient()).sum().item<double>() /
                        (half.gradient().norm() * single.gradient().norm()).item<double>();
  EXPECT_GT(cosine, 0.99);
}

// Weights rounded on the way back of one step are not those of the next.
TEST(Trainer, RecomputedLayersInHalfPrecisionFollowTheParameters) {
  RunConfig config = small_config();
  config.model.fusion_layers = 1;
  config.model.fusion_heads = 2;
  config.trainer.replicas = 1;
  config.trainer.precision = "bf16";
  config.trainer.recompute = true;
  config.trainer.loss.language_dropout = 0.0;
  const agent::Tokenizer tokenizer = create_tokenizer(config, *create_training_source(config, playhouse_services()));
  const std::vector<Example> block = create_training_source(config, playhouse_services())->create_block(0, 8);
  std::vector<const Example*> batch;
  for (const Example& e : block) batch.push_back(&e);
  Replicas trained = create_replicas(config, tokenizer);
  trained.compute_gradient(batch, 0, 1);
  trained.parameters().mul_(1.5);
  trained.compute_gradient(batch, 0, 1);
  Replicas fresh = create_replicas(config, tokenizer);
  fresh.parameters().mul_(1.5);
  fresh.compute_gradient(batch, 0, 1);
  EXPECT_TRUE(trained.gradient().equal(fresh.gradient()));
}

TEST(Trainer, AProfileTellsWhatStepsSpendTheirTimeOn) {
  const TemporaryFolder folder;
  RunConfig config = small_config();
  config.trainer.steps = 14;
  TrainOptions options = options_for(folder.path() / "run");
  options.profile = folder.path() / "trace.json";
  EXPECT_TRUE(train(config, options).is_finished);
  const auto trace = nlohmann::json::parse(read_text_file(options.profile));
  std::map<std::string, std::set<std::int64_t>> threads_of;  // by what they did
  for (const auto& event : trace.at("traceEvents")) {
    if (event.value("ph", "") == "X" && event.at("tid").is_number())
      threads_of[event.value("name", "")].insert(event.at("tid").get<std::int64_t>());
  }
  for (const char* name : {"make batch", "forward", "backward"}) EXPECT_EQ(threads_of[name].size(), 2U) << name;
  for (const char* name : {"wait for examples", "update"}) EXPECT_EQ(threads_of[name].size(), 1U) << name;
  EXPECT_FALSE(threads_of["aten::convolution"].empty());
}

TEST(Trainer, AResumedRunEndsInTheSameBytesAsAnUnbrokenOne) {
  const TemporaryFolder folder;
  const RunConfig config = small_config();
  const auto unbroken = folder.path() / "unbroken";
  EXPECT_TRUE(train(config, options_for(unbroken)).is_finished);
  for (const int steps : {1, 7}) {
    const auto broken = folder.path() / ("broken" + std::to_string(steps));
    TrainOptions options = options_for(broken);
    options.should_stop = stop_after(steps);
    const TrainResult stopped = train(config, options);
    EXPECT_EQ(stopped.step, steps);
    EXPECT_FALSE(stopped.is_finished);
    options = options_for(broken);
    options.resume = true;
    EXPECT_TRUE(train({}, options).is_finished);
    expect_equal_runs(unbroken, broken, "checkpoint-00000012");
  }
}

// With a rate that falls at the end only, a shorter run is the longer one's beginning, and then its own end.
TEST(Trainer, AForkEndsInTheSameBytesAsARunOfItsLength) {
  const TemporaryFolder folder;
  RunConfig config = small_config();
  config.trainer.optimizer.decay_share = 0.25;
  config.trainer.keep_steps = {8};
  config.trainer.keep_checkpoints = 1;
  const auto whole = folder.path() / "whole";
  EXPECT_TRUE(train(config, options_for(whole)).is_finished);
  RunConfig longer = config;
  longer.trainer.steps = 24;
  EXPECT_TRUE(train(longer, options_for(folder.path() / "longer")).is_finished);
  const auto kept = folder.path() / "longer" / "checkpoint-00000008";
  ASSERT_TRUE(std::filesystem::exists(kept));
  TrainOptions options = options_for(folder.path() / "fork");
  options.fork = kept;
  EXPECT_TRUE(train(config, options).is_finished);
  expect_equal_runs(whole, folder.path() / "fork", "checkpoint-00000012");
}

TEST(Trainer, RefusesAForkThatHasNothingToDo) {
  const TemporaryFolder folder;
  const RunConfig config = small_config();
  static_cast<void>(train(config, options_for(folder.path() / "run")));
  TrainOptions options = options_for(folder.path() / "fork");
  options.fork = folder.path() / "run" / "checkpoint-00000012";
  try {
    static_cast<void>(train(config, options));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("expected more than the 12 it has behind it"));
  }
  EXPECT_FALSE(std::filesystem::exists(options.out)) << "nothing begun";
  std::filesystem::remove(options.fork / "trainer.safetensors");
  EXPECT_THROW(static_cast<void>(train(config, options)), Error);
}

// As on a GPU: the batches of a step are made while the one before is computed.
TEST(Trainer, StepsPreparedBeforehandAreTheSameBytesAlsoWhenResumed) {
  const TemporaryFolder folder;
  RunConfig config = small_config();
  config.trainer.accumulate = 2;
  config.trainer.data.block_examples = 24;  // three batches a pass: blocks end meanwhile
  EXPECT_TRUE(train(config, options_for(folder.path() / "plain")).is_finished);
  TrainOptions options = options_for(folder.path() / "prepared");
  options.prepares_steps = true;
  options.should_stop = stop_after(5);
  EXPECT_FALSE(train(config, options).is_finished);
  options.resume = true;
  options.should_stop = {};
  EXPECT_TRUE(train({}, options).is_finished);
  expect_equal_runs(folder.path() / "plain", folder.path() / "prepared", "checkpoint-00000012");
}

// States of before wheel and pointer were measured hold sums of fewer metrics.
TEST(Trainer, ARunOfBeforeTheWheelIsResumed) {
  const TemporaryFolder folder;
  const RunConfig config = small_config();
  const auto unbroken = folder.path() / "unbroken";
  EXPECT_TRUE(train(config, options_for(unbroken)).is_finished);
  const auto older = folder.path() / "older";
  TrainOptions options = options_for(older);
  options.should_stop = stop_after(7);
  static_cast<void>(train(config, options));
  const auto state = older / "checkpoint-00000007" / "trainer.safetensors";
  agent::TensorFile file = agent::load_tensors(state);
  for (const char* name : {"metrics.sum", "metrics.weight"})
    file.tensors.at(name) = file.tensors.at(name).narrow(0, 0, 10).contiguous();
  file.metadata.at("version") = "2";
  agent::save_tensors(state, file.tensors, file.metadata);
  options = options_for(older);
  options.resume = true;
  EXPECT_TRUE(train({}, options).is_finished);
  expect_equal_runs(unbroken, older, "checkpoint-00000012");
}

// Recordings, goal frames, augmentation and what begins after some steps: nothing of it may hang on how often a run
// was started.
TEST(Trainer, AResumedRunOnPlainRecordingsEndsInTheSameBytes) {
  const TemporaryFolder folder;
  testing::record(folder.path() / "r", 8, envs::SeedRange::kTraining);
  RunConfig config = small_config();
  config.trainer.batch = 8;
  config.trainer.sources = {testing::replay_config(folder.path() / "r", false)};
  config.trainer.data.goal_frame_share = 0.3;
  config.trainer.data.mirror = 0.5;
  config.trainer.data.hue_deg = 10.0;
  LossConfig& loss = config.trainer.loss;
  loss.patch = 0.0;
  loss.window = loss.carried = loss.contrast = loss.hindsight = 1.0;
  loss.least_word_after = 5;
  const auto unbroken = folder.path() / "unbroken";
  EXPECT_TRUE(train(config, options_for(unbroken)).is_finished);
  TrainOptions options = options_for(folder.path() / "broken");
  options.should_stop = stop_after(4);
  static_cast<void>(train(config, options));
  options = options_for(folder.path() / "broken");
  options.resume = true;
  EXPECT_TRUE(train({}, options).is_finished);
  expect_equal_runs(unbroken, folder.path() / "broken", "checkpoint-00000012");
  RunConfig never = config;
  never.trainer.loss.least_word_after = 0;
  EXPECT_TRUE(train(never, options_for(folder.path() / "never")).is_finished);
  EXPECT_NE(metrics_of(unbroken), metrics_of(folder.path() / "never"));
}

TEST(RunFolder, KeepsTheNewestAndRemovesWhatKilledRunsLeft) {
  const TemporaryFolder folder;
  RunConfig config = small_config();
  config.trainer.keep_checkpoints = 1;
  const auto run = folder.path() / "run";
  TrainOptions options = options_for(run);
  options.should_stop = stop_after(4);
  static_cast<void>(train(config, options));
  for (const char* left : {"checkpoint-00000002", "checkpoint-00000099", "checkpoint-00000004.tmp7"})
    std::filesystem::create_directory(run / left);
  options = options_for(run);
  options.resume = true;
  options.should_stop = stop_after(2);
  static_cast<void>(train({}, options));
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(run)) {
    if (entry.is_directory()) found.insert(entry.path().filename().string());
  }
  EXPECT_EQ(found, (std::set<std::string>{"checkpoint-00000006", "checkpoint-00000099"})) << "newer ones are not ours";
}

TEST(RunFolder, DoesNotTouchACheckpointThatLatestNames) {
  const TemporaryFolder folder;
  RunConfig config = small_config();
  config.trainer.checkpoint_minutes = 1e-9;  // after every step, the last one included
  const auto run = folder.path() / "run";
  Trainer trainer(config, options_for(run));
  while (!trainer.is_finished()) trainer.step();
  const auto before = std::filesystem::last_write_time(run / "checkpoint-00000012");
  const auto files = files_of(run / "checkpoint-00000012");
  EXPECT_EQ(files.size(), 4U);
  trainer.save();
  EXPECT_EQ(std::filesystem::last_write_time(run / "checkpoint-00000012"), before);
  EXPECT_TRUE(files == files_of(run / "checkpoint-00000012"));
}

TEST(Trainer, TheAverageThatIsSavedPlays) {
  const TemporaryFolder folder;
  RunConfig config = small_config();
  config.trainer.steps = 3;
  static_cast<void>(train(config, options_for(folder.path() / "run")));
  const auto checkpoint = folder.path() / "run" / "checkpoint-00000003";
  const agent::TensorMap weights = agent::load_tensors(checkpoint / "weights.safetensors").tensors;
  const agent::TensorMap state = agent::load_tensors(checkpoint / "trainer.safetensors").tensors;
  double sum = 0.0;
  for (const auto& [name, tensor] : weights) sum += tensor.sum().item<double>();
  EXPECT_NEAR(sum, state.at("average").sum().item<double>(), 1e-3);
  EXPECT_GT(std::abs(sum - state.at("parameters").sum().item<double>()), 1e-2);
  const auto policy = agent::load_policy(folder.path() / "run", {});
  policy->reset(1);
  const Frame frame = make_frame(config.contract.frame_size());
  EXPECT_EQ(policy->act(frame.view(), "go to the red box", {}).chunk.size(), 8U);
}

TEST(Trainer, DecidesTheStepsThatFitIntoTheMinutes) {
  const TemporaryFolder folder;
  RunConfig config = small_config();
  config.trainer.steps = 0;
  config.trainer.minutes = 0.05;
  const TrainResult result = train(config, options_for(folder.path() / "run"));
  EXPECT_TRUE(result.is_finished);
  EXPECT_GT(result.total_steps, 3);
  const auto resolved = load_config<RunConfig>(folder.path() / "run" / "config.toml");
  EXPECT_EQ(resolved.trainer.steps, result.total_steps);
  EXPECT_EQ(resolved.trainer.minutes, 0.0);
}

TEST(Trainer, StopsAtALossThatIsNoNumberAndKeepsTheLastGoodCheckpoint) {
  const TemporaryFolder folder;
  const auto run = folder.path() / "run";
  RunConfig config = small_config();
  TrainOptions options = options_for(run);
  options.should_stop = stop_after(5);
  static_cast<void>(train(config, options));
  const auto good = files_of(run / "checkpoint-00000005");

  config = load_config<RunConfig>(run / "config.toml");
  config.trainer.optimizer.learning_rate = 1e30;
  write_file_atomically(run / "config.toml", to_toml(config));
  options = options_for(run);
  options.resume = true;
  try {
    static_cast<void>(train({}, options));
    FAIL() << "trained on";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("training stopped at step 8: 3 steps in a row"));
    EXPECT_THAT(error.what(), HasSubstr("loss_keys_nats is "));
    EXPECT_THAT(error.what(), HasSubstr("the last good checkpoint is in"));
    EXPECT_THAT(error.what(), HasSubstr("learning_rate"));
  }
  const agent::TensorFile bad = agent::load_tensors(run / "bad-batch-00000008.safetensors");
  EXPECT_EQ(bad.metadata.at("step"), "8");
  EXPECT_THAT(bad.metadata.at("cause"), HasSubstr("loss_keys_nats is "));
  const auto texts = nlohmann::json::parse(bad.metadata.at("instructions"));
  const std::int64_t examples = config.trainer.batch * config.trainer.replicas;
  EXPECT_EQ(texts.size(), examples);
  EXPECT_FALSE(texts[0][0].get<std::string>().empty());
  EXPECT_EQ(bad.tensors.at("frames").size(0), examples);
  EXPECT_GT(bad.tensors.at("frames").sum().item<double>(), 0.0);
  EXPECT_EQ(bad.tensors.at("num_steps").min().item<std::int64_t>(), 1);
  EXPECT_TRUE(files_of(run / "checkpoint-00000005") == good);
  EXPECT_EQ(read_text_file(run / "latest").substr(0, 19), "checkpoint-00000005");
}

TEST(Trainer, AGradientThatIsNoNumberCostsOneStepAndItsBatchIsKept) {
  const TemporaryFolder folder;
  const auto run = folder.path() / "run";
  TrainOptions options = options_for(run);
  options.on_gradient = [](std::int64_t step, at::Tensor& gradient) {
    if (step == 3 || step == 7 || step == 8) gradient[-1].fill_(std::numeric_limits<float>::infinity());
  };
  EXPECT_TRUE(train(small_config(), options).is_finished);
  for (int step = 0; step < 12; ++step) {
    const auto file = run / ("bad-batch-0000000" + std::to_string(step) + ".safetensors");
    EXPECT_EQ(std::filesystem::exists(file), step == 3 || step == 7 || step == 8) << step;
  }
  const agent::TensorFile bad = agent::load_tensors(run / "bad-batch-00000003.safetensors");
  EXPECT_THAT(bad.metadata.at("cause"), HasSubstr("the gradient of policy.goal.bias has a value inf"));
  EXPECT_THAT(metrics_of(run), HasSubstr("\"skipped_steps\":3.0"));
  const agent::TensorFile state = agent::load_tensors(run / "checkpoint-00000012" / "trainer.safetensors");
  EXPECT_TRUE(state.tensors.at("parameters").isfinite().all().item<bool>());
}

TEST(Trainer, WithoutLanguageIgnoresTheInstruction) {
  RunConfig config = small_config();
  config.trainer.loss.language = false;
  config.trainer.loss.patch = 0.0;
  const agent::Tokenizer tokenizer = create_tokenizer(config, *create_training_source(config, playhouse_services()));
  const std::vector<Example> block = create_training_source(config, playhouse_services())->create_block(0, 4);
  std::vector<const Example*> batch;
  for (const Example& e : block) batch.push_back(&e);
  Random random(1);
  const BatchOptions options{.shape = testing::small_setup(config).shape,
                             .loss = config.trainer.loss,
                             .actions = agent::action_sizes(config.contract),
                             .max_words = config.model.max_words};
  for (const Batch& made : create_batches(batch, options, tokenizer, random))
    EXPECT_EQ(made.input.tokens_BKL.abs().sum().item<std::int64_t>(), 0);
}

TEST(Trainer, RefusesAnOutputThatExists) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "file", "x");
  EXPECT_THROW(static_cast<void>(train(small_config(), options_for(folder.path()))), Error);
}

TEST(Trainer, RefusesToResumeWhatIsNoRun) {
  const TemporaryFolder folder;
  TrainOptions options = options_for(folder.path());
  options.resume = true;
  EXPECT_THROW(static_cast<void>(train({}, options)), Error);
}

// One agent with memory from both: of the first masks show what words look like, of the second goal frames do.
TEST(Trainer, LearnsFromRelabelledAndPlainSourcesAtOnce) {
  const TemporaryFolder folder;
  testing::record(folder.path() / "r", 6, envs::SeedRange::kTraining);
  RunConfig config = small_config();
  config.model.memory_steps = config.trainer.data.window = 4;
  config.trainer.sources.push_back(testing::replay_config(folder.path() / "r", false));
  config.trainer.sources[1].world = "playhouse";
  config.trainer.data.goal_frame_share = 0.3;
  LossConfig& loss = config.trainer.loss;
  loss.window = loss.carried = loss.contrast = loss.hindsight = 1.0;
  EXPECT_TRUE(train(config, options_for(folder.path() / "both")).is_finished);
  const std::string told = metrics_of(folder.path() / "both");
  for (const char* part : {"loss_patch_nats", "loss_window_nats", "loss_contrast_nats", "loss_hindsight_nats"})
    EXPECT_THAT(told, HasSubstr(part));
  config.trainer.sources[1].ground = false;
  EXPECT_TRUE(train(config, options_for(folder.path() / "masks")).is_finished);
  for (const char* part : {"loss_window_nats", "loss_contrast_nats", "loss_hindsight_nats"})
    EXPECT_THAT(metrics_of(folder.path() / "masks"), ::testing::Not(HasSubstr(part)));
}

}  // namespace
}  // namespace atl::trainer
