// `atoll serve`, and `remote:ADDRESS` wherever a world or a run is named.
#include "core/clock.h"
#include "core/files.h"
#include "datasets/reader.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

// `atoll serve TARGET` at a socket in a folder of its own, ready when the constructor returns.
class Serving {
 public:
  explicit Serving(const std::string& target) : server_({"serve", target, "--address", address()}) {
    const Timestamp deadline = MonotonicClock::now() + std::chrono::minutes(1);
    while (!fs::exists(folder_.path() / "socket") && MonotonicClock::now() < deadline) std::this_thread::yield();
  }
  [[nodiscard]] std::string address() const { return "ipc://" + (folder_.path() / "socket").string(); }
  [[nodiscard]] std::string name() const { return "remote:" + address(); }
  ProgramResult stop() {
    server_.send_signal(SIGTERM);
    return server_.wait();
  }

 private:
  TemporaryFolder folder_;
  Program server_;
};

struct Shown {
  std::vector<datasets::RecordedAction> actions;
  std::vector<std::uint64_t> pictures;
};

std::vector<Shown> read_all(const fs::path& folder) {
  std::vector<Shown> episodes;
  const auto reader = datasets::RecordingReader::open(folder);
  for (std::size_t i = 0; i < reader->episodes().size(); ++i) {
    Shown& shown = episodes.emplace_back();
    for (datasets::RecordedAction action : reader->actions(i)) {
      action.latency_ns = 0;  // how long the policy took is not what it did
      shown.actions.push_back(action);
    }
    for (const datasets::FrameEntry& frame : reader->frames(i)) shown.pictures.push_back(frame.pixel_hash);
  }
  return episodes;
}

void expect_equal(const std::vector<Shown>& a, const std::vector<Shown>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].actions, b[i].actions) << i;
    EXPECT_EQ(a[i].pictures, b[i].pictures) << i;
    EXPECT_GT(a[i].pictures.size(), 10U);
  }
}

// Whether this build can serve the policy `random`; the address is one that nothing is served at.
bool has_policies() {
  return run_atoll({"serve", "random", "--address", "nowhere"}).err.find("needs LibTorch") == std::string::npos;
}

TEST(ServeCommand, AWorldElsewhereIsRecordedAsTheLocalOne) {
  if (!has_policies()) GTEST_SKIP() << "this build has no policies";
  const TemporaryFolder folder;
  Serving serving("playhouse");
  const auto record = [&](const std::string& world, const fs::path& out) {
    const ProgramResult result =
        run_atoll({"record", world, "--player", "random", "--episodes", "4", "--seconds", "3", "--out", out.string()});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  };
  record("playhouse", folder.path() / "local");
  record(serving.name(), folder.path() / "remote");
  expect_equal(read_all(folder.path() / "local"), read_all(folder.path() / "remote"));
  EXPECT_EQ(run_atoll({"check", (folder.path() / "remote").string()}).exit_code, 0);
  const ProgramResult stopped = serving.stop();
  EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_THAT(stopped.out, HasSubstr("serving the world playhouse at " + serving.address()));
}

TEST(ServeCommand, AWorldElsewhereIsEvaluatedWithoutTheControlsThatNeedAnOracle) {
  if (!has_policies()) GTEST_SKIP() << "this build has no policies";
  const TemporaryFolder folder;
  Serving serving("playhouse");
  Serving policy("random");
  const ProgramResult result =
      run_atoll({"eval", "--world", serving.name(), "--policy", policy.name(), "--episodes", "3", "--threads", "1",
                 "--no-videos", "--json", "--out", (folder.path() / "eval").string()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("swapped and expert are left out"));
  EXPECT_THAT(result.out, HasSubstr("\"blank\""));
  EXPECT_THAT(result.out, Not(HasSubstr("\"swapped\"")));
  EXPECT_THAT(result.out, HasSubstr(policy.name())) << "the policy's name";
}

TEST(ServeCommand, WhatNeedsAnOracleIsRefusedForAWorldElsewhere) {
  const TemporaryFolder folder;
  Serving serving("playhouse");
  const ProgramResult result =
      run_atoll({"record", serving.name(), "--player", "expert", "--out", (folder.path() / "r").string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("has no expert; let a person or a policy play it"));
  EXPECT_FALSE(fs::exists(folder.path() / "r"));
}

TEST(ServeCommand, APolicyElsewhereIsNoWorldAndTheOtherWayRound) {
  if (!has_policies()) GTEST_SKIP() << "this build has no policies";
  const TemporaryFolder folder;
  Serving world("playhouse");
  Serving policy("random");
  const std::string out = (folder.path() / "r").string();
  EXPECT_THAT(run_atoll({"record", policy.name(), "--player", "random", "--out", out}).err,
              HasSubstr("serves the policy \"random\", expected a world"));
  EXPECT_THAT(run_atoll({"record", "playhouse", "--player", world.name(), "--out", out}).err,
              HasSubstr("serves the world \"playhouse\", expected a policy"));
}

TEST(ServeCommand, NobodyThereIsSaidInBoundedTime) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_atoll({"record", "remote:127.0.0.1:9", "--player", "random", "--out", (folder.path() / "r").string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("the server at tcp://127.0.0.1:9 has been silent for 5"));
}

TEST(ServeCommand, WhatCannotBeServedIsNamed) {
  EXPECT_THAT(run_atoll({"serve", "playhuose"}).err, HasSubstr("the nearest is \"playhouse\""));
  EXPECT_THAT(run_atoll({"serve", "doom"}).err, HasSubstr("runs in real time and cannot be served"));
  EXPECT_THAT(run_atoll({"serve"}).err, HasSubstr("name a world or a run"));
  EXPECT_THAT(run_atoll({"serve", "playhouse", "--address", "nowhere"}).err, HasSubstr("\"nowhere\" is no address"));
  const ProgramResult open = run_atoll({"serve", "playhouse", "--address", "tcp://*:*"});
  EXPECT_EQ(open.exit_code, 1);
  EXPECT_THAT(open.err, HasSubstr("atoll serve --make-keys"));
}

TEST(ServeCommand, KeysAreMadeOnce) {
  const TemporaryFolder folder;
  const std::string keys = (folder.path() / "keys").string();
  EXPECT_EQ(run_atoll({"serve", "--make-keys", keys}).exit_code, 0);
  EXPECT_EQ(run_atoll({"serve", "--make-keys", keys, "--client", "bob"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(fs::path(keys) / "server" / "clients" / "bob.public"));
  const ProgramResult again = run_atoll({"serve", "--make-keys", keys});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("exists already"));
}

}  // namespace
}  // namespace atl::tools_test
