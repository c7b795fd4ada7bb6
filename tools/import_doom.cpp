#include "tools/import_doom.h"

#include "core/error.h"
#include "core/files.h"
#include "core/stop.h"
#include "datasets/video/writer.h"
#include "datasets/writer.h"
#include "envs/desktop/doom/demo.h"
#include "envs/desktop/doom/demo_renderer.h"
#include "envs/desktop/doom/hud.h"
#include "envs/desktop/doom/motions.h"
#include "envs/desktop/doom/pickups.h"
#include "envs/desktop/doom/splits.h"
#include "envs/desktop/game/profile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <memory>

namespace atl::tools {
namespace {

namespace doom = envs::desktop;

constexpr std::uint64_t kProgressTics = 35;
constexpr std::string_view kWadFolder = "/usr/share/games/doom";  // of Debian's packages

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_file(const std::string& lump) { return lump.find('/') != std::string::npos || lump.ends_with(".lmp"); }

doom::DoomDemo read_demo(const doom::WadFile& wad, const std::string& lump) {
  return is_file(lump) ? doom::parse_demo(read_binary_file(lump), lump)
                       : doom::parse_demo(wad.lump(lump), wad.name() + ": " + lump);
}

SourceFacts facts_of(const doom::GameProfile& profile, const DoomDemoView& view) {
  SourceFacts facts = doom::source_facts(profile);
  facts.world_version = fmt::format("{} ({} bytes), demo {}", view.wad.filename().string(),
                                    std::filesystem::file_size(view.wad), view.lump);
  facts.clock = "world";
  facts.action_rate_hz = doom::kDoomTicsPerSecond;
  facts.codec = "h264";
  return facts;
}

// 4:4:4 at the game's own resolution: nothing that a policy could see is lost but what the encoder rounds off.
datasets::VideoWriterFactory video_factory() {
  video::VideoOptions options;
  options.rate_hz = doom::kDoomTicsPerSecond;
  return video::video_writer_factory(options);
}

datasets::EpisodeStart episode_start() {
  datasets::EpisodeStart start;
  start.time = from_ns(0);
  start.family = "free play";
  start.split = "train";
  start.player = "human";
  return start;
}

datasets::EpisodeEnd episode_end(std::uint64_t num_tics) {
  datasets::EpisodeEnd end;
  end.time = from_ns(0) + doom::doom_time(num_tics);
  end.num_steps = num_tics;
  end.verdict = "aborted";
  end.reason = "the demo ends; free play, nothing was asked for";
  end.judge = "none";
  return end;
}

// Writes one tic after the other as the game shows them.
class DemoRecorder {
 public:
  DemoRecorder(datasets::RecordingWriter& writer, std::vector<Action> actions, const doom::WadFile& wad)
      : writer_(writer), actions_(std::move(actions)), reader_(wad), table_(wad), tracker_(table_) {}

  void add(std::uint64_t tic, ImageView picture) {
    const Timestamp begin = from_ns(0) + doom::doom_time(tic);
    const Timestamp end = from_ns(0) + doom::doom_time(tic + 1);
    const Action& action = actions_[tic];
    for (const InputEvent& event : expand(action, held_, begin, Origin::kHuman)) writer_.input(event);
    held_ = action.held;
    // What the player saw when tic t began is the picture after tic t - 1.
    writer_.action({.step = tic,
                    .time = begin,
                    .action = action,
                    .origin = Origin::kHuman,
                    .observed_frame = static_cast<std::int64_t>(tic) - 1});
    copy_packed(picture, frame_.pixels);
    frame_.width_px = picture.width_px;
    frame_.height_px = picture.height_px;
    frame_.stride_bytes = std::ptrdiff_t{kBytesPerPixel} * picture.width_px;
    frame_.sequence = tic;
    frame_.requested = frame_.done = end;
    frame_.window = {0, 0, picture.width_px, picture.height_px};
    writer_.frame(frame_, tic + 1);
    if (auto pickup = tracker_.update(tic, reader_.read(picture))) pickups_.push_back(std::move(*pickup));
  }

  [[nodiscard]] const std::vector<doom::Pickup>& pickups() const { return pickups_; }
  [[nodiscard]] std::span<const Action> actions() const { return actions_; }

 private:
  datasets::RecordingWriter& writer_;
  const std::vector<Action> actions_;
  const doom::HudReader reader_;
  const doom::PickupTable table_;
  doom::PickupTracker tracker_;  // reads table_
  std::vector<doom::Pickup> pickups_;
  ControlSet held_;
  Frame frame_;
};

}  // namespace

DoomImportSummary import_doom_demo(const DoomDemoView& view, const std::filesystem::path& out,
                                   const std::function<void(std::uint64_t done, std::uint64_t tics)>& progress) {
  const doom::GameProfile profile = doom::load_profile("doom");
  // Before the folder is made, so that the import can be called again once the game is installed.
  if (const auto missing = doom::missing_parts(profile); !missing.empty())
    fail(ErrorKind::kEnvironment, "cannot import demos: {}", fmt::join(missing, "; "));
  const doom::WadFile wad(view.wad);
  const doom::DoomDemo demo = read_demo(wad, view.lump);
  const int player = view.player.value_or(demo.viewed_player);
  std::vector<Action> actions = doom::to_actions(demo.commands(player), static_cast<int>(profile.game.counts_per_turn));

  datasets::RecordingOptions options;
  options.folder = out;
  options.facts = facts_of(profile, view);
  options.video = video_factory();
  const auto writer = datasets::RecordingWriter::create(std::move(options));
  writer->begin_episode(episode_start());
  DemoRecorder recorder(*writer, std::move(actions), wad);
  doom::render_demo(profile, {.wad = view.wad}, demo, player, [&](std::uint64_t tic, ImageView picture) {
    // Not kEnvironment: that would be told as the game's failure.
    if (stop_requested())
      fail(ErrorKind::kFile, "stopped after {} of {} tics; {} is a part of the recording, remove it to import it again",
           tic, demo.num_tics(), out.string());
    recorder.add(tic, picture);
    if (tic % kProgressTics == 0) progress(tic, demo.num_tics());
  });
  auto instructions = doom::hindsight_instructions(recorder.pickups(), from_ns(0));
  const auto motions = doom::hindsight_motions(recorder.actions(), profile.game.counts_per_turn, from_ns(0));
  instructions.insert(instructions.end(), motions.begin(), motions.end());
  for (const Instruction& instruction : instructions) writer->instruction(instruction);
  writer->end_episode(episode_end(demo.num_tics()));
  writer->close();
  return {player, demo.num_tics(), recorder.pickups().size(), instructions.size()};
}

std::vector<DoomDemoView> all_doom_views(const std::vector<std::filesystem::path>& wads) {
  std::vector<DoomDemoView> views;
  for (const std::filesystem::path& path : wads) {
    const doom::WadFile wad(path);
    for (int number = 1; wad.find(fmt::format("DEMO{}", number)); ++number) {
      const std::string lump = fmt::format("DEMO{}", number);
      const std::vector<int> players = read_demo(wad, lump).players();
      if (players.size() == 1) {
        views.push_back({path, lump, std::nullopt});
      } else {
        for (const int player : players) views.push_back({path, lump, player});
      }
    }
  }
  return views;
}

std::string name_of(const DoomDemoView& view) {
  const std::string lump = is_file(view.lump) ? std::filesystem::path(view.lump).stem().string() : view.lump;
  std::string name = lower_case(view.wad.stem().string() + "-" + lump);
  if (view.player) name += fmt::format("-player{}", *view.player);
  return name;
}

datasets::Manifest doom_dataset(const std::vector<DoomDemoView>& views, const std::filesystem::path& folder) {
  const auto is_same_demo = [](const DoomDemoView& a, const DoomDemoView& b) {
    return a.wad == b.wad && a.lump == b.lump;
  };
  std::vector<std::size_t> demo_of;  // each view's
  std::vector<int> num_players;      // each demo's
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (i == 0 || !is_same_demo(views[i - 1], views[i])) num_players.push_back(0);
    ++num_players.back();
    demo_of.push_back(num_players.size() - 1);
  }
  const std::vector<std::string> splits = doom::split_demos(num_players);
  datasets::Manifest manifest;
  manifest.name = "doom-demo";
  for (std::size_t i = 0; i < views.size(); ++i)
    manifest.recordings.push_back({(folder / name_of(views[i])).string(), splits[demo_of[i]], 1.0});
  manifest.statistics = datasets::summarise(manifest);
  return manifest;
}

std::filesystem::path first_freedoom_wad() { return std::filesystem::path(kWadFolder) / "freedoom1.wad"; }

std::vector<std::filesystem::path> installed_freedoom_wads() {
  std::vector<std::filesystem::path> found;
  for (const char* name : {"freedoom1.wad", "freedoom2.wad", "freedm.wad"}) {
    const std::filesystem::path path = std::filesystem::path(kWadFolder) / name;
    if (std::filesystem::exists(path)) found.push_back(path);
  }
  return found;
}

}  // namespace atl::tools
