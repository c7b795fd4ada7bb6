// A connection to a server: HELLO, requests with rising ids, replies, and the certainty that waiting ends. While a
// reply is outstanding the server is pinged every second; after 5 s of silence it counts as dead.
// One thread at a time.
#pragma once

#include "net/hello.h"
#include "net/pack.h"
#include "net/socket.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace atl::net {

struct ClientOptions {
  std::string address;                          // as parse_address takes it
  std::filesystem::path keys{};                 // folder that make_keys wrote for this client; empty: plain
  std::string name = "atoll";                   // for the server's log
  Duration silence = kSilence;                  // without any sign of life while waiting: the server is dead
  Duration patience = std::chrono::minutes(2);  // for one reply of a server that is alive
};

/// A reply, with its bytes.
struct Answer {
  Header header;
  Parts parts;
  [[nodiscard]] Part body() const { return parts[1]; }
  [[nodiscard]] std::span<const Part> buffers() const { return parts.all().subspan(2); }
};

class Client {
 public:
  /// Connects and says HELLO. `kind`: what must be served there, "world" or "policy". Throws Error(kNetwork) when
  /// nobody answers, keys do not fit, or another thing is served; Error(kVersion) for another protocol.
  Client(const ClientOptions& options, const std::string& kind);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// Says CLOSE for everything.
  ~Client();

  [[nodiscard]] const ServerHello& server() const { return server_; }
  [[nodiscard]] const std::string& address() const { return address_; }

  /// Sends a request (request_id is filled in) and returns its id. Never blocks. Throws Error(kNetwork) if it cannot be
  /// sent.
  std::uint64_t send(Header header, Part body = {}, std::span<const Part> buffers = {});

  /// The next reply, of whatever request, ERROR included. Throws Error(kNetwork) when the server is dead or slower than
  /// `patience`; then the connection is lost for good, and the object only good for destruction.
  [[nodiscard]] Answer wait_answer();

  /// Sends one request and waits for its reply, with nothing else under way. Throws like `raise` for ERROR, and
  /// Error(kFormat) for a reply with another verb than `expected`.
  [[nodiscard]] Answer ask(Header header, Verb expected, Part body = {}, std::span<const Part> buffers = {});

  /// Throws if `answer` is ERROR: Error(kEnvironment) with the server's words where world or policy failed, else
  /// Error(kNetwork).
  void raise(const Answer& answer) const;

  [[nodiscard]] bool is_lost() const { return is_lost_; }

 private:
  void greet(const std::string& kind, const std::string& name);
  void ping(Timestamp now);
  [[noreturn]] void lose(const std::string& reason);
  [[nodiscard]] Answer checked(Parts parts);

  const std::string address_;
  const Duration silence_;
  const Duration patience_;
  Dealer dealer_;
  ServerHello server_;
  std::uint64_t next_request_ = 1;
  bool is_lost_ = false;
};

}  // namespace atl::net
