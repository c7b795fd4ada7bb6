// What every member does: who is listened to, elections, following a leader. Leading is in replicated_log_lead.cpp.
#include "distributed/replicated_log.h"

#include "core/error.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace atl::distributed {
namespace {

// No run comes near; what is beyond would wrap around.
constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 62;

bool is_readable(const LogEntry& entry) {
  if (entry.kind != LogEntryKind::kMembers) return true;
  try {
    static_cast<void>(decode_log_members(entry.body));
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool is_of_leader(LogVerb verb) { return verb == LogVerb::kAppend || verb == LogVerb::kSnapshot; }

bool is_answer(LogVerb verb) {
  return verb == LogVerb::kAppended || verb == LogVerb::kVoted || verb == LogVerb::kPreVoted;
}

}  // namespace

std::string_view to_string(LogRole role) {
  switch (role) {
    case LogRole::kFollower: return "follower";
    case LogRole::kPreCandidate: return "pre-candidate";
    case LogRole::kCandidate: return "candidate";
    case LogRole::kLeader: return "leader";
  }
  return "?";
}

ReplicatedLog::ReplicatedLog(std::uint64_t id, const ReplicatedLogOptions& options)
    : options_(options), id_(id), random_(derive_seed(options.seed, id)) {
  ATOLL_CHECK(id != 0, "0 is nobody's id");
  ATOLL_CHECK(options.beat > Duration::zero() && options.beat < options.shortest_election &&
                  options.shortest_election < options.longest_election,
              "beat {} ms, elections {} .. {} ms: expected to rise", to_ms(options.beat),
              to_ms(options.shortest_election), to_ms(options.longest_election));
  ATOLL_CHECK(options.max_append_entries > 0, "no entry in a message, expected 1 or more");
}

ReplicatedLog ReplicatedLog::found(std::uint64_t id, const ReplicatedLogOptions& options, Timestamp now) {
  ReplicatedLog log(id, options);
  log.group_ = id;
  log.term_ = 1;
  log.voted_for_ = log.leader_ = id;
  log.role_ = LogRole::kLeader;
  log.beat_at_ = now + options.beat;
  log.append(LogEntryKind::kMembers, encode(LogMembers{.voters = {id}}), now);
  return log;
}

ReplicatedLog ReplicatedLog::join(std::uint64_t id, const ReplicatedLogOptions& options) { return {id, options}; }

void ReplicatedLog::receive(const LogMessage& message, Timestamp now) {
  if (is_removed_ || !is_for_this(message) || turn_away(message, now)) return;
  switch (message.verb) {
    case LogVerb::kAppend: on_append(message, now); break;
    case LogVerb::kAppended: on_appended(message, now); break;
    case LogVerb::kVote:
    case LogVerb::kPreVote: on_asked(message, now); break;
    case LogVerb::kVoted:
    case LogVerb::kPreVoted: on_vote(message, now); break;
    case LogVerb::kSnapshot: on_snapshot(message, now); break;
    case LogVerb::kHandOver: on_hand_over(message, now); break;
    case LogVerb::kRemoved:
      is_removed_ = true;
      follow(term_, 0, now);
      break;
  }
}

void ReplicatedLog::tick(Timestamp now) {
  if (now < next_tick()) return;
  if (leads()) {
    beat(now);
  } else {
    ask_votes(LogVerb::kPreVote, false, now);
  }
}

Timestamp ReplicatedLog::next_tick() const {
  if (is_removed_) return Timestamp::max();
  return leads() ? beat_at_ : election_at_;
}

std::vector<LogMessage> ReplicatedLog::take_messages() { return std::exchange(outbox_, {}); }

CommittedEntries ReplicatedLog::take_committed() {
  CommittedEntries news;
  if (std::exchange(has_new_snapshot_, false)) news.snapshot = entries_.snapshot();
  while (taken_ < commit_) {
    ++taken_;
    news.entries.push_back({.index = taken_, .entry = *entries_.at(taken_)});
  }
  return news;
}

void ReplicatedLog::compact(std::uint64_t index, Bytes body) {
  ATOLL_CHECK(index <= taken_, "entry {} to be forgotten, but only those up to {} are taken", index, taken_);
  if (index > entries_.snapshot().index) entries_.compact(index, std::move(body));
}

bool ReplicatedLog::is_for_this(const LogMessage& message) const {
  if (message.to != id_ || message.from == id_ || message.from == 0 || message.group == 0) return false;
  if (message.term == 0 || std::max({message.term, message.index, message.commit}) > kMaxNumber) return false;
  return message.group == group_ || (group_ == 0 && is_of_leader(message.verb));
}

// Whether it is of someone who is not to be listened to. What is removed asks in vain, and is told. Strangers may be
// voters by entries that have not come here, but answers are only asked of members, and a leader makes them wait.
bool ReplicatedLog::turn_away(const LogMessage& message, Timestamp now) {
  if (message.verb == LogVerb::kRemoved) return false;
  if (message.from == leader_ && message.term == term_) return false;  // leads until its own removal is committed
  if (entries_.members_at(commit_).was_removed(message.from)) {
    LogMessage notice = message_to(message.from, LogVerb::kRemoved);
    notice.index = commit_;
    outbox_.push_back(std::move(notice));
    return true;
  }
  if (members().has(message.from) || members().voters.empty()) return false;
  return is_answer(message.verb) || hears_leader(now);
}

bool ReplicatedLog::hears_leader(Timestamp now) const {
  return leads() || (leader_ != 0 && now < heard_ + options_.shortest_election);
}

// Whether what its sender has is no older than what is here (paper, 5.4.1).
bool ReplicatedLog::is_as_new(const LogMessage& message) const {
  return std::tuple(message.index_term, message.index) >= std::tuple(entries_.last_term(), entries_.last_index());
}

LogMessage ReplicatedLog::message_to(std::uint64_t id, LogVerb verb) const {
  return {.verb = verb, .from = id_, .to = id, .group = group_, .term = term_};
}

void ReplicatedLog::follow(std::uint64_t term, std::uint64_t leader, Timestamp now) {
  if (leads()) put_election_off(now);
  if (term != term_) voted_for_ = 0;
  term_ = term;
  leader_ = leader;
  role_ = LogRole::kFollower;
  votes_.clear();
  peers_.clear();
  successor_ = 0;
}

void ReplicatedLog::put_election_off(Timestamp now) {
  const Duration range = options_.longest_election - options_.shortest_election;
  const Duration wait = options_.shortest_election + std::chrono::round<Duration>(random_.uniform() * range);
  election_at_ = now + (members().is_voter(id_) ? wait : 2 * wait);  // voters have their chance first
}

void ReplicatedLog::ask_votes(LogVerb verb, bool is_asked_for, Timestamp now) {
  put_election_off(now);
  if (term_ >= kMaxNumber) return;
  const bool is_pre = verb == LogVerb::kPreVote;
  role_ = is_pre ? LogRole::kPreCandidate : LogRole::kCandidate;
  leader_ = 0;
  if (!is_pre) {
    ++term_;
    voted_for_ = id_;
  }
  votes_ = {id_};
  LogMessage question = message_to(0, verb);
  question.term = is_pre ? term_ + 1 : term_;
  question.index = entries_.last_index();
  question.index_term = entries_.last_term();
  question.is_yes = is_asked_for;
  // Learners, too: their votes do not count, but they tell a voter that was removed when all others were as well.
  for (const auto* ids : {&members().voters, &members().learners}) {
    for (const std::uint64_t id : *ids) {
      question.to = id;
      if (id != id_) outbox_.push_back(question);
    }
  }
  count_votes(now);
}

void ReplicatedLog::count_votes(Timestamp now) {
  const auto num_votes = std::ranges::count_if(members().voters, [&](std::uint64_t id) { return votes_.contains(id); });
  if (static_cast<std::size_t>(num_votes) < members().majority()) return;
  if (role_ == LogRole::kPreCandidate) {
    ask_votes(LogVerb::kVote, false, now);
  } else {
    lead(now);
  }
}

// Also a learner votes, for it may have been promoted by an entry that has not come to it yet.
void ReplicatedLog::on_asked(const LogMessage& message, Timestamp now) {
  const bool is_pre = message.verb == LogVerb::kPreVote;
  const bool is_asked_for = !is_pre && message.is_yes;
  if (hears_leader(now) && !is_asked_for) return;
  const bool is_new_enough = is_as_new(message);
  LogMessage answer = message_to(message.from, is_pre ? LogVerb::kPreVoted : LogVerb::kVoted);
  if (is_pre) {
    answer.is_yes = message.term > term_ && is_new_enough;
    if (answer.is_yes) answer.term = message.term;
  } else {
    if (message.term > term_) {
      if (!is_new_enough && !members().has(message.from)) return;
      follow(message.term, 0, now);
    }
    const bool is_free = voted_for_ == 0 || voted_for_ == message.from;
    answer.is_yes = message.term == term_ && is_free && is_new_enough;
    answer.term = term_;
    if (answer.is_yes) {
      voted_for_ = message.from;
      put_election_off(now);
    }
  }
  outbox_.push_back(std::move(answer));
}

void ReplicatedLog::on_vote(const LogMessage& message, Timestamp now) {
  const bool is_pre = message.verb == LogVerb::kPreVoted;
  if (message.term > term_ && !(is_pre && message.is_yes)) return follow(message.term, 0, now);
  const bool is_waited_for = is_pre ? role_ == LogRole::kPreCandidate && message.term == term_ + 1
                                    : role_ == LogRole::kCandidate && message.term == term_;
  if (!is_waited_for || !message.is_yes) return;
  votes_.insert(message.from);
  count_votes(now);
}

void ReplicatedLog::on_hand_over(const LogMessage& message, Timestamp now) {
  if (message.from != leader_ || message.term != term_ || !members().is_voter(id_)) return;
  ask_votes(LogVerb::kVote, true, now);
}

bool ReplicatedLog::hear_leader(const LogMessage& message, Timestamp now) {
  if (message.term < term_) {
    LogMessage answer = message_to(message.from, LogVerb::kAppended);
    answer.commit = message.index;
    outbox_.push_back(std::move(answer));
    return false;
  }
  const bool is_second = message.term == term_ && leader_ != 0 && leader_ != message.from;  // leader of one term
  if (is_second || !makes_sense(message)) return false;
  group_ = message.group;
  follow(message.term, message.from, now);
  heard_ = now;
  put_election_off(now);
  return true;
}

bool ReplicatedLog::makes_sense(const LogMessage& message) const {
  const auto differs = [&](std::uint64_t index, std::uint64_t term) {
    return index <= commit_ && entries_.term_at(index).value_or(term) != term;
  };
  if ((message.index == 0) != (message.index_term == 0) || differs(message.index, message.index_term)) return false;
  if (!std::ranges::all_of(message.entries, is_readable)) return false;
  if (message.verb == LogVerb::kSnapshot) {
    return message.index > 0 && message.index_term <= message.term && message.entries.size() == 1 &&
           message.entries[0].kind == LogEntryKind::kMembers;
  }
  std::uint64_t index = message.index;
  std::uint64_t term = message.index_term;
  for (const LogEntry& entry : message.entries) {
    if (entry.term < term || entry.term == 0 || differs(++index, entry.term)) return false;
    term = entry.term;
  }
  return term <= message.term;
}

void ReplicatedLog::on_append(const LogMessage& message, Timestamp now) {
  if (!hear_leader(message, now)) return;
  if (message.index > commit_ && entries_.term_at(message.index) != message.index_term) return refuse(message);
  take_entries(message);
  LogMessage answer = message_to(message.from, LogVerb::kAppended);
  answer.is_yes = true;
  answer.index = std::max(message.index + message.entries.size(), commit_);  // what is committed, a leader has
  commit_to(std::min(message.commit, answer.index));
  outbox_.push_back(std::move(answer));
}

// The whole of a term that differs is skipped (paper, 5.3).
void ReplicatedLog::refuse(const LogMessage& message) {
  LogMessage answer = message_to(message.from, LogVerb::kAppended);
  answer.commit = message.index;
  answer.index = std::min(message.index - 1, entries_.last_index());
  const std::optional<std::uint64_t> term = entries_.term_at(message.index);
  while (term && answer.index > commit_ && entries_.term_at(answer.index) == term) --answer.index;
  outbox_.push_back(std::move(answer));
}

void ReplicatedLog::take_entries(const LogMessage& message) {
  std::uint64_t index = message.index;
  for (const LogEntry& entry : message.entries) {
    if (++index <= commit_ || entries_.term_at(index) == entry.term) continue;
    entries_.cut(index);
    entries_.append(entry);
  }
}

void ReplicatedLog::on_snapshot(const LogMessage& message, Timestamp now) {
  if (!hear_leader(message, now)) return;
  if (message.index > commit_ && entries_.term_at(message.index) != message.index_term) {
    entries_.install({.index = message.index,
                      .term = message.index_term,
                      .members = decode_log_members(message.entries[0].body),
                      .body = message.snapshot});
    taken_ = message.index;
    has_new_snapshot_ = true;
  }
  commit_to(message.index);
  LogMessage answer = message_to(message.from, LogVerb::kAppended);
  answer.is_yes = true;
  answer.index = commit_;
  outbox_.push_back(std::move(answer));
}

void ReplicatedLog::commit_to(std::uint64_t index) {
  commit_ = std::max(commit_, index);
  is_removed_ = entries_.members_at(commit_).was_removed(id_);
}

}  // namespace atl::distributed
