// Recordings that are cut, killed, damaged, or written to a full disk.
#include "core/error.h"
#include "core/files.h"
#include "datasets/check.h"
#include "datasets/repair.h"
#include "tests/core/file_size_limit.h"
#include "tests/datasets/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <set>

namespace atl::datasets {
namespace {

using ::testing::HasSubstr;

// A copy of `folder` whose session.mcap is `bytes`.
std::filesystem::path copy_with(const std::filesystem::path& folder, const std::filesystem::path& target,
                                std::span<const std::uint8_t> bytes) {
  std::filesystem::remove_all(target);
  std::filesystem::create_directories(target);
  std::filesystem::copy_file(folder / kRecordingFile, target / kRecordingFile);
  write_file_atomically(target / kSessionFile, bytes);
  return target;
}

std::int64_t log_time_of(const std::string& message) {
  const std::size_t second_bar = message.find('|', message.find('|') + 1);
  return std::stoll(message.substr(second_bar + 1));
}

bool is_prefix(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

TEST(Damage, EverySecondBeforeACutIsReadAndRepaired) {
  const TemporaryFolder folder;
  for (const char* clock : {"monotonic", "world"}) {
    const auto original = folder.path() / clock;
    testing::record(original, {.clock = clock, .num_episodes = 6, .num_steps = 60});
    const std::vector<std::string> whole = testing::all_messages(original, McapReadMode::kWhole);
    const std::vector<std::uint8_t> bytes = read_binary_file(original / kSessionFile);
    const auto mcap = McapReader::open(original / kSessionFile, McapReadMode::kWhole);
    Random random(7);
    for (int i = 0; i < 50; ++i) {
      const std::size_t cut =
          mcap->chunk_offset(1) + random.below(static_cast<std::uint32_t>(bytes.size() - 1 - mcap->chunk_offset(1)));
      SCOPED_TRACE(fmt::format("{} clock, cut at {} of {}", clock, cut, bytes.size()));
      const auto copy = copy_with(original, folder.path() / "cut", std::span(bytes).first(cut));

      EXPECT_THROW(static_cast<void>(RecordingReader::open(copy)), Error);
      EXPECT_EQ(check_recording(copy, {}).verdict, RecordingVerdict::kRepairable);
      const std::vector<std::string> read = testing::all_messages(copy, McapReadMode::kSalvage);
      ASSERT_TRUE(is_prefix(read, whole));
      // What was in the file at the cut is younger than a second.
      if (read.size() < whole.size()) {
        EXPECT_LT(log_time_of(whole[read.size()]) - log_time_of(read.back()), 1'000'000'000);
      }
      std::size_t in_whole_chunks = 0;
      for (std::size_t c = 0; c + 1 < mcap->num_chunks() && mcap->chunk_offset(c + 1) <= cut; ++c) {
        McapChunk chunk = mcap->read_chunk(c);
        McapMessage message;
        while (chunk.next(message)) ++in_whole_chunks;
      }
      EXPECT_GE(read.size(), in_whole_chunks);

      const RepairReport report = repair_recording(copy, {});
      EXPECT_TRUE(report.changed);
      EXPECT_FALSE(report.lost.empty());
      EXPECT_EQ(report.messages_kept, read.size());
      EXPECT_EQ(read_binary_file(report.original).size(), cut);
      testing::expect_ok(copy);
      const std::vector<std::string> repaired = testing::all_messages(copy, McapReadMode::kWhole);
      EXPECT_TRUE(is_prefix(read, repaired));
      EXPECT_LE(repaired.size(), read.size() + 2);  // the end of the open episode, and the note of what was lost
      EXPECT_FALSE(repair_recording(copy, {}).changed);
    }
  }
}

// A cut file has no checksum over its Channel records; without this one nobody knows what is an episode.
TEST(Damage, ADamagedTopicIsKnownByItsSchema) {
  const TemporaryFolder scratch;
  const std::filesystem::path folder = scratch.path() / "r";
  testing::record(folder, {});
  const std::filesystem::path session = folder / "session.mcap";
  std::string bytes = read_text_file(session);
  const std::size_t topic = bytes.find("atoll/episode");
  ASSERT_NE(topic, std::string::npos);
  bytes[topic + 6] = 'x';
  write_file_atomically(session, bytes.substr(0, bytes.size() * 2 / 3));
  const RepairReport report = repair_recording(folder, {});
  EXPECT_TRUE(report.changed);
  EXPECT_GT(report.messages_kept, 50U);
  testing::expect_ok(folder);
}

TEST(Damage, ACutBeforeTheFactsCannotBeRepaired) {
  const TemporaryFolder folder;
  testing::record(folder.path() / "r", {.num_episodes = 1});
  const std::vector<std::uint8_t> bytes = read_binary_file(folder.path() / "r" / kSessionFile);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{5}, std::size_t{100}, std::size_t{2000}}) {
    const auto copy = copy_with(folder.path() / "r", folder.path() / "cut", std::span(bytes).first(cut));
    EXPECT_EQ(check_recording(copy, {}).verdict, RecordingVerdict::kUnusable) << cut;
    EXPECT_THROW(repair_recording(copy, {}), Error) << cut;
    EXPECT_EQ(read_binary_file(copy / kSessionFile).size(), cut);  // left as it was
  }
}

TEST(Damage, ABitThatFlippedIsNamedOrChangesNothing) {
  const TemporaryFolder folder;
  const auto original = folder.path() / "r";
  testing::record(original, {.num_episodes = 4, .owa_topics = true});
  const std::vector<std::string> whole = testing::all_messages(original, McapReadMode::kWhole);
  const std::multiset<std::string> known(whole.begin(), whole.end());
  const std::vector<std::uint8_t> bytes = read_binary_file(original / kSessionFile);
  Random random(3);
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    std::vector<std::uint8_t> flipped = bytes;
    const std::size_t place = random.below(static_cast<std::uint32_t>(bytes.size()));
    flipped[place] ^= static_cast<std::uint8_t>(1U << random.below(8));
    SCOPED_TRACE(fmt::format("byte {} of {}", place, bytes.size()));
    const auto copy = copy_with(original, folder.path() / "flipped", flipped);
    try {
      EXPECT_EQ(testing::all_messages(copy, McapReadMode::kWhole), whole);
    } catch (const Error& error) {
      ++refused;
      EXPECT_THAT(error.what(), HasSubstr((copy / kSessionFile).string()));
      if (error.kind() != ErrorKind::kVersion) {
        EXPECT_THAT(error.what(), HasSubstr("offset"));
      }
    }
    // No flip escapes a check, and a repair leaves nothing that was not recorded.
    const RecordingCheck check = check_recording(copy, {});
    EXPECT_NE(check.verdict, RecordingVerdict::kOk);
    ASSERT_FALSE(check.problems.empty());
    if (check.verdict != RecordingVerdict::kRepairable) continue;
    const RepairReport report = repair_recording(copy, {});
    testing::expect_ok(copy);
    const std::unique_ptr<RecordingReader> reader = RecordingReader::open(copy);
    const std::unique_ptr<RecordingReader> source = RecordingReader::open(original);
    for (std::size_t e = 0; e < reader->episodes().size(); ++e) {
      const std::vector<RecordedAction> found = reader->actions(e);
      const std::vector<RecordedAction> recorded = source->actions(reader->episodes()[e].start.episode);
      ASSERT_LE(found.size(), recorded.size());
      EXPECT_TRUE(std::equal(found.begin(), found.end(), recorded.begin()));
    }
  }
  EXPECT_GT(refused, 50);  // most of the file is chunks
}

// What the child says before each event, in memory that outlives it.
struct Progress {
  std::atomic<std::uint32_t> told;
  std::array<std::int64_t, 100'000> times_ns;
};

[[noreturn]] void record_until_killed(const std::filesystem::path& folder, Progress& progress) {
  const auto writer = RecordingWriter::create(testing::recording_options(folder, {.clock = "monotonic"}));
  EpisodeStart start;
  start.time = MonotonicClock::now();
  writer->begin_episode(start);
  SystemClock clock;
  for (std::uint32_t i = 0; i < progress.times_ns.size(); ++i) {
    const Timestamp now = MonotonicClock::now();
    progress.times_ns[i] = to_ns(now);
    writer->input({.time = now, .kind = InputKind::kRelativeMotion, .dx = static_cast<std::int32_t>(i)});
    progress.told.store(i + 1);
    clock.sleep_until(now + Duration(2'000'000));
  }
  ::_exit(3);
}

TEST(Damage, AKilledRecorderLosesAtMostTheLastSecond) {
  constexpr int kRecorders = 20;  // side by side, each killed at a moment of its own
  const TemporaryFolder folder;
  struct Recorder {
    pid_t pid = 0;
    Progress* progress = nullptr;
    Timestamp kill_at;
  };
  std::vector<Recorder> recorders(kRecorders);
  Random random(11);
  for (int i = 0; i < kRecorders; ++i) {
    Recorder& r = recorders[static_cast<std::size_t>(i)];
    void* shared = ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    r.progress = new (shared) Progress;
    r.kill_at = MonotonicClock::now() + Duration(300'000'000 + random.below(2'500'000'000U));
    r.pid = ::fork();
    ASSERT_GE(r.pid, 0);
    if (r.pid == 0) record_until_killed(folder.path() / std::to_string(i), *r.progress);
  }
  std::sort(recorders.begin(), recorders.end(),
            [](const Recorder& a, const Recorder& b) { return a.kill_at < b.kill_at; });
  SystemClock clock;
  const Timestamp deadline = MonotonicClock::now() + Duration(30'000'000'000);
  std::vector<std::uint32_t> told;
  for (Recorder& r : recorders) {
    clock.sleep_until(r.kill_at);
    while (r.progress->told.load() == 0 && MonotonicClock::now() < deadline) ::usleep(1000);
    ASSERT_EQ(::kill(r.pid, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(r.pid, &status, 0), r.pid);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  for (int i = 0; i < kRecorders; ++i) {
    const auto path = folder.path() / std::to_string(i);
    const auto reader = RecordingReader::open(path, McapReadMode::kSalvage);
    ASSERT_LE(reader->episodes().size(), 1U);
    const std::vector<InputEvent> events = reader->episodes().empty() ? std::vector<InputEvent>{} : reader->inputs(0);
    // The folders are in order of start, the recorders in order of death: the events tell whose it is.
    const auto whose = std::find_if(recorders.begin(), recorders.end(), [&](const Recorder& r) {
      return events.empty() || to_ns(events[0].time) == r.progress->times_ns[0];
    });
    ASSERT_NE(whose, recorders.end());
    const Progress& progress = *whose->progress;
    for (std::size_t k = 0; k < events.size(); ++k) {
      ASSERT_EQ(events[k].dx, static_cast<std::int32_t>(k));
      ASSERT_EQ(to_ns(events[k].time), progress.times_ns[k]);
    }
    const std::int64_t last_read = events.empty() ? progress.times_ns[0] : to_ns(events.back().time);
    EXPECT_LE(progress.times_ns[progress.told.load() - 1] - last_read, 1'000'000'000);
    const RepairReport report = repair_recording(path, {});
    EXPECT_EQ(report.episodes_closed, reader->episodes().size());
    testing::expect_ok(path);
  }
  for (const Recorder& r : recorders) ::munmap(r.progress, sizeof(Progress));
}

TEST(Damage, AFullDiskIsAnErrorAndKeepsWhatWasWritten) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "r";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const FileSizeLimit full_disk(60'000);
    try {
      testing::record(path, {.num_episodes = 200});
    } catch (const Error& error) {
      const std::string message = error.what();
      ::_exit(error.kind() == ErrorKind::kFile && message.find("session.mcap at offset") != std::string::npos ? 0 : 1);
    }
    ::_exit(2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: another error, 2: none";
  EXPECT_EQ(check_recording(path, {}).verdict, RecordingVerdict::kRepairable);
  repair_recording(path, {});
  testing::expect_ok(path);
  const auto reader = RecordingReader::open(path);
  EXPECT_GE(reader->episodes().size(), 2U);
  EXPECT_EQ(reader->actions(0), testing::make_episode({}, 0, Timestamp{}).actions);
}

TEST(Damage, ARecordingInProgressIsLeftAlone) {
  const TemporaryFolder folder;
  const auto writer = RecordingWriter::create(testing::recording_options(folder.path() / "r", {}));
  const RecordingCheck check = check_recording(folder.path() / "r", {});
  EXPECT_EQ(check.verdict, RecordingVerdict::kUnusable);
  EXPECT_THAT(check.problems.at(0), HasSubstr("being recorded"));
  EXPECT_THROW(repair_recording(folder.path() / "r", {}), Error);
  EXPECT_THROW(static_cast<void>(RecordingWriter::create(testing::recording_options(folder.path() / "r", {}))), Error);
}

}  // namespace
}  // namespace atl::datasets
