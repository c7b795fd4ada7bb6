// What a syncer (or a leader among peers) has on disk, so that it may be killed at any moment: the global state now and
// then, and between that every commit with its deltas and every change of members. Nothing is told to islands before it
// is flushed here. Kept whole, it is the run's event tape: replayed from the first state, it gives the same bits.
//
//   FOLDER/run.toml           what the run is (SyncRun), written once
//   FOLDER/state-00000007     a state, and what the rounds were; complete once it has this name
//   FOLDER/log-00000007       records from that state on, up to the next
//
// One thread, but for `read_commit`, which any one other thread may call.
#pragma once

#include "distributed/global_state.h"
#include "distributed/record_file.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace atl::distributed {

/// Something that happened besides commits: joins, losses, refusals, restarts. For people, replay and restarts.
struct RunEvent {
  std::int64_t wall_ms = 0;  // since 1970, UTC
  std::string what{};        // "start", "join", "begin", "leave", "lost", "refused", "lease", "hash"
  std::string island{};
  std::uint64_t process = 0;          // join
  std::uint64_t incarnation = 0;      // join, refused
  std::string reason{};               // lost, refused
  std::size_t fragment = 0;           // refused: of the delta, as these:
  std::int64_t tokens = 0;            // of its window
  DataMark data{};                    // lease: the place; leave, lost: tokens drawn
  std::string lane{};                 // lease
  std::vector<std::string> hashes{};  // hash: of each fragment, hexadecimal
};

void describe(ConfigVisitor& v, RunEvent& event);

/// Makes `rounds` follow an event: a syncer's after a restart, or peers'.
void repeat_event(Rounds& rounds, const RunEvent& event, Timestamp now);

/// Where a commit lies.
struct CommitPlace {
  int segment = 0;
  std::uint64_t place = 0;
};

struct CommitLogOptions {
  std::filesystem::path folder;
  bool keep_all = false;  // the tape: older states and logs are kept
};

class CommitLog {
 public:
  /// What is repeated of a log: one call a record, in order.
  struct Visitor {
    std::function<void(const StoredCommit& commit, CommitPlace place)> commit;
    std::function<void(const RunEvent& event)> event;
  };

  /// Begins a run: the folder is created, `state` and `rounds` saved as number 1. Throws Error(kFile) if there is one.
  static CommitLog begin(const CommitLogOptions& options, const GlobalState& state, const KeptRounds& rounds);
  /// Goes on with one: fills `state` from the newest whole state file and calls `repeat` for what was logged since,
  /// after `rounds` for what the rounds were. Commits that a state file has already are told to `repeat` as well: the
  /// rounds need them. Throws Error(kFormat) for damage, Error(kFile).
  static CommitLog resume(const CommitLogOptions& options, GlobalState& state,
                          const std::function<void(const KeptRounds& rounds)>& rounds, const Visitor& repeat);
  [[nodiscard]] static bool exists(const std::filesystem::path& folder);

  CommitLog(CommitLog&&) noexcept;
  CommitLog& operator=(CommitLog&&) noexcept;
  ~CommitLog();

  /// Appends; it counts once `flush` has returned. Throws Error(kFile).
  CommitPlace append(const Commit& commit, const CommitDeltas& deltas);
  void append(const RunEvent& event);
  void flush();

  /// Saves the present state and goes on in a new log; older files are removed unless all are kept. Throws
  /// Error(kFile); then the log goes on as it was.
  void save_state(const GlobalState& state, const KeptRounds& rounds);
  /// Bytes of the present log.
  [[nodiscard]] std::uint64_t log_bytes() const;

  /// A commit from the disk, whichever log it lies in; nothing if that log is removed. Throws Error(kFormat).
  [[nodiscard]] std::optional<StoredCommit> read_commit(CommitPlace place) const;

 private:
  struct State;
  explicit CommitLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Reads a whole tape from its first state file: `state` is set to it and given back as commits and events led it on;
/// `event` sees every record. Returns the number of commits. Throws as CommitLog::resume.
std::int64_t replay_tape(const std::filesystem::path& folder, GlobalState& state, const CommitLog::Visitor& visitor);

}  // namespace atl::distributed
