#include "distributed/log_entries.h"

#include "core/error.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace atl::distributed {

std::optional<std::uint64_t> LogEntries::term_at(std::uint64_t index) const {
  if (index == 0) return 0;
  if (index == snapshot_.index) return snapshot_.term;
  const LogEntry* entry = at(index);
  return entry == nullptr ? std::nullopt : std::optional(entry->term);
}

const LogEntry* LogEntries::at(std::uint64_t index) const {
  if (index <= snapshot_.index || index > last_index()) return nullptr;
  return &entries_[index - snapshot_.index - 1];
}

const LogMembers& LogEntries::members_at(std::uint64_t index) const {
  const auto behind = std::ranges::upper_bound(changes_, index, {}, &Change::index);
  return behind == changes_.begin() ? snapshot_.members : std::prev(behind)->members;
}

void LogEntries::append(LogEntry entry) {
  if (entry.kind == LogEntryKind::kMembers)
    changes_.push_back({.index = last_index() + 1, .members = decode_log_members(entry.body)});
  entries_.push_back(std::move(entry));
}

void LogEntries::cut(std::uint64_t index) {
  ATOLL_CHECK(index > snapshot_.index, "entry {} is in a snapshot up to {}", index, snapshot_.index);
  if (index > last_index()) return;
  entries_.resize(index - snapshot_.index - 1);
  while (!changes_.empty() && changes_.back().index >= index) changes_.pop_back();
}

void LogEntries::compact(std::uint64_t index, Bytes body) {
  const LogEntry* last = at(index);
  ATOLL_CHECK(last != nullptr, "entry {} is not there, only {} .. {}", index, snapshot_.index + 1, last_index());
  LogSnapshot snapshot{.index = index, .term = last->term, .members = members_at(index), .body = std::move(body)};
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(index - snapshot_.index));
  std::erase_if(changes_, [&](const Change& change) { return change.index <= index; });
  snapshot_ = std::move(snapshot);
}

void LogEntries::install(LogSnapshot snapshot) {
  entries_.clear();
  changes_.clear();
  snapshot_ = std::move(snapshot);
}

}  // namespace atl::distributed
