// What islands and a syncer say to each other: bodies of net/header.h's verbs from kJoin on. An island asks and the
// syncer answers, with the same verb or kError; every request may be sent again, so that what a broken connection lost
// is asked for anew. In the header: env_id is the fragment, tick the version; the raw part is named beside each body.
// docs/islands.md tells the order in which they come.
#pragma once

#include "core/config.h"
#include "distributed/fragments.h"
#include "distributed/global_state.h"
#include "distributed/members.h"
#include "distributed/rounds.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::distributed {

inline constexpr std::size_t kChunkBytes = std::size_t{1} << 20;  // the most that one message carries
inline constexpr std::size_t kStateValues = std::size_t{1} << 16;
inline constexpr int kChunksUnderWay = 4;  // of one transfer

/// JOIN. Said again by the same process, after a broken connection, it gives the same incarnation. A process that was
/// superseded is refused: of two with the same name the younger one is the island, and it is so for good.
struct JoinBody {
  std::string name{};         // of the island
  std::uint64_t process = 0;  // drawn by the process
  std::uint64_t had = 0;      // the incarnation that it was, if it joins again
  std::string software{};
  std::string lane{};  // of its data: islands of one lane share its shards out (distributed/ledger.h)
};
void describe(ConfigVisitor& v, JoinBody& body);

/// A fragment as the syncer knows it.
struct FragmentBody {
  std::string name{};
  std::uint64_t num_values = 0;
  std::vector<std::string> islands{};
  friend bool operator==(const FragmentBody&, const FragmentBody&) = default;
};
void describe(ConfigVisitor& v, FragmentBody& body);

/// A run's model as the syncer knows it; empty before there is one.
struct ModelBody {
  std::vector<FragmentBody> fragments{};
  std::uint64_t layout = 0;    // layout_hash of the fragments
  std::uint64_t contract = 0;  // hash of what islands must have in common besides
  friend bool operator==(const ModelBody&, const ModelBody&) = default;
};
void describe(ConfigVisitor& v, ModelBody& body);

struct JoinedBody {
  std::uint64_t incarnation = 0;
  std::string config{};     // of the run, TOML
  std::string todo = "go";  // "go": take the state; "seed": send the first parameters; "wait": others are to come,
                            // ask again
  ModelBody model{};
  std::int64_t step = 0;  // of the islands' clocks, at the newest commit
};
void describe(ConfigVisitor& v, JoinedBody& body);

/// SEED, with floats: values `offset` on of all fragments' values one after another. Answered with how many there are.
struct SeedBody {
  std::uint64_t offset = 0;
  ModelBody model{};
};
void describe(ConfigVisitor& v, SeedBody& body);

/// STATE: `size` values of a fragment from `begin` on. Answered with them as floats, parameters, then momentum and
/// buffer as far as the outer optimiser has them; tick is the version of all of them.
struct StateBody {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};
void describe(ConfigVisitor& v, StateBody& body);

/// BEAT, and BEGIN, which is the first one. Answered by WelcomeBody.
struct BeatBody {
  Beat beat{};
  std::uint64_t leases = 0;  // shards of data that it knows to be leased to it since it joined,
  std::uint64_t wants = 0;   // and how many it needs by now
};
void describe(ConfigVisitor& v, BeatBody& body);

struct WelcomeBody {
  std::int64_t tokens = 0;           // committed
  int islands = 0;                   // members
  std::int64_t steps = 0;            // that this island makes in a window
  std::vector<std::string> takes{};  // of each fragment: the first version that the island's deltas may be against, or
                                     // "" where it takes no part
  std::uint64_t first_lease = 0;     // number of the first of these shards, of those leased since it joined
  std::vector<ShardPlace> leased{};
};
void describe(ConfigVisitor& v, WelcomeBody& body);

/// PUSH, with bytes `offset` on of the delta's code; tick is the version that it is against.
struct PushBody {
  std::uint64_t id = 0;
  std::int64_t step = 0;
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  DataMark data{};
  std::uint64_t offset = 0;
  std::uint64_t total = 0;
  std::uint64_t crc = 0;  // CRC-32 of these bytes
};
void describe(ConfigVisitor& v, PushBody& body);

struct PushedBody {
  std::uint64_t have = 0;  // bytes that are there; where an island has to go on
  bool is_done = false;
  std::string refused{};  // why it is not taken, once it is there; empty: it is
};
void describe(ConfigVisitor& v, PushedBody& body);

/// FETCH of the commit that leads to version tick: bytes `offset` on of one of its parts, none of a delta that the
/// asking incarnation has sent itself. Held for `wait_ms` while there is no such version.
struct FetchBody {
  int part = 0;
  std::uint64_t offset = 0;
  int wait_ms = 0;
};
void describe(ConfigVisitor& v, FetchBody& body);

struct FetchedBody {
  bool is_there = false;  // false: not yet
  bool is_gone = false;   // too old: the state has to be taken anew
  Commit commit{};        // with part 0, offset 0 alone
  DeltaForm form = DeltaForm::kDeltas;
  std::vector<std::string> sizes{};  // bytes of its parts, decimal
  std::uint64_t crc = 0;             // CRC-32 of the bytes that come along
};
void describe(ConfigVisitor& v, FetchedBody& body);

/// What an island is told that said `said`.
[[nodiscard]] WelcomeBody make_welcome(const SyncConfig& config, const Rounds& rounds, const std::string& island,
                                       const BeatBody& said);

/// Tells whether two sides cut the same model in the same way: names, sizes and ranges of the fragments.
[[nodiscard]] std::uint64_t layout_hash(std::span<const Fragment> fragments);

[[nodiscard]] std::vector<FragmentBody> bodies_of(std::span<const Fragment> fragments);

/// The incarnation that chose a delta's id: ids rise over all of them.
[[nodiscard]] constexpr std::uint64_t incarnation_of(std::uint64_t push_id) { return push_id >> 32; }
[[nodiscard]] constexpr std::uint64_t first_id(std::uint64_t incarnation) { return (incarnation << 32) + 1; }

[[nodiscard]] std::uint32_t crc_of(std::span<const std::uint8_t> bytes);

}  // namespace atl::distributed
