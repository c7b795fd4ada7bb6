#include "distributed/peer_lead.h"

#include "core/log.h"
#include "distributed/run_facts.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::distributed {
namespace {

// `num_values` in parts of whole blocks, as equal as can be; none is empty, though there may be fewer than islands.
std::vector<PeerShard> share_out(const std::vector<std::string>& islands, std::size_t num_values, std::size_t block) {
  std::vector<PeerShard> shards;
  const std::size_t blocks = (num_values + block - 1) / block;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < islands.size(); ++i) {
    const std::size_t end = std::min(num_values, blocks * (i + 1) / islands.size() * block);
    if (end > begin) shards.push_back({.island = islands[i], .begin = begin, .size = end - begin});
    begin = std::max(begin, end);
  }
  return shards;
}

}  // namespace

PeerLead::PeerLead(const SyncConfig& config, const PeerState& agreed, std::uint64_t term, Timestamp now)
    : config_(config),
      agreed_(agreed),
      term_(term),
      live_(config.rounds, config.members, facts_of(agreed.model())),
      norms_(agreed.model().fragments.size(), config.max_norm) {
  live_.set_overlap_steps(config.overlap_steps);
  live_.restore(agreed.rounds().kept(), now);
}

void PeerLead::note_silent(const std::string& island, Timestamp heard) { live_.note_heard(island, heard); }

void PeerLead::beat(const std::string& island, std::uint64_t incarnation, const BeatBody& body, const std::string& lane,
                    Timestamp now) {
  constexpr std::uint64_t kMostAtOnce = 8;
  if (live_.beat(island, incarnation, body.beat, now) != Standing::kMember) return;
  const std::uint64_t has = live_.ledger().num_leased(island);
  for (std::uint64_t i = has; i < std::min(body.wants, has + kMostAtOnce); ++i) {
    const ShardPlace place = live_.lease(island, lane);
    records_.push_back({.event = {.what = "lease", .island = island, .data = {.place = place}, .lane = lane}});
  }
}

WelcomeBody PeerLead::welcome(const std::string& island, const BeatBody& body) const {
  // Of shards, what is in the log; of all else, what is going on.
  WelcomeBody welcome = make_welcome(config_, live_, island, body);
  const Ledger& ledger = agreed_.rounds().ledger();
  welcome.leased = ledger.leased(island, body.leases);
  welcome.first_lease = ledger.num_leased(island) - welcome.leased.size();
  return welcome;
}

PeerLead::Judged PeerLead::announce(const Push& push, double norm, Timestamp now) {
  auto& [id, judged] = judged_[{push.island, push.fragment}];
  if (id == push.id) return judged;
  if (id > push.id) return {.is_taken = true};
  id = push.id;
  judged = {};
  if (norms_.refuses(push.fragment, norm)) {
    judged.refused = fmt::format("its norm is {:.3g}, more than {:g} times that of others", norm, config_.max_norm);
  } else {
    const PushResult result = live_.push(push, now);
    if (result != PushResult::kAccepted && result != PushResult::kKnown) judged.refused = to_string(result);
  }
  judged.is_taken = judged.refused.empty();
  if (judged.is_taken) return judged;
  log_warning("a delta of island {} is left out: {}", push.island, judged.refused);
  live_.refuse(push);
  records_.push_back({.event = {.what = "refused",
                                .island = push.island,
                                .incarnation = push.incarnation,
                                .reason = judged.refused,
                                .fragment = push.fragment,
                                .tokens = push.tokens,
                                .data = push.data}});
  return judged;
}

const PeerPlan* PeerLead::plan(std::size_t fragment) const {
  const auto found = attempts_.find(fragment);
  return found == attempts_.end() ? nullptr : &found->second.plan;
}

void PeerLead::note_ready(std::size_t fragment, std::uint64_t attempt, const std::string& island,
                          const std::vector<std::string>& hashes) {
  const auto found = attempts_.find(fragment);
  if (found != attempts_.end() && found->second.plan.attempt == attempt) found->second.ready[island] = hashes;
}

PeerPlan PeerLead::make_plan(const Commit& commit) {
  PeerPlan plan{.attempt = (term_ << 32) + next_attempt_++, .commit = commit};
  const std::size_t num_values = agreed_.model().fragments[commit.fragment].num_values;
  const std::size_t all = commit.entries.size() * encoded_bytes(config_.codec, num_values);
  const DeltaForm sums = config_.reply == "mean" ? DeltaForm::kMean : DeltaForm::kSum;
  // A mean is made whatever its size: that is what makes it the same as a star's.
  const bool is_smaller = all <= encoded_bytes(codec_of(sums, config_), num_values);
  if (sums == DeltaForm::kSum && (is_smaller || commit.entries.size() == 1)) return plan;
  plan.form = sums;
  std::vector<std::string> islands;
  for (const auto& [island, place] : agreed_.places())
    if (!losing_.contains(island)) islands.push_back(island);
  plan.shards = share_out(islands, num_values, block_values(config_.codec));
  return plan;
}

// What needs the island begins anew: its bytes are gone with it.
void PeerLead::drop_attempts(const std::string& island) {
  std::erase_if(attempts_, [&](const auto& one) {
    const Attempt& attempt = one.second;
    if (attempt.is_written) return false;
    return std::ranges::find(attempt.plan.commit.entries, island, &Entry::island) !=
               attempt.plan.commit.entries.end() ||
           std::ranges::find(attempt.plan.shards, island, &PeerShard::island) != attempt.plan.shards.end();
  });
}

// The record of a plan that enough members have carried out.
std::optional<PeerRecord> PeerLead::finished(Attempt& attempt, std::size_t majority) {
  if (attempt.is_written) return std::nullopt;
  std::map<std::vector<std::string>, std::vector<std::string>> holders;
  for (const auto& [island, hashes] : attempt.ready) holders[hashes].push_back(island);
  if (holders.size() > 1) {
    log_warning("members made different sums of version {} of fragment {}: it is made again",
                attempt.plan.commit.version, attempt.plan.commit.fragment);
    attempt.ready.clear();
    attempt.plan = make_plan(attempt.plan.commit);
    return std::nullopt;
  }
  if (holders.empty() || holders.begin()->second.size() < majority) return std::nullopt;
  attempt.is_written = true;
  return PeerRecord{.event = {.what = "commit"},
                    .commit = attempt.plan.commit,
                    .form = attempt.plan.form,
                    .hashes = holders.begin()->first,
                    .holders = holders.begin()->second};
}

std::vector<PeerRecord> PeerLead::decide(std::size_t majority, Timestamp now) {
  for (const Members::Lost& lost : live_.find_lost(now)) {
    losing_.insert(lost.name);
    log_warning("island {} is given up: {}", lost.name, lost.reason);
    records_.push_back(
        {.event = {.what = "lost", .island = lost.name, .reason = lost.reason, .data = {.drawn = lost.drawn}}});
  }
  const auto is_losing = [&](const Entry& entry) { return losing_.contains(entry.island); };
  for (std::size_t i = 0; i < live_.num_fragments(); ++i) {
    if (attempts_.contains(i)) continue;
    const std::vector<Commit> commits = live_.closing(i, now);
    if (!commits.empty() && std::ranges::none_of(commits[0].entries, is_losing))
      attempts_[i] = {.plan = make_plan(commits[0])};
  }
  for (auto& [fragment, attempt] : attempts_)
    if (std::optional<PeerRecord> record = finished(attempt, majority)) records_.push_back(std::move(*record));
  return std::exchange(records_, {});
}

std::optional<Timestamp> PeerLead::next_decision() const {
  std::optional<Timestamp> next = live_.members().next_loss();
  for (std::size_t i = 0; i < live_.num_fragments(); ++i) {
    const std::optional<Timestamp> at = attempts_.contains(i) ? std::nullopt : live_.closes_at(i);
    if (at) next = std::min(next.value_or(*at), *at);
  }
  return next;
}

void PeerLead::follow(const PeerRecord& record, Timestamp now) {
  const RunEvent& event = record.event;
  if (event.what == "commit") {
    attempts_.erase(record.commit.fragment);
    live_.repeat(record.commit, now);
    return;
  }
  if (event.what == "lease" || event.what == "refused") return;  // they were done when they were written
  repeat_event(live_, event, now);
  if (event.what != "lost" && event.what != "leave") return;
  losing_.erase(event.island);
  live_.drop_pushes(event.island);
  live_.settle();
  drop_attempts(event.island);
}

}  // namespace atl::distributed
