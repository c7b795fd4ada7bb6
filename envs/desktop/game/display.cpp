#include "envs/desktop/game/display.h"

#include "core/error.h"
#include "core/priority.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace atl::envs::desktop {
namespace {

constexpr int kStartTimeoutMs = 20'000;

// What Xvfb writes once it takes connections: its number and a line end. Empty if it ended or took too long.
std::string read_number(int fd) {
  std::string number;
  for (;;) {
    pollfd handle{fd, POLLIN, 0};
    if (poll(&handle, 1, kStartTimeoutMs) <= 0) return {};
    char c = 0;
    if (read(fd, &c, 1) != 1) return {};
    if (c == '\n') return number;
    number += c;
  }
}

}  // namespace

GameDisplay::GameDisplay(DisplayChoice choice, FrameSize screen) {
  const char* desktop = std::getenv("DISPLAY");
  if (choice == DisplayChoice::kDesktop && desktop != nullptr && *desktop != '\0') {
    name_ = desktop;
    return;
  }
  if (!find_program("Xvfb", {}))
    fail(
        ErrorKind::kEnvironment, "{}, and Xvfb is missing; run: apt-get install xvfb",
        choice == DisplayChoice::kDesktop ? "there is no display (DISPLAY is not set)" : "a virtual display is wanted");
  start_virtual(screen);
}

void GameDisplay::start_virtual(FrameSize screen) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(ErrorKind::kEnvironment, "cannot make a pipe: {}", std::strerror(errno));
  ProcessConfig config;
  // -noreset: else the server forgets pressed keys and atoms when its last client leaves. A free number is chosen by
  // the server itself, so that many can start at once.
  config.command = {"Xvfb",      "-displayfd", std::to_string(ends[1]),
                    "-screen",   "0",          fmt::format("{}x{}x24", screen.width_px, screen.height_px),
                    "-nolisten", "tcp",        "-noreset"};
  config.kept_open = {ends[1]};
  config.log = log_.emplace("atoll-xvfb").path() / "xvfb.log";
  server_ = std::make_unique<ChildProcess>(config);
  prefer_process(server_->pid());  // each picture and each event goes through it
  close(ends[1]);
  const std::string number = read_number(ends[0]);
  close(ends[0]);
  if (number.empty()) {
    const ExitStatus status = server_->stop();
    fail(ErrorKind::kEnvironment, "Xvfb did not start within {} s: {}{}", kStartTimeoutMs / 1000, to_string(status),
         words_of_server());
  }
  name_ = ":" + number;
}

void GameDisplay::check() {
  if (!server_) return;
  if (const auto status = server_->poll_exit())
    fail(ErrorKind::kEnvironment, "the virtual display {} ended: {}{}", name_, to_string(*status), words_of_server());
}

std::string GameDisplay::words_of_server() const {
  const std::string words = server_->log_tail();
  return words.empty() ? "" : "; it said:\n" + words;
}

}  // namespace atl::envs::desktop
