// `atoll import`: turns recordings of other programs into Atoll's.
#include "core/error.h"
#include "core/log.h"
#include "tools/command.h"
#include "tools/import_doom.h"
#include "tools/import_owamcap.h"

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

int run_owamcap(const OwaImport& flags, const std::filesystem::path& out) {
  const auto summary = import_owamcap(flags, out, [&](std::uint64_t done, std::uint64_t pictures) {
    show_progress(fmt::format("{}: picture {} of {}", flags.source.filename().string(), done, pictures));
  });
  end_progress();
  fmt::print("{}: {:.1f} s, {} pictures, {} steps, {} input events, {} left out\n", out.string(), summary.seconds,
             summary.pictures, summary.steps, summary.events, summary.dropped);
  return 0;
}

void add_owamcap_flags(CLI::App& owa, OwaImport& flags, std::filesystem::path& out) {
  owa.add_option("recording", flags.source, "the .mcap file; its film lies beside it")->required();
  owa.add_option("--world", flags.world, "what is played, for the facts")->capture_default_str();
  owa.add_option("--instruction", flags.instruction, "what was asked for, all the time; default: unknown");
  owa.add_option("--rate", flags.action_rate_hz, "steps of the action clock per second")
      ->check(CLI::Range(1.0, 1000.0))
      ->capture_default_str();
  owa.add_option("--counts-per-turn", flags.counts_per_turn, "mouse counts per 360 degrees in the game; 0: unknown")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  owa.add_option("--max-width", flags.max_width_px, "wider pictures are shrunk by a whole number; 0: as they are")
      ->check(CLI::Range(0, 16384))
      ->capture_default_str();
  owa.add_option("--out", out, "a new folder for the recording")->required();
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
  OwaImport owa;
  CLI::App& owamcap = *app.add_subcommand("owamcap", "recordings of open-world-agents (ocap)");
  add_owamcap_flags(owamcap, owa, flags.out);
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;
  if (owamcap.parsed()) return run_owamcap(owa, flags.out);
  if (flags.all) {
    import_all(flags);
  } else {
    if (flags.lump.empty()) fail(ErrorKind::kUsage, "which demo? Name a lump (DEMO1) or a .lmp file, or give --all");
    import_one(flags);
  }
  return 0;
}

}  // namespace atl::tools
