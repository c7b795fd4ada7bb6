#include "core/error.h"
#include "core/files.h"
#include "datasets/cache.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "datasets/writer.h"
#include "support.h"
#include "trainer/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace atl::trainer {
namespace {

constexpr FrameSize kSize{192, 144};
constexpr double kRecordedHz = 30.0;  // twice the contract's

// A recording whose picture at step s is grey of level `level(s)`; "go to 0" holds for its first half.
void record(const std::filesystem::path& folder, int steps, int first_level) {
  datasets::RecordingOptions options;
  options.folder = folder;
  options.facts.world = "test";
  options.facts.action_rate_hz = kRecordedHz;
  options.facts.counts_per_turn = 4096;
  options.video = video::video_writer_factory({});
  auto writer = datasets::RecordingWriter::create(options);
  datasets::EpisodeStart start;
  start.time = from_ns(1'000'000'000);
  writer->begin_episode(start);
  Instruction instruction;
  instruction.text = "go to the light";
  instruction.begin = start.time;
  instruction.end = start.time + steps / 2 * period_of(kRecordedHz);
  instruction.mark = SuccessMark::kSucceeded;
  writer->instruction(instruction);
  for (int step = 0; step <= steps; ++step) {
    const Timestamp time = start.time + step * period_of(kRecordedHz);
    Frame frame = make_frame(kSize);
    std::fill(frame.pixels.begin(), frame.pixels.end(), static_cast<std::uint8_t>(first_level + step));
    frame.sequence = static_cast<std::uint64_t>(step);
    frame.requested = frame.done = time;
    writer->frame(frame, static_cast<std::uint64_t>(step));
    if (step == steps) break;
    datasets::RecordedAction action;
    action.step = static_cast<std::uint64_t>(step);
    action.time = time;
    action.action.dx = step % 2 == 0 ? 20 : 30;
    writer->action(action);
  }
  datasets::EpisodeEnd end;
  end.time = start.time + steps * period_of(kRecordedHz);
  end.num_steps = static_cast<std::uint64_t>(steps);
  end.verdict = "success";
  writer->end_episode(end);
  writer->close();
}

datasets::CacheInputs inputs_for(const std::filesystem::path& recording) {
  return {.recordings = {recording}, .frame = {96, 72}, .action_rate_hz = 15.0};
}

TEST(FrameCache, HoldsThePictureOfEachStepOfTheContract) {
  const TemporaryFolder folder;
  record(folder.path() / "r", 40, 50);
  const auto cache = datasets::FrameCache::open_or_create(folder.path() / "c", inputs_for(folder.path() / "r"),
                                                          video::video_reader_factory());
  ASSERT_EQ(cache.episodes().size(), 1U);
  ASSERT_EQ(cache.episodes()[0].count, 21U);
  for (std::uint64_t i = 0; i <= 20; ++i) {
    ASSERT_EQ(cache.frame(i).size(), 96U * 72U * 4U);
    EXPECT_NEAR(cache.frame(i)[1000], 50 + 2 * static_cast<int>(i), 2) << "picture " << i;
  }
}

TEST(FrameCache, IsNotMadeAgainForTheSameInputs) {
  const TemporaryFolder folder;
  record(folder.path() / "r", 10, 50);
  const auto file = folder.path() / "c";
  const auto inputs = inputs_for(folder.path() / "r");
  static_cast<void>(datasets::FrameCache::open_or_create(file, inputs, video::video_reader_factory()));
  const auto again = datasets::FrameCache::open_or_create(file, inputs, {});  // could not make one
  EXPECT_EQ(again.episodes().size(), 1U);
}

TEST(FrameCache, IsMadeAgainWhenARecordingChangesOrTheFileIsCut) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "c";
  const auto reader = video::video_reader_factory();
  record(folder.path() / "r", 10, 50);
  static_cast<void>(datasets::FrameCache::open_or_create(file, inputs_for(folder.path() / "r"), reader));
  std::filesystem::remove_all(folder.path() / "r");
  record(folder.path() / "r", 10, 120);
  EXPECT_NEAR(datasets::FrameCache::open_or_create(file, inputs_for(folder.path() / "r"), reader).frame(0)[0], 120, 2);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  EXPECT_NEAR(datasets::FrameCache::open_or_create(file, inputs_for(folder.path() / "r"), reader).frame(0)[0], 120, 2);
}

TEST(FrameCache, RefusesARateThatDoesNotFit) {
  const TemporaryFolder folder;
  record(folder.path() / "r", 4, 50);
  auto inputs = inputs_for(folder.path() / "r");
  inputs.action_rate_hz = 20.0;
  EXPECT_THROW(static_cast<void>(
                   datasets::FrameCache::open_or_create(folder.path() / "c", inputs, video::video_reader_factory())),
               Error);
}

TEST(VideoSource, ServesEachWindowOnceAnEpochWithWhatWasDoneAndAskedFor) {
  const TemporaryFolder folder;
  record(folder.path() / "r", 40, 50);
  const RunConfig config = testing::small_config();
  SourceConfig source_config;
  source_config.kind = "video";
  source_config.recordings = {(folder.path() / "r").string()};
  source_config.cache = (folder.path() / "c").string();
  source_config.relabel = false;
  source_config.development = 0.0;
  SourceServices services = testing::playhouse_services();
  services.open_video = video::video_reader_factory();
  const auto source = create_source(source_config, 0, testing::small_setup(config), services);
  const auto again = create_source(source_config, 0, testing::small_setup(config), services);
  const agent::ActionCodec codec(config.contract, 4096);
  std::set<int> levels;
  const auto block = source->create_block(0, 21);
  const auto same = again->create_block(0, 21);
  for (std::size_t i = 0; i < block.size(); ++i) {
    const Example& e = block[i];
    EXPECT_EQ(e.frames, same[i].frames);
    const int step = (e.frames[0] - 50 + 1) / 2;
    levels.insert(step);
    EXPECT_EQ(e.instructions[0], step <= 10 ? "go to the light" : "") << step;
    EXPECT_EQ(e.goals[0] == GoalLabel::kReached, step == 10) << step << ": the picture that shows the success";
    Action joined;
    joined.dx = 50;
    if (e.chunk_mask[0] != 0) {
      EXPECT_EQ(e.chunks[0], codec.encode(joined)) << "two recorded steps are one";
    }
    EXPECT_EQ(e.chunk_mask[0], step + 1 < 20 ? 1 : 0);
  }
  EXPECT_EQ(levels.size(), 21U);
}

}  // namespace
}  // namespace atl::trainer
