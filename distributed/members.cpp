#include "distributed/members.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace atl::distributed {

void describe(ConfigVisitor& v, MemberRules& rules) {
  v.field("beat_s", &rules.beat_s, {.min = 0.01, .max = 60});
  v.field("silence_s", &rules.silence_s, {.min = 0.05, .max = 3600});
  v.field("stall_s", &rules.stall_s, {.min = 0.05, .max = 86400});
  v.field("stall_steps", &rules.stall_steps, {.min = 1, .max = 1e6});
}

void describe(ConfigVisitor& v, Beat& beat) {
  v.field("step", &beat.step, {.min = 0});
  v.field("step_s", &beat.step_s, {.min = 0, .max = 1e6});
  v.field("drawn", &beat.drawn, {.min = 0});
  v.field("work", &beat.work, {.one_of = {"train", "wait", "join", "other"}});
}

void describe(ConfigVisitor& v, KeptMember& kept) {
  v.field("name", &kept.name);
  v.field("process", &kept.process);
  v.field("incarnation", &kept.incarnation);
  v.field("is_member", &kept.is_member);
}

std::string_view to_string(Standing standing) {
  switch (standing) {
    case Standing::kMember: return "a member";
    case Standing::kUnknown: return "no member: it has not joined, has left, or was given up";
    case Standing::kSuperseded: return "another process has joined by this name since";
  }
  return "?";
}

std::uint64_t Members::join(const std::string& name, std::uint64_t process, Timestamp now) {
  const auto known = members_.find(name);
  if (known != members_.end() && known->second.process == process) {
    known->second.heard = now;
    return known->second.incarnation;
  }
  KeptMember& kept = known_[name];
  kept.name = name;
  kept.process = process;
  ++kept.incarnation;
  enter(kept, now);
  return kept.incarnation;
}

void Members::enter(const KeptMember& kept, Timestamp now) {
  Member& member = members_[kept.name];
  member = {.name = kept.name,
            .process = kept.process,
            .incarnation = kept.incarnation,
            .joined = now,
            .heard = now,
            .stepped = now,
            .beat = {.step = 0, .step_s = 0, .work = "join"}};
  next_loss_ = std::min(next_loss_.value_or(lost_at(member)), lost_at(member));
}

std::vector<KeptMember> Members::kept() const {
  std::vector<KeptMember> all;
  for (const auto& [name, kept] : known_) {
    all.push_back(kept);
    all.back().is_member = has(name);
  }
  return all;
}

void Members::restore(std::span<const KeptMember> kept, Timestamp now) {
  for (const KeptMember& one : kept) {
    known_[one.name] = one;
    if (one.is_member) enter(one, now);
  }
}

Standing Members::standing(const std::string& name, std::uint64_t incarnation) const {
  const auto known = known_.find(name);
  if (known != known_.end() && incarnation < known->second.incarnation) return Standing::kSuperseded;
  const auto member = members_.find(name);
  const bool is_member = member != members_.end() && member->second.incarnation == incarnation;
  return is_member ? Standing::kMember : Standing::kUnknown;
}

Standing Members::beat(const std::string& name, std::uint64_t incarnation, const Beat& beat, Timestamp now) {
  const Standing standing = this->standing(name, incarnation);
  if (standing != Standing::kMember) return standing;
  Member& member = members_.at(name);
  member.heard = now;
  if (beat.step > member.beat.step || beat.work != "train" || member.beat.work != "train") member.stepped = now;
  member.beat = beat;
  next_loss_ = std::min(next_loss_.value_or(lost_at(member)), lost_at(member));  // one that trains may be lost sooner
  return standing;
}

void Members::hear(const std::string& name, Timestamp now) {
  const auto member = members_.find(name);
  if (member != members_.end()) member->second.heard = now;
}

void Members::remove(const std::string& name) { members_.erase(name); }

Timestamp Members::silent_at(const Member& member) const { return member.heard + from_seconds(rules_.silence_s); }

std::optional<Timestamp> Members::stalled_at(const Member& member) const {
  if (member.beat.work != "train" || member.beat.step_s <= 0) return std::nullopt;  // the first step may take long
  return member.stepped + from_seconds(std::max(rules_.stall_s, rules_.stall_steps * member.beat.step_s));
}

Timestamp Members::lost_at(const Member& member) const {
  const Timestamp silent = silent_at(member);
  return std::min(silent, stalled_at(member).value_or(silent));
}

void Members::note_heard(const std::string& name, Timestamp heard) {
  const auto found = members_.find(name);
  if (found == members_.end()) return;
  found->second.heard = heard;
  found->second.stepped = heard;
  next_loss_ = std::min(next_loss_.value_or(lost_at(found->second)), lost_at(found->second));
}

std::vector<Members::Lost> Members::find_lost(Timestamp now) {
  std::vector<Lost> lost;
  if (!next_loss_ || now < *next_loss_) return lost;
  next_loss_.reset();
  for (const auto& [name, member] : members_) {
    const Timestamp at = lost_at(member);
    if (now >= silent_at(member))
      lost.push_back({name, fmt::format("silent for {:.1f} s", to_seconds(now - member.heard)), member.beat.drawn});
    else if (now >= at)
      lost.push_back({name, fmt::format("alive, but without a step for {:.1f} s", to_seconds(now - member.stepped)),
                      member.beat.drawn});
    else
      next_loss_ = std::min(next_loss_.value_or(at), at);
  }
  return lost;
}

std::vector<Members::Lost> Members::remove_lost(Timestamp now) {
  std::vector<Lost> lost = find_lost(now);
  for (const Lost& one : lost) members_.erase(one.name);
  return lost;
}

namespace {

std::vector<double> sorted_step_s(const std::map<std::string, Member>& members) {
  std::vector<double> known;
  for (const auto& [name, member] : members) {
    if (member.beat.step_s > 0) known.push_back(member.beat.step_s);
  }
  std::ranges::sort(known);
  return known;
}

}  // namespace

double Members::step_s() const {
  const std::vector<double> known = sorted_step_s(members_);
  return known.empty() ? 0.0 : known[known.size() / 2];
}

std::int64_t Members::dynamic_steps(const std::string& name, std::int64_t steps) const {
  const auto member = members_.find(name);
  const std::vector<double> known = sorted_step_s(members_);
  if (member == members_.end() || member->second.beat.step_s <= 0 || known.empty()) return steps;
  // A tenth of the islands may be faster: of the times of a step, the 0.1 quantile.
  const double fastest = known[static_cast<std::size_t>(0.1 * static_cast<double>(known.size()))];
  const double share = std::min(1.0, fastest / member->second.beat.step_s);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(share * static_cast<double>(steps) + 1e-9)));
}

}  // namespace atl::distributed
