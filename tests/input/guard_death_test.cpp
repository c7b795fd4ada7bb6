// Whatever dies or stops, no key stays down: each case many times, at random moments, seen by another client of the
// display. The bar: nothing is down 100 ms after the end of the last chunk.
#include "core/clock.h"
#include "core/random.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>

namespace atl::input {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kRounds = 20;
constexpr Duration kBar = milliseconds(100);

// A child process that schedules chunks through a guard.
class Session {
 public:
  Session(const std::string& display, std::uint32_t window, std::uint64_t seed) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    const std::string program = std::string(std::getenv("ATOLL_BIN")) + "/guard_death_session";
    const std::string id = std::to_string(window);
    const std::string seed_text = std::to_string(seed);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      execl(program.c_str(), program.c_str(), display.c_str(), id.c_str(), seed_text.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    told_ = ends[0];
    fcntl(told_, F_SETFL, O_NONBLOCK);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    close(told_);
  }

  // When all that was scheduled so far is over.
  Timestamp end_of_plan() {
    std::int64_t record[2];
    while (read(told_, record, sizeof record) == sizeof record) {
      end_ = from_ns(record[0]);
      guard_ = static_cast<pid_t>(record[1]);
    }
    return end_;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] pid_t guard() const { return guard_; }

 private:
  pid_t pid_ = -1;
  pid_t guard_ = -1;
  int told_ = -1;
  Timestamp end_;
};

class GuardDeath : public testing::Test {
 protected:
  // Lets a session hold keys, does `harm` at a random moment, and looks at the keyboard from outside.
  void run_rounds(const std::function<void(Session&, tests::TestWindow&)>& harm) {
    Random random(11);
    SystemClock clock;
    tests::KeyWatcher watcher(xvfb_.display());
    for (int round = 0; round < kRounds; ++round) {
      tests::TestWindow window(xvfb_.display(), {440, 210, 400, 300});
      window.focus();
      Session session(xvfb_.display(), window.id(), random());
      const Timestamp start = clock.now();
      while (watcher.is_clear()) ASSERT_LT(clock.now() - start, seconds(10)) << "no key went down";
      clock.sleep_until(clock.now() + milliseconds(random.below(120)));  // a random phase of chunk and step
      (void)session.end_of_plan();
      ASSERT_FALSE(watcher.is_clear());
      harm(session, window);
      const Timestamp bar = session.end_of_plan() + kBar;
      clock.sleep_until(bar);
      EXPECT_TRUE(watcher.is_clear()) << "round " << round << ": still down at the bar";
      for (const Timestamp end = clock.now() + milliseconds(40); clock.now() < end;) {
        ASSERT_TRUE(watcher.is_clear()) << "round " << round << ": a key came down again";
      }
    }
  }

  tests::Xvfb xvfb_;
};

TEST_F(GuardDeath, NoKeyStaysDownWhenTheSessionIsKilled) {
  run_rounds([](Session& session, tests::TestWindow&) { kill(session.pid(), SIGKILL); });
}

TEST_F(GuardDeath, NoKeyStaysDownWhenTheSessionIsStopped) {
  run_rounds([](Session& session, tests::TestWindow&) { kill(session.pid(), SIGSTOP); });
}

TEST_F(GuardDeath, NoKeyStaysDownWhenTheGuardIsKilled) {
  run_rounds([](Session& session, tests::TestWindow&) { kill(session.guard(), SIGKILL); });
}

TEST_F(GuardDeath, NoKeyStaysDownWhenTheGameIsClosed) {
  run_rounds([](Session&, tests::TestWindow& window) { window.destroy(); });
}

// A killed session leaves no guard and no twin behind: nobody would ever end them.
TEST_F(GuardDeath, NothingOutlivesAKilledSession) {
  tests::TestWindow window(xvfb_.display(), {440, 210, 400, 300});
  window.focus();
  pid_t guard = -1;
  {
    Session session(xvfb_.display(), window.id(), 1);
    const Timestamp deadline = MonotonicClock::now() + seconds(10);
    while (session.guard() < 0 && MonotonicClock::now() < deadline) (void)session.end_of_plan();
    guard = session.guard();
    ASSERT_GT(guard, 0);
    ASSERT_EQ(kill(guard, 0), 0);
  }
  const Timestamp deadline = MonotonicClock::now() + seconds(5);
  // Its parent is dead, so whoever adopts orphans reaps it; until then it is a zombie at most.
  const auto is_running = [&] {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%d/stat", guard);
    FILE* file = std::fopen(path, "r");
    if (file == nullptr) return false;
    char state = 'R';
    const int read = std::fscanf(file, "%*d %*s %c", &state);
    std::fclose(file);
    return read == 1 && state != 'Z';
  };
  while (is_running() && MonotonicClock::now() < deadline)
    SystemClock().sleep_until(MonotonicClock::now() + milliseconds(2));
  EXPECT_FALSE(is_running());
}

}  // namespace
}  // namespace atl::input
