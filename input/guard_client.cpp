#include "core/error.h"
#include "input/guard.h"
#include "input/message_socket.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>

extern char** environ;

namespace atl::input {
namespace {

constexpr Duration kStartTime = std::chrono::seconds(10);
constexpr Duration kEndTime = std::chrono::seconds(2);
constexpr std::size_t kMaxUnasked = 4096;  // of each list that nobody asks for; minutes of play
constexpr std::size_t kMaxWaiting = 64;    // messages that a guard may be behind before it counts as hung

std::filesystem::path guard_beside_this_program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return self.parent_path() / "atoll_guard";
}

pid_t start_guard(const std::filesystem::path& program, int socket_fd) {
  if (access(program.c_str(), X_OK) != 0) {
    fail(ErrorKind::kDevice,
         "cannot run the guard {}: {}; expected the program atoll_guard that is built with this one", program.string(),
         std::strerror(errno));
  }
  constexpr int kGuardFd = 3;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket_fd, kGuardFd);
  // A session of its own: Ctrl-C is for the session, which then ends the guard in order. No blocked signals inherited.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  std::string name = program.string();
  std::string flag = "--socket";
  std::string number = std::to_string(kGuardFd);
  char* const arguments[] = {name.data(), flag.data(), number.data(), nullptr};
  pid_t pid = -1;
  const int code = posix_spawn(&pid, name.c_str(), &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) fail(ErrorKind::kDevice, "cannot start the guard {}: {}", name, std::strerror(code));
  return pid;
}

// Blocks until `fd` can be read or `deadline` has come; a signal to this process changes nothing.
bool wait_readable(int fd, Timestamp deadline) {
  while (true) {
    const Duration left = std::max(deadline - MonotonicClock::now(), Duration::zero());
    pollfd waited{fd, POLLIN, 0};
    const int ready = poll(&waited, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    if (ready >= 0 || errno != EINTR) return ready == 1;
  }
}

// Waits for the guard's end; kills it when it hangs (its twin then releases the keys).
void end_guard(pid_t pid) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0 || !wait_readable(fd, MonotonicClock::now() + kEndTime)) kill(pid, SIGKILL);
  if (fd >= 0) close(fd);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Keeps at least the newest kMaxUnasked of a list that may never be asked for.
template <class Item>
void forget_oldest(std::vector<Item>& items) {
  if (items.size() < 2 * kMaxUnasked) return;
  items.erase(items.begin(), items.end() - static_cast<std::ptrdiff_t>(kMaxUnasked));
}

}  // namespace

struct GuardClient::State {
  explicit State(int fd) : socket(std::make_unique<MessageSocket>(fd, kMaxWaiting)) {}

  void wait_ready(const GuardSettings& settings);
  void end();
  void receive();
  void apply(const GuardMessage& message);
  void send(const GuardMessage& message);

  std::mutex mutex;                       // guards all below
  std::unique_ptr<MessageSocket> socket;  // null once it was closed
  pid_t pid = -1;
  bool ready = false;
  std::string failure;
  std::vector<StepReport> reports;
  std::vector<StateChange> changes;
  std::vector<InputEvent> events;
  GuardStatus status;
};

void GuardClient::State::wait_ready(const GuardSettings& settings) {
  socket->send(StartMessage{settings});
  const Timestamp deadline = MonotonicClock::now() + kStartTime;
  while (true) {
    receive();
    if (status.state == GuardState::kLost) fail(ErrorKind::kDevice, "the guard did not start: {}", status.reason);
    if (ready) return;
    if (!wait_readable(socket->fd(), deadline)) {
      fail(ErrorKind::kDevice, "the guard (process {}) was not ready after {} s; expected {} to answer", pid,
           to_seconds(kStartTime),
           settings.sink == GuardSink::kX11 ? fmt::format("X display \"{}\"", settings.display)
                                            : "the kernel's devices");
    }
  }
}

// The guard sees the socket close, releases everything and ends.
void GuardClient::State::end() {
  socket.reset();
  end_guard(pid);
}

void GuardClient::State::receive() {
  if (status.state == GuardState::kLost) return;
  socket->flush();
  try {
    while (const auto message = socket->poll_receive()) apply(*message);
  } catch (const Error& error) {
    failure = error.what();
    apply(StateChange{MonotonicClock::now(), GuardState::kLost, failure});
    return;
  }
  if (socket->is_closed()) {
    apply(StateChange{MonotonicClock::now(), GuardState::kLost, failure.empty() ? "the guard ended" : failure});
  }
}

void GuardClient::State::apply(const GuardMessage& message) {
  if (const auto* report = std::get_if<StepReport>(&message)) {
    reports.push_back(*report);
    forget_oldest(reports);
  } else if (const auto* change = std::get_if<StateChange>(&message)) {
    changes.push_back(*change);
    forget_oldest(changes);
    status.state = change->state;
    status.since = change->time;
    status.reason = change->reason;
  } else if (const auto* batch = std::get_if<EventsMessage>(&message)) {
    events.insert(events.end(), batch->events.begin(), batch->events.end());
  } else if (const auto* counts = std::get_if<GuardCounts>(&message)) {
    status.counts = *counts;
  } else if (const auto* failed = std::get_if<FailedMessage>(&message)) {
    failure = failed->reason;
  } else if (std::holds_alternative<ReadyMessage>(message)) {
    ready = true;
  }
}

void GuardClient::State::send(const GuardMessage& message) {
  receive();
  if (status.state == GuardState::kLost || !socket->send(message)) {
    fail(ErrorKind::kDevice, "the guard (process {}) takes no more messages: {}", pid,
         status.state == GuardState::kLost ? status.reason : "it hangs");
  }
}

GuardClient::GuardClient(const GuardSettings& settings, const std::filesystem::path& program) {
  if (const auto problems = problems_of(settings); !problems.empty()) {
    std::string text;
    for (const std::string& problem : problems) text += "\n  " + problem;
    fail(ErrorKind::kConfig, "the guard's settings do not fit:{}", text);
  }
  const auto [own_end, guard_end] = create_socket_pair();
  state_ = std::make_unique<State>(own_end);
  {
    const MessageSocket closes_guard_end(guard_end, 0);
    state_->pid = start_guard(program.empty() ? guard_beside_this_program() : program, guard_end);
  }
  try {
    state_->wait_ready(settings);
  } catch (...) {
    state_->end();
    throw;
  }
}

GuardClient::~GuardClient() { state_->end(); }

void GuardClient::schedule(const TimedChunk& chunk) {
  ATOLL_CHECK(!chunk.actions.empty() && chunk.actions.size() <= kMaxChunkSteps, "chunk of {} steps, expected 1 to {}",
              chunk.actions.size(), kMaxChunkSteps);
  const std::lock_guard lock(state_->mutex);
  state_->send(chunk);
}

std::vector<StepReport> GuardClient::poll_reports() {
  const std::lock_guard lock(state_->mutex);
  state_->receive();
  return std::exchange(state_->reports, {});
}

std::vector<StateChange> GuardClient::poll_changes() {
  const std::lock_guard lock(state_->mutex);
  state_->receive();
  return std::exchange(state_->changes, {});
}

std::vector<InputEvent> GuardClient::events() {
  const std::lock_guard lock(state_->mutex);
  state_->receive();
  return std::exchange(state_->events, {});
}

GuardStatus GuardClient::status() {
  const std::lock_guard lock(state_->mutex);
  state_->receive();
  return state_->status;
}

void GuardClient::rearm() {
  const std::lock_guard lock(state_->mutex);
  state_->send(RearmMessage{});
}

void GuardClient::stop() {
  const std::lock_guard lock(state_->mutex);
  state_->send(StopMessage{});
}

void GuardClient::retarget(std::uint32_t window) {
  const std::lock_guard lock(state_->mutex);
  state_->send(RetargetMessage{window});
}

pid_t GuardClient::pid() const { return state_->pid; }

}  // namespace atl::input
