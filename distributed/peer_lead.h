// What the leader of the log does for a run without a master: it hears who is there and who has made what, closes
// rounds (distributed/rounds.h), says who is to sum which part of a step, and writes the step into the log once a
// majority has it. It holds no parameters and opens no socket; when it dies, another leader begins where the log is:
// islands tell it again what they have made, and no step that anybody took is lost. One thread; time is any monotonic
// clock.
//
// A round that closes becomes a plan. The deltas of its islands meet in one of two ways, whichever is smaller:
//
//   all deltas    each member takes every island's delta as it is (all-gather), as in a star
//   sums          each member takes its share of every delta, sums that, and gives the others the sum
//                 (reduce-scatter, all-gather): in fp32, or encoded anew with reply = "mean"
//
// Either way the step is the same to the bit as a star's. A plan is made anew when a member that it needs is lost;
// until it is in the log, nobody steps.
#pragma once

#include "distributed/norm_gate.h"
#include "distributed/peer_messages.h"
#include "distributed/peer_records.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace atl::distributed {

class PeerLead {
 public:
  /// Begins from what the log has come to. `term`: of its lead, which tells its plans from another leader's. Borrows
  /// both.
  PeerLead(const SyncConfig& config, const PeerState& agreed, std::uint64_t term, Timestamp now);

  /// The island whose leader was the last one to lead, and when that was heard last: it has no longer to say that it
  /// lives.
  void note_silent(const std::string& island, Timestamp heard);

  /// A member's beat; what it is told is `welcome`. Wants of data become records.
  void beat(const std::string& island, std::uint64_t incarnation, const BeatBody& body, const std::string& lane,
            Timestamp now);
  [[nodiscard]] WelcomeBody welcome(const std::string& island, const BeatBody& body) const;

  /// A member has made a delta of such a norm: what it is told of it. Said again, it is told again.
  struct Judged {
    bool is_taken = false;  // it will be in a step, unless its island is lost before
    std::string refused{};
  };
  Judged announce(const Push& push, double norm, Timestamp now);

  /// The plan that a member is to carry out for a fragment, if there is one.
  [[nodiscard]] const PeerPlan* plan(std::size_t fragment) const;
  /// The member has all that the plan leads to; `hashes` of the parts.
  void note_ready(std::size_t fragment, std::uint64_t attempt, const std::string& island,
                  const std::vector<std::string>& hashes);

  /// What is to be written into the log, as soon as `agreed` follows all before it. `majority`: members, the leader's
  /// own included, that have to have a step.
  [[nodiscard]] std::vector<PeerRecord> decide(std::size_t majority, Timestamp now);
  /// A record has come out of the log, and `agreed` follows it.
  void follow(const PeerRecord& record, Timestamp now);

  [[nodiscard]] std::optional<Timestamp> next_decision() const;
  [[nodiscard]] const Rounds& rounds() const { return live_; }

 private:
  struct Attempt {
    PeerPlan plan;
    std::map<std::string, std::vector<std::string>> ready{};  // hashes by island
    bool is_written = false;                                  // its record is on its way
  };

  [[nodiscard]] PeerPlan make_plan(const Commit& commit);
  void drop_attempts(const std::string& island);
  [[nodiscard]] std::optional<PeerRecord> finished(Attempt& attempt, std::size_t majority);

  const SyncConfig& config_;
  const PeerState& agreed_;
  const std::uint64_t term_;
  Rounds live_;  // the agreed ones, with beats and deltas
  std::map<std::size_t, Attempt> attempts_;
  std::uint64_t next_attempt_ = 1;
  std::vector<PeerRecord> records_;  // to be written
  std::set<std::string> losing_;     // islands whose loss is on its way into the log
  NormGate norms_;
  std::map<std::pair<std::string, std::size_t>, std::pair<std::uint64_t, Judged>> judged_;  // the last delta of each
};

}  // namespace atl::distributed
