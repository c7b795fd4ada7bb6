// Doom data for tests: the WADs of Debian's freedoom and freedm packages, and demos made by hand.
#pragma once

#include "envs/desktop/doom/demo.h"
#include "envs/desktop/doom/wad.h"
#include "tests/error_of.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::envs::desktop {

inline std::filesystem::path wad_path(const std::string& name) {
  return std::filesystem::path("/usr/share/games/doom") / (name + ".wad");
}

/// The WAD, read once.
inline const WadFile& freedoom2() {
  static const WadFile wad(wad_path("freedoom2"));
  return wad;
}

/// A lump with one command a tic for each of `num_players` players, viewed by player 0.
inline std::vector<std::uint8_t> make_lump(const std::vector<DoomCommand>& commands, int num_players = 1) {
  std::vector<std::uint8_t> lump = {109, 2, 1, 1, 0, 0, 0, 0, 0};
  for (int i = 0; i < kDoomPlayers; ++i) lump.push_back(i < num_players ? 1 : 0);
  for (const DoomCommand& c : commands) {
    for (const int byte : {int{c.forward}, int{c.side}, int{c.turn}, int{c.buttons}})
      lump.push_back(static_cast<std::uint8_t>(byte));
  }
  lump.push_back(0x80);
  return lump;
}

using tests::error_of;

}  // namespace atl::envs::desktop
