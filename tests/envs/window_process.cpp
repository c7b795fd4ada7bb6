#include "tests/envs/window_process.h"

#include "core/error.h"

#include <unistd.h>

#include <cstdlib>

namespace atl::tests {
namespace {

envs::desktop::ProcessConfig config_of(const std::string& display, const std::vector<std::string>& flags) {
  const char* folder = std::getenv("ATOLL_BIN");
  ATOLL_CHECK(folder != nullptr, "ATOLL_BIN is not set; run the test through ctest");
  envs::desktop::ProcessConfig config;
  config.command = {std::string(folder) + "/atoll_playhouse", "--controlled"};
  config.command.insert(config.command.end(), flags.begin(), flags.end());
  config.environment = {"DISPLAY=" + display, "SDL_VIDEODRIVER=x11", "SDL_AUDIODRIVER=dummy"};
  config.pipes = true;
  return config;
}

}  // namespace

WindowProcess::WindowProcess(const std::string& display, const std::vector<std::string>& flags)
    : process_(config_of(display, flags)), events_(process_.stdout_fd()) {}

void WindowProcess::send(const envs::desktop::WindowCommand& command) { send_line(to_line(command)); }

void WindowProcess::send_line(const std::string& line) {
  const std::string text = line + "\n";
  const ssize_t written = ::write(process_.stdin_fd(), text.data(), text.size());
  ATOLL_CHECK(written == static_cast<ssize_t>(text.size()), "the window takes no commands");
}

envs::desktop::WindowEvent WindowProcess::wait_event() {
  if (auto event = poll_event(MonotonicClock::now() + std::chrono::seconds(30))) return *std::move(event);
  fail(ErrorKind::kEnvironment, "no event from the window");
}

std::optional<envs::desktop::WindowEvent> WindowProcess::poll_event(Timestamp deadline) {
  do {
    if (const auto line = events_.poll_line()) return envs::desktop::parse_event(*line);
    if (events_.is_ended()) break;
    events_.wait_until(deadline);
  } while (MonotonicClock::now() < deadline);
  return std::nullopt;
}

}  // namespace atl::tests
