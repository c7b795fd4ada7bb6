#include "tools/run_config.h"

#include "core/error.h"
#include "core/files.h"
#include "tools/measured_sync.h"

#if ATOLL_HAS_DESKTOP
#include "datasets/video/audio_writer.h"
#include "datasets/video/writer.h"
#endif
#include "tools/videos.h"

#include <algorithm>

namespace atl::tools {
namespace {

constexpr int kLargePicture_px = 500'000;       // more are not for agents to see as they are
constexpr std::size_t kQueueBytes = 192 << 20;  // that waiting pictures may take,
constexpr int kAudioQueue = 32;                 // tenths of a second of sound that may wait for the encoder
constexpr std::size_t kLeastQueue = 8;          // but so many may always wait

#if ATOLL_HAS_DESKTOP
video::VideoOptions video_options(const RecordConfig& config, FrameSize size, double rate_hz, double queue_s) {
  const bool is_large = size.width_px * size.height_px > kLargePicture_px;
  const bool is_420 = config.chroma == "420" || (config.chroma == "auto" && (is_large || config.encoder == "vaapi"));
  video::VideoOptions options;
  options.encoder = config.encoder;
  options.chroma = is_420 ? video::Chroma::k420 : video::Chroma::k444;
  options.crf = config.crf >= 0 ? config.crf : is_420 ? 21 : 16;
  options.preset = config.preset != "auto" ? config.preset : is_large ? "ultrafast" : "superfast";
  options.rate_hz = rate_hz;
  options.fast_decode = config.fast_decode;
  options.keyframe_interval = std::max(15, static_cast<int>(rate_hz / 2));
  if (queue_s <= 0.0) return options;
  const std::size_t bytes = static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px) * 4;
  const auto wanted = static_cast<std::size_t>(queue_s * rate_hz);
  options.queue_capacity =
      static_cast<int>(std::max(kLeastQueue, std::min(wanted, kQueueBytes / std::max<std::size_t>(1, bytes))));
  return options;
}
#endif

datasets::VideoWriterFactory video_factory(const RecordConfig& config, double rate_hz, const RecordingPlace& place) {
#if ATOLL_HAS_DESKTOP
  return [config, rate_hz, place](const std::filesystem::path& path, FrameSize size) {
    video::VideoOptions options = video_options(config, size, rate_hz, place.queue_s);
    options.append = place.go_on;
    return video::create_video_writer(path, size, options);
  };
#else
  static_cast<void>(config);
  static_cast<void>(rate_hz);
  static_cast<void>(place);
  fail(ErrorKind::kUsage, "record.video is true, but this build cannot write video: configure with -DATOLL_DESKTOP=ON");
#endif
}

// run.toml, or run-2.toml and so on beside those of the recorders before.
std::filesystem::path new_config_file(const std::filesystem::path& folder) {
  std::filesystem::path path = folder / "run.toml";
  for (int i = 2; std::filesystem::exists(path); ++i) path = folder / fmt::format("run-{}.toml", i);
  return path;
}

}  // namespace

void describe(ConfigVisitor& v, RecordConfig& config) {
  v.field("video", &config.video);
  v.field("frame_rate_hz", &config.frame_rate_hz, {.min = -1, .max = 1000});
  v.field("encoder", &config.encoder, {.one_of = {"auto", "x264", "vaapi", "nvenc"}});
  v.field("chroma", &config.chroma, {.one_of = {"auto", "444", "420"}});
  v.field("preset", &config.preset,
          {.one_of = {"auto", "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
                      "veryslow"}});
  v.field("crf", &config.crf, {.min = -1, .max = 51});
  v.field("fast_decode", &config.fast_decode);
  v.field("threads", &config.threads, {.min = 0, .max = 1024});
  v.field("audio", &config.audio);
  v.field("audio_from", &config.audio_from);
  v.field("owa_topics", &config.owa_topics);
  v.field("indicator", &config.indicator);
  v.table("hotkeys", config.hotkeys);
  v.table("watch", config.watch);
}

void describe(ConfigVisitor& v, RunConfig& config) {
  v.table("record", config.record);
  v.table("expert", config.expert);
  v.table("policy", config.policy);
  v.table("takeover", config.takeover);
  v.table("world", config.world);
  v.table("live", config.live);
}

RunConfig load_run_config(const CommonFlags& flags, bool is_live) {
  RunConfig config;
  config.record.video = is_live;
  config_document(flags).read(config);
  return config;
}

double recorded_frame_rate(const RecordConfig& config, const envs::EnvironmentSpec& world, bool by_person,
                           bool is_playhouse) {
  if (config.frame_rate_hz >= 0.0) return config.frame_rate_hz;
  if (!by_person || is_playhouse) return 0.0;
  constexpr int k720p = 1280 * 720;
  const double most_hz = world.frame.width_px * world.frame.height_px > k720p ? 30.0 : 60.0;
  return std::min(world.frame_rate_hz, most_hz);
}

std::unique_ptr<datasets::RecordingWriter> create_recording(const RecordingPlace& place,
                                                            const envs::EnvironmentSpec& world, const RunConfig& config,
                                                            double frame_rate_hz) {
  datasets::RecordingOptions options;
  options.folder = place.folder;
  options.go_on = place.go_on;
  options.open_video = media_readers().video;
  options.open_audio = media_readers().audio;
#if ATOLL_HAS_DESKTOP
  if (config.record.audio)
    options.audio = video::audio_writer_factory({.queue_capacity = kAudioQueue, .append = place.go_on});
#endif
  options.facts = world.facts;
  options.facts.window_width_px = world.frame.width_px;
  options.facts.window_height_px = world.frame.height_px;
  options.owa_topics = config.record.owa_topics;
  if (config.record.video) {
    options.video = video_factory(config.record, std::max(frame_rate_hz, world.action_rate_hz), place);
    options.facts.codec = "h264";
  }
  const bool is_x11 = !world.facts.world.starts_with(kPortal);  // what was measured holds for it
  if (options.facts.clock == "monotonic" && is_x11)
    add_measured_sync(kind_of_display(config.world.display), options.facts);
  std::unique_ptr<datasets::RecordingWriter> writer = datasets::RecordingWriter::create(std::move(options));
  write_file_atomically(new_config_file(place.folder), to_toml(config));
  return writer;
}

std::string progress_line(const std::string& command, const RunSummary& summary, std::uint64_t total) {
  const double rate = static_cast<double>(summary.episodes) / std::max(summary.seconds, 1e-3);
  const double success = 100.0 * static_cast<double>(summary.successes) / static_cast<double>(summary.episodes);
  std::string line = fmt::format("{}: {} of {} episodes, {:.1f} % succeeded, {:.3g} episodes/s", command,
                                 summary.episodes, total, success, rate);
  if (summary.episodes < total) {
    line += fmt::format(", {:.0f} s left", static_cast<double>(total - summary.episodes) / rate);
  }
  return line;
}

}  // namespace atl::tools
