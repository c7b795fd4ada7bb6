// The commits that islands may still ask for: the newest in memory, older ones on disk as long as their log is there.
// One thread; reading from disk is left to whoever may wait.
#pragma once

#include "distributed/commit_log.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace atl::distributed {

class CommitStore {
 public:
  /// Of each fragment the newest two stay in memory, and more of all as long as their bytes are below `max_bytes`.
  CommitStore(std::size_t num_fragments, std::size_t max_bytes) : fragments_(num_fragments), max_bytes_(max_bytes) {}

  /// The next one of its fragment.
  void add(std::shared_ptr<const StoredCommit> stored, CommitPlace place);
  /// One that lies on disk alone: of a log that a run goes on from.
  void add(std::size_t fragment, std::int64_t version, CommitPlace place);

  struct Found {
    std::shared_ptr<const StoredCommit> stored;  // null: it lies at `place`
    CommitPlace place;
  };
  /// The commit that leads to `version`; nothing if it is not there (yet, or any more).
  [[nodiscard]] std::optional<Found> find(std::size_t fragment, std::int64_t version) const;
  /// Newest version; 0 if none was added.
  [[nodiscard]] std::int64_t newest(std::size_t fragment) const;
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Kept {
    std::int64_t version = 0;
    std::shared_ptr<const StoredCommit> stored;
    CommitPlace place;
  };
  void shrink();

  static constexpr std::size_t kMostPlaces = 100'000;  // of a fragment
  std::vector<std::deque<Kept>> fragments_;
  std::deque<std::size_t> in_memory_;  // fragments of what is in memory, oldest first
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
};

}  // namespace atl::distributed
