// One end of the socket between session and guard. Never blocks: what cannot be sent waits in a queue of limited
// length. One thread at a time.
#pragma once

#include "input/guard_protocol.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace atl::input {

class MessageSocket {
 public:
  /// Owns `fd`. At most `max_waiting` messages wait for the other end to read.
  MessageSocket(int fd, std::size_t max_waiting);
  MessageSocket(const MessageSocket&) = delete;
  MessageSocket& operator=(const MessageSocket&) = delete;
  ~MessageSocket();

  /// False if the message was thrown away: the queue is full, or the other end is gone.
  bool send(const GuardMessage& message);

  /// Sends what waits, as far as the other end takes it.
  void flush();

  /// The next message, or nothing for now. Throws Error(kFormat) or Error(kVersion) for a broken one.
  [[nodiscard]] std::optional<GuardMessage> poll_receive();

  [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
  /// Whether the other end is gone; messages that it sent before can still be received.
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  bool try_send(const std::vector<std::uint8_t>& packet);

  const int fd_;
  const std::size_t max_waiting_;
  std::deque<std::vector<std::uint8_t>> waiting_;
  std::vector<std::uint8_t> buffer_;
  bool closed_ = false;
};

/// A connected pair of sockets, closed on exec. Throws Error(kDevice).
[[nodiscard]] std::pair<int, int> create_socket_pair();

}  // namespace atl::input
