#include "tests/envs/house_referee.h"

#include "tests/envs/house_referee_clause.h"

#include <algorithm>
#include <optional>

namespace atl::envs::playhouse::referee {
namespace {

EntitySet look_up_phrase(const House& house, const State& start, const NounPhrase& phrase) {
  EntitySet set;
  for (const Entity entity : entities_of(house)) {
    if (is_meant(house, start, phrase, entity)) set.set(entity.id);
  }
  return set;
}

bool has_place(Verb verb) { return verb == Verb::kPut || verb == Verb::kPush || verb == Verb::kStack; }

bool has_object(Verb verb) {
  switch (verb) {
    case Verb::kTurnLeft:
    case Verb::kTurnRight:
    case Verb::kWalkForward:
    case Verb::kWalkBack:
    case Verb::kJump:
    case Verb::kEnter:
    case Verb::kBuild:
    case Verb::kOpenMenu:
    case Verb::kCloseMenu:
    case Verb::kOpenBag:
    case Verb::kCloseBag:
    case Verb::kSetting:
    case Verb::kBothStand:
    case Verb::kHoldOpen:
    case Verb::kGoBack: return false;
    default: return true;
  }
}

/// The blocks that a kBuild clause may be made of.
NounPhrase blocks_of(const Clause& clause) {
  NounPhrase blocks;
  blocks.noun = Shape::kBlock;
  blocks.colour = clause.colour;
  return blocks;
}

Referee::Meaning look_up_clause(const House& house, const State& start, const Clause& clause) {
  Referee::Meaning meaning;
  if (clause.verb == Verb::kBuild) {
    meaning.objects = look_up_phrase(house, start, blocks_of(clause));
  } else if (clause.verb == Verb::kDrop && clause.object == NounPhrase{} && start.players[kAsked].holding.is_some()) {
    meaning.objects.set(start.players[kAsked].holding.id);  // "it"
  } else if (has_object(clause.verb)) {
    meaning.objects = look_up_phrase(house, start, clause.object);
  }
  if (has_place(clause.verb)) meaning.places = look_up_phrase(house, start, clause.place);
  return meaning;
}

/// The thing among `candidates` that was seen first in a history, and from when on; at once: the nearest to the axis.
struct FirstSeen {
  Entity entity{};
  std::size_t tick = 0;
};
FirstSeen first_seen(const House& house, const History& history, const EntitySet& candidates) {
  for (std::size_t tick = 0; tick < history.states.size(); ++tick) {
    const Entity entity = most_central_seen(house, history.states[tick], candidates);
    if (entity.is_some()) return {entity, tick};
  }
  return {};
}

/// Both clauses of a mission, in the order in which they are to be done.
class MissionWatch {
 public:
  MissionWatch(const House& house, const Mission& mission, const std::array<Referee::Meaning, 2>& meanings,
               const History& history)
      : house_(house), mission_(mission), meanings_(meanings) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Clause& clause = i == 0 ? mission.first : mission.second;
      if (clause.object.location.kind != Location::Kind::kSeenFirst) continue;
      first_seen_[i] = first_seen(house, history, meanings[i].objects);
      meanings_[i].objects.reset();  // until it is seen
    }
  }

  void begin(const State& start) {
    if (mission_.joint == Joint::kAfter) {
      open(1, start);
    } else {
      open(0, start);
    }
    if (mission_.joint == Joint::kAnd) open(1, start);
  }

  /// The ruling if one falls on this tick.
  std::optional<Ruling> tick(const Moment& m, std::size_t now) {
    for (std::size_t i = 0; i < 2; ++i) {
      if (first_seen_[i].entity.is_some() && first_seen_[i].tick <= now)
        meanings_[i].objects.set(first_seen_[i].entity.id);
    }
    std::array<Call, 2> calls;
    bool any_done = false;
    for (std::size_t i = 0; i < 2; ++i) {
      if (open_[i]) calls[i] = open_[i]->tick(m);
      any_done = any_done || calls[i].done.holds;
    }
    return any_done ? close_done(calls, m.after) : amiss(calls);
  }

 private:
  void open(std::size_t clause, const State& begun) {
    open_[clause].emplace(house_, clause == 0 ? mission_.first : mission_.second, meanings_[clause], begun);
  }

  /// What is wrong for one clause; while both are open, only what is not asked for by the other one.
  std::optional<Ruling> amiss(const std::array<Call, 2>& calls) const {
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& other = open_[1 - i];
      const bool is_choice = open_[i] && (open_[i]->verb() == Verb::kLookAt || open_[i]->verb() == Verb::kGoTo);
      if (!calls[i].wrong.holds || (other && is_choice)) continue;
      Ruling ruling{.verdict = Verdict::kWrongObject};
      for (const Entity entity : calls[i].wrong.about) {
        if (!other || !holds(other->meaning().objects, entity)) ruling.about.push_back(entity);
      }
      if (!ruling.about.empty()) return ruling;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      if (!calls[i].failed.holds || open_[1 - i]) continue;
      return Ruling{.verdict = Verdict::kFailed, .about = calls[i].failed.about};
    }
    return std::nullopt;
  }

  std::optional<Ruling> close_done(const std::array<Call, 2>& calls, const State& after) {
    Ruling ruling;
    for (std::size_t i = 0; i < 2; ++i) {
      if (!calls[i].done.holds) continue;
      open_[i].reset();
      num_done_ += 1;
      ruling.about = calls[i].done.about;
    }
    if (num_done_ == (mission_.joint == Joint::kNone ? 1 : 2)) {
      ruling.verdict = Verdict::kSuccess;
      return ruling;
    }
    if (mission_.joint == Joint::kThen) open(1, after);
    if (mission_.joint == Joint::kAfter) open(0, after);
    for (auto& watch : open_) {
      if (watch) watch->begin_anew(after);
    }
    return std::nullopt;
  }

  const House& house_;
  const Mission& mission_;
  std::array<Referee::Meaning, 2> meanings_;  // as they are by now
  std::array<FirstSeen, 2> first_seen_;
  std::array<std::optional<ClauseWatch>, 2> open_;
  int num_done_ = 0;
};

}  // namespace

Referee::Referee(const House& house, const Mission& mission, int limit_ticks, const History& history)
    : house_(house), mission_(mission), limit_ticks_(limit_ticks), history_(history) {
  meanings_[0] = look_up_clause(house, history.states.front(), mission.first);
  if (mission.joint != Joint::kNone) meanings_[1] = look_up_clause(house, history.states.front(), mission.second);
}

Ruling Referee::rule() const {
  const auto& states = history_.states;
  const int last = static_cast<int>(states.size()) - 1;
  MissionWatch watch(house_, mission_, meanings_, history_);
  watch.begin(states.front());
  for (int tick = 1; tick <= last; ++tick) {
    const auto now = static_cast<std::size_t>(tick);
    auto ruling = watch.tick({house_, states.front(), states[now - 1], states[now], history_.events[now - 1]}, now);
    if (!ruling && tick >= limit_ticks_) ruling = Ruling{.verdict = Verdict::kTimeout};
    if (!ruling) continue;
    ruling->tick = tick;
    return *ruling;
  }
  return {.tick = last};
}

}  // namespace atl::envs::playhouse::referee
