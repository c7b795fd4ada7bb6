// `atoll worlds --check`, and what is left of a game when Atoll is killed.
#include "core/clock.h"
#include "core/files.h"
#include "envs/desktop/game/child_process.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <set>

namespace atl::tools_test {
namespace {

using namespace std::chrono_literals;

// Processes whose environment says MARK, by their ids: everything that a program started with it has started.
std::set<pid_t> processes_with(const std::string& mark) {
  std::set<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "environ", std::ios::binary);
    const std::string environment((std::istreambuf_iterator<char>(file)), {});
    if (environment.find(mark) != std::string::npos) found.insert(std::atoi(name.c_str()));
  }
  return found;
}

template <class Condition>
bool eventually(Condition condition, Duration time) {
  SystemClock clock;
  for (const Timestamp deadline = MonotonicClock::now() + time; MonotonicClock::now() < deadline;) {
    if (condition()) return true;
    clock.sleep_until(MonotonicClock::now() + 20ms);
  }
  return condition();
}

TEST(WorldsCheck, PlaysAGameAndTellsWhatItSaw) {
  const ProgramResult checked = run_atoll({"worlds", "--check", "doom", "--json"});
  ASSERT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  const auto world = nlohmann::json::parse(checked.out).at("worlds").at(0);
  EXPECT_EQ(world.at("check"), "ok");
  EXPECT_GE(world.at("instructions").size(), 10U);
  EXPECT_GT(world.at("trial").at("picture_change"), 1.0);
  EXPECT_LT(world.at("trial").at("still_change"), world.at("trial").at("picture_change"))
      << "it is the input that changes it";
  EXPECT_GT(world.at("trial").at("inputs"), 10);
  EXPECT_EQ(world.at("trial").at("verdict"), "running");
  EXPECT_TRUE(world.at("trial").at("left").empty());
}

TEST(WorldsCheck, AProfileOfAPersonsOwnIsNamedByItsPath) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "gone.toml").string();
  write_file_atomically(path,
                        "name = \"gone\"\n[program]\ncommand = [\"sh\", \"-c\", \"echo no game here; exit 3\"]\n"
                        "[game]\ncontrols = [\"w\"]\n");
  const ProgramResult checked = run_atoll({"worlds", "--check", path});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.out,
              testing::HasSubstr("gone ended before its window appeared: exit code 3; it said:\nno game here"));
}

TEST(WorldsCheck, JudgesAreTriedOnlyWhereTheGameIs) {
  const ProgramResult refused = run_atoll({"worlds", "chromium-bsu", "--judges"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, testing::HasSubstr("give --check, too"));
}

// The game starts another program that leaves its group and its session, as launchers do.
TEST(WorldsCheck, NothingOfAGameIsLeftWhenAtollIsKilled) {
  const TemporaryFolder folder;
  const std::string mark = "ATOLL_TEST_MARK=" + folder.path().filename().string();
  const std::string path = (folder.path() / "launcher.toml").string();
  write_file_atomically(path,
                        "name = \"launcher\"\n[program]\ncommand = [\"sh\", \"-c\", \"setsid sleep 600 & sleep 600\"]\n"
                        "start_timeout_s = 300.0\n[game]\ncontrols = [\"w\"]\n");
  envs::desktop::ProcessConfig config;
  config.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll", "worlds", "--check", path};
  config.environment = {mark};
  envs::desktop::ChildProcess atoll(config);
  // Atoll, its screen, the keeper, the shell and two sleepers.
  ASSERT_TRUE(eventually([&] { return processes_with(mark).size() >= 6; }, 30s)) << processes_with(mark).size();
  kill(atoll.pid(), SIGKILL);
  EXPECT_TRUE(eventually([&] { return processes_with(mark).empty(); }, 10s))
      << testing::PrintToString(processes_with(mark));
}

}  // namespace
}  // namespace atl::tools_test
