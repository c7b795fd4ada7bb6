// An island's side of a run without a master: islands' leaders dial each other, agree on every step by a log that they
// have in common (distributed/replicated_log.h), and carry deltas and sums straight from one to another. Any of them
// may die at any moment; the run goes on as long as a majority of those that take part is there. An island that was
// given up joins again by itself. See distributed/exchange.h for what the trainer sees.
#pragma once

#include "distributed/exchange.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace atl::distributed {

struct PeerOptions {
  std::string island;                         // its name; one process at a time may have it
  std::string address = "tcp://127.0.0.1:*";  // where it listens
  std::string advertise{};                    // what others dial; empty: `address`, with the port that was chosen
  std::vector<std::string> peers{};           // addresses of others, some of which are there when this one begins
  bool founds = false;                        // begins a run where none of `peers` has one; one island alone does
  SyncConfig config{};                        // of the run: the founder's
  std::filesystem::path keys{};               // folder of net::make_keys for this island, with which it dials,
  std::filesystem::path server_keys{};  // and the run's server folder, with which it listens; both empty: plain, on
                                        // this machine only
  double patience_s = 0;                // without a leader for so long, the exchange is lost; 0: it waits for ever
  std::vector<TensorPlace> tensors;     // of the model
  std::string lane{};                   // as in StarOptions, and what follows
  std::string contract{};
  std::function<std::vector<float>()> first_parameters;  // the founder's
  std::function<bool()> should_stop{};                   // while joining; empty: never
};

/// Joins or founds, and gives the exchange once the island has the global state and is expected (or will be). Throws
/// Error(kNetwork) when there is no run to join for `patience_s`, keys do not fit, or it was superseded;
/// Error(kContract) if the run is of another model; and nothing (null) when it should stop. `address`, unless null, is
/// filled with what others dial, before anything else is waited for.
[[nodiscard]] std::unique_ptr<Exchange> create_peer_exchange(
    const PeerOptions& options, const std::function<void(const std::string&)>& on_address = {});

}  // namespace atl::distributed
