#include "core/files.h"
#include "datasets/video/reader.h"
#include "support.h"
#include "tests/video/brightening.h"
#include "trainer/source.h"
#include "trainer/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <new>
#include <set>
#include <string>

namespace atl::trainer {
namespace {

// The contract's rate is half that of the recording.
constexpr int kSteps = 160;
constexpr std::size_t kWindows = kSteps / 2 + 1;

SourceConfig brightening_config(const std::filesystem::path& folder) {
  SourceConfig config;
  config.kind = "video";
  config.recordings = {(folder / "r").string()};
  config.cache = (folder / "c").string();
  config.relabel = false;
  config.development = 0.0;
  return config;
}

std::unique_ptr<ExampleSource> create_brightening(const std::filesystem::path& folder, const RunConfig& config) {
  SourceServices services = testing::playhouse_services();
  services.open_video = video::video_reader_factory();
  return create_mixed_source({brightening_config(folder)}, testing::small_setup(config), services);
}

TEST(VideoSource, ServesEachWindowOnceAnEpochWithWhatWasDoneAndAskedFor) {
  const TemporaryFolder folder;
  video::record_brightening(folder.path() / "r", 40, 50);
  const RunConfig config = testing::small_config();
  const SourceConfig source_config = brightening_config(folder.path());
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

// The step of the contract's clock that an example begins with: pictures tell it by their brightness.
int step_of(const Example& example) { return (example.frames[0] - 50 + 1) / 2; }

// Everything that a model or a loss is made from.
std::string bytes_of(const Example& e) {
  std::string bytes(e.frames.begin(), e.frames.end());
  const auto add = [&](auto value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); };
  add(e.num_steps);
  for (const std::string& text : e.instructions) bytes += text + "\n";
  for (const agent::ActionParts& parts : e.chunks) {
    bytes += parts.controls.to_string();
    add(parts.mouse_x);
    add(parts.mouse_y);
  }
  bytes.append(e.chunk_mask.begin(), e.chunk_mask.end());
  for (const GoalLabel goal : e.goals) add(goal);
  add(e.turn_deg);
  add(e.goal_frame);
  add(e.weight);
  return bytes;
}

std::vector<std::string> take(ExampleStream& stream, std::size_t size) {
  std::vector<std::string> taken;
  for (const Example* e : stream.next_batch(size)) taken.push_back(bytes_of(*e));
  return taken;
}

TEST(VideoSource, AStreamGoesThroughAllWindowsOfAnEpochInOneShuffledOrder) {
  const TemporaryFolder folder;
  video::record_brightening(folder.path() / "r", kSteps, 50);
  const RunConfig config = testing::small_config();
  // Blocks of a ninth of the windows: what is shuffled in them alone would stay near its place.
  ExampleStream stream({.seed = 3, .block_examples = kWindows / 9, .passes = 1},
                       [&] { return create_brightening(folder.path(), config); });
  std::vector<int> steps;
  for (std::size_t i = 0; i < 9; ++i) {
    const std::vector<const Example*> block = stream.next_batch(kWindows / 9);
    std::vector<int> of_block;
    for (const Example* e : block) of_block.push_back(step_of(*e));
    const auto [least, most] = std::minmax_element(of_block.begin(), of_block.end());
    EXPECT_GT(*most - *least, static_cast<int>(kWindows) / 3) << "block " << i << " is of one part of the recording";
    steps.insert(steps.end(), of_block.begin(), of_block.end());
  }
  EXPECT_FALSE(std::is_sorted(steps.begin(), steps.end()));
  std::sort(steps.begin(), steps.end());
  ASSERT_EQ(steps.size(), kWindows);
  for (std::size_t i = 0; i < kWindows; ++i) EXPECT_EQ(steps[i], static_cast<int>(i)) << "each window once";
}

TEST(VideoSource, GoesOnInsideAnEpochWithTheSameExamplesBitForBit) {
  const TemporaryFolder folder;
  video::record_brightening(folder.path() / "r", kSteps, 50);
  RunConfig config = testing::small_config();
  config.trainer.data.mirror = 0.5;  // numbers are drawn for it, too
  const auto create = [&] { return create_brightening(folder.path(), config); };
  const StreamOptions options{.seed = 5, .block_examples = 20, .passes = 2, .producers = 2};
  ExampleStream unbroken(options, create);
  for (int i = 0; i < 14; ++i) {  // over the end of the first epoch, through blocks in used memory
    const StreamPosition here = unbroken.position();
    ExampleStream resumed(options, create, here);
    ASSERT_EQ(take(resumed, 12), take(unbroken, 12)) << "block " << here.block << ", offset " << here.offset;
  }
}

TEST(VideoSource, LeavesNothingOfAUsedBlockInALaterOne) {
  const TemporaryFolder folder;
  video::record_brightening(folder.path() / "r", kSteps, 50);
  RunConfig config = testing::small_config();
  config.trainer.data.window = 3;  // the last of an episode are not full: the rest of their pictures is zero
  const auto source = create_brightening(folder.path(), config);
  std::vector<Example> block = source->create_block(0, 10);
  for (std::uint64_t i = 1; i < 6; ++i) {
    block = source->create_block(i, 10, std::move(block));
    const std::vector<Example> fresh = source->create_block(i, 10);
    for (std::size_t k = 0; k < fresh.size(); ++k)
      ASSERT_EQ(bytes_of(block[k]), bytes_of(fresh[k])) << "example " << k << " of block " << i;
  }
}

TEST(VideoSource, ARecordingIsEnoughToPretrainOn) {
  const TemporaryFolder folder;
  video::record_brightening(folder.path() / "r", kSteps, 50);
  RunConfig config = testing::small_config();
  config.contract.mouse_unit = "counts";
  config.model.video_steps = 2;
  config.trainer.sources = {brightening_config(folder.path())};
  config.trainer.data.window = 3;
  config.trainer.loss.future = 1.0;
  config.trainer.loss.action = config.trainer.loss.patch = config.trainer.loss.goal = 0.0;
  TrainOptions options;
  options.out = folder.path() / "run";
  options.services = testing::playhouse_services();
  options.services.open_video = video::video_reader_factory();
  options.should_stop = [] { return false; };
  EXPECT_TRUE(train(config, options).is_finished);
  EXPECT_THAT(read_text_file(options.out / "metrics.jsonl"), ::testing::HasSubstr("loss_future_nats"));
}

// What RLIMIT_DATA counts: memory of the process's own. Mapped files are none of it.
std::size_t own_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmData:")) return std::stoull(line.substr(7)) * 1024;
  }
  return 0;
}

// Exit codes of a process that may take `bytes` more than it has: 0 when `work` is done, 3 when memory is out.
[[noreturn]] void run_within(std::size_t bytes, const std::function<void()>& work) {
  const rlim_t limit = own_bytes() + bytes;
  const rlimit limits{limit, limit};
  if (::setrlimit(RLIMIT_DATA, &limits) != 0) std::_Exit(2);
  try {
    work();
  } catch (const std::bad_alloc&) {
    std::_Exit(3);
  }
  std::_Exit(0);
}

TEST(VideoSource, ServesACacheThatIsLargerThanTheMemoryItMayTake) {
  const TemporaryFolder folder;
  video::record_brightening(folder.path() / "r", kSteps, 50);
  RunConfig config = testing::small_config();
  config.contract.frame_width_px = 960;
  config.contract.frame_height_px = 720;
  static_cast<void>(create_brightening(folder.path(), config));  // makes the cache
  const std::size_t cache_bytes = std::filesystem::file_size(folder.path() / "c");
  constexpr std::size_t kBlock = 3;
  const std::size_t block_bytes = kBlock * 960 * 720 * kBytesPerPixel;
  constexpr std::size_t kElse = std::size_t{48} << 20;  // the thread's stack, the recording's actions
  const std::size_t bound = kMaxBlocks * block_bytes + kElse;
  ASSERT_GT(cache_bytes, 2 * bound);
  const auto serve = [&](std::size_t block, std::size_t batches) {
    ExampleStream stream({.seed = 3, .block_examples = block, .passes = 1},
                         [&] { return create_brightening(folder.path(), config); });
    for (std::size_t i = 0; i < batches; ++i) static_cast<void>(stream.next_batch(block));
  };
  EXPECT_EXIT(run_within(bound, [&] { serve(kBlock, kWindows / kBlock); }), ::testing::ExitedWithCode(0), "");
  // The bound binds: with blocks of all there is, it is not enough.
  EXPECT_EXIT(run_within(bound, [&] { serve(kWindows, 1); }), ::testing::ExitedWithCode(3), "");
}

}  // namespace
}  // namespace atl::trainer
