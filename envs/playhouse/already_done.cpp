#include "envs/playhouse/already_done.h"

#include "envs/playhouse/judge.h"
#include "envs/playhouse/lexicon.h"
#include "envs/playhouse/screens.h"

#include <fmt/core.h>

namespace atl::envs::playhouse {
namespace {

constexpr std::size_t kSelf = 0;

template <class Enum>
std::string_view plain(const std::vector<Sayings>& table, Enum value) {
  return table[static_cast<std::size_t>(value)].front().text;
}

// One clause, looked at in the start.
class Question {
 public:
  Question(const House& house, const State& start, const Clause& clause, const Targets& targets)
      : house_(house), start_(start), clause_(clause), targets_(targets), self_(start.players[kSelf]) {}

  /// What is so already of things and furniture.
  [[nodiscard]] std::string about_things() const {
    switch (clause_.verb) {
      case Verb::kPickUp: return each([&](Entity e) { return self_.holding == e; }) ? "you hold it already" : "";
      case Verb::kOpen: return each([&](Entity e) { return is_open(start_, e.fixture()); }) ? "it is open already" : "";
      case Verb::kClose:
        return each([&](Entity e) { return start_.fixtures[e.fixture()].angle == 0; }) ? "it is shut already" : "";
      case Verb::kTurnOn: return each([&](Entity e) { return is_on(start_, e.fixture()); }) ? "it is on already" : "";
      case Verb::kTurnOff:
        return each([&](Entity e) { return !is_on(start_, e.fixture()); }) ? "it is off already" : "";
      case Verb::kPut:
      case Verb::kStack:
      case Verb::kPush: return num_related() >= clause_.object.count ? "it is there already" : "";
      case Verb::kBuild:
        if (!is_built(house_, start_, clause_)) return "";
        return fmt::format("there is such a {} already", plain(lexicon().structures, clause_.structure));
      default: return "";
    }
  }

  /// The same of the player: where they stand, what they see, which screen is open. What a clause before it changes.
  [[nodiscard]] std::string about_player() const {
    switch (clause_.verb) {
      case Verb::kLookAt: return chosen_door_or_friend() ? "you look at it already" : "";
      case Verb::kGoTo: return chosen_door_or_friend() ? "you stand before it already" : "";
      case Verb::kGoBack: return "you are where you started: say what to do before";
      case Verb::kEnter: return is_in_room() ? fmt::format("you are in the {} already", room_name()) : "";
      case Verb::kFind: return is_in_room() && sees_object() ? "you see it already" : "";
      case Verb::kOpenMenu: return self_.screen == Screen::kWorld ? "" : "a screen is open already: close it first";
      case Verb::kOpenBag: return self_.screen == Screen::kBag ? "the bag is open already" : "";
      case Verb::kCloseMenu: return self_.screen == Screen::kMenu ? "" : "the menu is not open";
      case Verb::kCloseBag: return self_.screen == Screen::kBag ? "" : "the bag is not open";
      case Verb::kSetting: {
        if (is_set(self_, clause_.setting) != clause_.is_on) return "";
        return fmt::format("{} {} {} already", plain(lexicon().settings, clause_.setting),
                           clause_.setting == Setting::kHints ? "are" : "is", clause_.is_on ? "on" : "off");
      }
      default: return "";
    }
  }

 private:
  template <class Holds>
  [[nodiscard]] bool each(Holds is_so) const {
    for (std::size_t id = 0; id < targets_.objects.size(); ++id) {
      if (targets_.objects.test(id) && !is_so(Entity{static_cast<std::uint8_t>(id)})) return false;
    }
    return true;
  }
  template <class Holds>
  [[nodiscard]] bool any(Holds is_so) const {
    return !each([&](Entity e) { return !is_so(e); });
  }

  [[nodiscard]] int num_related() const {
    int count = 0;
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      count += targets_.objects.test(i) && is_related(house_, start_, start_, clause_, targets_, i) ? 1 : 0;
    }
    return count;
  }

  // No episode begins where anything else is chosen (is_choosing).
  [[nodiscard]] bool chosen_door_or_friend() const {
    return any([&](Entity e) {
      const bool is_door = e.is_fixture() && house_.fixtures[e.fixture()].kind == FixtureKind::kDoor;
      return (is_door || e.is_player()) && is_chosen(house_, start_, kSelf, clause_.verb, e);
    });
  }
  [[nodiscard]] bool sees_object() const {
    return any([&](Entity e) { return is_chosen(house_, start_, kSelf, Verb::kFind, e); });
  }
  [[nodiscard]] bool is_in_room() const { return house_.cell_at(self_.position) == targets_.room; }
  [[nodiscard]] std::string_view room_name() const { return kRoomNames[static_cast<std::size_t>(clause_.room)]; }

  const House& house_;
  const State& start_;
  const Clause& clause_;
  const Targets& targets_;
  const PlayerState& self_;
};

bool share_things(const Targets& a, const Targets& b) {
  return ((a.objects | a.places) & (b.objects | b.places)).any();
}

}  // namespace

std::string already_done(const House& house, const State& start, const Quest& quest) {
  const Joint joint = quest.mission.joint;
  for (int i = 0; i < quest.num_clauses(); ++i) {
    const auto index = static_cast<std::size_t>(i);
    const bool is_second = (joint == Joint::kThen && i == 1) || (joint == Joint::kAfter && i == 0);
    const Question question(house, start, quest.clause(i), quest.targets[index]);
    const bool may_change = is_second && share_things(quest.targets[0], quest.targets[1]);
    std::string problem = may_change ? "" : question.about_things();
    if (problem.empty() && !is_second) problem = question.about_player();
    if (!problem.empty()) return problem;
  }
  return "";
}

}  // namespace atl::envs::playhouse
