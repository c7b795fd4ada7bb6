// Episodes on their way to disk and back.
#include "core/error.h"
#include "core/files.h"
#include "datasets/reader.h"
#include "datasets/writer.h"
#include "session/batch_recorder.h"
#include "session/expert_player.h"
#include "session/recording_sink.h"
#include "session/replay.h"
#include "tests/session/counting_world.h"

#include <gtest/gtest.h>

#include <set>

namespace atl::session {
namespace {

using session_test::CountingWorld;

RecordPlan expert_plan(std::uint64_t num_episodes, int threads) {
  RecordPlan plan;
  plan.num_episodes = num_episodes;
  plan.threads = threads;
  plan.make_request = [](std::uint64_t index) { return EpisodeRequest{.seed = index, .player_seed = index + 7}; };
  plan.create_world = [] { return std::make_unique<CountingWorld>(); };
  plan.create_player = [](envs::SteppedEnvironment& world) {
    return std::make_unique<ExpertPlayer>(world, envs::ExpertStyle{});
  };
  return plan;
}

void record(const std::filesystem::path& folder, const RecordPlan& plan) {
  datasets::RecordingOptions options;
  options.folder = folder;
  options.facts = CountingWorld().spec().facts;
  const std::unique_ptr<datasets::RecordingWriter> writer = datasets::RecordingWriter::create(std::move(options));
  RecordingSink sink(*writer, false);
  std::uint64_t num_reported = 0;
  EXPECT_EQ(record_episodes(plan, sink, [&](const EpisodeResult&) { ++num_reported; }), plan.num_episodes);
  EXPECT_EQ(num_reported, plan.num_episodes);
  EXPECT_EQ(sink.num_episodes(), plan.num_episodes);
  EXPECT_EQ(writer->close().episodes, plan.num_episodes);
}

TEST(Recording, EveryEpisodeReplaysBitForBitToItsEnd) {
  const TemporaryFolder folder;
  record(folder.path() / "r", expert_plan(40, 1));
  const auto reader = datasets::RecordingReader::open(folder.path() / "r");
  ASSERT_EQ(reader->episodes().size(), 40u);
  CountingWorld world;
  std::set<std::string> verdicts;
  std::int64_t next_picture = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    const EpisodeTrace trace = read_trace(*reader, i);
    EXPECT_EQ(trace.start.seed, i);
    EXPECT_EQ(trace.start.player, "expert");
    EXPECT_EQ(trace.instruction.text, "press space " + trace.start.target + " times");
    EXPECT_EQ(trace.instruction.mark == SuccessMark::kSucceeded, trace.end.verdict == "success");
    ASSERT_EQ(reader->episodes()[i].instructions.size(), 1u) << "begin and end of one instruction";
    verdicts.insert(trace.end.verdict);
    const ReplayResult replay = replay_episode(world, trace);
    EXPECT_TRUE(replay.is_equal()) << replay.differences.front();
    EXPECT_EQ(replay.num_frames_compared, trace.actions.size() + 1);
    for (const datasets::RecordedAction& action : trace.actions) {
      EXPECT_EQ(action.origin, Origin::kExpert);
      EXPECT_EQ(action.observed_frame, next_picture + static_cast<std::int64_t>(action.step));
    }
    next_picture += static_cast<std::int64_t>(trace.frames.size());
  }
  EXPECT_TRUE(verdicts.count("success") == 1 && verdicts.count("failed") == 1);
}

// A live session that has no room for a picture goes on counting: what an answer saw must not become another picture.
TEST(Recording, ObservedPicturesKeepTheirNumbersWhereOneWasNotKept) {
  const TemporaryFolder folder;
  datasets::RecordingOptions options;
  options.folder = folder.path() / "r";
  options.facts = CountingWorld().spec().facts;
  const std::unique_ptr<datasets::RecordingWriter> writer = datasets::RecordingWriter::create(std::move(options));
  RecordingSink sink(*writer, false);
  const Duration period = period_of(15.0);
  for (int episode = 0; episode < 2; ++episode) {
    sink.begin({}, {});
    for (const std::uint64_t step : {0, 1, 2, 3}) {
      const Timestamp time = Timestamp{} + period * static_cast<std::int64_t>(step);
      // Pictures 1 and 3 were seen and acted on, but not kept; 3 is the episode's last.
      if (step % 2 == 0)
        sink.add_frame(
            {.kind = datasets::FrameKind::kReplay, .sequence = step, .step = step, .requested = time, .done = time},
            {});
      sink.add_action({.step = step, .time = time, .observed_frame = static_cast<std::int64_t>(step)});
    }
    sink.end({.time = Timestamp{} + period * 4, .num_steps = 4, .verdict = "success"}, {});
  }
  static_cast<void>(writer->close());

  const auto reader = datasets::RecordingReader::open(folder.path() / "r");
  std::vector<std::uint64_t> kept;
  std::vector<std::int64_t> observed;
  for (std::size_t i = 0; i < 2; ++i) {
    for (const datasets::FrameEntry& frame : reader->frames(i)) kept.push_back(frame.sequence);
    for (const datasets::RecordedAction& action : reader->actions(i)) observed.push_back(action.observed_frame);
  }
  EXPECT_EQ(kept, (std::vector<std::uint64_t>{0, 2, 4, 6}));
  EXPECT_EQ(observed, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Recording, ThreadsChangeNothing) {
  const TemporaryFolder folder;
  record(folder.path() / "one", expert_plan(60, 1));
  record(folder.path() / "three", expert_plan(60, 3));
  const auto one = datasets::RecordingReader::open(folder.path() / "one");
  const auto three = datasets::RecordingReader::open(folder.path() / "three");
  for (std::size_t i = 0; i < 60; ++i) {
    const EpisodeTrace a = read_trace(*one, i);
    const EpisodeTrace b = read_trace(*three, i);
    EXPECT_EQ(a.start.seed, b.start.seed);
    EXPECT_EQ(a.actions, b.actions);
    EXPECT_EQ(a.frames, b.frames);
    EXPECT_EQ(a.end.end_hash, b.end.end_hash);
  }
}

TEST(Recording, ErrorOnAWorkerReachesTheCaller) {
  RecordPlan plan = expert_plan(1000, 3);
  plan.make_request = [](std::uint64_t index) -> EpisodeRequest {
    if (index == 20) fail(ErrorKind::kEnvironment, "episode 20 is broken");
    return {.seed = index};
  };
  TraceSink sink;
  try {
    record_episodes(plan, sink, [](const EpisodeResult&) {});
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "episode 20 is broken");
  }
}

TEST(Recording, StoredPicturesAreTheOnesThatWereSeen) {
  // A video writer that keeps what it is given: the real one is tested with datasets/video.
  struct KeepingWriter final : datasets::VideoWriter {
    explicit KeepingWriter(std::vector<std::uint64_t>& steps) : steps_(steps) {}
    [[nodiscard]] bool write(ImageView image, std::int64_t) override {
      steps_.push_back(session_test::step_of(image));
      return true;
    }
    void close() override {}
    std::vector<std::uint64_t>& steps_;
  };
  const TemporaryFolder folder;
  std::vector<std::uint64_t> steps;
  datasets::RecordingOptions options;
  options.folder = folder.path() / "r";
  options.facts = CountingWorld().spec().facts;
  options.video = [&](const std::filesystem::path&, FrameSize) { return std::make_unique<KeepingWriter>(steps); };
  const std::unique_ptr<datasets::RecordingWriter> writer = datasets::RecordingWriter::create(std::move(options));
  RecordingSink sink(*writer, true);
  std::vector<std::uint64_t> expected;
  record_episodes(expert_plan(3, 1), sink, [&](const EpisodeResult& result) {
    for (std::uint64_t step = 0; step <= result.num_steps; ++step) expected.push_back(step);
  });
  EXPECT_EQ(steps, expected);
  EXPECT_EQ(writer->close().frames, expected.size());
}

}  // namespace
}  // namespace atl::session
