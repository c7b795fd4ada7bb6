// Trains small policies on recordings whose pictures tell what is done next, or do not, and measures both.
#include "trainer/imitation.h"

#include "core/error.h"
#include "core/files.h"
#include "datasets/manifest.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "datasets/writer.h"
#include "support.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace atl::trainer {
namespace {

using ::testing::HasSubstr;

struct SampleOptions {
  int steps = 300;
  bool tells = true;    // the picture tells what the action is one step later
  bool rhythm = false;  // two steps heads, two steps tails, and so on: no coin
  bool video = true;
  double rate_hz = 15.0;
  std::uint64_t seed = 1;
};

// Steps of a coin: heads turns right and presses two keys, tails turns left. The picture of a step is bright on the
// side that the action after the next (the declared delay is one step) turns to.
void record(const std::filesystem::path& folder, const SampleOptions& sample) {
  datasets::RecordingOptions options;
  options.folder = folder;
  options.facts.world = "test";
  options.facts.action_rate_hz = sample.rate_hz;
  options.facts.counts_per_turn = 3600;
  if (sample.video) options.video = video::video_writer_factory({});
  auto writer = datasets::RecordingWriter::create(options);
  datasets::EpisodeStart start;
  start.time = from_ns(1'000'000'000);
  start.instruction = "go to the light";
  writer->begin_episode(start);
  Random random(sample.seed);
  std::vector<bool> right;
  for (int step = 0; step <= sample.steps + 1; ++step)
    right.push_back(sample.rhythm ? step / 2 % 2 == 0 : random.chance(1, 2));
  for (int step = 0; step <= sample.steps; ++step) {
    const Timestamp time = start.time + step * period_of(sample.rate_hz);
    Frame frame = make_frame({96, 72});
    for (int i = 0; i < 96 * 72; ++i) {
      const bool bright = sample.tells && (i % 96 >= 48) == right[static_cast<std::size_t>(step) + 1];
      std::fill_n(frame.pixels.begin() + 4 * i, 4, static_cast<std::uint8_t>(bright ? 220 : 40));
    }
    frame.sequence = static_cast<std::uint64_t>(step);
    frame.requested = frame.done = time;
    writer->frame(frame, static_cast<std::uint64_t>(step));
    if (step == sample.steps) break;
    datasets::RecordedAction action;
    action.step = static_cast<std::uint64_t>(step);
    action.time = time;
    action.action.dx = right[static_cast<std::size_t>(step)] ? 150 : -150;
    if (right[static_cast<std::size_t>(step)]) hold(action.action, control_named("w"), {});
    if (right[static_cast<std::size_t>(step)]) hold(action.action, control_named("a"), {});
    writer->action(action);
  }
  datasets::EpisodeEnd end;
  end.time = start.time + sample.steps * period_of(sample.rate_hz);
  end.num_steps = static_cast<std::uint64_t>(sample.steps);
  end.verdict = "aborted";
  writer->end_episode(end);
  writer->close();
}

SourceServices video_services() {
  SourceServices services = testing::playhouse_services();
  services.open_video = video::video_reader_factory();
  return services;
}

using tests::error_of;

class Imitation : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  // A run trained on a recording of its own.
  void train_run(const std::string& name, bool tells, bool autoregressive) {
    record(path(name + "-data"), {.tells = tells});
    train_on(name, [&](RunConfig& config) { config.model.autoregressive = autoregressive; });
  }

  void train_on(const std::string& name, const std::function<void(RunConfig&)>& change) {
    RunConfig config = testing::small_config();
    config.contract.actions_per_policy_step = 2;
    config.contract.controls = {"w", "a"};
    config.contract.mouse_bins = 3;
    config.trainer.steps = 120;
    config.trainer.batch = 16;
    config.trainer.evaluate_every = 1000;
    config.trainer.data.instructions = 1;
    config.trainer.data.block_examples = 256;
    config.trainer.loss.patch = 0.0;
    SourceConfig source;
    source.kind = "video";
    source.recordings = {path(name + "-data").string()};
    source.cache = path(name + ".cache").string();
    source.relabel = false;
    source.success_only = false;
    source.development = 0.0;
    config.trainer.sources = {source};
    change(config);
    const TrainResult result =
        train(config, {.out = path(name), .resume = false, .services = video_services(), .should_stop = {}});
    ASSERT_TRUE(result.is_finished);
  }

  [[nodiscard]] ImitationRecording measure(const std::string& run, const std::string& recording) const {
    return ImitationMeasure({.run = path(run), .fit = {}}, video_services()).measure(path(recording), folder_.path());
  }

  TemporaryFolder folder_;
};

// Mean log-likelihood: of the policy, and how far it is above the factorised Markov model.
struct Means {
  double policy = 0.0;
  double difference = 0.0;
};

Means means_of(const ImitationRecording& recording, bool at_changes) {
  Means means;
  double count = 0.0;
  for (const ImitationStep& step : recording.steps) {
    if (at_changes && !step.changed) continue;
    means.policy += step.policy.done;
    means.difference += step.policy.done - step.factorised.done;
    ++count;
  }
  return {means.policy / count, means.difference / count};
}

TEST_F(Imitation, APolicyThatSeesBeatsTheMarkovModelAndOneThatCannotDoesNot) {
  train_run("seeing", true, false);
  record(path("new"), {.steps = 200, .seed = 2});
  const ImitationRecording seen = measure("seeing", "new");
  EXPECT_EQ(seen.name, "new");
  EXPECT_EQ(seen.steps.size(), 199U) << "the first action has none before it";
  for (const bool at_changes : {false, true}) {
    EXPECT_GT(means_of(seen, at_changes).difference, 0.5);
    EXPECT_GT(means_of(seen, at_changes).policy, -0.3);
  }

  train_run("blind", false, false);
  record(path("dark"), {.steps = 200, .tells = false, .seed = 2});
  const ImitationRecording dark = measure("blind", "dark");
  EXPECT_LT(means_of(dark, false).difference, 0.1);
  // The pictures of the first, with the same actions, tell nothing to who never saw such.
  EXPECT_LT(means_of(measure("seeing", "dark"), false).policy, means_of(seen, false).policy - 0.5);
  // Two values that are one coin: the factorised model counts it twice, and the joint one knows better.
  double joint = 0.0;
  for (const ImitationStep& step : seen.steps) joint += step.joint.done - step.factorised.done;
  EXPECT_GT(joint / 199.0, 0.5);
  EXPECT_FALSE(std::filesystem::exists(path("pictures.cache")));
}

// Two steps to the right, two to the left: the last action does not tell, the last two do.
TEST_F(Imitation, APolicyThatKnowsItsPastFollowsARhythmWithoutPictures) {
  record(path("past-data"), {.tells = false, .rhythm = true});
  const auto see_nothing = [](RunConfig& config) {
    config.model.past_actions = 2;
    config.trainer.loss.pictures = false;
    config.trainer.loss.past_dropout = 0.1;
    config.trainer.steps = 300;
    config.trainer.optimizer.learning_rate = 5e-3;
  };
  train_on("past", see_nothing);
  record(path("new"), {.steps = 100, .tells = true, .rhythm = true});  // pictures that would be new to it
  const ImitationRecording recording = measure("past", "new");
  double policy = 0.0;
  double markov = 0.0;
  for (const ImitationStep& step : recording.steps) {
    policy += step.policy.done / 99.0;
    markov += step.joint.done / 99.0;
  }
  EXPECT_GT(policy, -0.3);
  EXPECT_LT(markov, -0.6);
}

TEST_F(Imitation, PolicyScoresAreProbabilities) {
  for (const bool autoregressive : {false, true}) {
    const std::string run = autoregressive ? "autoregressive" : "plain";
    train_run(run, true, autoregressive);
    const PolicyScorer scorer(path(run), 1);
    PlainEpisode episode;
    std::vector<std::uint8_t> frame(96 * 72 * 4, 90);
    episode.frame = [&](std::size_t) { return std::span<const std::uint8_t>(frame); };
    std::vector<double> sums(9);
    std::vector<double> staying(9);
    for (int i = 0; i < 4 * 3 * 3; ++i) {
      agent::ActionParts parts;
      parts.controls.set(0, i % 2 == 1);
      parts.controls.set(1, i / 2 % 2 == 1);
      parts.mouse_x = i / 4 % 3;
      parts.mouse_y = i / 12;
      const auto scores = scorer.score(episode, std::vector<agent::ActionParts>(9, parts), LossConfig{});
      for (std::size_t step = 0; step < 9; ++step) {
        sums[step] += std::exp(scores[step].done);
        EXPECT_EQ(scores[step].done, scores[step].stay) << "the same action again is staying";
      }
    }
    for (std::size_t step = 1; step < 9; ++step) EXPECT_NEAR(sums[step], 1.0, 1e-4);
  }
}

TEST_F(Imitation, RefusesWhatItCannotMeasure) {
  train_run("run", true, false);
  record(path("replay"), {.steps = 20, .video = false});
  EXPECT_THAT(error_of([&] { static_cast<void>(measure("run", "replay")); }), HasSubstr("is not in its video"));
  record(path("slow"), {.steps = 20, .rate_hz = 10.0});
  EXPECT_THAT(error_of([&] { static_cast<void>(measure("run", "slow")); }), HasSubstr("action_rate_hz: 15"));
  record(path("short"), {.steps = 1});
  EXPECT_THAT(error_of([&] { static_cast<void>(measure("run", "short")); }), HasSubstr("nothing can be measured"));
  EXPECT_THAT(error_of([&] { static_cast<void>(measure("run-data", "short")); }), HasSubstr("run-data"));
  std::filesystem::rename(path("run-data"), path("moved"));
  EXPECT_THAT(error_of([&] { static_cast<void>(measure("run", "short")); }), HasSubstr("--fit"));
}

// The program itself: held-out recordings of a manifest, the table's numbers as JSON.
TEST_F(Imitation, ProgramMeasuresWhatAManifestHoldsOut) {
  train_run("run", true, false);
  record(path("a"), {.steps = 200, .seed = 3});
  record(path("b"), {.steps = 200, .seed = 4});
  datasets::Manifest manifest;
  manifest.recordings = {{path("run-data").string(), "training", 1.0},
                         {path("a").string(), "held_out", 1.0},
                         {path("b").string(), "held_out", 1.0}};
  datasets::save_manifest(path("set.toml"), manifest);
  const std::string command = std::string(std::getenv("ATOLL_BIN")) + "/atoll eval --policy " + path("run").string() +
                              " --out " + path("out").string() + " --imitation " + path("set.toml").string() +
                              " 2> /dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system((command + " --suite playhouse-basics > /dev/null").c_str())), 2);
  FILE* pipe = popen((command + " --json").c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) text += buffer.data();
  ASSERT_EQ(WEXITSTATUS(pclose(pipe)), 0);
  EXPECT_EQ(text, read_text_file(path("out") / "imitation.json"));
  const nlohmann::json json = nlohmann::json::parse(text);
  EXPECT_EQ(json["recordings"], 2);
  EXPECT_EQ(json["markov"]["recordings"], 1);
  EXPECT_EQ(json["markov"]["steps"], 299);
  ASSERT_EQ(json["rows"].size(), 9U);
  const nlohmann::json& all = json["rows"][6];
  const nlohmann::json& changes = json["rows"][7];
  EXPECT_EQ(all["recording"], "all");
  EXPECT_EQ(all["steps"], "all");
  EXPECT_EQ(all["n"], 2 * 199);
  EXPECT_EQ(changes["steps"], "change");
  EXPECT_EQ(changes["opponent"], "joint") << "control and mouse are one coin";
  EXPECT_NEAR(changes["difference"]["value"], changes["policy"].get<double>() - changes["joint"].get<double>(), 1e-9);
  EXPECT_LT(changes["difference"]["low"], changes["difference"]["value"]);
  EXPECT_GT(changes["difference"]["low"], 0.2);
  // Told that it changes, heads or tails is clear to both.
  EXPECT_GT(json["rows"][8]["joint"], -0.3);
}

TEST_F(Imitation, AManifestWithoutHeldOutRecordingsIsRefused) {
  record(path("a"), {.steps = 4});
  datasets::Manifest manifest;
  manifest.recordings = {{path("a").string(), "training", 1.0}};
  datasets::save_manifest(path("set.toml"), manifest);
  EXPECT_THAT(error_of([&] { static_cast<void>(held_out_recordings(path("set.toml").string())); }),
              HasSubstr("holds no recording out"));
  EXPECT_THAT(held_out_recordings(path("a").string()), ::testing::ElementsAre(path("a")));
}

}  // namespace
}  // namespace atl::trainer
