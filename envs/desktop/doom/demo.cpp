#include "envs/desktop/doom/demo.h"

#include "core/error.h"

#include <fmt/ranges.h>

#include <cstdlib>

namespace atl::envs::desktop {
namespace {

constexpr std::uint8_t kVersion109 = 109;
constexpr std::uint8_t kEndMark = 0x80;
constexpr std::size_t kHeaderBytes = 13;
constexpr std::size_t kViewedPlayerByte = 8;
constexpr std::size_t kPlayingByte = 9;
constexpr std::size_t kCommandBytes = 4;

constexpr std::uint8_t kFire = 1;
constexpr std::uint8_t kUse = 2;
constexpr std::uint8_t kChangeWeapon = 4;
constexpr int kWeaponShift = 3;
constexpr std::uint8_t kWeaponMask = 7;
constexpr std::uint8_t kSpecial = 0x80;

constexpr int kTurnUnits = 256;  // values of the turn byte in a full turn

// Walking and running speeds along one axis: {25, 50} forward and back, {24, 40} to the sides.
struct Speeds {
  int walk;
  int run;
};

enum class Pace { kStand, kWalk, kRun };

// The key state that comes nearest to a speed; speeds in between come from mice that walk.
Pace pace_of(int speed, Speeds speeds) {
  const int size = std::abs(speed);
  if (2 * size < speeds.walk) return Pace::kStand;
  return 2 * size < speeds.walk + speeds.run ? Pace::kWalk : Pace::kRun;
}

void check_header(std::span<const std::uint8_t> lump, const std::string& name) {
  if (lump.size() <= kHeaderBytes)
    fail(ErrorKind::kFormat, "demo {}: {} bytes, expected a header of {} and at least the end mark", name, lump.size(),
         kHeaderBytes);
  if (lump[0] != kVersion109)
    fail(ErrorKind::kVersion, "demo {}: version {}, expected {} (Doom 1.9); record it with -complevel 2", name, lump[0],
         kVersion109);
  if (lump[1] > 4) fail(ErrorKind::kFormat, "demo {}: skill {}, expected 0 to 4", name, lump[1]);
  if (lump[kViewedPlayerByte] >= kDoomPlayers)
    fail(ErrorKind::kFormat, "demo {}: viewed player {}, expected 0 to {}", name, lump[kViewedPlayerByte],
         kDoomPlayers - 1);
  for (std::size_t i = 0; i < kDoomPlayers; ++i) {
    if (lump[kPlayingByte + i] > 1)
      fail(ErrorKind::kFormat, "demo {}: playing mark {} of player {}, expected 0 or 1", name, lump[kPlayingByte + i],
           i);
  }
}

void require_playing(const DoomDemo& demo, int player) {
  if (player < 0 || player >= kDoomPlayers || !demo.playing[static_cast<std::size_t>(player)])
    fail(ErrorKind::kUsage, "player {} does not play in this demo; its players are {}", player,
         fmt::join(demo.players(), ", "));
}

// The actions of one tic: what is held in it.
ControlSet held_in(const DoomCommand& command) {
  ControlSet held;
  const auto press = [&](std::string_view name) { held.set(static_cast<std::size_t>(index_of(control_named(name)))); };
  const Pace forward = pace_of(command.forward, {25, 50});
  const Pace side = pace_of(command.side, {24, 40});
  if (forward != Pace::kStand) press(command.forward > 0 ? "w" : "s");
  if (side != Pace::kStand) press(command.side > 0 ? "d" : "a");
  if (forward == Pace::kRun || side == Pace::kRun) press("left_shift");
  if ((command.buttons & kSpecial) != 0) return held;
  if ((command.buttons & kFire) != 0) press("mouse_left");
  if ((command.buttons & kUse) != 0) press("e");
  if ((command.buttons & kChangeWeapon) != 0)
    press(std::to_string(1 + (command.buttons >> kWeaponShift & kWeaponMask)));
  return held;
}

}  // namespace

std::vector<int> DoomDemo::players() const {
  std::vector<int> numbers;
  for (int i = 0; i < kDoomPlayers; ++i) {
    if (playing[static_cast<std::size_t>(i)]) numbers.push_back(i);
  }
  return numbers;
}

std::size_t DoomDemo::num_tics() const { return (lump.size() - kHeaderBytes - 1) / (kCommandBytes * players().size()); }

std::vector<DoomCommand> DoomDemo::commands(int player) const {
  require_playing(*this, player);
  const std::size_t stride = kCommandBytes * players().size();
  std::size_t at = kHeaderBytes;
  for (int i = 0; i < player; ++i) at += playing[static_cast<std::size_t>(i)] ? kCommandBytes : 0;
  std::vector<DoomCommand> commands(num_tics());
  for (DoomCommand& command : commands) {
    command = {static_cast<std::int8_t>(lump[at]), static_cast<std::int8_t>(lump[at + 1]),
               static_cast<std::int8_t>(lump[at + 2]), lump[at + 3]};
    at += stride;
  }
  return commands;
}

DoomDemo parse_demo(std::span<const std::uint8_t> lump, const std::string& name) {
  check_header(lump, name);
  DoomDemo demo{.skill = lump[1],
                .episode = lump[2],
                .map = lump[3],
                .deathmatch = lump[4] != 0,
                .viewed_player = lump[kViewedPlayerByte],
                .playing = {},
                .lump = {}};
  for (std::size_t i = 0; i < kDoomPlayers; ++i) demo.playing[i] = lump[kPlayingByte + i] == 1;
  if (demo.players().empty()) fail(ErrorKind::kFormat, "demo {}: nobody plays, expected 1 to {}", name, kDoomPlayers);
  if (!demo.playing[static_cast<std::size_t>(demo.viewed_player)])
    fail(ErrorKind::kFormat, "demo {}: the viewed player {} does not play; players are {}", name, demo.viewed_player,
         fmt::join(demo.players(), ", "));

  // The end mark stands where a tic would begin; ports append text after it.
  const std::size_t stride = kCommandBytes * demo.players().size();
  std::size_t end = kHeaderBytes;
  while (end < lump.size() && lump[end] != kEndMark) end += stride;
  if (end >= lump.size())
    fail(ErrorKind::kFormat, "demo {}: no end mark after {} whole tics of {} bytes; it is cut short", name,
         (lump.size() - kHeaderBytes) / stride, stride);
  demo.lump.assign(lump.begin(), lump.begin() + static_cast<std::ptrdiff_t>(end) + 1);
  return demo;
}

std::vector<std::uint8_t> lump_for_view(const DoomDemo& demo, int player) {
  require_playing(demo, player);
  std::vector<std::uint8_t> lump = demo.lump;
  lump[kViewedPlayerByte] = static_cast<std::uint8_t>(player);
  return lump;
}

std::vector<Action> to_actions(std::span<const DoomCommand> commands, int counts_per_turn) {
  ATOLL_CHECK(counts_per_turn > 0 && counts_per_turn % kTurnUnits == 0, "{} counts a turn, expected a multiple of {}",
              counts_per_turn, kTurnUnits);
  std::vector<Action> actions;
  actions.reserve(commands.size());
  ControlSet before;
  for (const DoomCommand& command : commands) {
    Action action;
    action.held = held_in(command);
    action.dx = -command.turn * (counts_per_turn / kTurnUnits);
    actions.push_back(normalise(action, before));
    before = action.held;
  }
  return actions;
}

}  // namespace atl::envs::desktop
