// Looks at the members of a replicated log from outside after each of their steps and knows all that any of them ever
// had or reported: what Raft promises (the paper, figure 3) is checked against that, not against the log's own view.
#pragma once

#include "distributed/replicated_log.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace atl::tests {

using distributed::Bytes;
using distributed::CommittedEntries;
using distributed::ReplicatedLog;

class LogObserver {
 public:
  /// To be called after each step of a member, with what it reported as committed in it.
  void watch(const ReplicatedLog& log, const CommittedEntries& news);

  /// What was broken, in words; empty: nothing.
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }
  [[nodiscard]] std::uint64_t num_committed() const { return committed_.size(); }
  [[nodiscard]] std::size_t num_leaders() const { return leaders_.size(); }
  /// What all entries up to a committed index come to: the body of a snapshot there.
  [[nodiscard]] Bytes state_at(std::uint64_t index) const;

 private:
  struct Committed {
    std::uint64_t chain = 0;    // hash of the entry and all before it
    std::uint64_t in_term = 0;  // of who reported it first
  };
  struct Seen {
    std::uint64_t term = 0;
    std::uint64_t commit = 0;
    std::uint64_t taken = 0;
    std::uint64_t last_index = 0;
    std::uint64_t last_term = 0;
  };

  [[nodiscard]] std::uint64_t chain_at(std::uint64_t index) const;
  void check_order(const ReplicatedLog& log, const CommittedEntries& news, Seen& seen);
  void check_entries(const ReplicatedLog& log, const Seen& seen);
  void note_commit(const ReplicatedLog& log, std::uint64_t index, std::uint64_t chain);
  void check_leader(const ReplicatedLog& log, const std::vector<std::uint64_t>& chains, std::uint64_t begin);
  void blame(const ReplicatedLog& log, const std::string& what);

  std::map<std::uint64_t, Seen> seen_;
  std::map<std::uint64_t, std::uint64_t> leaders_;                           // by term
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> chains_;  // by index and term, of any log
  std::vector<Committed> committed_;
  std::vector<std::string> faults_;
};

}  // namespace atl::tests
