// Runs of several worlds: which sources they have, in which proportions, and what is done to them.
#include "trainer/worlds.h"

#include "agent/policy.h"
#include "core/error.h"
#include "core/files.h"
#include "datasets/reader.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "datasets/writer.h"
#include "support.h"
#include "tests/error_of.h"
#include "trainer/recorded_episodes.h"
#include "trainer/source_note.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <map>
#include <set>
#include <sstream>

namespace atl::trainer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::small_config;
using testing::small_setup;
using tests::error_of;

struct Turning {
  std::string world = "doom";
  double rate_hz = 35.0;
  double counts_per_turn = 4096.0;
  int steps = 140;
  int level_step = 1;
};

// A person who turns right by 9 degrees in every step, holds w, and taps q in each tenth; the picture of a step is grey
// of level 50 + level_step x step.
void record_turning(const std::filesystem::path& folder, const Turning& turning) {
  datasets::RecordingOptions options;
  options.folder = folder;
  options.facts.world = turning.world;
  options.facts.clock = "world";
  options.facts.action_rate_hz = turning.rate_hz;
  options.facts.counts_per_turn = turning.counts_per_turn;
  options.video = video::video_writer_factory({});
  auto writer = datasets::RecordingWriter::create(options);
  datasets::EpisodeStart start;
  start.instruction = "turn right";
  writer->begin_episode(start);
  const Duration period = period_of(turning.rate_hz);
  ControlSet held;
  for (int step = 0; step <= turning.steps; ++step) {
    const Timestamp time = start.time + step * period;
    Frame frame = make_frame({192, 144});
    std::fill(frame.pixels.begin(), frame.pixels.end(), static_cast<std::uint8_t>(50 + turning.level_step * step));
    frame.sequence = static_cast<std::uint64_t>(step);
    frame.requested = frame.done = time;
    writer->frame(frame, static_cast<std::uint64_t>(step));
    if (step == turning.steps) break;
    datasets::RecordedAction action;
    action.step = static_cast<std::uint64_t>(step);
    action.time = time;
    action.action.dx = static_cast<int>(std::lround(turning.counts_per_turn * 9.0 / 360.0));
    hold(action.action, control_named("w"), held);
    if (step % 10 == 0) tap(action.action, control_named("q"));
    held = action.action.held;
    writer->action(action);
  }
  datasets::EpisodeEnd end;
  end.time = start.time + turning.steps * period;
  end.num_steps = static_cast<std::uint64_t>(turning.steps);
  end.verdict = "success";
  writer->end_episode(end);
  writer->close();
}

SourceServices video_services() {
  SourceServices services = testing::playhouse_services();
  services.open_video = video::video_reader_factory();
  return services;
}

class Worlds : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  // A source of recordings that are there.
  [[nodiscard]] SourceConfig video_source(std::vector<std::string> names, double weight = 1.0) const {
    SourceConfig source;
    source.kind = "video";
    for (const std::string& name : names) source.recordings.push_back(path(name).string());
    source.cache = path(names[0] + ".cache").string();
    source.relabel = false;
    source.development = 0.0;
    source.weight = weight;
    return source;
  }

  // Playhouse's expert and two collections of one game at other rates.
  [[nodiscard]] RunConfig two_worlds() const {
    record_turning(path("doom"), {});
    record_turning(path("doom-20"), {.rate_hz = 20.0, .counts_per_turn = 1600.0, .steps = 80});
    RunConfig config = small_config();
    config.contract.controls = {"w", "a", "s", "d", "e", "mouse_left"};
    config.trainer.sources.push_back(video_source({"doom"}, 3.0));
    config.trainer.sources.push_back(video_source({"doom-20"}));
    return config;
  }

  [[nodiscard]] TrainOptions options_for(const std::string& run) const {
    TrainOptions options;
    options.out = path(run);
    options.services = video_services();
    options.should_stop = [] { return false; };
    return options;
  }

  TemporaryFolder folder_;
};

// metrics.jsonl without what depends on the machine, by part.
std::map<std::string, std::vector<std::string>> metrics_of(const std::filesystem::path& run) {
  std::istringstream lines(read_text_file(run / "metrics.jsonl"));
  std::map<std::string, std::vector<std::string>> parts;
  for (std::string line; std::getline(lines, line);) {
    nlohmann::ordered_json object = nlohmann::ordered_json::parse(line);
    for (const char* key : {"wall_s", "pictures_per_s", "waited_for_examples_s", "waited_for_device_s", "ready_blocks",
                            "cores_busy", "peak_memory_mib"})
      object.erase(key);
    parts[object.at("part").get<std::string>()].push_back(object.dump());
  }
  return parts;
}

TEST(WorldFamily, LevelsAndVariantsAreOneWorld) {
  EXPECT_EQ(world_family("playhouse/house,reskin=7"), "playhouse");
  EXPECT_EQ(world_family("playhouse,reskin=7"), "playhouse");
  EXPECT_EQ(world_family("doom"), "doom");
  EXPECT_EQ(world_family("window:a/b"), "window:a/b");
  EXPECT_EQ(world_family(""), "unknown");
}

TEST_F(Worlds, TheirNamesAreThoseOfTheRecordings) {
  const RunConfig config = choose_worlds(two_worlds());
  EXPECT_EQ(config.trainer.sources[0].world, "playhouse");
  EXPECT_EQ(config.trainer.sources[1].world, "doom");
  EXPECT_THAT(worlds_of(config.trainer.sources), ElementsAre("playhouse", "doom"));
  EXPECT_EQ(config.run.kind, "generalist");
  EXPECT_EQ(config.trainer.world_weights.at("doom"), 4.0) << "as its sources say";
  EXPECT_EQ(to_toml(choose_worlds(config)), to_toml(config)) << "again nothing is open";
  EXPECT_EQ(to_toml(parse_config<RunConfig>(to_toml(config), "again")), to_toml(config));

  RunConfig wrong = config;
  wrong.trainer.sources[1].world = "minetest";
  EXPECT_THAT(error_of([&] { static_cast<void>(choose_worlds(wrong)); }),
              AllOf(HasSubstr(path("doom").string() + " is of the world \"doom\""), HasSubstr("is of \"minetest\"")));
}

TEST_F(Worlds, EachBaselineIsOneChoice) {
  const RunConfig all = two_worlds();
  const RunConfig specialist = choose_worlds(all, {.specialist = "doom"});
  EXPECT_EQ(specialist.trainer.sources.size(), 2U);
  EXPECT_EQ(specialist.run.kind, "specialist:doom");
  EXPECT_FALSE(specialist.trainer.world_weights.contains("playhouse"));
  const RunConfig zero_shot = choose_worlds(all, {.leave_out = "doom"});
  ASSERT_EQ(zero_shot.trainer.sources.size(), 1U);
  EXPECT_EQ(zero_shot.trainer.sources[0].world, "playhouse");
  EXPECT_EQ(zero_shot.run.kind, "zero-shot:doom");
  EXPECT_EQ(choose_worlds(zero_shot).run.kind, "zero-shot:doom") << "and stays so";
  RunConfig pretrained = all;
  pretrained.model.encoder = "vit_s14";
  pretrained.model.encoder_trained_blocks = 2;
  const RunConfig random = choose_worlds(pretrained, {.pretraining = false, .language = false});
  EXPECT_FALSE(random.trainer.pretrained);
  EXPECT_EQ(random.model.encoder, "vit_s14");
  EXPECT_EQ(random.model.encoder_trained_blocks, -1);
  EXPECT_FALSE(random.trainer.loss.language);
  EXPECT_EQ(random.run.kind, "no-pretraining+no-language");
  RunConfig alone = all;
  alone.trainer.sources.resize(1);
  EXPECT_EQ(choose_worlds(alone).run.kind, "specialist:playhouse");
}

TEST_F(Worlds, AnUnknownOneListsThoseThereAre) {
  const RunConfig config = two_worlds();
  EXPECT_THAT(error_of([&] { static_cast<void>(choose_worlds(config, {.specialist = "quake"})); }),
              HasSubstr("--specialist quake: no source is of this world; there are playhouse, doom"));
  EXPECT_THAT(error_of([&] { static_cast<void>(choose_worlds(config, {.leave_out = "quake"})); }),
              HasSubstr("--leave-out quake: no source is of this world; there are playhouse, doom"));
  EXPECT_THAT(error_of([&] { static_cast<void>(choose_worlds(config, {.specialist = "doom", .leave_out = "doom"})); }),
              HasSubstr("nothing is left to learn from"));
  EXPECT_THAT(error_of([] {
                static_cast<void>(parse_config<RunConfig>(
                    "[trainer.world_weights]\ndom = 1.0\n[[trainer.sources]]\nkind = \"video\"\nworld = \"doom\"\n",
                    "run.toml"));
              }),
              HasSubstr("trainer.world_weights.dom is unknown; the nearest known key is \"doom\""));
}

TEST_F(Worlds, BlocksHoldThemInProportionWhateverTheirCollections) {
  record_turning(path("a"), {.rate_hz = 15.0, .steps = 30});
  record_turning(path("b"), {.rate_hz = 15.0, .steps = 30});
  record_turning(path("c"), {.world = "quake", .rate_hz = 15.0, .steps = 30, .level_step = 6});
  RunConfig config = small_config();
  config.trainer.sources = {video_source({"a"}, 3.0), video_source({"b"}, 1.0), video_source({"c"}, 7.0)};
  config = choose_worlds(config);
  EXPECT_THAT(scaled_weights(config.trainer.sources, {{"doom", 1.0}, {"quake", 2.0}}), ElementsAre(0.75, 0.25, 2.0));
  EXPECT_THAT(scaled_weights(config.trainer.sources, {{"doom", 1.0}, {"quake", 0.0}}), ElementsAre(0.75, 0.25, 7.0));

  SourceSetup setup = small_setup(config);
  setup.world_weights = {{"doom", 1.0}, {"quake", 2.0}};
  setup.worlds = worlds_of(config.trainer.sources);
  const auto source = create_mixed_source(config.trainer.sources, setup, video_services());
  constexpr std::size_t kBlock = 10;
  std::array<std::size_t, 2> count{};
  std::map<std::vector<std::uint8_t>, int> seen;  // pictures of "quake"
  for (std::size_t block = 0; block < 186; ++block) {
    const std::vector<Example> examples = source->create_block(block, kBlock);
    ASSERT_EQ(examples.size(), kBlock);
    for (const Example& e : examples) {
      ++count.at(e.world);
      if (e.world == 1) ++seen[e.frames];
    }
    const double expected = 2.0 / 3.0 * static_cast<double>((block + 1) * kBlock);
    EXPECT_LE(std::abs(static_cast<double>(count[1]) - expected), 1.0) << "after block " << block;
  }
  EXPECT_EQ(count[0], 620U);
  EXPECT_EQ(count[1], 1240U);
  // 31 windows, 40 whole epochs: blocks of six and of seven go on where the one before ended.
  EXPECT_EQ(seen.size(), 31U);
  for (const auto& [frames, times] : seen) EXPECT_EQ(times, 40);
}

TEST_F(Worlds, RecordingsOfOtherRatesAndMiceTellTheSameTurn) {
  record_turning(path("fast"), {.rate_hz = 45.0, .counts_per_turn = 4000.0, .steps = 90});
  record_turning(path("slow"), {.rate_hz = 22.5, .counts_per_turn = 8000.0, .steps = 45});
  RunConfig config = small_config();
  config.contract.mouse_max = 45.0;
  const SourceConfig source = video_source({"fast", "slow"});
  std::set<int> bins;
  const agent::ActionCodec degrees(config.contract, 360.0);
  for (const Example& e : create_source(source, 0, small_setup(config), video_services())->create_block(0, 200)) {
    for (std::size_t i = 0; i < e.chunks.size(); ++i) {
      if (e.chunk_mask[i] != 0) bins.insert(e.chunks[i].mouse_x);
    }
  }
  // 45 Hz: three steps of nine degrees each; 22.5 Hz: one and two by turns.
  EXPECT_EQ(bins, (std::set<int>{degrees.mouse().bin_of(9), degrees.mouse().bin_of(18), degrees.mouse().bin_of(27)}));
  EXPECT_EQ(counts_per_turn_of({source}, config.contract, video_services()), 0.0) << "no single one";
  config.contract.mouse_unit = "counts";
  EXPECT_THAT(error_of([&] { static_cast<void>(counts_per_turn_of({source}, config.contract, video_services())); }),
              HasSubstr("counts_per_turn: 4000 and 8000"));
}

TEST_F(Worlds, AMouseOfUnknownScaleIsRefusedByName) {
  record_turning(path("r"), {.counts_per_turn = 0.0});
  const RunConfig config = small_config();
  EXPECT_THAT(error_of([&] {
                static_cast<void>(create_source(video_source({"r"}), 0, small_setup(config), video_services()));
              }),
              AllOf(HasSubstr(path("r").string()), HasSubstr("counts_per_turn is 0")));
}

TEST_F(Worlds, ASlowerRecordingIsRefusedWithBothRates) {
  record_turning(path("r"), {.rate_hz = 10.0});
  const RunConfig config = small_config();
  EXPECT_THAT(error_of([&] {
                static_cast<void>(create_source(video_source({"r"}), 0, small_setup(config), video_services()));
              }),
              HasSubstr("action_rate_hz: 15 (contract) and 10 (recording " + path("r").string()));
}

// The picture of a step is the newest that was seen when the step began, and its actions are those that began in it.
TEST_F(Worlds, PicturesAndActionsOfAResampledRecordingLineUp) {
  record_turning(path("r"), {});
  const RunConfig config = small_config();
  const auto source = create_source(video_source({"r"}), 0, small_setup(config), video_services());
  const agent::ActionCodec codec(config.contract, 4096);
  std::map<int, Example> by_level;
  for (Example& e : source->create_block(0, 61)) by_level.insert_or_assign(e.frames[0], e);
  ASSERT_EQ(by_level.size(), 61U) << "140 steps at 35 Hz are 60 at 15 Hz, and 61 pictures";
  int step = 0;
  for (const auto& [level, e] : by_level) {
    const int recorded_step = step * 7 / 3;
    EXPECT_NEAR(level, 50 + recorded_step, 2) << "step " << step;
    // The chunk begins a step later, as the contract's delay says.
    const int next = step + config.contract.delay_steps;
    const auto first_of = [](int i) { return (i * 7 + 2) / 3; };
    EXPECT_EQ(e.chunk_mask[0], next < 60 ? 1 : 0);
    if (next < 60) {
      const double degrees = 9.0 * (first_of(next + 1) - first_of(next));
      EXPECT_EQ(e.chunks[0].mouse_x, codec.mouse().bin_of(degrees * 102 / 102.4)) << "step " << step;
    }
    ++step;
  }
}

TEST_F(Worlds, ARunOfTwoResumesToTheSameBytesAndTellsOfEach) {
  RunConfig config = two_worlds();
  config.trainer.world_weights = {{"doom", 1.0}};
  config.trainer.sources[1].development = 0.0;
  ASSERT_TRUE(train(config, options_for("unbroken")).is_finished);
  TrainOptions options = options_for("broken");
  options.should_stop = [left = 7]() mutable { return left-- == 0; };
  EXPECT_EQ(train(config, options).step, 7);
  options = options_for("broken");
  options.resume = true;
  ASSERT_TRUE(train({}, options).is_finished);
  for (const char* file : {"weights.safetensors", "trainer.safetensors", "checkpoint.toml", "tokenizer.model"})
    EXPECT_TRUE(read_text_file(path("unbroken") / "checkpoint-00000012" / file) ==
                read_text_file(path("broken") / "checkpoint-00000012" / file))
        << file;
  const auto metrics = metrics_of(path("unbroken"));
  EXPECT_EQ(metrics, metrics_of(path("broken")));
  ASSERT_TRUE(metrics.contains("training:playhouse") && metrics.contains("training:doom"));
  EXPECT_EQ(metrics.at("training:doom").size(), metrics.at("training").size());
  // Both worlds count alike, so that the whole is between them; masks are Playhouse's alone.
  const auto all = nlohmann::json::parse(metrics.at("training")[0]);
  const auto playhouse = nlohmann::json::parse(metrics.at("training:playhouse")[0]);
  const auto doom = nlohmann::json::parse(metrics.at("training:doom")[0]);
  EXPECT_EQ(playhouse.at("loss_patch_nats"), all.at("loss_patch_nats"));
  EXPECT_FALSE(doom.contains("loss_patch_nats"));
  const auto keys = [](const nlohmann::json& line) { return line.at("loss_keys_nats").get<double>(); };
  EXPECT_GT(keys(all), std::min(keys(playhouse), keys(doom)));
  EXPECT_LT(keys(all), std::max(keys(playhouse), keys(doom)));
  EXPECT_TRUE(metrics.contains("development:playhouse"));

  const auto written = load_config<RunConfig>(path("unbroken") / "config.toml");
  EXPECT_EQ(written.run.kind, "generalist");
  EXPECT_EQ(written.trainer.sources[2].world, "doom");
  const std::string sources = read_text_file(path("unbroken") / "sources.toml");
  EXPECT_THAT(sources, AllOf(HasSubstr("steps: 35 Hz to 15 Hz, 7 recorded steps in 3"),
                             HasSubstr("steps: 20 Hz to 15 Hz, 4 recorded steps in 3"),
                             HasSubstr("steps: 15 Hz as the world's")));
  EXPECT_THAT(sources, AllOf(HasSubstr("pictures: 192x144 to 96x72 px (box)"),
                             HasSubstr("mouse: 1600 counts a turn, told in degrees"),
                             HasSubstr("never pressed here: a, d, e, s, mouse_left")));
  EXPECT_THAT(sources, HasSubstr("so not learned: q in 14 steps"));

  // Of worlds with several mouse scales the one that it plays in says its own.
  const auto unknown = agent::load_policy(path("unbroken"), {});
  EXPECT_EQ(unknown->contract(), config.contract);
  EXPECT_THAT(error_of([&] { unknown->reset(1); }), HasSubstr("different mouse counts per turn"));
  const auto known = agent::load_policy(path("unbroken"), {.counts_per_turn = 1600.0});
  known->reset(1);
  const Frame frame = make_frame(config.contract.frame_size());
  EXPECT_EQ(known->act(frame.view(), "turn right", {}).chunk.size(), 8U);
}

}  // namespace
}  // namespace atl::trainer
