#include "tools/run_config.h"

#include "core/error.h"
#include "core/files.h"
#include "tools/measured_sync.h"

#if ATOLL_HAS_DESKTOP
#include "datasets/video/writer.h"
#endif

namespace atl::tools {
namespace {

datasets::VideoWriterFactory video_factory(const RunConfig& config, double rate_hz, int queue) {
#if ATOLL_HAS_DESKTOP
  video::VideoOptions options;
  options.crf = config.record.crf;
  options.rate_hz = rate_hz;
  options.queue_capacity = queue;
  return video::video_writer_factory(options);
#else
  static_cast<void>(config);
  static_cast<void>(rate_hz);
  static_cast<void>(queue);
  fail(ErrorKind::kUsage, "record.video is true, but this build cannot write video: configure with -DATOLL_DESKTOP=ON");
#endif
}

}  // namespace

void describe(ConfigVisitor& v, RecordConfig& config) {
  v.field("video", &config.video);
  v.field("crf", &config.crf, {.min = 0, .max = 51});
  v.field("threads", &config.threads, {.min = 0, .max = 1024});
  v.field("owa_topics", &config.owa_topics);
}

void describe(ConfigVisitor& v, RunConfig& config) {
  v.table("record", config.record);
  v.table("expert", config.expert);
  v.table("policy", config.policy);
  v.table("world", config.world);
  v.table("live", config.live);
}

RunConfig load_run_config(const CommonFlags& flags, bool is_live) {
  RunConfig config;
  config.record.video = is_live;
  config_document(flags).read(config);
  return config;
}

std::unique_ptr<datasets::RecordingWriter> create_recording(const std::filesystem::path& folder,
                                                            const envs::EnvironmentSpec& world, const RunConfig& config,
                                                            int queue) {
  datasets::RecordingOptions options;
  options.folder = folder;
  options.facts = world.facts;
  options.owa_topics = config.record.owa_topics;
  if (config.record.video) {
    options.video = video_factory(config, world.action_rate_hz, queue);
    options.facts.codec = "h264";
  }
  if (options.facts.clock == "monotonic") add_measured_sync(kind_of_display(config.world.display), options.facts);
  std::unique_ptr<datasets::RecordingWriter> writer = datasets::RecordingWriter::create(std::move(options));
  write_file_atomically(folder / "run.toml", to_toml(config));
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
