#include "envs/desktop/game/child_process.h"

#include "core/files.h"
#include "tests/desktop/doom_data.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace atl::envs::desktop {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Timestamp soon(Duration wait = 10s) { return MonotonicClock::now() + wait; }

// Polls until `condition` holds or ten seconds are over.
template <class Condition>
bool eventually(Condition condition) {
  for (const Timestamp deadline = soon(); MonotonicClock::now() < deadline; usleep(2000)) {
    if (condition()) return true;
  }
  return false;
}

bool is_running(pid_t pid) {
  try {
    const std::string status = read_text_file("/proc/" + std::to_string(pid) + "/stat");
    return status.substr(status.rfind(')') + 2, 1) != "Z";
  } catch (const std::exception&) {
    return false;
  }
}

ProcessConfig shell(const std::string& script) {
  ProcessConfig config;
  config.command = {"sh", "-c", script};
  return config;
}

TEST(ChildProcess, ReportsHowItEnded) {
  ChildProcess process(shell("exit 3"));
  const auto status = process.wait_exit(soon());
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(to_string(*status), "exit code 3");
}

TEST(ChildProcess, GetsEnvironmentFolderAndLog) {
  const TemporaryFolder folder;
  ProcessConfig config = shell("echo $ATOLL_X; pwd; echo oops >&2; echo [$HOME]");
  config.environment = {"ATOLL_X=seven", "HOME"};
  config.working_folder = folder.path();
  config.log = folder.path() / "log";
  ChildProcess process(config);
  ASSERT_TRUE(process.wait_exit(soon()).has_value());
  EXPECT_EQ(process.log_tail(), "seven\n" + folder.path().string() + "\noops\n[]");
  EXPECT_EQ(process.log_tail(1), "[]");
}

TEST(ChildProcess, TalksThroughPipes) {
  ProcessConfig config;
  config.command = {"cat"};
  config.pipes = true;
  ChildProcess process(config);
  ASSERT_TRUE(process.write_line("hello"));
  char reply[6];
  ASSERT_EQ(read(process.stdout_fd(), reply, 6), 6);
  EXPECT_EQ(std::string(reply, 6), "hello\n");
  process.close_stdin();
  EXPECT_EQ(process.wait_exit(soon())->code, 0);
}

TEST(ChildProcess, WritingToADeadProgramFailsAndHarmsNobody) {
  ProcessConfig config;
  config.command = {"true"};
  config.pipes = true;
  ChildProcess process(config);
  ASSERT_TRUE(process.wait_exit(soon()).has_value());
  EXPECT_FALSE(process.write_line("anybody there?"));
}

TEST(ChildProcess, AProgramThatIgnoresTheSignalIsKilled) {
  const TemporaryFolder folder;
  ProcessConfig config = shell("trap '' TERM; echo ready; while :; do sleep 0.1; done");
  config.log = folder.path() / "log";
  ChildProcess process(config);
  ASSERT_TRUE(eventually([&] { return process.log_tail() == "ready"; }));
  EXPECT_EQ(process.stop(100ms).signal, SIGKILL);
}

TEST(ChildProcess, TakesItsChildrenWithIt) {
  const TemporaryFolder folder;
  ProcessConfig config = shell("sleep 1000 & echo $!; wait");
  config.log = folder.path() / "log";
  pid_t grandchild = 0;
  {
    ChildProcess process(config);
    ASSERT_TRUE(eventually([&] { return !process.log_tail().empty(); }));
    grandchild = std::stoi(process.log_tail());
    EXPECT_TRUE(is_running(grandchild));
  }
  EXPECT_TRUE(eventually([&] { return !is_running(grandchild); }));
}

TEST(ChildProcess, DiesWithItsParent) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    ChildProcess process(shell("while :; do sleep 0.1; done"));
    const pid_t pid = process.pid();
    if (write(ends[1], &pid, sizeof(pid)) != sizeof(pid)) _exit(1);
    pause();
  }
  pid_t child = 0;
  ASSERT_EQ(read(ends[0], &child, sizeof(child)), static_cast<ssize_t>(sizeof(child)));
  EXPECT_TRUE(is_running(child));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return !is_running(child); }));
  close(ends[0]);
  close(ends[1]);
}

TEST(ChildProcess, AMissingProgramIsNamed) {
  ProcessConfig config;
  config.command = {"no-such-program"};
  config.search = {"/usr/games"};
  EXPECT_THAT(error_of([&] { const ChildProcess process(config); }),
              HasSubstr("cannot start no-such-program: no such program in PATH or /usr/games"));
}

}  // namespace
}  // namespace atl::envs::desktop
