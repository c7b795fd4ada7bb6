// What members of a replicated log (distributed/replicated_log.h) keep and say to each other: entries, who takes part,
// messages, and their bytes. Plain values: any thread.
//
// A message, all numbers little-endian:
//
//   0  u32 "ALM1"   4  u8 verb    5  u8 yes, 0 or 1   6  u16 zero
//   8  u64 from    16  u64 to    24  u64 group       32  u64 term
//  40  u64 index   48  u64 index_term                56  u64 commit
//  64  u32 number of entries     68  u32 zero        72  u64 bytes of the snapshot
//  80  entries, each: u64 term, u32 bytes of the body, u8 kind, three zeros, the body
//      the snapshot
//
// Members: u32 voters, u32 learners, u32 removed, u32 zero, then their ids, u64 each, in this order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace atl::distributed {

using Bytes = std::vector<std::uint8_t>;

/// The most that a body of an entry may have: 64 MiB.
inline constexpr std::size_t kMaxEntryBytes = std::size_t{1} << 26;
/// Of the members that were removed, so many are remembered: enough that each that is still running learns of it.
inline constexpr std::size_t kMaxRemoved = 64;

enum class LogEntryKind : std::uint8_t {
  kNothing,  // a new leader's first entry; means nothing
  kMembers,  // who takes part from here on: LogMembers
  kData,     // the caller's
};

struct LogEntry {
  std::uint64_t term = 0;  // of the leader that made it
  LogEntryKind kind = LogEntryKind::kNothing;
  Bytes body{};
  friend bool operator==(const LogEntry&, const LogEntry&) = default;
};

/// Who takes part. Ids are never 0, never doubled, and of one process for ever.
struct LogMembers {
  std::vector<std::uint64_t> voters{};
  std::vector<std::uint64_t> learners{};  // have the log and no vote
  std::vector<std::uint64_t> removed{};   // the last kMaxRemoved of them, oldest first

  [[nodiscard]] bool is_voter(std::uint64_t id) const;
  [[nodiscard]] bool is_learner(std::uint64_t id) const;
  [[nodiscard]] bool was_removed(std::uint64_t id) const;
  [[nodiscard]] bool has(std::uint64_t id) const { return is_voter(id) || is_learner(id); }
  [[nodiscard]] std::size_t majority() const { return voters.size() / 2 + 1; }
  friend bool operator==(const LogMembers&, const LogMembers&) = default;
};

[[nodiscard]] Bytes encode(const LogMembers& members);
/// The body of an entry of kind kMembers. Throws Error(kFormat) for counts that do not fit the bytes, no voter, the id
/// 0 and doubled ids; never allocates more than twice the bytes.
[[nodiscard]] LogMembers decode_log_members(std::span<const std::uint8_t> bytes);

/// What a message is; beside each, what its fields mean. Raft's figure 2 has the first two pairs; pre-votes and the
/// handing over of the lead are of Ongaro's thesis, 9.6 and 3.10.
enum class LogVerb : std::uint8_t {
  kAppend = 1,  // entries behind `index`, which is of `index_term`; the leader's `commit`
  kAppended,    // yes: up to `index` all is as the leader's; no: nothing at `commit` as told, try behind `index`
  kVote,        // the log's last entry is `index`, of `index_term`; yes: the leader has asked for this election
  kVoted,       // yes or no
  kPreVote,     // as kVote; `term` is the one that it would ask votes in
  kPreVoted,    // yes: `term` is the one that was asked about; no: the answerer's
  kSnapshot,    // `snapshot` stands for all up to `index`, of `index_term`; one entry, the members there
  kHandOver,    // to a voter: ask for votes at once
  kRemoved,     // the one it is sent to takes part no more; `index` of an entry that says so is committed
};

struct LogMessage {
  LogVerb verb = LogVerb::kAppend;
  bool is_yes = false;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t group = 0;  // the founder's id: two logs that have nothing in common never mix
  std::uint64_t term = 0;
  std::uint64_t index = 0;
  std::uint64_t index_term = 0;
  std::uint64_t commit = 0;
  std::vector<LogEntry> entries{};
  Bytes snapshot{};
  friend bool operator==(const LogMessage&, const LogMessage&) = default;
};

[[nodiscard]] Bytes encode(const LogMessage& message);
/// Throws Error(kFormat) for bytes that `encode` did not make: a wrong start, verb, kind or size, or something behind
/// the end. Whether the numbers make sense is for the log to judge. Never allocates more than three times the bytes.
[[nodiscard]] LogMessage decode_log_message(std::span<const std::uint8_t> bytes);

}  // namespace atl::distributed
