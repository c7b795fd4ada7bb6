// A log that the leaders of islands keep in common: each has a whole copy, and what is committed outlives the loss of
// any minority of the voters at any moment. It is Raft (Ongaro and Ousterhout 2014, "the paper"; Ongaro's thesis of
// 2014) as a state machine alone: it opens no socket, starts no thread, reads no clock and writes no file. The caller
// brings messages and the time, and carries messages away. They may be lost, late, doubled and out of order.
//
// Nothing is on a disk, though Raft asks for it: a member that forgot its vote or its entries could break all promises.
// Here none can, for a member is a process. Its id is drawn at random from 64 bits when it starts, and never used again
// by anyone; a process that died and comes back is a new member, which learns all before it gets a vote. So to restart
// is to die for ever, which Raft allows a minority of the voters. When a majority of them dies before the others could
// remove them, the log stands still for good: what is to outlive that belongs on a disk, which is the caller's work.
//
// A group begins with one founder, its only voter. Others come as learners, which the leader feeds with entries or a
// snapshot, are promoted, and are removed. One such change is under way at a time (thesis, 4).
//
// Messages are taken for authentic: the layer beneath sees to that. What makes no sense is ignored and breaks nothing,
// but a member that lies with good sense is not survived (no Byzantine faults).
//
// Differences from the thesis: pre-votes and an election that the leader asked for (9.6, 3.10) are as there; beyond it
//   - a member that is removed is told so by whomever it asks for votes, for ids are never used again;
//   - who is no voter asks for votes too, after twice the time: it may have the newest entries of all (4.2.2), and
//     hands the lead over at once. For the same reason a vote is given to whoever asks, member or not, where its log is
//     new enough; but a stranger raises no term without that, and none at all while there is a leader;
//   - one message of entries at a time is under way to each member, sent again when it is not answered.
// One thread.
#pragma once

#include "core/clock.h"
#include "core/random.h"
#include "distributed/log_entries.h"
#include "distributed/log_message.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace atl::distributed {

struct ReplicatedLogOptions {
  Duration beat = std::chrono::milliseconds(100);  // a leader says so often that it is there
  // Who hears no leader for a time between these, drawn anew each time, asks for votes. A leader that hears no majority
  // for the longest gives up. At least some beats and round trips.
  Duration shortest_election = std::chrono::milliseconds(600);
  Duration longest_election = std::chrono::milliseconds(1200);
  Duration patience = std::chrono::milliseconds(300);     // then entries that were not answered are sent again,
  Duration snapshot_patience = std::chrono::seconds(10);  // and a snapshot
  std::size_t max_append_bytes = std::size_t{1} << 20;    // of entries' bodies in a message; one is always sent
  std::size_t max_append_entries = 1024;
  std::uint64_t seed = 0;  // of its random numbers, with its id: the same inputs give the same outputs
};

enum class LogRole : std::uint8_t {
  kFollower,      // also learners, and who is removed
  kPreCandidate,  // asks whether it would get votes; its term is as it was
  kCandidate,
  kLeader,
};

/// What became of a change of members, or of the wish to hand over.
enum class ChangeResult : std::uint8_t {
  kBegun,        // it holds once its entry is committed; it may be lost with the leader
  kNotLeader,    // ask leader()
  kUnderWay,     // another change, or the leader's own first entry, is not committed: try again soon
  kHandingOver,  // the leader is about to be another
  kUnknown,      // no such member
  kAlready,      // it is that already
  kGone,         // it was removed, which is for ever
  kBehind,       // it has not the log yet, or was not heard of late
  kLastVoter,    // nobody would be left
};

[[nodiscard]] std::string_view to_string(LogRole role);
[[nodiscard]] std::string_view to_string(ChangeResult result);

/// An entry that is committed: it is at this index on all members, for ever.
struct CommittedEntry {
  std::uint64_t index = 0;  // from 1
  LogEntry entry{};
};

/// What is new, in order.
struct CommittedEntries {
  std::optional<LogSnapshot> snapshot{};  // of a leader: what was before it is forgotten, `entries` go on behind it
  std::vector<CommittedEntry> entries{};
};

/// Another member as the leader sees it.
struct PeerFacts {
  std::uint64_t id = 0;
  bool is_voter = false;
  Timestamp heard{};        // its last answer, or when it came or the leader began: who is silent for long is dead
  std::uint64_t match = 0;  // up to here it has the log
};

class ReplicatedLog {
 public:
  /// Begins a group, whose only voter and leader (term 1) it is; entry 1 says so. `id` is drawn at random, not 0.
  [[nodiscard]] static ReplicatedLog found(std::uint64_t id, const ReplicatedLogOptions& options, Timestamp now);
  /// Knows nothing and waits until a leader speaks to it, by add_learner on that side. It is of the first group that
  /// does. Where that leader is lost in the same moment, it may have to be added again, by the same id.
  [[nodiscard]] static ReplicatedLog join(std::uint64_t id, const ReplicatedLogOptions& options);

  /// Takes a message; ignores one to another id, of another group, or that makes no sense. Never throws for what it
  /// says. `now` never goes back over all calls.
  void receive(const LogMessage& message, Timestamp now);
  /// Does what is due. Early calls do nothing.
  void tick(Timestamp now);
  /// When `tick` is to be called; changes with every call. Timestamp::max(): never.
  [[nodiscard]] Timestamp next_tick() const;
  /// What is to be sent since the last call. A snapshot goes in one message, with all of its bytes; beats to the same
  /// member must be able to overtake it where it takes as long as an election.
  [[nodiscard]] std::vector<LogMessage> take_messages();
  /// Every committed entry once, in order, of all kinds, from entry 1 or a snapshot on.
  [[nodiscard]] CommittedEntries take_committed();

  /// Appends an entry, at most kMaxEntryBytes, and gives its index; nothing if this member does not lead or is handing
  /// over. It holds once `take_committed` gives it with the term of now: another leader may put another in its place.
  std::optional<std::uint64_t> propose(Bytes body, Timestamp now);
  /// Whoever is no member yet. It gets all entries, and has no vote. As all changes: begun, or why not.
  ChangeResult add_learner(std::uint64_t id, Timestamp now);
  /// Gives a learner its vote: one that lacks less than a message of entries and was heard of late, else kBehind.
  ChangeResult promote(std::uint64_t id, Timestamp now);
  /// Takes a member out, for ever. A leader may remove itself: it leads until that is committed (thesis, 4.2.2), then
  /// asks the best voter to lead. To hand over first makes a shorter gap.
  ChangeResult remove(std::uint64_t id, Timestamp now);
  /// Makes another voter the leader: nothing is proposed until it has all entries and is elected, or the longest
  /// election time is over, after which this one goes on (thesis, 3.10). `kBegun` promises nothing.
  ChangeResult hand_over(std::uint64_t id, Timestamp now);

  /// Forgets the entries up to `index`, which `take_committed` has given; `body` is what they come to, for members too
  /// far behind. Nothing happens where a later snapshot is there.
  void compact(std::uint64_t index, Bytes body);

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] std::uint64_t group() const { return group_; }  // 0: not known yet
  [[nodiscard]] LogRole role() const { return role_; }
  [[nodiscard]] bool leads() const { return role_ == LogRole::kLeader; }
  [[nodiscard]] std::uint64_t term() const { return term_; }
  /// Who leads, as far as is known; 0: nobody.
  [[nodiscard]] std::uint64_t leader() const { return leader_; }
  /// By the newest entry, committed or not: `is_changing` says whether it is to be.
  [[nodiscard]] const LogMembers& members() const { return entries_.members(); }
  [[nodiscard]] bool is_changing() const { return entries_.members_index() > commit_; }
  /// It was taken out: it does nothing any more, and its id is spent. Who was away learns it on asking for votes, as
  /// long as anybody takes part whom it knows; who hears no leader for long had better come back by a new id.
  [[nodiscard]] bool is_removed() const { return is_removed_; }
  [[nodiscard]] std::uint64_t commit_index() const { return commit_; }
  /// Entries, their indices and terms, committed or not.
  [[nodiscard]] const LogEntries& entries() const { return entries_; }
  /// Of all other members, by id; empty unless this one leads.
  [[nodiscard]] std::vector<PeerFacts> peers() const;

 private:
  struct Peer {
    std::uint64_t match = 0;
    std::uint64_t next = 1;  // to be sent
    Timestamp heard{};
    bool is_waited_for = false;  // entries, a snapshot or a question are under way,
    std::uint64_t asked = 0;     // behind this index
    std::uint64_t awaited = 0;   // up to this one,
    Timestamp again_at{};        // and are sent again at this time
    std::uint64_t told = 0;      // that so much is committed
  };

  ReplicatedLog(std::uint64_t id, const ReplicatedLogOptions& options);

  // Everyone's.
  [[nodiscard]] bool is_for_this(const LogMessage& message) const;
  [[nodiscard]] bool turn_away(const LogMessage& message, Timestamp now);
  [[nodiscard]] bool hears_leader(Timestamp now) const;
  [[nodiscard]] bool is_as_new(const LogMessage& message) const;
  [[nodiscard]] LogMessage message_to(std::uint64_t id, LogVerb verb) const;
  void follow(std::uint64_t term, std::uint64_t leader, Timestamp now);
  void put_election_off(Timestamp now);
  void ask_votes(LogVerb verb, bool is_asked_for, Timestamp now);
  void count_votes(Timestamp now);
  void on_asked(const LogMessage& message, Timestamp now);
  void on_vote(const LogMessage& message, Timestamp now);
  void on_hand_over(const LogMessage& message, Timestamp now);

  // A follower's.
  [[nodiscard]] bool hear_leader(const LogMessage& message, Timestamp now);
  [[nodiscard]] bool makes_sense(const LogMessage& message) const;
  void on_append(const LogMessage& message, Timestamp now);
  void on_snapshot(const LogMessage& message, Timestamp now);
  void refuse(const LogMessage& message);
  void take_entries(const LogMessage& message);
  void commit_to(std::uint64_t index);

  // A leader's.
  void lead(Timestamp now);
  void beat(Timestamp now);
  [[nodiscard]] bool hears_majority(Timestamp now) const;
  void send(std::uint64_t id, Peer& peer, Timestamp now);
  void send_snapshot(std::uint64_t id, Peer& peer, Timestamp now);
  void send_news(std::uint64_t id, Peer& peer, Timestamp now);
  void send_all_news(Timestamp now);
  void append(LogEntryKind kind, Bytes body, Timestamp now);
  void on_appended(const LogMessage& message, Timestamp now);
  void note_answer(const LogMessage& message, Peer& peer) const;
  void meet_members(Timestamp now);
  void commit_replicated(Timestamp now);
  void tell_removed(const LogMembers& before);
  [[nodiscard]] std::optional<ChangeResult> obstacle() const;
  ChangeResult change(const LogMembers& members, Timestamp now);
  [[nodiscard]] std::uint64_t best_voter() const;
  void ask_to_lead();

  ReplicatedLogOptions options_;
  std::uint64_t id_ = 0;
  std::uint64_t group_ = 0;
  Random random_;
  LogRole role_ = LogRole::kFollower;
  std::uint64_t term_ = 0;
  std::uint64_t voted_for_ = 0;  // in this term
  std::uint64_t leader_ = 0;
  bool is_removed_ = false;
  LogEntries entries_;
  std::uint64_t commit_ = 0;
  std::uint64_t taken_ = 0;        // by the caller
  bool has_new_snapshot_ = false;  // that it has not taken
  Timestamp heard_{};              // of the leader
  Timestamp election_at_ = Timestamp::max();
  Timestamp beat_at_{};
  std::set<std::uint64_t> votes_;        // or pre-votes
  std::map<std::uint64_t, Peer> peers_;  // of a leader
  std::uint64_t successor_ = 0;          // to whom the lead is handed over
  Timestamp successor_until_{};
  std::vector<LogMessage> outbox_;
};

}  // namespace atl::distributed
