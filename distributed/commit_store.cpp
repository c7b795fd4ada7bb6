#include "distributed/commit_store.h"

#include "core/error.h"

#include <algorithm>

namespace atl::distributed {
namespace {

std::size_t bytes_of(const StoredCommit& stored) {
  std::size_t sum = sizeof stored;
  for (const Bytes& part : stored.parts) sum += part.size();
  return sum;
}

}  // namespace

void CommitStore::add(std::shared_ptr<const StoredCommit> stored, CommitPlace place) {
  const std::size_t fragment = stored->commit.fragment;
  const std::int64_t version = stored->commit.version;
  ATOLL_CHECK(newest(fragment) == 0 || version == newest(fragment) + 1, "commit {} after {}", version,
              newest(fragment));
  bytes_ += bytes_of(*stored);
  fragments_[fragment].push_back({.version = version, .stored = std::move(stored), .place = place});
  in_memory_.push_back(fragment);
  if (fragments_[fragment].size() > kMostPlaces) fragments_[fragment].pop_front();
  shrink();
}

void CommitStore::add(std::size_t fragment, std::int64_t version, CommitPlace place) {
  fragments_.at(fragment).push_back({.version = version, .stored = nullptr, .place = place});
}

// The oldest of all go first, but for the newest two of a fragment.
void CommitStore::shrink() {
  constexpr std::size_t kAlways = 2;
  for (std::size_t tries = in_memory_.size(); bytes_ > max_bytes_ && tries > 0; --tries) {
    const std::size_t fragment = in_memory_.front();
    in_memory_.pop_front();
    std::deque<Kept>& all = fragments_[fragment];
    const auto oldest = std::ranges::find_if(all, [](const Kept& kept) { return kept.stored != nullptr; });
    if (oldest == all.end()) continue;
    if (static_cast<std::size_t>(all.end() - oldest) <= kAlways) {
      in_memory_.push_back(fragment);
      continue;
    }
    bytes_ -= bytes_of(*oldest->stored);
    oldest->stored.reset();
  }
}

std::optional<CommitStore::Found> CommitStore::find(std::size_t fragment, std::int64_t version) const {
  const std::deque<Kept>& all = fragments_.at(fragment);
  if (all.empty() || version < all.front().version || version > all.back().version) return std::nullopt;
  const Kept& kept = all[static_cast<std::size_t>(version - all.front().version)];
  return Found{.stored = kept.stored, .place = kept.place};
}

std::int64_t CommitStore::newest(std::size_t fragment) const {
  const std::deque<Kept>& all = fragments_.at(fragment);
  return all.empty() ? 0 : all.back().version;
}

}  // namespace atl::distributed
