// atoll_guard: started by GuardClient (input/guard.h) with one end of a socket; not meant to be started by hand.
#include "core/error.h"
#include "core/log.h"
#include "core/priority.h"
#include "input/guard_overlay.h"
#include "input/guard_process.h"
#include "input/guard_uinput.h"
#include "input/guard_x11.h"
#include "input/message_socket.h"

#include <poll.h>
#include <signal.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace {

constexpr std::size_t kMaxWaiting = 8192;  // messages for a session that does not read: minutes of play

atl::input::GuardSettings wait_settings(atl::input::MessageSocket& socket) {
  while (!socket.is_closed()) {
    if (const auto message = socket.poll_receive()) {
      if (const auto* start = std::get_if<atl::input::StartMessage>(&*message)) return start->settings;
      atl::fail(atl::ErrorKind::kFormat, "the session's first message is of kind {}, expected 0", message->index());
    }
    pollfd waited{socket.fd(), POLLIN, 0};
    poll(&waited, 1, -1);
  }
  std::exit(0);  // the session changed its mind
}

// The twin and the words on the screen are processes: forked before the guard has connections that they would share.
std::unique_ptr<atl::input::GuardSystem> start_system(const atl::input::GuardSettings& settings,
                                                      atl::input::PressedKeys& pressed,
                                                      std::optional<atl::input::GuardOverlay>& overlay) {
  std::unique_ptr<atl::input::UinputSink> devices;
  if (settings.sink == atl::input::GuardSink::kUinput) {
    devices = atl::input::create_guard_devices(settings, pressed);
    atl::input::start_uinput_twin(*devices, pressed);
  } else {
    atl::input::start_x11_twin(settings.display, pressed);
  }
  if (settings.show_control) overlay.emplace(settings);
  if (devices) return atl::input::create_uinput_system(settings, std::move(devices));
  return atl::input::create_x11_system(settings, pressed);
}

int run(int socket_fd) {
  atl::input::MessageSocket socket(socket_fd, kMaxWaiting);
  try {
    const atl::input::GuardSettings settings = wait_settings(socket);
    const atl::input::SharedPressedKeys pressed = atl::input::create_shared_pressed_keys();
    std::optional<atl::input::GuardOverlay> overlay;
    const std::unique_ptr<atl::input::GuardSystem> system = start_system(settings, *pressed, overlay);
    atl::input::GuardProcess guard(socket, settings, *pressed, *system, overlay ? &*overlay : nullptr);
    socket.send(atl::input::ReadyMessage{});
    guard.run();
    return 0;
  } catch (const std::exception& error) {
    socket.send(atl::input::FailedMessage{error.what()});
    atl::write_log(atl::LogLevel::kError, fmt::format("guard: {}", error.what()));
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::strcmp(argv[1], "--socket") != 0) {
    atl::write_log(atl::LogLevel::kError,
                   "atoll_guard is started by atoll itself: expected --socket NUMBER, an open socket");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  atl::prefer_this_thread();  // steps begin on time also on a busy machine
  return run(std::atoi(argv[2]));
}
