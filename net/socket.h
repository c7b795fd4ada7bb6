// ZeroMQ sockets as Atoll uses them: a `Router` at the server, a `Dealer` at the client. Each has a context of its own
// (one thread of libzmq's). No ZeroMQ type leaves the sources. One thread at a time uses a socket; `wake` is for any.
//
// Both speak ZMTP heartbeats: a connection whose other end has been silent for 5 s is cut, also while the program
// behind it computes. Plain connections stay on this machine; see net/keys.h.
#pragma once

#include "core/clock.h"
#include "net/header.h"
#include "net/keys.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::net {

inline constexpr Duration kHeartbeat = std::chrono::seconds(1);
inline constexpr Duration kSilence = std::chrono::seconds(5);  // then the other side is dead

using Part = std::span<const std::uint8_t>;

/// A received message; owns its bytes. Of a message with more than kMaxParts parts, the first ones.
class Parts {
 public:
  static constexpr std::size_t kMaxParts = 8;
  Parts();
  Parts(Parts&&) noexcept;
  Parts& operator=(Parts&&) noexcept;
  ~Parts();
  [[nodiscard]] std::size_t size() const { return views_.size(); }
  /// Valid as long as this object, wherever it is moved.
  [[nodiscard]] Part operator[](std::size_t index) const { return views_[index]; }
  [[nodiscard]] std::span<const Part> all() const { return views_; }
  [[nodiscard]] std::uint64_t num_received() const { return num_received_; }

 private:
  friend struct PartsReader;
  struct Storage;
  std::unique_ptr<Storage> storage_;
  std::vector<Part> views_;
  std::uint64_t num_received_ = 0;
};

enum class SendResult : std::uint8_t {
  kSent,
  kFull,  // the other side does not read: its queue is full
  kGone,  // it is not connected any more
};

/// What is sent: a header (n_parts is filled in), a body, raw buffers. Bytes are copied.
struct Outgoing {
  Header header;
  Part body{};
  std::span<const Part> buffers{};
};

/// A socket to wait for along with others; valid as long as it.
struct Waitable {
  void* socket = nullptr;  // libzmq's
  int wake_fd = -1;
};

/// Waits until one of them has a message or was woken, or `deadline` has come. Whose thread has all of them.
void wait_any(std::span<const Waitable> sockets, Timestamp deadline);

class Router {
 public:
  struct Options {
    std::string address;                                  // as parse_address gave it
    std::optional<ServerKeys> keys;                       // none: plain, on this machine only
    int queue_messages = 256;                             // that may wait for one client
    std::int64_t max_part_bytes = std::int64_t{1} << 24;  // a client that sends a larger part is cut off
  };
  struct Incoming {
    std::string peer;  // which connection
    Parts parts;
  };

  /// Throws Error(kNetwork) when the address cannot be had, or demands keys.
  explicit Router(const Options& options);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  ~Router();

  /// The address that clients connect to, with the port that was chosen.
  [[nodiscard]] const std::string& address() const { return address_; }
  /// The next message; nothing when `deadline` has come or `wake` was called.
  [[nodiscard]] std::optional<Incoming> wait_receive(Timestamp deadline);
  [[nodiscard]] SendResult send(const std::string& peer, const Outgoing& message);
  /// Ends a `wait_receive`, now or the next. Any thread.
  void wake();
  [[nodiscard]] Waitable waitable() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::string address_;
};

class Dealer {
 public:
  struct Options {
    std::string address;
    std::optional<ClientKeys> keys;
  };
  /// Connecting goes on in the background. Throws Error(kNetwork) for an address that demands keys.
  explicit Dealer(const Options& options);
  Dealer(const Dealer&) = delete;
  Dealer& operator=(const Dealer&) = delete;
  /// Gives what was sent last a moment to leave.
  ~Dealer();

  /// Never blocks.
  [[nodiscard]] SendResult send(const Outgoing& message);
  /// Sends parts as they are, for tests of servers.
  [[nodiscard]] SendResult send_raw(std::span<const Part> parts);
  /// The next message; nothing when `deadline` has come or `wake` was called.
  [[nodiscard]] std::optional<Parts> wait_receive(Timestamp deadline);
  /// Ends a `wait_receive`, now or the next. Any thread.
  void wake();
  [[nodiscard]] Waitable waitable() const;
  /// What is known about a connection that does not come about: "the server refused our key". Empty: nothing.
  [[nodiscard]] std::string connection_problem();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::net
