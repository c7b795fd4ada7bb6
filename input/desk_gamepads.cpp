#include "input/desk_gamepads.h"

#include "core/error.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace atl::input {

DeskGamepads::DeskGamepads(const x11::Connection& display, bool wanted, Origin origin) : display_(display) {
  if (!wanted) return;
  try {
    reader_.emplace(EvdevSourceConfig{.keyboards_and_mice = false, .origin = origin});
  } catch (const Error&) {
    return;
  }
  wait_fd_ = epoll_create1(EPOLL_CLOEXEC);
  for (const int fd : {display_.fd(), reader_->fd()}) {
    epoll_event event{.events = EPOLLIN, .data = {}};
    if (epoll_ctl(wait_fd_, EPOLL_CTL_ADD, fd, &event) != 0)
      fail(ErrorKind::kDevice, "cannot wait for gamepads: {}", std::strerror(errno));
  }
}

DeskGamepads::~DeskGamepads() {
  if (wait_fd_ >= 0) close(wait_fd_);
}

void DeskGamepads::read(std::vector<InputEvent>& events) {
  if (reader_) reader_->read(events);
}

std::vector<InputLoss> DeskGamepads::take_losses() {
  return reader_ ? reader_->take_losses() : std::vector<InputLoss>{};
}

}  // namespace atl::input
