// What a star's and a peers' exchange have in common on the island's side: the global state as the trainer took it
// last, commits that have come since and are not taken yet, and deltas on their way out. The trainer's thread gives and
// takes; a link's thread brings commits and carries deltas away. All functions may be called from any thread.
#pragma once

#include "distributed/exchange.h"
#include "distributed/global_state.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace atl::distributed {

/// A delta on its way; its bytes stay until a commit has it.
struct OutgoingPush {
  std::uint64_t id = 0;
  std::size_t fragment = 0;
  std::int64_t base = 0;
  WindowFacts window;
  std::shared_ptr<const Bytes> bytes{};
  double norm = 0;  // of the delta
};

class ExchangeDesk {
 public:
  /// `island`: its name. `wake` is called when the link has something to do.
  ExchangeDesk(SyncConfig config, std::string island, std::function<void()> wake);

  // ---- The trainer's side: as Exchange says.
  bool push(std::size_t fragment, std::span<const float> values, const WindowFacts& window, std::span<float> eager);
  std::optional<std::int64_t> wait_take(std::size_t fragment, std::span<float> values, Timestamp deadline);
  std::optional<DataLease> wait_lease(Timestamp deadline);
  [[nodiscard]] ExchangeFacts facts() const;
  /// Waits until nothing is on its way out any more. False when `deadline` has come.
  bool wait_sent(Timestamp deadline);
  /// Waits until every delta is in a commit, or refused. False when `deadline` has come.
  bool wait_committed(Timestamp deadline);
  [[nodiscard]] const SyncConfig& config() const { return config_; }

  // ---- The link's side.
  /// The island has joined as `incarnation` with this state: whatever was under way is of the past.
  void enter(std::unique_ptr<GlobalState> state, std::uint64_t incarnation, std::int64_t clock);
  [[nodiscard]] bool has_entered() const;
  /// The state is of no use any more: the island has to enter anew, whatever its incarnation.
  void forget();
  /// What a WelcomeBody says.
  void set_facts(std::int64_t tokens, int islands, std::int64_t steps, std::vector<std::optional<std::int64_t>> takes);
  /// How many shards of data this incarnation has got, and how many it should have by now.
  struct Leases {
    std::uint64_t has = 0;
    std::uint64_t wants = 0;
  };
  [[nodiscard]] Leases leases() const;
  /// Shards number `first` on; what is here already, or does not follow, is left out.
  void add_leases(std::uint64_t first, std::span<const ShardPlace> places);
  /// The version that is to be fetched next; nothing while enough of them wait to be taken.
  [[nodiscard]] std::optional<std::int64_t> wanted(std::size_t fragment) const;
  /// The commit of the version that was wanted; its deltas have passed check_delta.
  void add(std::size_t fragment, StoredCommit stored);
  /// The deltas of a fragment that no commit has yet, oldest first.
  [[nodiscard]] std::vector<OutgoingPush> outgoing(std::size_t fragment) const;
  /// It has arrived; or will be in no commit, for this reason.
  void note_arrived(std::size_t fragment, std::uint64_t id);
  void note_refused(std::size_t fragment, std::uint64_t id, const std::string& reason);
  /// The bytes of a delta of this island's own, if they are still here: they need not be fetched back.
  [[nodiscard]] std::shared_ptr<const Bytes> own_bytes(std::size_t fragment, std::uint64_t id) const;
  struct StatePiece {
    std::int64_t version = 0;
    std::vector<float> values{};  // parameters, then momentum and buffer as far as the outer optimiser has them
  };
  /// A piece of a fragment's state as the island has it, for others; `begin` and `size` as far as there are values.
  [[nodiscard]] StatePiece state(std::size_t fragment, std::size_t begin, std::size_t size);
  /// The exchange is over: whoever waits gets `error` thrown.
  void fail_with(std::exception_ptr error);

 private:
  struct Fragmented {
    std::deque<StoredCommit> pending;  // newer than the state
    std::size_t pending_bytes = 0;
    std::deque<OutgoingPush> outgoing;    // in no commit yet
    std::size_t num_unsent = 0;           // of these
    std::uint64_t awaited = 0;            // id of the last push, until a commit has it; 0: none
    bool is_pushed = false;               // since the last take: the state is no base any more, and may go on
    bool is_ahead = false;                // it has gone on
    bool is_fresh = false;                // the state itself is new: after joining, or a refusal
    std::optional<std::int64_t> takes{};  // first version that deltas may be against
    std::optional<ErrorFeedback> feedback{};
    // For eager updates alone: the mean of the last commit, of how many deltas, and which was this island's.
    std::vector<float> last_mean{};
    std::size_t last_count = 0;
    std::vector<float> last_own{};
    std::int64_t clock = 0;  // of the commit that the state has
  };

  [[nodiscard]] bool is_newer(const Fragmented& part) const;
  [[nodiscard]] bool is_taken(std::size_t fragment) const;
  void estimate(std::size_t fragment, const Bytes& own, std::span<float> eager);
  void note_mean(Fragmented& part, const StoredCommit& stored);
  void apply_pending(std::size_t fragment);
  void forget_committed(Fragmented& part, const Commit& commit);

  const SyncConfig config_;
  const std::string island_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_.
  std::unique_ptr<GlobalState> state_;
  std::vector<Fragmented> parts_;
  ExchangeFacts facts_;
  std::uint64_t next_push_ = 0;
  std::deque<ShardPlace> leased_;  // and not taken yet
  std::uint64_t num_leased_ = 0;   // to this incarnation
  bool needs_data_ = false;        // somebody has asked for a shard
  bool is_forgotten_ = false;
  std::exception_ptr error_;
};

}  // namespace atl::distributed
