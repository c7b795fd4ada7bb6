// What a leader does: it feeds the others, commits what a majority of the voters has, changes members and hands over.
#include "core/error.h"
#include "distributed/replicated_log.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace atl::distributed {

std::string_view to_string(ChangeResult result) {
  switch (result) {
    case ChangeResult::kBegun: return "begun";
    case ChangeResult::kNotLeader: return "not the leader";
    case ChangeResult::kUnderWay: return "another change is under way";
    case ChangeResult::kHandingOver: return "the lead is being handed over";
    case ChangeResult::kUnknown: return "no such member";
    case ChangeResult::kAlready: return "it is that already";
    case ChangeResult::kGone: return "it was removed";
    case ChangeResult::kBehind: return "it is behind";
    case ChangeResult::kLastVoter: return "it is the last voter";
  }
  return "?";
}

std::optional<std::uint64_t> ReplicatedLog::propose(Bytes body, Timestamp now) {
  ATOLL_CHECK(body.size() <= kMaxEntryBytes, "an entry of {} bytes, expected at most {}", body.size(), kMaxEntryBytes);
  if (!leads() || successor_ != 0) return std::nullopt;
  const std::uint64_t index = entries_.last_index() + 1;
  append(LogEntryKind::kData, std::move(body), now);
  return index;
}

ChangeResult ReplicatedLog::add_learner(std::uint64_t id, Timestamp now) {
  ATOLL_CHECK(id != 0, "0 is nobody's id");
  if (const auto why_not = obstacle()) return *why_not;
  if (members().has(id)) return ChangeResult::kAlready;
  if (members().was_removed(id)) return ChangeResult::kGone;
  LogMembers next = members();
  next.learners.push_back(id);
  return change(next, now);
}

ChangeResult ReplicatedLog::promote(std::uint64_t id, Timestamp now) {
  if (const auto why_not = obstacle()) return *why_not;
  if (members().is_voter(id)) return ChangeResult::kAlready;
  if (members().was_removed(id)) return ChangeResult::kGone;
  if (!members().is_learner(id)) return ChangeResult::kUnknown;
  // A learner that leads has all.
  if (id != id_) {
    const Peer& peer = peers_.at(id);
    const bool is_silent = now >= peer.heard + options_.longest_election;
    if (is_silent || peer.match + options_.max_append_entries < entries_.last_index()) return ChangeResult::kBehind;
  }
  LogMembers next = members();
  std::erase(next.learners, id);
  next.voters.push_back(id);
  return change(next, now);
}

ChangeResult ReplicatedLog::remove(std::uint64_t id, Timestamp now) {
  if (const auto why_not = obstacle()) return *why_not;
  if (members().was_removed(id)) return ChangeResult::kGone;
  if (!members().has(id)) return ChangeResult::kUnknown;
  LogMembers next = members();
  std::erase(next.learners, id);
  std::erase(next.voters, id);
  if (next.voters.empty()) return ChangeResult::kLastVoter;
  next.removed.push_back(id);
  if (next.removed.size() > kMaxRemoved) next.removed.erase(next.removed.begin());
  return change(next, now);
}

ChangeResult ReplicatedLog::hand_over(std::uint64_t id, Timestamp now) {
  if (!leads()) return ChangeResult::kNotLeader;
  if (successor_ != 0) return ChangeResult::kHandingOver;
  if (id == id_) return ChangeResult::kAlready;
  if (!members().is_voter(id)) return ChangeResult::kUnknown;
  if (now >= peers_.at(id).heard + options_.longest_election) return ChangeResult::kBehind;
  successor_ = id;
  successor_until_ = now + options_.longest_election;
  ask_to_lead();
  return ChangeResult::kBegun;
}

std::vector<PeerFacts> ReplicatedLog::peers() const {
  std::vector<PeerFacts> facts;
  for (const auto& [id, peer] : peers_)
    facts.push_back({.id = id, .is_voter = members().is_voter(id), .heard = peer.heard, .match = peer.match});
  return facts;
}

// Entries of older terms are only committed by one of its own term behind them (paper, 5.4.2), so it makes one at once.
void ReplicatedLog::lead(Timestamp now) {
  role_ = LogRole::kLeader;
  leader_ = id_;
  beat_at_ = now + options_.beat;
  peers_.clear();
  meet_members(now);
  for (auto& [id, peer] : peers_) peer.next = entries_.last_index() + 1;
  append(LogEntryKind::kNothing, {}, now);
}

void ReplicatedLog::meet_members(Timestamp now) {
  std::erase_if(peers_, [&](const auto& peer) { return !members().has(peer.first); });
  for (const auto* ids : {&members().voters, &members().learners}) {
    for (const std::uint64_t id : *ids) {
      if (id != id_) peers_.try_emplace(id, Peer{.heard = now});
    }
  }
}

void ReplicatedLog::beat(Timestamp now) {
  if (!hears_majority(now)) return follow(term_, 0, now);
  beat_at_ = now + options_.beat;
  if (now >= successor_until_) successor_ = 0;
  if (!members().is_voter(id_) && !is_changing() && successor_ == 0) static_cast<void>(hand_over(best_voter(), now));
  for (auto& [id, peer] : peers_) {
    if (peer.is_waited_for && now < peer.again_at) {
      outbox_.push_back(message_to(id, LogVerb::kAppend));  // nothing behind 0, which all have
    } else {
      send(id, peer, now);
    }
  }
  ask_to_lead();
}

// Thesis, 6.2: what is said to clients by a leader that has lost its majority is of no use.
bool ReplicatedLog::hears_majority(Timestamp now) const {
  const auto is_heard = [&](std::uint64_t id) {
    return id == id_ || now < peers_.at(id).heard + options_.longest_election;
  };
  const auto num_heard = std::ranges::count_if(members().voters, is_heard);
  return static_cast<std::size_t>(num_heard) >= members().majority();
}

void ReplicatedLog::send(std::uint64_t id, Peer& peer, Timestamp now) {
  if (peer.next <= entries_.snapshot().index) return send_snapshot(id, peer, now);
  LogMessage message = message_to(id, LogVerb::kAppend);
  message.index = peer.next - 1;
  message.index_term = entries_.term_at(message.index).value();
  message.commit = commit_;
  std::size_t num_bytes = 0;
  for (std::uint64_t index = peer.next; index <= entries_.last_index(); ++index) {
    const LogEntry& entry = *entries_.at(index);
    num_bytes += entry.body.size();
    const bool is_full = message.entries.size() >= options_.max_append_entries || num_bytes > options_.max_append_bytes;
    if (is_full && !message.entries.empty()) break;
    message.entries.push_back(entry);
  }
  peer.asked = message.index;
  peer.awaited = message.index + message.entries.size();
  peer.is_waited_for = peer.match < peer.awaited;
  peer.again_at = now + options_.patience;
  peer.told = std::min(commit_, peer.awaited);
  outbox_.push_back(std::move(message));
}

void ReplicatedLog::send_snapshot(std::uint64_t id, Peer& peer, Timestamp now) {
  const LogSnapshot& snapshot = entries_.snapshot();
  LogMessage message = message_to(id, LogVerb::kSnapshot);
  message.index = snapshot.index;
  message.index_term = snapshot.term;
  message.commit = commit_;
  message.entries.push_back({.term = snapshot.term, .kind = LogEntryKind::kMembers, .body = encode(snapshot.members)});
  message.snapshot = snapshot.body;
  peer.asked = peer.awaited = snapshot.index;
  peer.is_waited_for = true;
  peer.again_at = now + options_.snapshot_patience;
  peer.told = snapshot.index;
  outbox_.push_back(std::move(message));
}

void ReplicatedLog::send_news(std::uint64_t id, Peer& peer, Timestamp now) {
  const bool is_busy = peer.is_waited_for && now < peer.again_at;
  if (!is_busy && (peer.match < entries_.last_index() || peer.told < commit_)) send(id, peer, now);
}

void ReplicatedLog::send_all_news(Timestamp now) {
  for (auto& [id, peer] : peers_) send_news(id, peer, now);
}

void ReplicatedLog::append(LogEntryKind kind, Bytes body, Timestamp now) {
  entries_.append({.term = term_, .kind = kind, .body = std::move(body)});
  if (kind == LogEntryKind::kMembers) meet_members(now);
  send_all_news(now);
  commit_replicated(now);
}

void ReplicatedLog::on_appended(const LogMessage& message, Timestamp now) {
  if (message.term > term_) return follow(message.term, 0, now);
  const auto found = peers_.find(message.from);
  if (message.term < term_ || found == peers_.end()) return;
  found->second.heard = now;
  note_answer(message, found->second);
  commit_replicated(now);
  // It may lead no more by now, if what was committed is its own removal.
  if (!leads()) return;
  send_news(message.from, found->second, now);
  if (message.from == successor_) ask_to_lead();
}

void ReplicatedLog::note_answer(const LogMessage& message, Peer& peer) const {
  if (message.is_yes) {
    if (message.index > entries_.last_index()) return;
    peer.match = std::max(peer.match, message.index);
    peer.next = std::max(peer.next, peer.match + 1);
    if (peer.match >= peer.awaited) peer.is_waited_for = false;
    return;
  }
  // Only of the question that is under way, for an older one says nothing new.
  if (!peer.is_waited_for || message.commit != peer.asked || peer.asked <= peer.match) return;
  peer.next = std::max(std::min(message.index, peer.asked - 1), peer.match) + 1;
  peer.is_waited_for = false;
}

void ReplicatedLog::commit_replicated(Timestamp now) {
  std::vector<std::uint64_t> matches;
  for (const std::uint64_t id : members().voters)
    matches.push_back(id == id_ ? entries_.last_index() : peers_.at(id).match);
  std::ranges::sort(matches, std::greater<>());
  const std::uint64_t index = matches[members().majority() - 1];
  if (index <= commit_ || entries_.term_at(index) != term_) return;
  const LogMembers before = entries_.members_at(commit_);
  commit_to(index);
  tell_removed(before);
  send_all_news(now);
  if (!is_removed_) return;
  successor_ = best_voter();
  ask_to_lead();
  follow(term_, 0, now);
}

void ReplicatedLog::tell_removed(const LogMembers& before) {
  for (const std::uint64_t id : entries_.members_at(commit_).removed) {
    if (id == id_ || before.was_removed(id)) continue;
    outbox_.push_back(message_to(id, LogVerb::kRemoved));
    outbox_.back().index = commit_;
  }
}

// A leader that has committed nothing of its term knows not what is committed, which two changes at once could come of
// (Ongaro, "bug in single-server membership changes", raft-dev, 2015).
std::optional<ChangeResult> ReplicatedLog::obstacle() const {
  if (!leads()) return ChangeResult::kNotLeader;
  if (successor_ != 0) return ChangeResult::kHandingOver;
  if (is_changing() || entries_.term_at(commit_) != term_) return ChangeResult::kUnderWay;
  return std::nullopt;
}

ChangeResult ReplicatedLog::change(const LogMembers& members, Timestamp now) {
  append(LogEntryKind::kMembers, encode(members), now);
  return ChangeResult::kBegun;
}

std::uint64_t ReplicatedLog::best_voter() const {
  std::uint64_t best = 0;
  for (const auto& [id, peer] : peers_) {
    if (members().is_voter(id) && (best == 0 || peer.match > peers_.at(best).match)) best = id;
  }
  return best;
}

void ReplicatedLog::ask_to_lead() {
  if (successor_ == 0 || peers_.at(successor_).match != entries_.last_index()) return;
  outbox_.push_back(message_to(successor_, LogVerb::kHandOver));
}

}  // namespace atl::distributed
