// `atoll show`: a recording as a film for people, alone or in a page; a training run as a page of its curves.
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "datasets/video/png.h"
#include "tools/command.h"
#include "tools/film_page.h"
#include "tools/film_recording.h"
#include "tools/playhouse_pictures.h"
#include "tools/run_page.h"
#include "tools/worlds.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <numeric>

namespace atl::tools {
namespace {

struct ShowFlags {
  std::filesystem::path source;
  std::vector<std::uint64_t> episodes;
  std::uint64_t most = 20;
  bool salvage = false;
  std::vector<std::string> annotators;
  std::filesystem::path out;
};

std::unique_ptr<envs::SteppedEnvironment> create_world(const std::string& world, FrameSize frame) {
  return create_stepped_world(world, {.frame_width_px = frame.width_px, .frame_height_px = frame.height_px});
}

std::vector<std::uint64_t> choose_episodes(const ShowFlags& flags, std::uint64_t count) {
  if (!flags.episodes.empty()) return flags.episodes;
  std::vector<std::uint64_t> first(std::min(count, flags.most));
  std::iota(first.begin(), first.end(), std::uint64_t{0});
  if (first.size() < count)
    log_info("showing the first {} of {} episodes; --most N and --episode N choose others", first.size(), count);
  return first;
}

// The metrics of the training run that `source` is, or is a checkpoint of; empty if it is neither.
std::filesystem::path metrics_of(const std::filesystem::path& source) {
  constexpr const char* kMetricsFile = "metrics.jsonl";
  const std::filesystem::path folder = std::filesystem::weakly_canonical(source);
  if (std::filesystem::exists(folder / kMetricsFile)) return folder / kMetricsFile;
  const bool is_checkpoint = folder.filename().string().starts_with("checkpoint-");
  if (is_checkpoint && std::filesystem::exists(folder.parent_path() / kMetricsFile))
    return folder.parent_path() / kMetricsFile;
  return {};
}

void make_run_page(const ShowFlags& flags, const std::filesystem::path& metrics) {
  if (flags.out.extension() != ".html")
    fail(ErrorKind::kUsage, "--out {}: {} is a training run, which has curves and no film; name a file.html",
         flags.out.string(), flags.source.string());
  if (!flags.episodes.empty() || flags.salvage)
    fail(ErrorKind::kUsage, "--episode and --salvage choose from a recording; {} is a training run",
         flags.source.string());
  write_file_atomically(flags.out, run_page(metrics.parent_path().filename().string(), read_text_file(metrics)));
  fmt::print("curves: {}\n", flags.out.string());
}

void make_film(const ShowFlags& flags) {
  const bool is_page = flags.out.extension() == ".html";
  const auto recording = datasets::RecordingReader::open(
      flags.source, flags.salvage ? datasets::McapReadMode::kSalvage : datasets::McapReadMode::kWhole);
  const TemporaryFolder folder;
  const std::filesystem::path film_path = is_page ? folder.path() / "film.mp4" : flags.out;
  video::EpisodeVideo film(film_path, recording->facts().action_rate_hz);
  const std::vector<std::uint64_t> episodes = choose_episodes(flags, recording->episodes().size());
  const std::vector<Chapter> chapters = film_recording(*recording, episodes, create_world, film, flags.annotators);
  film.close();
  if (is_page)
    write_file_atomically(flags.out, film_page(flags.source.string(), chapters, read_binary_file(film_path)));
  fmt::print("{} episodes, {} pictures: {}\n", chapters.size(), film.num_pictures(), flags.out.string());
}

// The page of the built-in world: OUT/playhouse.md and the pictures in OUT/playhouse/.
void make_world_page(const std::filesystem::path& out) {
  constexpr const char* kPage = "playhouse";
  std::filesystem::create_directories(out / kPage);
  for (const NamedPicture& picture : draw_playhouse_pictures()) {
    const std::filesystem::path path = out / kPage / (picture.name + ".png");
    video::write_png(path, picture.frame.view());
    fmt::print("picture: {}\n", path.string());
  }
  const std::filesystem::path page = out / (std::string(kPage) + ".md");
  write_file_atomically(page, playhouse_page());
  fmt::print("page: {}\n", page.string());
}

}  // namespace

int run_show(std::vector<std::string> arguments) {
  CLI::App app{
      "A recording as a film: what was seen, with keys, mouse, instruction and verdict. A training run as a page of "
      "its "
      "curves",
      "atoll show"};
  ShowFlags flags;
  app.add_option("source", flags.source, "a recording, a run that `atoll train` made, or `playhouse` for its page")
      ->required();
  app.add_option(
         "--out", flags.out,
         "the file to make: .mp4, or .html with the film or the curves inside; of playhouse: the folder of the page")
      ->required();
  app.add_option("--episode", flags.episodes, "only this one, from 0; may be repeated")->take_all();
  app.add_option("--most", flags.most, "how many episodes without --episode")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--labels", flags.annotators,
                 "whose labels stand above the pictures: of each episode those of the first annotator named here who "
                 "touched it; may be repeated")
      ->take_all();
  app.add_flag("--salvage", flags.salvage, "show what is intact of a recording that was cut or damaged");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;
  if (flags.source == "playhouse" && !std::filesystem::exists(flags.source)) {
    make_world_page(flags.out);
    return 0;
  }
  if (flags.out.extension() != ".html" && flags.out.extension() != ".mp4")
    fail(ErrorKind::kUsage, "--out {}: expected a name that ends in .mp4 or .html", flags.out.string());
  if (std::filesystem::exists(flags.out))
    fail(ErrorKind::kFile, "{} exists; name a new file, or move it away first", flags.out.string());
  if (const std::filesystem::path metrics = metrics_of(flags.source); !metrics.empty()) {
    make_run_page(flags, metrics);
  } else {
    make_film(flags);
  }
  return 0;
}

}  // namespace atl::tools
