// The one state machine behind every algorithm and every exchange: it hears who is there and who has sent what, and
// decides when a round of a fragment closes and with which deltas. It holds no parameters and opens no socket, so that
// the syncer, a leader among peers, the replay of a tape and the simulator all run this very code.
//
// Each fragment has a version, the number of steps made with it, and an open round that collects deltas ("pushes"). A
// round closes when every expected island is in, or when a quorum is and the grace period after it is over; then its
// deltas are one step of the outer optimiser (`mean`) or one step each (`each`).
//
//   synchronous DiLoCo, Streaming     quorum 0 (all), grace 0, mean
//   elastic (Decoupled DiLoCo)        quorum q, grace from the slack, mean, weights "throughput"
//   asynchronous (Async Local-SGD)    quorum 1, grace some seconds, each, delayed Nesterov, dynamic steps
//
// A delta made from an older version than the fragment has is late: it comes into the open round, and its staleness is
// how many versions it missed. One thread; time is any monotonic clock.
#pragma once

#include "core/clock.h"
#include "core/config.h"
#include "distributed/fragments.h"
#include "distributed/ledger.h"
#include "distributed/members.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace atl::distributed {

struct RoundRules {
  int start_islands = 1;  // the first round of a fragment waits for so many islands to begin
  int quorum = 0;         // deltas without which no round closes; 0: those of all islands that are expected
  double grace_s = 0.0;   // after the quorum, others are waited for so long,
  double slack = 0.0;     // or for this share of the time that is left before islands would wait, if longer: 0 .. 1
  std::string apply = "mean";   // "mean": a round is one outer step; "each": each delta is, in the order of names
  std::string weigh = "equal";  // "equal"; "tokens"; "throughput": tokens * tokens / step (Decoupled DiLoCo)
  int max_staleness = 0;        // versions that a delta may have missed; more: it is discarded. 0: any number
  double stale_power = 0.0;     // each delta counts (1 + staleness)^-this
};

void describe(ConfigVisitor& v, RoundRules& rules);

/// A delta that has come in whole. Its bytes are kept by whoever runs the machine.
struct Push {
  std::string island{};
  std::uint64_t incarnation = 0;
  std::uint64_t id = 0;  // rising, chosen by the island: the same one again is the same delta
  std::size_t fragment = 0;
  std::int64_t base = 0;    // version of the fragment that the delta is against
  std::int64_t step = 0;    // inner steps the island has done when it made it
  std::int64_t steps = 0;   // of them since the last one
  std::int64_t tokens = 0;  // learned from in these
  DataMark data{};          // where that has brought it
};

/// A delta in a step of the outer optimiser.
struct Entry {
  std::string island{};
  std::uint64_t incarnation = 0;
  std::uint64_t push = 0;  // its id
  std::int64_t tokens = 0;
  DataMark data{};
  std::int64_t staleness = 0;
  double weight = 0;  // of a step, they sum up to 1 but for staleness
};

/// One step of the outer optimiser on one fragment: what the log keeps and every member repeats.
struct Commit {
  std::size_t fragment = 0;
  std::int64_t version = 0;      // that it leads to
  std::int64_t step = 0;         // inner steps of the islands' clocks when its deltas were made: the largest
  std::int64_t tokens = 0;       // of the run, this one's included: Rounds::tokens
  std::vector<Entry> entries{};  // in the order of islands' names
};

void describe(ConfigVisitor& v, Commit& commit);

/// What became of a push.
enum class PushResult : std::uint8_t {
  kAccepted,
  kKnown,       // it had come already
  kStranger,    // not of a member: see Standing
  kNotItsOwn,   // the island takes no part in the fragment
  kTooSoon,     // it is not expected yet: what it made is no full window
  kTooStale,    // discarded
  kFromFuture,  // against a version that there is not yet: the island is of another run, or this one lost versions
};

[[nodiscard]] std::string_view to_string(PushResult result);

/// What of a run's rounds outlives a restart. Pushes do not: islands send them again until their commit is there.
struct KeptRounds {
  struct Expected {
    std::string island;
    std::int64_t from = 0;        // version of the first round that waits for it
    std::uint64_t committed = 0;  // id of its last push that is in a commit
  };
  struct Round {
    std::int64_t version = 0;
    std::int64_t step = 0;
    std::vector<Expected> expected{};
  };
  std::vector<Round> rounds{};
  double weighed_tokens = 0;
  std::vector<KeptMember> members{};
  KeptLedger ledger{};
};

void describe(ConfigVisitor& v, KeptRounds& kept);

class Rounds {
 public:
  Rounds(const RoundRules& rules, const MemberRules& members, std::vector<FragmentFacts> fragments);

  [[nodiscard]] const Members& members() const { return members_; }
  [[nodiscard]] std::size_t num_fragments() const { return rounds_.size(); }
  [[nodiscard]] std::int64_t version(std::size_t fragment) const { return rounds_[fragment].version; }
  /// Inner steps of the islands' clocks at the newest commit of all.
  [[nodiscard]] std::int64_t step() const;
  /// Learned from in all that was committed: of each commit the share that its fragment has of all parameters.
  [[nodiscard]] std::int64_t tokens() const;

  /// Takes an island in (Members::join). Where this supersedes another process, that one is out.
  std::uint64_t join(const std::string& island, std::uint64_t process, Timestamp now);

  /// The island has the global parameters and begins to learn. Rounds of a fragment wait for it from the one after the
  /// next commit on, for what is left of the present window is no full one; at once where its window begins with the
  /// round: with `each`, in the first round as long as it waits for islands or has no push, and where nobody else is
  /// expected.
  void begin(const std::string& island);
  /// Whether the open round of the fragment takes the island's deltas, and waits for it unless a quorum does without.
  [[nodiscard]] bool expects(std::size_t fragment, const std::string& island) const;
  /// Whether it has, in any fragment.
  [[nodiscard]] bool has_begun(const std::string& island) const;
  /// The version of the first round that takes the island's deltas; nothing where it takes no part.
  [[nodiscard]] std::optional<std::int64_t> takes_from(std::size_t fragment, const std::string& island) const;

  Standing beat(const std::string& island, std::uint64_t incarnation, const Beat& beat, Timestamp now);
  /// A member said something, whatever it was.
  void hear(const std::string& island, Timestamp now) { members_.hear(island, now); }
  PushResult push(const Push& push, Timestamp now);

  /// A delta is refused: the open round does not wait for its island, which may send another. Also of one that `push`
  /// did not take, and for the log's repetition.
  void refuse(const Push& push);

  /// Shards of data for those that are in (distributed/ledger.h); `lease` and `refuse` are logged.
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  ShardPlace lease(const std::string& island, const std::string& lane) { return ledger_.lease(island, lane); }
  void repeat_lease(const std::string& island, const std::string& lane, const ShardPlace& place);
  /// Tokens that a member has drawn since it joined, as far as it has told; 0 of others.
  [[nodiscard]] std::int64_t drawn(const std::string& island) const { return ledger_.drawn(island); }

  /// It leaves, having drawn so many tokens as far as is known: no round waits for it any more. What it had pushed
  /// stays.
  void leave(const std::string& island, std::int64_t drawn = 0);

  struct Decisions {
    std::vector<Members::Lost> lost{};
    std::vector<Commit> commits{};
  };
  /// What has become due. Call it after whatever happened, and at `next_decision`. Each commit raises the version.
  [[nodiscard]] Decisions decide(Timestamp now);
  [[nodiscard]] std::optional<Timestamp> next_decision() const;

  // The same, for who has to ask others before anything is decided (distributed/peer_lead.h): what `decide` would find.
  /// Members that are dead or hang, once each; they stay in until `leave`.
  [[nodiscard]] std::vector<Members::Lost> find_lost(Timestamp now) { return members_.find_lost(now); }
  [[nodiscard]] std::vector<Commit> closing(std::size_t fragment, Timestamp now) const;
  [[nodiscard]] std::optional<Timestamp> closes_at(std::size_t fragment) const { return closes_at(rounds_[fragment]); }
  void note_heard(const std::string& island, Timestamp heard) { members_.note_heard(island, heard); }
  /// Gives back the data of those that have ended; `decide` does so, too.
  void settle();

  /// For the slack: how long it takes from a decision to the islands' having it, and how many inner steps islands go on
  /// with meanwhile (tau).
  void note_sync_time(double seconds) { sync_s_ = seconds; }
  void set_overlap_steps(std::int64_t steps) { overlap_steps_ = steps; }

  [[nodiscard]] KeptRounds kept() const;
  void restore(const KeptRounds& kept, Timestamp now);
  /// Repeats a commit that was decided elsewhere, or by a copy of these rounds. What came and is not in it stays for
  /// the next round, which begins at `now`.
  void repeat(const Commit& commit, Timestamp now = {});
  /// Leaves out what the island has in open rounds: its bytes are lost with it.
  void drop_pushes(const std::string& island);

 private:
  struct Expected {
    std::int64_t from = 0;        // the version of a round that takes it
    bool is_in = false;           // the open round has a push of it
    std::uint64_t last_id = 0;    // of a push that came
    std::uint64_t committed = 0;  // of one that is in a commit
  };
  struct Round {
    std::int64_t version = 0;
    std::int64_t step = 0;                       // of the last commit
    bool has_gathered = false;                   // enough islands have begun, once
    std::vector<Push> pushes{};                  // as they came
    std::map<std::string, Expected> expected{};  // everyone that has begun
    std::size_t num_in = 0;                      // islands that the open round has something of,
    std::size_t num_missing = 0;                 // and that it takes and has nothing of
    std::optional<Timestamp> first_push{};
    std::optional<Timestamp> closes_by{};  // once a quorum is met
  };

  [[nodiscard]] bool is_gathering(const Round& round) const;
  [[nodiscard]] std::optional<Timestamp> closes_at(const Round& round) const;
  void note_quorum(Round& round, Timestamp now) const;
  void close(std::size_t fragment, std::vector<Commit>& commits);
  void advance(Round& round, const Commit& commit, Timestamp now) const;
  void leave_rounds(const std::string& island);
  void excuse(std::size_t fragment, const std::string& island);
  [[nodiscard]] bool has_push(const std::string& island, std::uint64_t incarnation) const;
  void count_tokens(const Commit& commit);
  static void count_missing(Round& round);

  RoundRules rules_;
  std::vector<FragmentFacts> facts_;
  Members members_;
  Ledger ledger_;
  std::vector<Round> rounds_;
  double total_values_ = 0;
  double weighed_tokens_ = 0;
  double sync_s_ = 0;
  std::int64_t overlap_steps_ = 0;
};

}  // namespace atl::distributed
