#include "net/wake.h"

#include "core/error.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace atl::net {

Wake::Wake() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) fail(ErrorKind::kNetwork, "no eventfd: {}", std::strerror(errno));
}

Wake::~Wake() { ::close(fd_); }

void Wake::wake() const {
  const std::uint64_t one = 1;
  // A counter that is full has woken it already.
  if (::write(fd_, &one, sizeof one) < 0 && errno != EAGAIN)
    fail(ErrorKind::kNetwork, "cannot wake a thread: {}", std::strerror(errno));
}

bool Wake::take() const {
  std::uint64_t count = 0;
  return ::read(fd_, &count, sizeof count) == sizeof count;
}

}  // namespace atl::net
