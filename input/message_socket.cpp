#include "input/message_socket.h"

#include "core/error.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace atl::input {

MessageSocket::MessageSocket(int fd, std::size_t max_waiting)
    : fd_(fd), max_waiting_(max_waiting), buffer_(kMaxMessageBytes) {}

MessageSocket::~MessageSocket() { close(fd_); }

bool MessageSocket::send(const GuardMessage& message) {
  std::vector<std::uint8_t> packet = encode(message);
  flush();
  if (waiting_.empty() && try_send(packet)) return true;
  if (closed_ || waiting_.size() >= max_waiting_) return false;
  waiting_.push_back(std::move(packet));
  return true;
}

void MessageSocket::flush() {
  while (!waiting_.empty() && try_send(waiting_.front())) waiting_.pop_front();
  if (closed_) waiting_.clear();
}

bool MessageSocket::try_send(const std::vector<std::uint8_t>& packet) {
  while (!closed_) {
    if (::send(fd_, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return false;
    closed_ = true;
  }
  return false;
}

std::optional<GuardMessage> MessageSocket::poll_receive() {
  while (true) {
    const ssize_t length = recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (length > static_cast<ssize_t>(buffer_.size())) {
      fail(ErrorKind::kFormat, "guard message of {} bytes, expected <= {}", length, buffer_.size());
    }
    if (length > 0) return decode(std::span(buffer_).first(static_cast<std::size_t>(length)));
    if (length < 0 && errno == EINTR) continue;
    if (length == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) closed_ = true;
    return std::nullopt;
  }
}

std::pair<int, int> create_socket_pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    fail(ErrorKind::kDevice, "cannot make a socket for the guard: {}", std::strerror(errno));
  }
  return {ends[0], ends[1]};
}

}  // namespace atl::input
