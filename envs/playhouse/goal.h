// What can be asked for in the house, as a value: the meaning of an instruction, before it is looked up in a house. The
// grammar (grammar.h) turns it into words and words into it; quest.h finds out which things it speaks of.
#pragma once

#include "envs/playhouse/kinds.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace atl::envs::playhouse {

/// The skill families, by which tasks are drawn and results are counted. Three need two players; the last two, a memory
/// of what was seen before.
enum class Family : std::uint8_t {
  kLook,   // look at something; turn left or right
  kGoTo,   // go to something; walk forward or back, jump
  kRooms,  // go to a room; find something in a room
  kPickUp,
  kDrop,       // put down what is held
  kPut,        // put things on, in, next to, behind, left or right of something
  kOpen,       // open or close doors and boxes
  kSwitch,     // turn lights and TVs on or off, press buttons
  kPush,       // push a thing to something, without picking it up
  kBuild,      // stack things; build towers, rows, walls and squares of blocks
  kMenu,       // bag and menu, by the pointer
  kSequence,   // two clauses of other families, in an order
  kHandOver,   // bring a thing to the other player
  kTogether,   // both stand on plates
  kHelp,       // one holds the button that keeps a door open while the other goes through
  kGoBack,     // something that leads away, then back to where the episode began
  kSeenFirst,  // of two things with one name, the one that was seen first
};
inline constexpr int kNumSoloFamilies = 12;
inline constexpr std::array<std::string_view, 17> kFamilyNames{
    "look at", "go to", "rooms",    "pick up",   "drop",     "put",  "open",    "switch",    "push",
    "build",   "menu",  "sequence", "hand over", "together", "help", "go back", "seen first"};
[[nodiscard]] constexpr bool is_for_two(Family family) {
  return family >= Family::kHandOver && family <= Family::kHelp;
}

enum class Verb : std::uint8_t {
  kLookAt,
  kTurnLeft,
  kTurnRight,  // kLook
  kGoTo,
  kWalkForward,
  kWalkBack,
  kJump,  // kGoTo
  kEnter,
  kFind,    // kRooms: `room`; `object` in `room`
  kPickUp,  // kPickUp
  kDrop,    // kDrop: `object`; the default, "the thing": whatever is held when the episode begins, if anything
  kPut,     // kPut: `object` `relation` `place`
  kOpen,
  kClose,  // kOpen
  kTurnOn,
  kTurnOff,
  kPress,  // kSwitch; kPress: buttons
  kPush,   // kPush: `object` to `place`
  kStack,
  kBuild,  // kBuild: `object` on the thing `place`; `structure`
  kOpenMenu,
  kCloseMenu,
  kOpenBag,
  kCloseBag,
  kStore,
  kTakeOut,
  kSetting,  // kMenu
  kGive,
  kBothStand,
  kHoldOpen,  // two players: `object` to the other; the other two have no parts
  kGoBack,    // to where the episode began
};
inline constexpr int kNumVerbs = static_cast<int>(Verb::kGoBack) + 1;
[[nodiscard]] Family family_of(Verb verb);

/// What a noun stands for.
struct AnyThing {  // "thing", "toy"
  friend constexpr bool operator==(AnyThing, AnyThing) = default;
};
struct OtherPlayer {  // "your friend"
  friend constexpr bool operator==(OtherPlayer, OtherPlayer) = default;
};
using Noun = std::variant<AnyThing, Shape, FixtureKind, OtherPlayer>;

/// Where something is: by room or furniture, or told from the pose in which the player stood when the episode began:
/// within 45 degrees of that side, in the same room. What is carried is in none of these places. Or which of those that
/// are meant otherwise the player has seen first (judge.h says when a thing is seen): told with "the" of things that
/// are looked at, gone to or picked up.
struct Location {
  enum class Kind : std::uint8_t { kNone, kLeft, kRight, kFront, kBehind, kInRoom, kOn, kIn, kSeenFirst };
  Kind kind = Kind::kNone;
  RoomName room = RoomName::kKitchen;         // of kInRoom
  FixtureKind fixture = FixtureKind::kTable;  // of kOn (one with a top) and kIn (a container)
  friend constexpr bool operator==(const Location&, const Location&) = default;
};

/// "the small red ball on the table". Fields that do not apply keep their defaults, so that equal meanings are equal.
struct NounPhrase {
  Noun noun = AnyThing{};
  std::optional<Size> size{};      // of things but blocks: no block is "small"
  std::optional<Colour> colour{};  // of things, buttons and boxes
  Location location{};             // of fixtures: never kOn, kIn or kSeenFirst
  bool is_definite = true;         // "the": exactly one matches; "a": any of several
  std::uint8_t count = 1;          // 2 or 3: "two red balls" (kPut only); then is_definite is false
  friend constexpr bool operator==(const NounPhrase&, const NounPhrase&) = default;
};

enum class Relation : std::uint8_t { kOn, kIn, kNextTo, kBehind, kLeftOf, kRightOf };
enum class Structure : std::uint8_t { kTower, kRow, kWall, kSquare };
/// Of the menu: what can be switched there by the pointer.
enum class Setting : std::uint8_t { kMusic, kHints, kNightMode };

/// One thing to do. Fields that `verb` does not use keep their defaults.
struct Clause {
  Verb verb = Verb::kGoTo;
  NounPhrase object{};
  Relation relation = Relation::kOn;        // of kPut. Behind, left and right: as seen from the start pose
  NounPhrase place{};                       // of kPut, kPush, kStack
  RoomName room = RoomName::kKitchen;       // of kEnter, kFind
  Structure structure = Structure::kTower;  // of kBuild
  std::uint8_t count = 0;                   // of kBuild: blocks, 2 to 5 (walls and squares: 4)
  std::optional<Colour> colour{};           // of kBuild: of all its blocks
  Setting setting = Setting::kMusic;        // of kSetting
  bool is_on = true;                        // of kSetting
  friend constexpr bool operator==(const Clause&, const Clause&) = default;
};

/// How two clauses are joined: in the order told ("a, then b"), the second first ("a after you b", "b before you a"),
/// in any order ("a and b").
enum class Joint : std::uint8_t { kNone, kThen, kAfter, kAnd };

struct Mission {
  Clause first{};
  Joint joint = Joint::kNone;
  Clause second{};  // default where there is no joint
  friend constexpr bool operator==(const Mission&, const Mission&) = default;
};
[[nodiscard]] Family family_of(const Mission& mission);

/// What is wrong with a mission's fields, in words ("only a box or a basket has an inside"); empty: it can be said.
/// Both the grammar and the drawing of quests keep to it. The text lives for ever.
[[nodiscard]] std::string_view problem_of(const Mission& mission);
/// The same of a clause by itself.
[[nodiscard]] std::string_view problem_of(const Clause& clause);

/// Whether a clause speaks of what was seen first.
[[nodiscard]] inline bool asks_for_seen_first(const Clause& clause) {
  return clause.object.location.kind == Location::Kind::kSeenFirst;
}

/// Whether only a house with two players can pose it: a verb for two, or a noun that is the other player.
[[nodiscard]] bool needs_two_players(const Mission& mission);

// ---- Held-out sets: fixed, part of the world's version. Never asked for in the split "train".

/// Pairs of colour and shape: one for each toy shape. Their things still stand about as distractors.
[[nodiscard]] bool is_held_out_pair(Colour colour, Shape shape);
/// Whether a noun of the mission names such a pair.
[[nodiscard]] bool mentions_held_out_pair(const Mission& mission);
/// Compositions: certain pairs of families in a sequence, in either order, and noun phrases with both a size and a
/// place. Each part occurs in training without the other.
[[nodiscard]] std::span<const std::pair<Family, Family>> held_out_families();
[[nodiscard]] bool is_held_out_composition(const Mission& mission);

}  // namespace atl::envs::playhouse
