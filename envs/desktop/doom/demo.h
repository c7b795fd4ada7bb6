// Doom demos (.lmp, version 109): what each player pressed at each tic of 1/35 s, as Doom 1.9 records it.
// Source: "The Unofficial Doom Specs" and the demo reader of the Doom 1.10 sources (g_game.c, G_DoPlayDemo).
#pragma once

#include "core/action.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::envs::desktop {

inline constexpr int kDoomPlayers = 4;
inline constexpr int kDoomTicsPerSecond = 35;

/// When tic `tic` begins, after tic 0: exact to the nanosecond, without drift.
[[nodiscard]] constexpr Duration doom_time(std::uint64_t tic) {
  return Duration(static_cast<std::int64_t>(tic * 1'000'000'000 / kDoomTicsPerSecond));
}

/// One player's command of one tic.
struct DoomCommand {
  std::int8_t forward = 0;   // forward positive; walking 25, running 50
  std::int8_t side = 0;      // right positive; walking 24, running 40
  std::int8_t turn = 0;      // 1/256 of a full turn, left positive
  std::uint8_t buttons = 0;  // bit 0 fire, 1 use, 2 weapon change to the number in bits 3 to 5; bit 7 special
  friend bool operator==(const DoomCommand&, const DoomCommand&) = default;
};

struct DoomDemo {
  int skill = 0;  // 0 .. 4
  int episode = 1;
  int map = 1;
  bool deathmatch = false;
  int viewed_player = 0;  // whose eyes the game shows
  std::array<bool, kDoomPlayers> playing{};
  std::vector<std::uint8_t> lump;  // the demo as stored, end mark included

  [[nodiscard]] std::vector<int> players() const;  // numbers of those who play, 0 .. 3
  [[nodiscard]] std::size_t num_tics() const;
  /// The commands of one player, one a tic. Throws Error(kUsage) if he does not play.
  [[nodiscard]] std::vector<DoomCommand> commands(int player) const;
};

/// Reads a lump; `name` stands for it in messages. Throws Error(kVersion) for another version than 109, Error(kFormat)
/// for a header or an end that cannot be.
[[nodiscard]] DoomDemo parse_demo(std::span<const std::uint8_t> lump, const std::string& name);

/// The lump as seen by `player`: the same play, another view. Throws Error(kUsage) if he does not play.
[[nodiscard]] std::vector<std::uint8_t> lump_for_view(const DoomDemo& demo, int player);

/// The commands as actions at 35 Hz, for the controls of profiles/doom.toml: w a s d walk, left shift runs, e uses,
/// mouse_left fires, digits change the weapon, mouse counts turn. Speeds become the nearest of standing, walking and
/// running; a special tic (pause, save) presses no buttons. `counts_per_turn`: a multiple of 256, so that every turn is
/// a whole number of counts.
[[nodiscard]] std::vector<Action> to_actions(std::span<const DoomCommand> commands, int counts_per_turn);

}  // namespace atl::envs::desktop
