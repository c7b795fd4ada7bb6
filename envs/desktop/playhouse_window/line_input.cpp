#include "envs/desktop/playhouse_window/line_input.h"

#include "core/error.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace atl::envs::desktop {
namespace {

constexpr std::size_t kLongestLine = 1 << 20;

bool is_readable(int fd, Duration timeout) {
  pollfd entry{fd, POLLIN, 0};
  const std::int64_t ns = std::max<std::int64_t>(timeout.count(), 0);
  const timespec wait{ns / 1'000'000'000, ns % 1'000'000'000};
  return ::ppoll(&entry, 1, &wait, nullptr) > 0;
}

}  // namespace

void LineInput::wait_until(Timestamp deadline) {
  // A stream at its end is always readable: then only time is waited for.
  const Duration left = deadline - MonotonicClock::now();
  if (!ended_) {
    static_cast<void>(is_readable(fd_, left));
  } else {
    SystemClock().sleep_until(deadline);
  }
}

std::optional<std::string> LineInput::poll_line() {
  for (;;) {
    const std::size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    if (buffer_.size() > kLongestLine)
      fail(ErrorKind::kFormat, "a line of more than {} bytes; expected one JSON object a line", kLongestLine);
    if (ended_ || !is_readable(fd_, Duration::zero())) return std::nullopt;
    std::array<char, 4096> bytes;
    const ssize_t count = ::read(fd_, bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return std::nullopt;
    if (count <= 0) ended_ = true;
    if (count > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace atl::envs::desktop
