// What the two sockets of net/socket.h share: a context and a socket of libzmq's, and whole messages in and out.
// libzmq's handles are void pointers. Part of net/router.cpp and net/dealer.cpp.
#pragma once

#include "core/clock.h"
#include "net/socket.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace atl::net {

/// A context with one socket; closes both, which waits for the socket's linger time at most.
class ZmqSocket {
 public:
  /// `type`: ZMQ_ROUTER, ZMQ_DEALER. With heartbeats, and IPv6 where `address` means it. Throws Error(kNetwork).
  ZmqSocket(int type, const std::string& address);
  ZmqSocket(const ZmqSocket&) = delete;
  ZmqSocket& operator=(const ZmqSocket&) = delete;
  ~ZmqSocket();

  [[nodiscard]] void* context() const { return context_; }
  [[nodiscard]] void* socket() const { return socket_; }
  /// Closes the socket alone.
  void close_socket();

  // Set one of libzmq's options; throw Error(kNetwork) if it is refused.
  void set(int option, int value) const;
  void set(int option, std::int64_t value) const;
  void set(int option, const std::string& value) const;

  /// The next message, its first part in `identity` unless that is null; nothing if none is waiting.
  [[nodiscard]] std::optional<Parts> poll_parts(std::string* identity) const;
  /// Never blocks. `peer` goes before the header unless it is null.
  [[nodiscard]] SendResult send(const std::string* peer, const Outgoing& message) const;
  [[nodiscard]] SendResult send_parts(std::span<const Part> parts) const;

 private:
  void* context_;
  void* socket_;
};

/// Milliseconds until `deadline` as zmq_poll takes them: rounded up, 0 if it has passed.
[[nodiscard]] int to_poll_ms(Timestamp deadline);

}  // namespace atl::net
