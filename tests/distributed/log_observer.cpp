#include "tests/distributed/log_observer.h"

#include "core/random.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::tests {

using distributed::CommittedEntry;
using distributed::LogEntries;
using distributed::LogEntry;
using distributed::LogEntryKind;
namespace {

std::uint64_t chain_of(std::uint64_t before, const LogEntry& entry) {
  std::uint64_t hash = mix_bits(before ^ mix_bits(entry.term * 4 + static_cast<std::uint64_t>(entry.kind)));
  for (const std::uint8_t byte : entry.body) hash = (hash ^ byte) * 0x100000001b3;
  return mix_bits(hash + entry.body.size());
}

}  // namespace

void LogObserver::watch(const ReplicatedLog& log, const CommittedEntries& news) {
  Seen& seen = seen_[log.id()];
  if (log.term() < seen.term) blame(log, "its term went back");
  if (log.commit_index() < seen.commit) blame(log, "its commit index went back");
  const LogEntries& entries = log.entries();
  const bool is_new_leader = log.leads() && !leaders_.contains(log.term());
  if (is_new_leader || entries.last_index() != seen.last_index || entries.last_term() != seen.last_term ||
      log.commit_index() != seen.commit)
    check_entries(log, seen);
  check_order(log, news, seen);
  seen = {.term = log.term(),
          .commit = log.commit_index(),
          .taken = seen.taken,
          .last_index = entries.last_index(),
          .last_term = entries.last_term()};
}

Bytes LogObserver::state_at(std::uint64_t index) const {
  const std::string text = fmt::format("{} {:016x}", index, chain_at(index));
  return {text.begin(), text.end()};
}

std::uint64_t LogObserver::chain_at(std::uint64_t index) const {
  return index == 0 || index > committed_.size() ? 0 : committed_[index - 1].chain;
}

// State machine safety: everyone reports the same entries, in order, each once.
void LogObserver::check_order(const ReplicatedLog& log, const CommittedEntries& news, Seen& seen) {
  if (news.snapshot) {
    if (news.snapshot->index <= seen.taken) blame(log, "a snapshot of what it had reported");
    if (news.snapshot->body != state_at(news.snapshot->index)) blame(log, "a snapshot of something else");
    seen.taken = news.snapshot->index;
  }
  for (const CommittedEntry& committed : news.entries) {
    if (committed.index != seen.taken + 1)
      blame(log, fmt::format("reported {} behind {}", committed.index, seen.taken));
    if (chain_of(chain_at(seen.taken), committed.entry) != chain_at(committed.index))
      blame(log, fmt::format("reported another entry {}", committed.index));
    seen.taken = committed.index;
  }
  if (seen.taken != log.commit_index()) blame(log, "committed without a report");
}

// Log matching: an index and a term name one entry and all before it, in every log there ever was.
void LogObserver::check_entries(const ReplicatedLog& log, const Seen& seen) {
  const LogEntries& entries = log.entries();
  if (log.commit_index() > entries.last_index()) return blame(log, "committed what is not there");
  const std::uint64_t begin = std::max(entries.snapshot().index, seen.commit);
  if (begin > committed_.size()) return blame(log, "a snapshot of what nobody committed");
  std::vector<std::uint64_t> chains{chain_at(begin)};
  std::uint64_t num_changes = 0;
  for (std::uint64_t index = begin + 1; index <= entries.last_index(); ++index) {
    const LogEntry& entry = *entries.at(index);
    chains.push_back(chain_of(chains.back(), entry));
    const auto [known, is_new] = chains_.try_emplace({index, entry.term}, chains.back());
    if (!is_new && known->second != chains.back())
      blame(log, fmt::format("another entry {} of term {}, or others before it", index, entry.term));
    if (index <= log.commit_index()) note_commit(log, index, chains.back());
    if (index > log.commit_index() && entry.kind == LogEntryKind::kMembers) ++num_changes;
  }
  if (num_changes > 1) blame(log, "two changes of members at once");
  check_leader(log, chains, begin);
}

void LogObserver::note_commit(const ReplicatedLog& log, std::uint64_t index, std::uint64_t chain) {
  if (index <= committed_.size()) {
    if (chain != chain_at(index)) blame(log, fmt::format("committed another entry {}", index));
  } else {
    committed_.push_back({.chain = chain, .in_term = log.term()});
  }
}

// Election safety, and leader completeness: it has what was committed in any term before its own.
void LogObserver::check_leader(const ReplicatedLog& log, const std::vector<std::uint64_t>& chains,
                               std::uint64_t begin) {
  if (!log.leads()) return;
  const auto [leader, is_new] = leaders_.try_emplace(log.term(), log.id());
  if (leader->second != log.id()) blame(log, fmt::format("leads the same term as {}", leader->second));
  if (!is_new) return;
  std::uint64_t index = committed_.size();
  while (index > begin && committed_[index - 1].in_term >= log.term()) --index;
  if (index <= begin) return;
  if (index - begin >= chains.size() || chains[index - begin] != chain_at(index))
    blame(log, fmt::format("leads without the committed entry {}", index));
}

void LogObserver::blame(const ReplicatedLog& log, const std::string& what) {
  faults_.push_back(fmt::format("member {} in term {}: {}", log.id(), log.term(), what));
}

}  // namespace atl::tests
