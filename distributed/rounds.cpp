#include "distributed/rounds.h"

#include "core/error.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace atl::distributed {

void describe(ConfigVisitor& v, RoundRules& rules) {
  v.field("start_islands", &rules.start_islands, {.min = 1, .max = 1e6});
  v.field("quorum", &rules.quorum, {.min = 0, .max = 1e6});
  v.field("grace_s", &rules.grace_s, {.min = 0, .max = 86400});
  v.field("slack", &rules.slack, {.min = 0, .max = 1});
  v.field("apply", &rules.apply, {.one_of = {"mean", "each"}});
  v.field("weigh", &rules.weigh, {.one_of = {"equal", "tokens", "throughput"}});
  v.field("max_staleness", &rules.max_staleness, {.min = 0, .max = 1e6});
  v.field("stale_power", &rules.stale_power, {.min = 0, .max = 10});
}

void describe(ConfigVisitor& v, Entry& entry) {
  v.field("island", &entry.island);
  v.field("incarnation", &entry.incarnation);
  v.field("push", &entry.push);
  v.field("tokens", &entry.tokens, {.min = 0});
  v.table("data", entry.data);
  v.field("staleness", &entry.staleness, {.min = 0});
  v.field("weight", &entry.weight, {.min = 0});
}

void describe(ConfigVisitor& v, Commit& commit) {
  v.field("fragment", &commit.fragment, {.max = 1e6});
  v.field("version", &commit.version, {.min = 0});
  v.field("step", &commit.step, {.min = 0});
  v.field("tokens", &commit.tokens, {.min = 0});
  v.list("entries", commit.entries);
}

void describe(ConfigVisitor& v, KeptRounds::Expected& expected) {
  v.field("island", &expected.island);
  v.field("from", &expected.from, {.min = 0});
  v.field("committed", &expected.committed);
}

void describe(ConfigVisitor& v, KeptRounds::Round& round) {
  v.field("version", &round.version, {.min = 0});
  v.field("step", &round.step, {.min = 0});
  v.list("expected", round.expected);
}

void describe(ConfigVisitor& v, KeptRounds& kept) {
  v.list("rounds", kept.rounds);
  v.field("weighed_tokens", &kept.weighed_tokens, {.min = 0});
  v.list("members", kept.members);
  v.table("ledger", kept.ledger);
}

std::string_view to_string(PushResult result) {
  switch (result) {
    case PushResult::kAccepted: return "accepted";
    case PushResult::kKnown: return "known already";
    case PushResult::kStranger: return "not of a member";
    case PushResult::kNotItsOwn: return "the island takes no part in this fragment";
    case PushResult::kTooSoon: return "not expected yet: the window is no full one";
    case PushResult::kTooStale: return "made from a version that is too old";
    case PushResult::kFromFuture: return "made from a version that there is not";
  }
  return "?";
}

Rounds::Rounds(const RoundRules& rules, const MemberRules& members, std::vector<FragmentFacts> fragments)
    : rules_(rules), facts_(std::move(fragments)), members_(members), ledger_(facts_), rounds_(facts_.size()) {
  ATOLL_CHECK(!facts_.empty(), "rounds of no fragment");
  for (const FragmentFacts& facts : facts_) total_values_ += static_cast<double>(facts.num_values);
}

std::int64_t Rounds::tokens() const { return std::llround(weighed_tokens_); }

std::uint64_t Rounds::join(const std::string& island, std::uint64_t process, Timestamp now) {
  const auto before = members_.all().find(island);
  const std::uint64_t had = before == members_.all().end() ? 0 : before->second.incarnation;
  const std::uint64_t has = members_.join(island, process, now);
  if (has != had) {
    leave_rounds(island);
    ledger_.enter(island, has);
  }
  return has;
}

void Rounds::begin(const std::string& island) {
  ATOLL_CHECK(members_.has(island), "{} begins without having joined", island);
  for (std::size_t i = 0; i < rounds_.size(); ++i) {
    Round& round = rounds_[i];
    if (!facts_[i].has(island)) continue;
    if (round.expected.contains(island)) continue;
    const bool is_alone =
        std::ranges::none_of(round.expected, [&](const auto& e) { return e.second.from <= round.version; });
    const bool is_first = round.version == 0 && (round.pushes.empty() || is_gathering(round));
    const bool at_once = rules_.apply == "each" || is_first || is_alone;
    round.expected[island] = {.from = round.version + (at_once ? 0 : 1), .is_in = false, .last_id = 0, .committed = 0};
    round.has_gathered |= round.expected.size() >= static_cast<std::size_t>(rules_.start_islands);
    count_missing(round);
  }
}

// The first round is not to close before enough islands have begun.
bool Rounds::is_gathering(const Round& round) const { return round.version == 0 && !round.has_gathered; }

bool Rounds::expects(std::size_t fragment, const std::string& island) const {
  const Round& round = rounds_[fragment];
  const auto expected = round.expected.find(island);
  return expected != round.expected.end() && expected->second.from <= round.version;
}

bool Rounds::has_begun(const std::string& island) const {
  return std::ranges::any_of(rounds_, [&](const Round& round) { return round.expected.contains(island); });
}

std::optional<std::int64_t> Rounds::takes_from(std::size_t fragment, const std::string& island) const {
  const auto& expected = rounds_[fragment].expected;
  const auto found = expected.find(island);
  return found == expected.end() ? std::nullopt : std::optional(found->second.from);
}

std::int64_t Rounds::step() const { return std::ranges::max(rounds_, {}, &Round::step).step; }

void Rounds::excuse(std::size_t fragment, const std::string& island) {
  Round& round = rounds_.at(fragment);
  const auto found = round.expected.find(island);
  if (found == round.expected.end() || found->second.is_in) return;
  found->second.is_in = true;
  count_missing(round);
}

void Rounds::refuse(const Push& push) {
  excuse(push.fragment, push.island);
  ledger_.discard(push.fragment, push.island, push.incarnation, push.tokens, push.data);
}

void Rounds::repeat_lease(const std::string& island, const std::string& lane, const ShardPlace& place) {
  // It was given back by then, if by one that has ended.
  ledger_.settle([](const std::string&, std::uint64_t) { return false; });
  if (members_.has(island)) ledger_.repeat_lease(island, lane, place);
}

Standing Rounds::beat(const std::string& island, std::uint64_t incarnation, const Beat& beat, Timestamp now) {
  const Standing standing = members_.beat(island, incarnation, beat, now);
  if (standing == Standing::kMember) ledger_.note_drawn(island, incarnation, beat.drawn);
  return standing;
}

bool Rounds::has_push(const std::string& island, std::uint64_t incarnation) const {
  return std::ranges::any_of(rounds_, [&](const Round& round) {
    return std::ranges::any_of(
        round.pushes, [&](const Push& push) { return push.island == island && push.incarnation == incarnation; });
  });
}

PushResult Rounds::push(const Push& push, Timestamp now) {
  if (members_.standing(push.island, push.incarnation) != Standing::kMember) return PushResult::kStranger;
  Round& round = rounds_.at(push.fragment);
  const auto found = round.expected.find(push.island);
  if (found == round.expected.end()) return PushResult::kNotItsOwn;
  Expected& expected = found->second;
  if (push.id <= expected.last_id) return PushResult::kKnown;
  if (push.base > round.version) return PushResult::kFromFuture;
  if (expected.from > round.version) return PushResult::kTooSoon;
  expected.last_id = push.id;
  if (rules_.max_staleness > 0 && round.version - push.base > rules_.max_staleness) {
    excuse(push.fragment, push.island);
    return PushResult::kTooStale;
  }
  round.pushes.push_back(push);
  if (!expected.is_in) {
    expected.is_in = true;
    ++round.num_in;
    --round.num_missing;
  }
  if (!round.first_push) round.first_push = now;
  note_quorum(round, now);
  return PushResult::kAccepted;
}

void Rounds::leave(const std::string& island, std::int64_t drawn) {
  const auto member = members_.all().find(island);
  if (member != members_.all().end()) ledger_.note_drawn(island, member->second.incarnation, drawn);
  members_.remove(island);
  leave_rounds(island);
}

void Rounds::leave_rounds(const std::string& island) {
  ledger_.end(island);
  for (Round& round : rounds_) {
    round.expected.erase(island);
    count_missing(round);
  }
}

void Rounds::count_missing(Round& round) {
  round.num_in =
      static_cast<std::size_t>(std::ranges::count_if(round.expected, [](const auto& e) { return e.second.is_in; }));
  round.num_missing = static_cast<std::size_t>(std::ranges::count_if(
      round.expected, [&](const auto& e) { return e.second.from <= round.version && !e.second.is_in; }));
}

// With a quorum of all, it is met when nobody is missing. The grace is decided here, once.
void Rounds::note_quorum(Round& round, Timestamp now) const {
  if (round.closes_by || rules_.quorum == 0 || round.num_in < static_cast<std::size_t>(rules_.quorum)) return;
  double grace_s = rules_.grace_s;
  if (rules_.slack > 0) {
    const double before = to_seconds(now - *round.first_push);
    const double left = static_cast<double>(overlap_steps_) * members_.step_s() - before - sync_s_;
    grace_s = std::max(grace_s, rules_.slack * left);
  }
  round.closes_by = now + from_seconds(grace_s);
}

std::optional<Timestamp> Rounds::closes_at(const Round& round) const {
  if (round.pushes.empty() || is_gathering(round)) return std::nullopt;
  return round.num_missing == 0 ? round.first_push : round.closes_by;
}

namespace {

double weight_of(const std::string& weigh, const Push& push) {
  const auto tokens = static_cast<double>(push.tokens);
  if (weigh == "equal") return 1.0;
  if (weigh == "tokens") return tokens;
  return tokens * tokens / static_cast<double>(std::max<std::int64_t>(1, push.steps));
}

}  // namespace

void Rounds::close(std::size_t fragment, std::vector<Commit>& commits) {
  Round& round = rounds_[fragment];
  std::vector<Push> pushes = std::exchange(round.pushes, {});
  std::ranges::stable_sort(pushes, {}, [](const Push& p) { return std::pair(p.island, p.id); });
  const bool is_mean = rules_.apply == "mean";
  double total = 0;
  for (const Push& push : pushes) total += weight_of(rules_.weigh, push);
  // Deltas that nothing was learned for have the weight of others where all are like that.
  const auto share_of = [&](const Push& push) {
    if (!is_mean) return 1.0;
    return total > 0 ? weight_of(rules_.weigh, push) / total : 1.0 / static_cast<double>(pushes.size());
  };
  Commit commit{.fragment = fragment};
  const auto finish = [&] {
    commit.version = round.version + 1;
    count_tokens(commit);
    commit.tokens = this->tokens();
    commit.step = std::max(commit.step, round.step);
    advance(round, commit, {});
    commits.push_back(std::exchange(commit, {.fragment = fragment}));
  };
  for (const Push& push : pushes) {
    const std::int64_t staleness = round.version - push.base;
    commit.entries.push_back(
        {.island = push.island,
         .incarnation = push.incarnation,
         .push = push.id,
         .tokens = push.tokens,
         .data = push.data,
         .staleness = staleness,
         .weight = share_of(push) * std::pow(1.0 + static_cast<double>(staleness), -rules_.stale_power)});
    commit.step = std::max(commit.step, push.step);
    if (!is_mean) finish();
  }
  if (is_mean) finish();
}

void Rounds::count_tokens(const Commit& commit) {
  double tokens = 0;
  for (const Entry& entry : commit.entries) {
    tokens += static_cast<double>(entry.tokens);
    ledger_.apply(commit.fragment, entry.island, entry.incarnation, entry.tokens, entry.data);
  }
  weighed_tokens_ += tokens * static_cast<double>(facts_[commit.fragment].num_values) / total_values_;
}

void Rounds::advance(Round& round, const Commit& commit, Timestamp now) const {
  round.version = commit.version;
  round.step = commit.step;
  round.first_push.reset();
  round.closes_by.reset();
  for (auto& [island, expected] : round.expected) expected.is_in = false;
  for (const Entry& entry : commit.entries) {
    const auto expected = round.expected.find(entry.island);
    if (expected == round.expected.end()) continue;
    expected->second.committed = std::max(expected->second.committed, entry.push);
    expected->second.last_id = std::max(expected->second.last_id, entry.push);
  }
  if (!round.pushes.empty()) round.first_push = now;
  for (const Push& push : round.pushes) {
    const auto expected = round.expected.find(push.island);
    if (expected != round.expected.end()) expected->second.is_in = true;
  }
  count_missing(round);
  note_quorum(round, now);
}

Rounds::Decisions Rounds::decide(Timestamp now) {
  Decisions decisions{.lost = members_.remove_lost(now), .commits = {}};
  for (const Members::Lost& lost : decisions.lost) leave_rounds(lost.name);
  for (std::size_t i = 0; i < rounds_.size(); ++i) {
    const std::optional<Timestamp> at = closes_at(rounds_[i]);
    if (at && now >= *at) close(i, decisions.commits);
  }
  settle();
  return decisions;
}

std::vector<Commit> Rounds::closing(std::size_t fragment, Timestamp now) const {
  const std::optional<Timestamp> at = closes_at(rounds_[fragment]);
  if (!at || now < *at) return {};
  std::vector<Commit> commits;
  Rounds copy = *this;
  copy.close(fragment, commits);
  return commits;
}

void Rounds::settle() {
  ledger_.settle([&](const std::string& island, std::uint64_t incarnation) { return has_push(island, incarnation); });
}

std::optional<Timestamp> Rounds::next_decision() const {
  std::optional<Timestamp> next = members_.next_loss();
  for (const Round& round : rounds_) {
    const std::optional<Timestamp> at = closes_at(round);
    if (at) next = std::min(next.value_or(*at), *at);
  }
  return next;
}

KeptRounds Rounds::kept() const {
  KeptRounds kept{
      .rounds = {}, .weighed_tokens = weighed_tokens_, .members = members_.kept(), .ledger = ledger_.kept()};
  for (const Round& round : rounds_) {
    KeptRounds::Round& one = kept.rounds.emplace_back();
    one.version = round.version;
    one.step = round.step;
    for (const auto& [island, expected] : round.expected)
      one.expected.push_back({.island = island, .from = expected.from, .committed = expected.committed});
  }
  return kept;
}

void Rounds::restore(const KeptRounds& kept, Timestamp now) {
  ATOLL_CHECK(kept.rounds.size() == rounds_.size(), "{} fragments were kept, expected {}", kept.rounds.size(),
              rounds_.size());
  members_.restore(kept.members, now);
  ledger_.restore(kept.ledger);
  weighed_tokens_ = kept.weighed_tokens;
  for (std::size_t i = 0; i < rounds_.size(); ++i) {
    rounds_[i] = {};
    rounds_[i].version = kept.rounds[i].version;
    rounds_[i].step = kept.rounds[i].step;
    for (const KeptRounds::Expected& one : kept.rounds[i].expected) {
      rounds_[i].expected[one.island] = {
          .from = one.from, .is_in = false, .last_id = one.committed, .committed = one.committed};
    }
    count_missing(rounds_[i]);
  }
}

void Rounds::repeat(const Commit& commit, Timestamp now) {
  Round& round = rounds_.at(commit.fragment);
  ATOLL_CHECK(commit.version == round.version + 1, "commit {} of fragment {}, which is at {}", commit.version,
              commit.fragment, round.version);
  count_tokens(commit);
  std::erase_if(round.pushes, [&](const Push& push) {
    return std::ranges::any_of(commit.entries, [&](const Entry& entry) {
      return entry.island == push.island && entry.incarnation == push.incarnation && entry.push == push.id;
    });
  });
  advance(round, commit, now);
}

void Rounds::drop_pushes(const std::string& island) {
  for (Round& round : rounds_) {
    std::erase_if(round.pushes, [&](const Push& push) { return push.island == island; });
    if (round.pushes.empty()) {
      round.first_push.reset();
      round.closes_by.reset();
    }
    if (const auto found = round.expected.find(island); found != round.expected.end()) found->second.is_in = false;
    count_missing(round);
  }
}

}  // namespace atl::distributed
