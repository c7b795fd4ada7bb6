#include "envs/playhouse/subgoal.h"

#include "envs/playhouse/episode.h"

#include <fmt/format.h>

namespace atl::envs::playhouse {

std::string to_text(const House& house, const Subgoal& subgoal) {
  const auto name = [&](Entity entity) -> std::string {
    return entity.is_some() ? "the " + name_at(house, entity) : "something";
  };
  const std::string what = name(subgoal.entity);
  const std::string to = subgoal.to.is_some() ? " to " + name(subgoal.to) : "";
  switch (subgoal.kind) {
    case Subgoal::Kind::kWait: return "wait";
    case Subgoal::Kind::kWander: return "wander about";
    case Subgoal::Kind::kMakeWay: return "make way";
    case Subgoal::Kind::kTurnAround: return "turn";
    case Subgoal::Kind::kWalk: return "walk";
    case Subgoal::Kind::kJump: return "jump";
    case Subgoal::Kind::kLookFor: return "look for " + what;
    case Subgoal::Kind::kGoTo: return "walk to " + what;
    case Subgoal::Kind::kLookAt: return "look at " + what;
    case Subgoal::Kind::kTake: return "pick up " + what;
    case Subgoal::Kind::kCarry: return "carry " + what + to;
    case Subgoal::Kind::kPutDown: return "put down " + what;
    case Subgoal::Kind::kOpen: return "open " + what;
    case Subgoal::Kind::kClose: return "close " + what;
    case Subgoal::Kind::kTurnOn: return "turn on " + what;
    case Subgoal::Kind::kTurnOff: return "turn off " + what;
    case Subgoal::Kind::kPress: return "press " + what;
    case Subgoal::Kind::kPush: return "push " + what + to;
    case Subgoal::Kind::kGive: return "hand over " + what;
    case Subgoal::Kind::kOpenMenu: return "open the menu";
    case Subgoal::Kind::kOpenBag: return "open the bag";
    case Subgoal::Kind::kCloseScreen: return "close the screen";
    case Subgoal::Kind::kStore: return "put " + what + " into the bag";
    case Subgoal::Kind::kTakeOut: return "take " + what + " out of the bag";
    case Subgoal::Kind::kClick: return "point and click";
    case Subgoal::Kind::kGoBack: return "walk back to the start";
    case Subgoal::Kind::kEnter:
      return fmt::format("walk to the {}", kRoomNames[static_cast<std::size_t>(house.cells[subgoal.room].name)]);
  }
  return {};
}

}  // namespace atl::envs::playhouse
