// What goes away under a session: the window, the guard itself. Deaths by the dozen: guard_death_test.cpp.
#include "core/files.h"
#include "input/guard_process.h"
#include "input/guard_x11.h"
#include "input/x11_codes.h"
#include "input/x11_sink.h"
#include "tests/input/guard_fixture.h"
#include "x11/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xcb/xcb.h>
#include <xcb/xtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace atl::input {
namespace {

using GuardLoss = Guard;
using std::chrono::milliseconds;

TEST_F(GuardLoss, ClosingTheWindowEndsInjection) {
  GuardClient guard(settings());
  guard.schedule(chunk(0, MonotonicClock::now() + kStep, std::vector<Action>(50, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  window_.destroy();
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kWindowGone; }));
  EXPECT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  guard.rearm();
  SystemClock().sleep_until(MonotonicClock::now() + milliseconds(20));
  EXPECT_EQ(guard.status().state, GuardState::kWindowGone);
}

TEST_F(GuardLoss, HungGuardIsRelievedByItsTwin) {
  GuardClient guard(settings());
  const Timestamp start = MonotonicClock::now();
  guard.schedule(chunk(0, start, std::vector<Action>(10, holding({"w"}))));
  ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{"w"}; }));
  kill(guard.pid(), SIGSTOP);
  EXPECT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  EXPECT_LT(MonotonicClock::now(), start + 10 * kStep + kSoon);
  kill(guard.pid(), SIGCONT);
}

// The guard keeps all clients waiting between asking for the focus and pressing; stopped in that moment it would freeze
// the whole display, its twin included.
TEST_F(GuardLoss, StoppedWhileItHoldsTheServerItIsEndedByItsTwin) {
  const pid_t guard = fork();
  if (guard == 0) {
    const SharedPressedKeys pressed = create_shared_pressed_keys();
    start_x11_twin(xvfb_.display(), *pressed);
    const x11::Connection connection(xvfb_.display());
    X11Sink sink(connection, {.window = window_.id(), .key_repeat = false}, *pressed, nullptr);
    pressed->planned_until_ns = to_ns(MonotonicClock::now() + std::chrono::seconds(60));
    InputEvent press;
    press.control = control_named("w");
    press.pressed = true;
    sink.send({&press, 1});
    pressed->holds_server = true;
    xcb_grab_server(connection.get());
    connection.sync();
    raise(SIGSTOP);
    _exit(0);
  }
  int status = 0;
  ASSERT_TRUE(eventually([&] { return waitpid(guard, &status, WNOHANG) == guard; }));
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_TRUE(eventually([&] { return watcher_.is_clear(); }));
  const std::vector<InputEvent> got = window_.received();
  ASSERT_EQ(got.size(), 2U) << "w went down and came up";
  const x11::Connection connection(xvfb_.display());
  const x11::Owned<xcb_get_keyboard_control_reply_t> control(
      xcb_get_keyboard_control_reply(connection.get(), xcb_get_keyboard_control(connection.get()), nullptr));
  const std::uint8_t code = x_code_of(control_named("w"));
  EXPECT_NE(control->auto_repeats[code / 8] >> (code % 8) & 1, 0) << "a person's w repeats again";
}

// A display that finds it cannot write to a guard that died drops what it had not read of it: releases too.
TEST_F(GuardLoss, ReleasesThatTheDisplayNeverReadAreDoneByTheTwin) {
  const x11::Connection other(xvfb_.display());
  other.require_extension(xcb_test_id, "XTEST");
  for (const char* key : {"w", "a", "s", "d", "space"}) {  // one each: the twin before may still release its own
    int pressed_pipe[2];
    int release_pipe[2];
    ASSERT_EQ(pipe(pressed_pipe) + pipe(release_pipe), 0);
    const pid_t guard = fork();
    if (guard == 0) {
      close(release_pipe[1]);
      const SharedPressedKeys pressed = create_shared_pressed_keys();
      start_x11_twin(xvfb_.display(), *pressed);
      const auto system = create_x11_system(settings(), *pressed);
      pressed->planned_until_ns = to_ns(MonotonicClock::now() + std::chrono::seconds(60));
      InputEvent event;
      event.control = control_named(key);
      event.pressed = true;
      system->sink().send({&event, 1});
      char word = 'p';
      if (write(pressed_pipe[1], &word, 1) != 1 || read(release_pipe[0], &word, 1) != 1) _exit(1);
      event.pressed = false;
      system->sink().send({&event, 1});
      raise(SIGKILL);
    }
    char word = 0;
    ASSERT_EQ(read(pressed_pipe[0], &word, 1), 1);
    ASSERT_TRUE(eventually([&] { return down() == std::vector<std::string>{key}; }));
    kill(xvfb_.pid(), SIGSTOP);
    // It comes to the guard as an event, which cannot be written any more.
    xcb_test_fake_input(other.get(), XCB_MOTION_NOTIFY, 1, XCB_CURRENT_TIME, XCB_NONE, 1, 0, 0);
    xcb_flush(other.get());
    ASSERT_EQ(write(release_pipe[1], &word, 1), 1);
    waitpid(guard, nullptr, 0);
    kill(xvfb_.pid(), SIGCONT);
    ASSERT_TRUE(eventually([&] { return watcher_.is_clear(); }, std::chrono::seconds(2))) << key;
    for (const int fd : {pressed_pipe[0], pressed_pipe[1], release_pipe[0], release_pipe[1]}) close(fd);
  }
}

// The twin must not take the first press after an idle spell for one that a hung guard left down.
TEST_F(GuardLoss, PlanIsToldBeforeItsFirstPress) {
  const auto [session_end, guard_end] = create_socket_pair();
  MessageSocket session(session_end, 64);
  MessageSocket served(guard_end, 64);
  PressedKeys pressed;
  const auto system = create_x11_system(settings(), pressed);
  GuardProcess guard(served, settings(), pressed, *system, nullptr);
  std::thread server([&] { guard.run(); });
  const auto wait_state = [&](GuardState state) {
    return eventually([&] {
      const auto message = session.poll_receive();
      const auto* change = message ? std::get_if<StateChange>(&*message) : nullptr;
      return change != nullptr && change->state == state;
    });
  };
  EXPECT_TRUE(wait_state(GuardState::kArmed));

  // While another client has the server to itself, the guard's turn ends in the question whether w would reach the
  // window: right before its press.
  const x11::Connection other(xvfb_.display());
  xcb_grab_server(other.get());
  other.sync();
  const Timestamp asked = MonotonicClock::now();
  session.send(chunk(0, asked, std::vector<Action>(50, holding({"w", "mouse_left"}))));
  EXPECT_TRUE(eventually([&] { return from_ns(pressed.planned_until_ns.load()) >= asked; }));
  EXPECT_FALSE(pressed.any());
  xcb_ungrab_server(other.get());
  other.sync();
  EXPECT_TRUE(eventually([&] { return pressed.any(); }));
  session.send(StopMessage{});
  EXPECT_TRUE(eventually([&] { return !pressed.any(); }));
  shutdown(session.fd(), SHUT_RDWR);
  server.join();
}

std::atomic<int> num_signals{0};

// A guard that takes its time to end is waited for, whatever signals come meanwhile: Ctrl-C, say.
TEST_F(GuardLoss, SignalsDoNotCutShortTheGuardsEnd) {
  const TemporaryFolder folder;
  const std::filesystem::path script = folder.path() / "slow_guard";
  const std::filesystem::path gate = folder.path() / "gate";
  const std::filesystem::path ended = folder.path() / "ended";
  ASSERT_EQ(mkfifo(gate.c_str(), 0600), 0);
  std::ofstream(script) << fmt::format("#!/bin/sh\n{}/atoll_guard \"$@\"\nread line < {}\necho $? > {}\n",
                                       std::getenv("ATOLL_BIN"), gate.string(), ended.string());
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  signal(SIGPIPE, SIG_IGN);  // a script that was killed does not read the gate
  struct sigaction action {};
  action.sa_handler = [](int) { ++num_signals; };
  sigaction(SIGUSR1, &action, nullptr);

  auto guard = std::make_unique<GuardClient>(settings(), script);
  std::atomic<bool> is_gone{false};
  std::thread ending([&] {
    guard.reset();
    is_gone = true;
  });
  int fd = -1;  // opens when the script waits at the gate: then the guard has ended
  EXPECT_TRUE(eventually([&] { return (fd = open(gate.c_str(), O_WRONLY | O_NONBLOCK)) >= 0; }));
  EXPECT_TRUE(eventually([&] {
    pthread_kill(ending.native_handle(), SIGUSR1);
    return num_signals >= 20;
  }));
  EXPECT_FALSE(is_gone);
  EXPECT_EQ(write(fd, "go\n", 3), 3);
  close(fd);
  ending.join();
  EXPECT_EQ(read_text_file(ended), "0\n") << "the guard was killed";
}

TEST_F(GuardLoss, ReportsThatNobodyAsksForAreForgotten) {
  constexpr std::uint64_t kChunks = 200;
  GuardSettings fast = settings();
  fast.max_chunks_per_s = 1e6;
  GuardClient guard(fast);
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kArmed; }));
  // Long over when they come: every step is reported as missed at once.
  for (std::uint64_t i = 0; i < kChunks; ++i) {
    guard.schedule(chunk(i * kMaxChunkSteps, MonotonicClock::now() - std::chrono::seconds(10),
                         std::vector<Action>(kMaxChunkSteps)));
    ASSERT_TRUE(eventually([&] { return guard.status().counts.steps_missed == (i + 1) * kMaxChunkSteps; }));
  }
  const std::vector<StepReport> reports = guard.poll_reports();
  ASSERT_GE(reports.size(), 4096U);
  EXPECT_LT(reports.size(), kChunks * kMaxChunkSteps);
  EXPECT_EQ(reports.back().step, kChunks * kMaxChunkSteps - 1);
  EXPECT_EQ(reports.front().step, kChunks * kMaxChunkSteps - reports.size()) << "the newest are kept, without a gap";
}

TEST_F(GuardLoss, DeadGuardIsReported) {
  GuardClient guard(settings());
  kill(guard.pid(), SIGKILL);
  ASSERT_TRUE(eventually([&] { return guard.status().state == GuardState::kLost; }));
  EXPECT_THROW(guard.schedule(chunk(0, MonotonicClock::now(), {Action{}})), Error);
}

}  // namespace
}  // namespace atl::input
