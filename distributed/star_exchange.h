// An island's side of a star: dials the syncer, joins, takes the state, then sends deltas and fetches commits, all on a
// thread of its own. Broken connections and a restarted syncer are taken up where they were; an island that was given
// up joins again by itself. See distributed/exchange.h for what the trainer sees.
#pragma once

#include "distributed/exchange.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace atl::distributed {

struct StarOptions {
  std::string island;                  // its name; one process at a time may have it
  std::vector<std::string> addresses;  // of the syncer, and of those that stand by for it
  std::filesystem::path keys{};        // folder of net::make_keys for this island; empty: plain, on this machine only
  double patience_s = 0;  // without a syncer for so long, the exchange is lost; 0: it is waited for for ever
  /// The model, once it is known how it is to be cut.
  std::vector<TensorPlace> tensors;
  std::string
      lane{};  // what the island learns from: islands with the same one share its shards out (distributed/ledger.h)
  /// What else all islands must have in common, as text of any length: told apart by its hash.
  std::string contract{};
  /// All parameters, if this island is the first of a run.
  std::function<std::vector<float>()> first_parameters;
  std::function<bool()> should_stop{};  // while joining; empty: never
};

/// Joins, and gives the exchange once the island has the global state and is expected (or will be). Throws
/// Error(kNetwork) when nobody answers for `patience_s`, keys do not fit, or it was superseded; Error(kContract) if the
/// run is of another model; and nothing (null) when it should stop.
[[nodiscard]] std::unique_ptr<Exchange> create_star_exchange(const StarOptions& options);

}  // namespace atl::distributed
