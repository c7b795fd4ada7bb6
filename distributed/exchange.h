// How an island's outer gradients meet those of others, seen from the island: it gives its values of a fragment, and
// takes what has become of the global ones. `star` (distributed/star_exchange.h) speaks with a syncer, `peer` with the
// other islands' leaders. Made by the leader's process alone; the other ranks of an island get parameters from it.
//
// The trainer's thread calls; all talking is done by threads of the exchange, which goes on through broken connections
// and restarts of the other side until it is destroyed.
#pragma once

#include "core/clock.h"
#include "distributed/fragments.h"
#include "distributed/ledger.h"
#include "distributed/members.h"
#include "distributed/sync_config.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace atl::distributed {

/// What an island did in a window.
struct WindowFacts {
  std::int64_t step = 0;    // inner steps on the island's clock
  std::int64_t steps = 0;   // of the window
  std::int64_t tokens = 0;  // learned from in it
  DataMark data{};          // where that has brought the island
};

/// A shard of data for this island alone (distributed/ledger.h).
struct DataLease {
  std::uint64_t incarnation = 0;  // that has it: once the island has a higher one, it is others'
  ShardPlace place{};             // the shard, and where in it to begin
};

/// The present state of things.
struct ExchangeFacts {
  std::int64_t tokens = 0;  // committed by all
  int islands = 0;
  std::int64_t steps = 0;         // that this island makes in a window
  std::uint64_t incarnation = 0;  // raised when the island was given up and had to join again
  std::int64_t clock = 0;         // inner steps of the islands' clocks at the newest commit known here
  std::vector<bool> takes{};      // of each fragment: whether a push now would be taken
};

class Exchange {
 public:
  virtual ~Exchange() = default;

  [[nodiscard]] virtual const SyncConfig& config() const = 0;
  [[nodiscard]] virtual const std::vector<Fragment>& fragments() const = 0;

  /// Sends the island's values of a fragment: as their difference to the global ones that it took last. Encodes on the
  /// calling thread; never waits for the network. `eager`, unless empty, is filled with what the global values will be
  /// if the other islands do what they did last time (SyncConfig::eager). False, and nothing is sent, where the round
  /// takes none of this island yet. Throws Error(kFormat) if a value is no finite number.
  virtual bool push(std::size_t fragment, std::span<const float> values, const WindowFacts& window,
                    std::span<float> eager) = 0;

  /// Fills `values` with the newest global values of the fragment that are here, once there is something newer (with
  /// asynchronous rounds, something that has this island's last push in it), and gives the islands' clock at their
  /// commit. Nothing when `deadline` has come; never waits if it is past. Throws Error(kNetwork) when this
  /// island was superseded by another process of its name, or the exchange is lost for good.
  virtual std::optional<std::int64_t> wait_take(std::size_t fragment, std::span<float> values, Timestamp deadline) = 0;

  /// Said with the next beats: what the island does.
  virtual void note(const Beat& beat) = 0;

  /// The next shard of data, which nobody else learns from; islands that ask for none need none. Nothing when
  /// `deadline` has come. Any thread. Throws as wait_take.
  virtual std::optional<DataLease> wait_lease(Timestamp deadline) = 0;

  [[nodiscard]] virtual ExchangeFacts facts() = 0;

  /// Says goodbye, so that nobody waits for this island. What was pushed is delivered first, within `deadline`.
  virtual void leave(Timestamp deadline) = 0;
};

}  // namespace atl::distributed
