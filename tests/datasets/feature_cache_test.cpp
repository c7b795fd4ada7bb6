#include "datasets/feature_cache.h"

#include "core/clock.h"
#include "core/files.h"
#include "tests/core/file_size_limit.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace atl::datasets {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kRowBytes = 24;
constexpr std::uint64_t kRows = 5 * kRowsAtOnce + 100;

FeatureFacts facts_of(const std::string& weights) {
  return {.facts = {{"encoder", "some"}, {"weights", weights}, {"channels", std::int64_t{12}}},
          .num_rows = kRows,
          .row_bytes = kRowBytes};
}

std::uint8_t value_of(std::uint64_t row, std::size_t byte) { return static_cast<std::uint8_t>(row * 7 + byte); }

// Makes rows that tell where they belong; counts them.
FeatureWork work_counting(std::uint64_t& made) {
  return {.make = [&made](std::uint64_t first, std::span<std::uint8_t> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = value_of(first + i / kRowBytes, i % kRowBytes);
    made += rows.size() / kRowBytes;
  }};
}

FeatureWork no_work() {
  return {.make = [](std::uint64_t first, std::span<std::uint8_t>) { ADD_FAILURE() << "row " << first << " is made"; }};
}

void expect_rows(const FeatureCache& cache) {
  ASSERT_EQ(cache.num_rows(), kRows);
  for (std::uint64_t row = 0; row < kRows; ++row) {
    ASSERT_EQ(cache.row(row).size(), kRowBytes);
    for (std::size_t byte = 0; byte < kRowBytes; ++byte) ASSERT_EQ(cache.row(row)[byte], value_of(row, byte)) << row;
  }
}

class FeatureCacheTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "sub" / "features";
  std::filesystem::path part_ = folder_.path() / "sub" / "features.part";
};

TEST_F(FeatureCacheTest, IsMadeOnceAndHoldsEachRow) {
  std::uint64_t made = 0;
  FeatureWork work = work_counting(made);
  std::vector<double> progress;
  work.progress = [&](double done) { progress.push_back(done); };
  expect_rows(FeatureCache::open_or_create(file_, facts_of("a"), work));
  EXPECT_EQ(made, kRows);
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_EQ(progress.back(), 1.0);
  EXPECT_FALSE(std::filesystem::exists(part_));
  expect_rows(FeatureCache::open_or_create(file_, facts_of("a"), no_work()));
  EXPECT_TRUE(FeatureCache::open(file_, facts_of("a")));
}

TEST_F(FeatureCacheTest, IsMadeAnewWhenAFactDiffersAndSaysWhich) {
  std::uint64_t made = 0;
  static_cast<void>(FeatureCache::open_or_create(file_, facts_of("a"), work_counting(made)));
  const auto expect_anew = [&](const FeatureFacts& facts, const std::string& words) {
    EXPECT_FALSE(FeatureCache::open(file_, facts));
    made = 0;
    ::testing::internal::CaptureStderr();
    static_cast<void>(FeatureCache::open_or_create(file_, facts, work_counting(made)));
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(made, facts.num_rows);
    EXPECT_THAT(log, HasSubstr(file_.string() + " is made anew: " + words));
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  };
  expect_anew(facts_of("b"), R"(its weights is "a", expected "b")");
  FeatureFacts more = facts_of("b");
  more.num_rows += 3;
  expect_anew(more, "its rows is 2660, expected 2663");
  more.facts.emplace_back("resize", "box");
  expect_anew(more, "it does not tell its resize");
  std::filesystem::resize_file(file_, std::filesystem::file_size(file_) - 1);
  expect_anew(more, "it has ");
}

TEST_F(FeatureCacheTest, LeavesAFileOfSomethingElseAlone) {
  std::filesystem::create_directories(file_.parent_path());
  write_file_atomically(file_, std::string_view("my thesis, the only copy"));
  EXPECT_THAT(
      tests::error_of([&] { static_cast<void>(FeatureCache::open_or_create(file_, facts_of("a"), no_work())); }),
      HasSubstr("is no file of features"));
  EXPECT_EQ(read_text_file(file_), "my thesis, the only copy");
}

// Runs `work` in a process of its own, which ends by SIGKILL or with 0.
pid_t start_process(const std::function<void()>& work) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  work();
  std::_Exit(0);
}

TEST_F(FeatureCacheTest, GoesOnWhereAKilledProcessWas) {
  const pid_t pid = start_process([&] {
    std::uint64_t made = 0;
    FeatureWork work = work_counting(made);
    work.make = [&made, make = work.make](std::uint64_t first, std::span<std::uint8_t> rows) {
      if (first == 3 * kRowsAtOnce) ::kill(::getpid(), SIGKILL);
      make(first, rows);
    };
    static_cast<void>(FeatureCache::open_or_create(file_, facts_of("a"), work));
  });
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(std::filesystem::exists(file_));
  ASSERT_TRUE(std::filesystem::exists(part_));
  // As if the machine had stopped while the last of it was on its way to the disk.
  std::filesystem::resize_file(part_, std::filesystem::file_size(part_) - 5);
  std::filesystem::copy_file(part_, folder_.path() / "part");

  std::uint64_t made = 0;
  expect_rows(FeatureCache::open_or_create(file_, facts_of("a"), work_counting(made)));
  EXPECT_EQ(made, kRows - 2 * kRowsAtOnce);
  EXPECT_FALSE(std::filesystem::exists(part_));

  // What is left of a file of other facts is of no use.
  std::filesystem::remove(file_);
  std::filesystem::copy_file(folder_.path() / "part", part_);
  made = 0;
  expect_rows(FeatureCache::open_or_create(file_, facts_of("b"), work_counting(made)));
  EXPECT_EQ(made, kRows);
}

TEST_F(FeatureCacheTest, StopsWhenAskedToAndGoesOnTheNextTime) {
  std::uint64_t made = 0;
  FeatureWork work = work_counting(made);
  work.should_stop = [&] { return made >= 2 * kRowsAtOnce; };
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(FeatureCache::open_or_create(file_, facts_of("a"), work)); }),
              HasSubstr("1024 of 2660 rows are there, and the same command goes on with them"));
  made = 0;
  expect_rows(FeatureCache::open_or_create(file_, facts_of("a"), work_counting(made)));
  EXPECT_EQ(made, kRows - kRowsAtOnce) << "what was written last is made again";
}

TEST_F(FeatureCacheTest, AFullDiskIsAnErrorThatLosesNothing) {
  std::uint64_t made = 0;
  {
    const FileSizeLimit limit(4096 + 4 * kRowsAtOnce * kRowBytes + 7);
    EXPECT_THAT(tests::error_of([&] {
                  static_cast<void>(FeatureCache::open_or_create(file_, facts_of("a"), work_counting(made)));
                }),
                HasSubstr("cannot write " + part_.string()));
  }
  made = 0;
  expect_rows(FeatureCache::open_or_create(file_, facts_of("a"), work_counting(made)));
  EXPECT_EQ(made, kRows - 4 * kRowsAtOnce);
}

// Whether a process waits for a lock of flock.
bool is_waiting(pid_t pid) {
  const std::string locks = read_text_file("/proc/locks");
  std::size_t at = 0;
  while ((at = locks.find("-> FLOCK", at)) != std::string::npos) {
    const std::string line = locks.substr(at, locks.find('\n', at) - at);
    if (line.find(" " + std::to_string(pid) + " ") != std::string::npos) return true;
    ++at;
  }
  return false;
}

TEST_F(FeatureCacheTest, IsMadeByOneProcessForWhichOthersWait) {
  int begun[2];
  ASSERT_EQ(::pipe(begun), 0);
  const pid_t parent = ::getpid();
  const pid_t maker = start_process([&] {
    std::uint64_t made = 0;
    FeatureWork work = work_counting(made);
    work.make = [&, make = work.make](std::uint64_t first, std::span<std::uint8_t> rows) {
      if (first == 0) {
        if (::write(begun[1], "x", 1) != 1) std::_Exit(1);
        const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(20);
        while (!is_waiting(parent)) {
          if (MonotonicClock::now() > deadline) std::_Exit(2);
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
      }
      make(first, rows);
    };
    static_cast<void>(FeatureCache::open_or_create(file_, facts_of("a"), work));
  });
  char byte = 0;
  ASSERT_EQ(::read(begun[0], &byte, 1), 1);
  expect_rows(FeatureCache::open_or_create(file_, facts_of("a"), no_work()));
  int status = 0;
  ASSERT_EQ(::waitpid(maker, &status, 0), maker);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_FALSE(std::filesystem::exists(part_)) << "who waited leaves nothing";
  ::close(begun[0]);
  ::close(begun[1]);
}

}  // namespace
}  // namespace atl::datasets
