// `atoll label`: instructions and success marks for finished recordings, by hand on a local page or by hindsight rule.
#include "core/error.h"
#include "core/log.h"
#include "core/stop.h"
#include "datasets/video/jpeg.h"
#include "datasets/video/keyboard_layout.h"
#include "datasets/video/reader.h"
#include "tools/command.h"
#include "tools/hindsight.h"
#include "tools/recording_list.h"
#include "tools/web_flags.h"
#include "tools/worlds.h"
#include "web/label_page.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace atl::tools {
namespace {

constexpr int kJpegQuality = 88;
constexpr int kSmallQuality = 96;  // of pictures at agent size, which a page enlarges
constexpr int kSmall_px = 320;

struct LabelFlags {
  std::vector<std::filesystem::path> paths;
  std::string annotator = login_name();
  WebFlags web;
  bool draft = false;
  bool json = false;
};

std::string keyboard_json() {
  nlohmann::ordered_json caps = nlohmann::ordered_json::array();
  for (const video::KeyCap& cap : video::keyboard_layout())
    caps.push_back({{"control", cap.control}, {"label", cap.label}, {"x", cap.x}, {"y", cap.y}, {"width", cap.width}});
  return caps.dump();
}

web::PictureParts picture_parts() {
  return {
      .open_video = video::video_reader_factory(),
      .encode_jpeg =
          [](ImageView picture, int most_px) {
            return video::encode_jpeg(picture, picture.width_px <= kSmall_px ? kSmallQuality : kJpegQuality, most_px);
          },
      .create_world =
          [](const std::string& world, FrameSize frame) {
            return create_stepped_world(world, {.frame_width_px = frame.width_px, .frame_height_px = frame.height_px});
          }};
}

// The rules alone, over every episode that has one.
int draft_all(const LabelFlags& flags, const std::vector<std::filesystem::path>& recordings) {
  std::size_t drafted = 0;
  std::size_t episodes = 0;
  for (const std::filesystem::path& folder : recordings) {
    const auto reader = datasets::RecordingReader::open(folder);
    const web::DraftRule rule = find_draft_rule(reader->facts().world);
    if (!rule) {
      log_warning("{}: there is no rule for the world {}", folder.string(), reader->facts().world);
      continue;
    }
    web::OpenRecording recording(folder, flags.annotator, picture_parts());
    for (std::size_t i = 0; i < reader->episodes().size() && !stop_requested(); ++i, ++episodes) {
      show_progress(fmt::format("label {}, episode {}", folder.string(), i));
      drafted += nlohmann::json::parse(recording.draft(i, rule)).at("changes").size();
    }
  }
  end_progress();
  if (flags.json)
    fmt::print(
        "{}\n",
        nlohmann::ordered_json{{"annotator", flags.annotator}, {"episodes", episodes}, {"drafted", drafted}}.dump());
  else
    fmt::print("{} instructions drafted in {} episodes for {}\n", drafted, episodes, flags.annotator);
  return 0;
}

}  // namespace

int run_label(std::vector<std::string> arguments) {
  CLI::App app{
      "Gives finished recordings instructions and success marks: on a page in the browser, until Ctrl-C. What is done "
      "there is saved at once, in labels/ANNOTATOR.jsonl beside each recording",
      "atoll label"};
  LabelFlags flags;
  app.add_option("recordings", flags.paths, "recordings, folders of them, or datasets (.toml)")->required();
  app.add_option("--annotator", flags.annotator, "whose labels; those of others are neither shown nor touched")
      ->capture_default_str();
  app.add_flag("--draft", flags.draft,
               "serve no page: let the hindsight rules of the worlds (doom, playhouse) draft labels for all episodes");
  add_web_flags(app, flags.web);
  app.add_flag("--json", flags.json, "one JSON object on stdout, with the page's address");
  if (const auto exit_code = parse_flags(app, std::move(arguments))) return *exit_code;

  std::vector<std::filesystem::path> recordings;
  for (const datasets::ManifestRecording& recording : find_recordings(flags.paths))
    recordings.emplace_back(recording.path);
  if (flags.draft) return draft_all(flags, recordings);
  web::HttpServer server(server_options(flags.web));
  const web::LabelPage page(server, {.recordings = recordings,
                                     .annotator = flags.annotator,
                                     .parts = picture_parts(),
                                     .find_draft_rule = find_draft_rule,
                                     .keyboard_json = keyboard_json()});
  server.start();
  announce_page("label", server, flags.json);
  wait_for_stop();
  server.stop();
  return 0;
}

}  // namespace atl::tools
