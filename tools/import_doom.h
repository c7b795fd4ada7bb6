// Turns human demos that ship with Doom's WADs into recordings: rendered by dsda-doom, one picture and one action a
// tic.
#pragma once

#include "datasets/manifest.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace atl::tools {

/// One demo as one player saw it.
struct DoomDemoView {
  std::filesystem::path wad;
  std::string lump;           // a lump of the WAD ("DEMO1"), or the path of a .lmp file
  std::optional<int> player;  // 0 .. 3; nothing: the one the demo shows
};

struct DoomImportSummary {
  int player = 0;
  std::uint64_t tics = 0;
  std::uint64_t pickups = 0;       // read from the message line
  std::uint64_t instructions = 0;  // in hindsight, from those and from what the player did
};

/// Writes the recording `out` (new or empty) with one episode at 35 actions a second on the world's clock: action t is
/// what was pressed in tic t, the picture after tic t is the one that action t + 1 answers to (step t + 1). `progress`
/// is called now and then with the tics that are done and their number. Throws Error of the parts; stops with
/// Error(kFile) when the process is asked to stop; what is written then is only a part. Nothing is written where the
/// game is missing.
DoomImportSummary import_doom_demo(const DoomDemoView& view, const std::filesystem::path& out,
                                   const std::function<void(std::uint64_t done, std::uint64_t tics)>& progress);

/// Every demo of `wads` and each of its players.
[[nodiscard]] std::vector<DoomDemoView> all_doom_views(const std::vector<std::filesystem::path>& wads);

/// "freedm-demo1-player2": a folder's name for a view; without player where there is only one.
[[nodiscard]] std::string name_of(const DoomDemoView& view);

/// The dataset of `views` (of all_doom_views), each imported to `folder`/name_of(view): splits by
/// envs::desktop::split_demos, statistics counted. Throws Error of the recordings.
[[nodiscard]] datasets::Manifest doom_dataset(const std::vector<DoomDemoView>& views,
                                              const std::filesystem::path& folder);

/// Where Debian's freedoom package has its first WAD; it need not be there.
[[nodiscard]] std::filesystem::path first_freedoom_wad();

/// The WADs of Debian's freedoom and freedm packages that are installed.
[[nodiscard]] std::vector<std::filesystem::path> installed_freedoom_wads();

}  // namespace atl::tools
