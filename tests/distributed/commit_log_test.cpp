// A log goes on from wherever it ended, and a tape gives the bits again.
#include "distributed/commit_log.h"

#include "core/files.h"
#include "tests/distributed/small_run.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::distributed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class Log : public testing::Test {
 protected:
  CommitLog begin(bool keep_all = false) {
    options_.keep_all = keep_all;
    return CommitLog::begin(options_, state_, rounds_.kept());
  }
  void commit(CommitLog& log, std::size_t fragment) {
    const StoredCommit stored = run_.next(state_, fragment);
    places_.push_back(log.append(stored.commit, stored.deltas()));
    log.flush();
    state_.apply(stored.commit, stored.deltas());
    rounds_.repeat(stored.commit);
  }
  struct Found {
    GlobalState state;
    Rounds rounds;
    std::vector<std::string> events{};
  };
  Found resume() {
    Found found{run_.begin(), Rounds({}, {}, {{}, {}})};
    const CommitLog::Visitor repeat{
        .commit = [&](const StoredCommit& stored, CommitPlace) { found.rounds.repeat(stored.commit); },
        .event = [&](const RunEvent& event) { found.events.push_back(event.what + " " + event.island); }};
    const auto rounds = [&](const KeptRounds& kept) { found.rounds.restore(kept, from_ns(0)); };
    CommitLog::resume(options_, found.state, rounds, repeat);
    return found;
  }
  void expect_same(const GlobalState& found) {
    for (std::size_t f = 0; f < 2; ++f) {
      EXPECT_EQ(found.version(f), state_.version(f));
      EXPECT_EQ(found.hash(f), state_.hash(f));
    }
  }

  TemporaryFolder folder_;
  CommitLogOptions options_{.folder = folder_.path() / "run"};
  tests::SmallRun run_;
  GlobalState state_ = run_.begin();
  Rounds rounds_{{}, {}, {{}, {}}};
  std::vector<CommitPlace> places_;
};

TEST_F(Log, GoesOnFromWhatWasFlushed) {
  {
    CommitLog log = begin();
    log.append(RunEvent{.what = "join", .island = "x", .process = 5, .incarnation = 1});
    for (const std::size_t f : {0U, 1U, 0U}) commit(log, f);
  }
  const Found found = resume();
  expect_same(found.state);
  EXPECT_EQ(found.rounds.version(0), 2);
  EXPECT_EQ(found.rounds.version(1), 1);
  EXPECT_EQ(found.rounds.tokens(), rounds_.tokens());
  EXPECT_THAT(found.events, ElementsAre("join x"));
}

TEST_F(Log, GoesOnFromAStateAndWhatFollowed) {
  {
    CommitLog log = begin();
    commit(log, 0);
    log.save_state(state_, rounds_.kept());
    EXPECT_FALSE(fs::exists(options_.folder / "state-00000001")) << "older ones are removed";
    commit(log, 1);
    commit(log, 0);
  }
  expect_same(resume().state);
  EXPECT_EQ(resume().rounds.version(0), 2);
}

TEST_F(Log, ReadsACommitAgain) {
  CommitLog log = begin();
  commit(log, 0);
  commit(log, 1);
  const auto stored = log.read_commit(places_[1]);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->commit.fragment, 1U);
  EXPECT_EQ(stored->parts, run_.next(run_.begin(), 1).parts);
  log.save_state(state_, rounds_.kept());
  EXPECT_FALSE(log.read_commit(places_[1])) << "its log is gone";
}

// Killed while it wrote: every length of the last log is a state that was there, and none is lost that was flushed.
TEST_F(Log, LosesNothingWhereverItEnds) {
  std::vector<std::uint64_t> ends;
  std::vector<std::uint64_t> hashes{state_.hash(0)};
  {
    CommitLog log = begin();
    ends.push_back(log.log_bytes());
    for (int i = 0; i < 3; ++i) {
      commit(log, 0);
      ends.push_back(log.log_bytes());
      hashes.push_back(state_.hash(0));
    }
  }
  const fs::path path = options_.folder / "log-00000001";
  const std::vector<std::uint8_t> whole = read_binary_file(path);
  ASSERT_EQ(whole.size(), ends.back());
  for (std::size_t size = 0; size <= whole.size(); size += size + 40 > whole.size() || size < 40 ? 1 : 13) {
    write_file_atomically(path, std::span(whole).first(size));
    std::size_t commits = 0;
    while (commits + 1 < ends.size() && ends[commits + 1] <= size) ++commits;
    const Found found = resume();
    ASSERT_EQ(found.state.version(0), static_cast<std::int64_t>(commits)) << size << " bytes";
    ASSERT_EQ(found.state.hash(0), hashes[commits]);
  }
}

// Killed between the steps of saving a state.
TEST_F(Log, SavesAStateWhollyOrNotAtAll) {
  {
    CommitLog log = begin();
    commit(log, 0);
  }
  write_file_atomically(options_.folder / "state-00000002.unfinished", std::string_view("half of it"));
  expect_same(resume().state);
  write_file_atomically(options_.folder / "log-00000002", std::string_view("ATOL"));  // begun, and no state yet
  expect_same(resume().state);
  {
    GlobalState state = run_.begin();
    CommitLog log = CommitLog::resume(options_, state, [](const KeptRounds&) {}, {});
    commit(log, 1);
  }
  expect_same(resume().state);
}

TEST_F(Log, RefusesToBeginTwice) {
  begin();
  EXPECT_THAT(tests::error_of([&] { begin(); }), HasSubstr("holds a run already"));
}

TEST_F(Log, RefusesAnotherRunsState) {
  begin();
  GlobalState other(run_.config, {{.name = "all", .ranges = {{0, 500}}, .islands = {}}}, run_.parameters);
  EXPECT_THAT(tests::error_of([&] { CommitLog::resume(options_, other, [](const KeptRounds&) {}, {}); }),
              HasSubstr("is of 2 fragments, this run has 1"));
  std::vector<Fragment> fragments = run_.fragments;
  fragments[1].ranges = {{300, 100}};
  GlobalState smaller(run_.config, fragments, run_.parameters);
  EXPECT_THAT(tests::error_of([&] { CommitLog::resume(options_, smaller, [](const KeptRounds&) {}, {}); }),
              HasSubstr("of another run"));
}

TEST_F(Log, TellsOfMissingCommits) {
  {
    CommitLog log = begin();
    commit(log, 0);
    const StoredCommit stored = run_.next(state_, 0);
    state_.apply(stored.commit, stored.deltas());  // not logged
    commit(log, 1);
    const StoredCommit after = run_.next(state_, 0);
    log.append(after.commit, after.deltas());
  }
  EXPECT_THAT(tests::error_of([&] { resume(); }), HasSubstr("commits are missing"));
}

TEST_F(Log, KeptWholeIsATape) {
  {
    CommitLog log = begin(true);
    for (int i = 0; i < 7; ++i) {
      commit(log, static_cast<std::size_t>(i % 2));
      if (i % 3 == 2) log.save_state(state_, rounds_.kept());
    }
  }
  GlobalState again = run_.begin();
  for (float& value : again.state(0).parameters) value = 0;  // what the tape begins with is on the tape
  EXPECT_EQ(replay_tape(options_.folder, again, {}), 7);
  expect_same(again);
  fs::remove(options_.folder / "log-00000001");
  EXPECT_THAT(tests::error_of([&] { replay_tape(options_.folder, again, {}); }), HasSubstr("no whole tape"));
}

}  // namespace
}  // namespace atl::distributed
