// A server of requests: many clients, each with several lanes (an environment or a policy, by env_id), each lane one
// request at a time in order, lanes side by side on worker threads. Pings are answered whatever the workers do.
//
// What is served is a `Service`; the world's is in envs/remote/, the policy's in session/. A client that breaks the
// protocol gets ERROR with a reason and harms nobody else; one that is gone loses its lanes within seconds.
#pragma once

#include "net/hello.h"
#include "net/pack.h"
#include "net/socket.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace atl::net {

/// A request that passed the checks of shape and size. Borrowed for the call.
struct Request {
  Header header;
  Part body;
  std::span<const Part> buffers;
};

/// The answer; env_id, agent_id and request_id are the request's.
struct Reply {
  Header header{};
  Bytes body{};
  Bytes buffer{};  // one raw part; empty: none
};

[[nodiscard]] std::shared_ptr<const Reply> make_refusal(Status status, const std::string& reason);

/// One environment or policy of one client. One thread at a time, not always the same.
class Lane {
 public:
  virtual ~Lane() = default;
  /// Answers one request: never null. Shared, so that an answer can be kept and given again. What it throws is answered
  /// with ERROR: Error(kFormat) as malformed, all else as failed.
  [[nodiscard]] virtual std::shared_ptr<const Reply> handle(const Request& request) = 0;
};

struct Service {
  std::string kind;                                    // "world" or "policy"
  std::string name;                                    // for HELLO and logs
  std::function<std::unique_ptr<Lane>()> create_lane;  // called by workers, one at a time; may throw
  std::size_t max_buffer_bytes = 0;                    // of a request's one raw part; 0: it may have none
};

struct ServerOptions {
  std::string address = "tcp://127.0.0.1:*";  // as parse_address takes it, for binding
  std::filesystem::path keys{};               // folder of make_keys; empty: plain
  int threads = 1;                            // workers
  int max_clients = 64;
  int max_lanes = 256;            // of all clients
  int max_lanes_per_client = 64;  // env_id is below it
  int credit = 2;                 // requests of one lane under way
};

void describe(ConfigVisitor& v, ServerOptions& options);

/// Counts since the start; for logs and tests.
struct ServerStatistics {
  int clients = 0;  // at present
  int lanes = 0;    // at present
  std::uint64_t requests = 0;
  std::uint64_t refusals = 0;      // answered with ERROR by the protocol's checks, before any lane
  std::uint64_t clients_lost = 0;  // gone without CLOSE
};

class Server {
 public:
  /// Binds at once. Throws Error(kNetwork) when that fails, and what reading keys throws.
  Server(Service service, const ServerOptions& options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Frees every lane.
  ~Server();

  /// The address that clients connect to.
  [[nodiscard]] const std::string& address() const;

  /// Serves on the calling thread until `should_stop`, which is asked at least ten times a second.
  void run(const std::function<bool()>& should_stop);

  /// Any thread.
  [[nodiscard]] ServerStatistics statistics() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::net
