// `atoll import`: turns recordings of other programs into Atoll's.
#include "core/error.h"
#include "core/log.h"
#include "tools/command.h"
#include "tools/import_doom.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>

namespace atl::tools {
namespace {

struct ImportFlags {
  std::string lump;
  std::filesystem::path wad;
  int player = -1;
  bool all = false;
  std::filesystem::path out;
};

void import_view(const DoomDemoView& view, const std::filesystem::path& out, const std::string& position) {
  const std::string name = name_of(view);
  const auto summary = import_doom_demo(view, out, [&](std::uint64_t done, std::uint64_t tics) {
    show_progress(fmt::format("{}{}: tic {} of {}", position, name, done, tics));
  });
  end_progress();
  fmt::print("{}: player {}, {} tics, {} pickups, {} instructions\n", out.string(), summary.player, summary.tics,
             summary.pickups, summary.instructions);
}

void import_all(const ImportFlags& flags) {
  std::vector<std::filesystem::path> wads = installed_freedoom_wads();
  if (!flags.wad.empty()) wads = {flags.wad};
  if (wads.empty())
    fail(ErrorKind::kUsage, "no WAD is installed; run: apt-get install freedoom freedm, or name one with --wad");
  const std::vector<DoomDemoView> views = all_doom_views(wads);
  for (std::size_t i = 0; i < views.size(); ++i)
    import_view(views[i], flags.out / name_of(views[i]), fmt::format("[{}/{}] ", i + 1, views.size()));
  const datasets::Manifest dataset = doom_dataset(views, flags.out);
  datasets::save_manifest(flags.out / "dataset.toml", dataset);
  const auto count = [&](const char* split) {
    return std::count_if(dataset.recordings.begin(), dataset.recordings.end(),
                         [&](const datasets::ManifestRecording& recording) { return recording.split == split; });
  };
  fmt::print("{}: {:.0f} s in {} recordings for training, {} for development, {} held out\n",
             (flags.out / "dataset.toml").string(), dataset.statistics.seconds, count("training"), count("development"),
             count("held_out"));
}

void import_one(const ImportFlags& flags) {
  DoomDemoView view{flags.wad, flags.lump, std::nullopt};
  if (view.wad.empty()) view.wad = first_freedoom_wad();
  if (flags.player >= 0) view.player = flags.player;
  import_view(view, flags.out, "");
}

}  // namespace

int run_import(std::vector<std::string> arguments) {
  CLI::App app{"Turns other recordings into Atoll's", "atoll import"};
  app.require_subcommand(1);
  ImportFlags flags;
  CLI::App& demo = *app.add_subcommand("doom-demo", "human demos of Doom, rendered by dsda-doom");
  CLI::Option* lump = demo.add_option("lump", flags.lump, "a lump of the WAD (DEMO1), or a .lmp file");
  demo.add_option("--wad", flags.wad, "the WAD that the demo was recorded with (default: Freedoom's first)");
  CLI::Option* player =
      demo.add_option("--player", flags.player, "whose view, 0 to 3 (default: the one the demo shows)")
          ->check(CLI::Range(0, 3));
  CLI::Option* all = demo.add_flag("--all", flags.all, "every demo and player of --wad, else of all installed WADs");
  demo.add_option(
          "--out", flags.out,
          "folder of the recording; with --all, of one folder a recording and of dataset.toml, which splits them into\n"
          "training, development and held out, all views of one demo alike")
      ->required();
  all->excludes(lump)->excludes(player);
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;
  if (flags.all) {
    import_all(flags);
  } else {
    if (flags.lump.empty()) fail(ErrorKind::kUsage, "which demo? Name a lump (DEMO1) or a .lmp file, or give --all");
    import_one(flags);
  }
  return 0;
}

}  // namespace atl::tools
