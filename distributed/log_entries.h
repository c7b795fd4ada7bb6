// The entries that one member of a replicated log keeps: the newest, and a snapshot in place of all before them; who
// takes part by each of them. In memory. One thread.
#pragma once

#include "distributed/log_message.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace atl::distributed {

/// What stands for all entries up to `index`, that one included.
struct LogSnapshot {
  std::uint64_t index = 0;  // 0: nothing yet
  std::uint64_t term = 0;
  LogMembers members{};
  Bytes body{};  // the caller's
};

class LogEntries {
 public:
  [[nodiscard]] const LogSnapshot& snapshot() const { return snapshot_; }
  /// Indices begin at 1; 0 where there is nothing.
  [[nodiscard]] std::uint64_t last_index() const { return snapshot_.index + entries_.size(); }
  [[nodiscard]] std::uint64_t last_term() const { return entries_.empty() ? snapshot_.term : entries_.back().term; }
  /// The entry's; also the snapshot's, and 0 before the first. Nothing where an entry is forgotten or not there yet.
  [[nodiscard]] std::optional<std::uint64_t> term_at(std::uint64_t index) const;
  /// Null where it is forgotten or not there yet. Borrowed: valid until the next change.
  [[nodiscard]] const LogEntry* at(std::uint64_t index) const;

  /// By the newest entry that tells members, committed or not, for that is what Raft goes by.
  [[nodiscard]] const LogMembers& members() const {
    return changes_.empty() ? snapshot_.members : changes_.back().members;
  }
  [[nodiscard]] const LogMembers& members_at(std::uint64_t index) const;
  /// Of that entry; at most the snapshot's where none is kept.
  [[nodiscard]] std::uint64_t members_index() const {
    return changes_.empty() ? snapshot_.index : changes_.back().index;
  }

  /// Throws as decode_log_members for an entry that tells members and has another body; then nothing has changed.
  void append(LogEntry entry);
  /// Forgets the entry at `index` and all behind it.
  void cut(std::uint64_t index);
  /// Forgets all up to `index`, which is there, and keeps `body` for it.
  void compact(std::uint64_t index, Bytes body);
  /// Forgets everything for the snapshot.
  void install(LogSnapshot snapshot);

 private:
  struct Change {
    std::uint64_t index = 0;
    LogMembers members;
  };

  LogSnapshot snapshot_;
  std::deque<LogEntry> entries_;  // from behind the snapshot on
  std::vector<Change> changes_;   // of them
};

}  // namespace atl::distributed
