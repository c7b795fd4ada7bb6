// What can be asked for at a level, and in a split: see quest.h. Also how long there is.
#include "envs/playhouse/controls.h"
#include "envs/playhouse/quest.h"

#include <algorithm>

namespace atl::envs::playhouse {
namespace {

// Whether clauses of the family name things by colour and shape.
bool names_things(Family family) {
  switch (family) {
    case Family::kOpen:
    case Family::kSwitch:
    case Family::kTogether:
    case Family::kHelp: return false;
    default: return true;
  }
}

// Whether they tell a thing by its size and a place besides: what is held or in a room that is named has no other
// place.
bool tells_size_and_place(Family family) {
  return names_things(family) && family != Family::kDrop && family != Family::kRooms;
}

}  // namespace

bool has_family(const Level& level, Family family) {
  if (is_for_two(family)) return level.players > 1;
  if (family == Family::kGoBack || family == Family::kSeenFirst) return level.remembers;
  if (level.simple) return family == Family::kLook || family == Family::kGoTo || family == Family::kPickUp;
  switch (family) {
    case Family::kRooms: return level.rooms_high > 1;
    case Family::kOpen:
    case Family::kSwitch: return level.furniture;
    case Family::kBuild: return level.furniture || level.blocks > 0;
    default: return true;
  }
}

bool has_split(const Level& level, Family family, Split split) {
  if (!has_family(level, family)) return false;
  switch (split) {
    case Split::kTrain:
    case Split::kHeldOutPhrases: return true;
    case Split::kHeldOutPairs: return names_things(family);
    case Split::kHeldOutCompositions:
      return family == Family::kSequence || (!level.simple && level.small_things && tells_size_and_place(family));
  }
  return false;
}

std::vector<std::string> splits_of(const Level& level, Family family) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kSplitNames.size(); ++i) {
    if (has_split(level, family, static_cast<Split>(i))) names.emplace_back(kSplitNames[i]);
  }
  return names;
}

int default_limit_ticks(const Level& level, const Mission& mission) {
  const auto seconds_of = [&](const Clause& clause) {
    const int way = level.rooms_high > 1 ? 10 + 5 * level.rooms_high : 5;  // to the far end of the house and back
    switch (family_of(clause.verb)) {
      case Family::kLook:
      case Family::kGoTo:
      case Family::kRooms:
      case Family::kPickUp:
      case Family::kOpen:
      case Family::kSwitch: return 5 + way;
      case Family::kGoBack: return 5;  // who does not know where it was is not to find it by trying
      case Family::kDrop: return 10;
      case Family::kPut: return 15 + 2 * way * clause.object.count;
      case Family::kPush: return 25 + way;
      case Family::kBuild: return clause.verb == Verb::kStack ? 15 + 2 * way : (15 + 2 * way) * clause.count;
      case Family::kMenu: return clause.verb == Verb::kStore ? 10 + way : 10;
      default: return 30 + 2 * way;
    }
  };
  int seconds = seconds_of(mission.first);
  if (mission.joint != Joint::kNone) seconds += seconds_of(mission.second);
  return seconds * kTickRateHz;
}

}  // namespace atl::envs::playhouse
