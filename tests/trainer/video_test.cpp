#include "core/files.h"
#include "datasets/video/reader.h"
#include "support.h"
#include "tests/video/brightening.h"
#include "trainer/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace atl::trainer {
namespace {

TEST(VideoSource, ServesEachWindowOnceAnEpochWithWhatWasDoneAndAskedFor) {
  const TemporaryFolder folder;
  video::record_brightening(folder.path() / "r", 40, 50);
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
