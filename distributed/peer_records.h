// What islands without a master agree on: records in the log that their leaders have in common (distributed/
// replicated_log.h), and `PeerState`, what they come to, which is the same on each leader. One thread.
#pragma once

#include "core/clock.h"
#include "core/config.h"
#include "distributed/commit_log.h"
#include "distributed/global_state.h"
#include "distributed/rounds.h"
#include "distributed/sync_config.h"
#include "distributed/sync_messages.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace atl::distributed {

/// Where the leader of an island is found.
struct PeerPlace {
  std::string island{};
  std::uint64_t process = 0;  // its number in the log's group, drawn anew each time that it starts or was given up
  std::string address{};      // that others dial
};

void describe(ConfigVisitor& v, PeerPlace& place);

/// An entry of the log: an event as in a syncer's (distributed/commit_log.h), or a commit, whose deltas lie with those
/// who hold it.
struct PeerRecord {
  RunEvent event{};       // `what` as there; "commit": what follows
  std::string address{};  // join
  Commit commit{};
  DeltaForm form = DeltaForm::kDeltas;
  std::vector<std::string> hashes{};   // of the parts, hexadecimal
  std::vector<std::string> holders{};  // islands that have them
};

void describe(ConfigVisitor& v, PeerRecord& record);

/// What a newcomer needs, and who is far behind: all that the records up to here have come to.
struct KeptPeers {
  std::string config{};  // of the run, TOML
  ModelBody model{};
  KeptRounds rounds{};
  std::vector<PeerPlace> places{};
};

void describe(ConfigVisitor& v, KeptPeers& kept);

class PeerState {
 public:
  PeerState(const SyncConfig& config, ModelBody model);

  /// Follows a record. One that does not fit what is there (a commit of another version) is left out; returns whether
  /// it fitted.
  bool apply(const PeerRecord& record, Timestamp now);

  [[nodiscard]] const Rounds& rounds() const { return rounds_; }
  [[nodiscard]] const ModelBody& model() const { return model_; }
  /// Of the members, by island.
  [[nodiscard]] const std::map<std::string, PeerPlace>& places() const { return places_; }

  [[nodiscard]] KeptPeers kept(const std::string& config) const;
  void restore(const KeptPeers& kept, Timestamp now);

 private:
  ModelBody model_;
  Rounds rounds_;
  std::map<std::string, PeerPlace> places_;
};

}  // namespace atl::distributed
