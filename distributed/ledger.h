// Who learns from what, and what became of it. Data is a numbered order of shards, the same for all islands of a "lane"
// (those that learn from the same data); shards are leased one by one, each to one island, so that islands together
// learn from what one machine would, in a time. What an island drew and did not get into a commit before it was lost or
// left is leased again, from where its last commit had come to: nothing is left out and nothing is learned from twice.
//
// Of each fragment, every token that an island drew is in one place:
//
//   drawn = applied + discarded + replayed + open
//
// applied: in a commit; discarded: of a window that was refused, or none (a joiner's first, before a full one begins);
// replayed: given back when its island ended, and drawn again by another; open: since the island's last delta.
// With several fragments, what is drawn again begins where the one that is furthest behind has come to: to the others
// it comes twice, at most a window of it.
//
// Moves by what is logged alone (joins, ends, leases, refusals and commits), so that a restart finds it as it was, but
// for what islands tell again with their next beat. One thread.
#pragma once

#include "core/config.h"
#include "distributed/fragments.h"

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace atl::distributed {

/// A place in a lane's data: so many examples of a shard are done with.
struct ShardPlace {
  std::uint64_t shard = 0;
  std::uint64_t offset = 0;
  friend auto operator<=>(const ShardPlace&, const ShardPlace&) = default;
};

void describe(ConfigVisitor& v, ShardPlace& place);

/// How far an island has come with its data.
struct DataMark {
  std::int64_t drawn = 0;  // tokens that it learned from since it joined, in windows or not
  ShardPlace place{};      // what it goes on with
};

void describe(ConfigVisitor& v, DataMark& mark);

/// Of one fragment, in tokens.
struct LedgerRow {
  std::int64_t drawn = 0;
  std::int64_t applied = 0;
  std::int64_t discarded = 0;
  std::int64_t replayed = 0;
  std::int64_t open = 0;
  friend bool operator==(const LedgerRow&, const LedgerRow&) = default;
};

/// What outlives a restart.
struct KeptLedger {
  struct Lane {
    std::string name{};
    std::uint64_t next = 0;                // shard that nobody had yet
    std::vector<ShardPlace> given_back{};  // to be leased again
  };
  struct Part {
    std::size_t fragment = 0;
    std::int64_t accounted = 0;  // of the tokens drawn, those that were applied or discarded
    bool has_place = false;
    ShardPlace place{};  // of the last delta that was
  };
  struct Holder {
    std::string island{};
    std::uint64_t incarnation = 0;
    std::string lane{};
    bool has_ended = false;
    std::int64_t drawn = 0;
    std::uint64_t num_leased = 0;
    std::vector<ShardPlace> leased{};  // the last of these, in the order in which it gets them: not done with
    std::vector<Part> parts{};         // of the fragments in which it takes part
  };
  struct Total {  // of a fragment, over those that have ended and are settled
    std::int64_t drawn = 0;
    std::int64_t applied = 0;
    std::int64_t discarded = 0;
    std::int64_t replayed = 0;
  };
  std::vector<Lane> lanes{};
  std::vector<Holder> holders{};
  std::vector<Total> totals{};
};

void describe(ConfigVisitor& v, KeptLedger& kept);

class Ledger {
 public:
  explicit Ledger(const std::vector<FragmentFacts>& fragments);

  /// An island begins anew as this incarnation; the one before it has ended.
  void enter(const std::string& island, std::uint64_t incarnation);
  /// It was lost, or left. What it holds is given back by `settle`.
  void end(const std::string& island);
  /// What it says of itself; less than before is not believed.
  void note_drawn(const std::string& island, std::uint64_t incarnation, std::int64_t drawn);

  /// What it has said so far; 0 if it is not in.
  [[nodiscard]] std::int64_t drawn(const std::string& island) const;

  /// The next shard for the island: one that was given back, the lowest first, or one that nobody had. The island must
  /// be in.
  ShardPlace lease(const std::string& island, const std::string& lane);
  /// Repeats one of the log.
  void repeat_lease(const std::string& island, const std::string& lane, const ShardPlace& place);
  /// How many it got since it joined, and those from number `from` on, as far as they are not done with.
  [[nodiscard]] std::uint64_t num_leased(const std::string& island) const;
  [[nodiscard]] std::vector<ShardPlace> leased(const std::string& island, std::uint64_t from) const;

  /// What became of a delta of so many tokens, made at `mark`: what was drawn since the one before, and is not of its
  /// window, is discarded. A mark without tokens drawn: as many as in the deltas. Unknown incarnations are left out.
  void apply(std::size_t fragment, const std::string& island, std::uint64_t incarnation, std::int64_t tokens,
             const DataMark& mark);
  void discard(std::size_t fragment, const std::string& island, std::uint64_t incarnation, std::int64_t tokens,
               const DataMark& mark);

  /// Gives back what those hold that have ended, once nothing of theirs is on its way into a commit any more.
  void settle(const std::function<bool(const std::string& island, std::uint64_t incarnation)>& is_pending);

  /// Of each fragment.
  [[nodiscard]] std::vector<LedgerRow> rows() const;

  [[nodiscard]] KeptLedger kept() const;
  void restore(const KeptLedger& kept);

 private:
  using Key = std::pair<std::string, std::uint64_t>;  // island and incarnation
  struct Lane {
    std::uint64_t next = 0;
    std::set<ShardPlace> given_back{};
  };
  using Holder = KeptLedger::Holder;

  [[nodiscard]] Holder* find(const std::string& island, std::uint64_t incarnation);
  [[nodiscard]] const Holder* present(const std::string& island) const;
  [[nodiscard]] Holder* present(const std::string& island);
  [[nodiscard]] std::int64_t account(std::size_t fragment, Holder& holder, std::int64_t tokens, const DataMark& mark);
  struct Cursor {
    std::size_t index = 0;  // in `leased`
    std::uint64_t offset = 0;
    friend auto operator<=>(const Cursor&, const Cursor&) = default;
  };
  [[nodiscard]] static Cursor cursor(const Holder& holder);
  void give_back(const Holder& holder);

  std::vector<FragmentFacts> fragments_;
  std::map<std::string, Lane> lanes_;
  std::map<Key, Holder> holders_;
  std::size_t num_ended_ = 0;  // of the holders
  std::vector<KeptLedger::Total> totals_;
};

}  // namespace atl::distributed
