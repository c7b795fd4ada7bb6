// The star's middle: one process, no accelerator, that islands dial. It collects deltas, closes rounds (distributed/
// rounds.h), steps the global parameters, writes everything to its folder first, and hands commits out. It may be
// killed at any moment and started again on its folder.
//
// `run` is the network thread: it never waits for long. Sums, steps and the disk are the work of one other thread.
#pragma once

#include "distributed/ledger.h"
#include "distributed/sync_config.h"
#include "net/socket.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace atl::distributed {

struct SyncerOptions {
  SyncConfig config;
  std::string address = "tcp://127.0.0.1:*";
  std::filesystem::path keys{};    // folder of net::make_keys; empty: plain, on this machine only
  std::filesystem::path folder{};  // of the run: made, or gone on with
  bool keep_tape = false;          // everything stays on disk, to be replayed
  double save_minutes = 10;        // a state is saved so often
  std::uint64_t save_log_bytes = std::uint64_t{4} << 30;  // or when the log has grown so long
  std::size_t keep_bytes = std::size_t{512} << 20;        // of commits in memory, for islands that are late
};

/// What a syncer tells of itself, to pages and tests. A copy.
struct SyncerStatus {
  struct Island {
    std::string name;
    std::string state;  // "joining", "training", "waiting", ...
    std::int64_t step = 0;
    double step_s = 0;
    double silent_s = 0;
  };
  std::vector<Island> islands{};
  std::vector<std::int64_t> versions{};
  std::vector<std::string> hashes{};  // of the fragments' states, hexadecimal, at these versions
  std::int64_t tokens = 0;
  std::vector<LedgerRow> ledger{};  // of the fragments
  std::uint64_t bytes_in = 0;       // of messages' parts
  std::uint64_t bytes_out = 0;
  std::uint64_t refused = 0;  // requests and deltas
  std::string last_fault{};   // in words
  double sync_s = 0;          // the last commit, from its decision to the disk
};

class Syncer {
 public:
  /// Binds, and reads what the folder holds. Throws Error(kConfig) for a config that does not fit together, or not to
  /// the run in the folder; Error(kNetwork), Error(kFile), Error(kFormat).
  explicit Syncer(const SyncerOptions& options);
  Syncer(const Syncer&) = delete;
  Syncer& operator=(const Syncer&) = delete;
  ~Syncer();

  [[nodiscard]] const std::string& address() const;
  /// Serves on the calling thread until `should_stop`, asked at least ten times a second; then saves the state. Throws
  /// Error(kFile) when the disk does not take what has to be written: what islands were told stays true.
  void run(const std::function<bool()>& should_stop);
  /// Any thread.
  [[nodiscard]] SyncerStatus status() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::distributed
