#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "datasets/cache.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "tools/bench_loader_parts.h"
#include "tools/bench_recording.h"
#include "tools/training.h"
#include "trainer/assembly.h"
#include "trainer/batch.h"

#include <fmt/format.h>
#include <malloc.h>

#include <fstream>
#include <string>
#include <string_view>

namespace atl::tools {
namespace {

constexpr FrameSize kScreen{640, 480};
constexpr FrameSize kAgent{96, 72};
constexpr std::uint64_t kScreenPictures = 300;
constexpr std::uint64_t kAgentPictures = 12'000;  // 330 MB: more than a processor's caches hold
constexpr std::size_t kBatchPictures = 64;
constexpr std::size_t kTimedPictures = 16'384;
constexpr double kMegabyte = 1e6;

// Pages that are this process's own; those of mapped files belong to the system's cache and go when it needs them.
double own_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stod(line.substr(8)) * 1024 / kMegabyte;
  }
  fail(ErrorKind::kDevice, "/proc/self/status tells no RssAnon: Linux 4.5 or newer is needed");
}

bool is_asked_for(const BenchOptions& options, const std::string& name) {
  return name.find(options.only) != std::string::npos;
}

// As `atoll record` encodes pictures of this size: 4:4:4 unless told otherwise.
void bench_cache_writing(const std::string& colour, const video::VideoOptions& encoding, const BenchOptions& options,
                         std::vector<Figure>& figures) {
  const std::string name = fmt::format("recording to cache, 640x480 H.264 {}, one picture a step", colour);
  if (!is_asked_for(options, name)) return;
  const TemporaryFolder folder("atoll-bench");
  const auto recording = folder.path() / "recording";
  const std::uint64_t pictures =
      record_bench_pictures(recording, kScreen, kScreenPictures, video::video_writer_factory(encoding));
  const datasets::CacheInputs inputs{.recordings = {recording}, .frame = kAgent, .action_rate_hz = 15.0};
  add_figure(figures, options, name, "pictures/s", [&] {
    std::filesystem::remove(folder.path() / "cache");
    return per_core_second([&] {
      static_cast<void>(
          datasets::FrameCache::open_or_create(folder.path() / "cache", inputs, video::video_reader_factory()));
      return static_cast<double>(pictures);
    });
  });
  const double bytes = static_cast<double>(std::filesystem::file_size(recording / "video.mp4"));
  figures.push_back(make_figure(name + ": its bytes", "B/picture", {bytes / static_cast<double>(pictures)}));
}

trainer::RunConfig config_of(const TemporaryFolder& folder, int window) {
  trainer::RunConfig config;
  trainer::SourceConfig source;
  source.kind = "video";
  source.recordings = {(folder.path() / "recording").string()};
  source.cache = (folder.path() / "cache").string();
  source.relabel = false;
  config.trainer.sources = {source};
  config.trainer.data.window = window;
  config.trainer.data.instructions = 1;
  config.trainer.data.passes = 1;
  config.trainer.data.block_examples /= window;  // as many pictures
  return config;
}

// The path of a training run: source, stream, batch; for as many pictures as are asked for.
class BatchPath {
 public:
  BatchPath(const trainer::RunConfig& config, const agent::Tokenizer& tokenizer)
      : options_{.shape = trainer::shape_of(config),
                 .loss = config.trainer.loss,
                 .actions = agent::action_sizes(config.contract),
                 .max_words = config.model.max_words},
        tokenizer_(tokenizer),
        stream_(trainer::stream_options(config),
                [config] { return trainer::create_training_source(config, training_services()); }) {}

  // Returns how many pictures the batches held: windows at the end of an episode are not full.
  double run(std::size_t pictures) {
    const auto window = static_cast<std::size_t>(options_.shape.window);
    int real = 0;
    for (std::size_t done = 0; done < pictures; done += kBatchPictures) {
      const std::vector<const trainer::Example*> examples = stream_.next_batch(kBatchPictures / window);
      for (const trainer::Example* example : examples) real += example->num_steps;
      static_cast<void>(trainer::create_batches(examples, options_, tokenizer_, random_));
    }
    return real;
  }

 private:
  trainer::BatchOptions options_;
  const agent::Tokenizer& tokenizer_;
  Random random_{1};
  trainer::ExampleStream stream_;
};

std::string name_of_batches(int window) { return fmt::format("cache to batches, 96x72, windows of {}", window); }
constexpr std::string_view kMemoryName = "memory held while a cache goes through batches in blocks of 256";

agent::Tokenizer tokenizer_of(const trainer::RunConfig& config) {
  return trainer::create_tokenizer(config, *trainer::create_training_source(config, training_services()));
}

void bench_batches(int window, const TemporaryFolder& folder, const BenchOptions& options,
                   std::vector<Figure>& figures) {
  const trainer::RunConfig config = config_of(folder, window);
  const agent::Tokenizer tokenizer = tokenizer_of(config);
  BatchPath path(config, tokenizer);
  add_figure(figures, options, name_of_batches(window), "pictures/s",
             [&] { return per_core_second([&] { return path.run(kTimedPictures); }); });
}

void bench_memory(const TemporaryFolder& folder, std::uint64_t pictures, std::vector<Figure>& figures) {
  trainer::RunConfig config = config_of(folder, 1);
  config.trainer.data.block_examples = 256;
  const agent::Tokenizer tokenizer = tokenizer_of(config);
  ::malloc_trim(0);  // what the figures before left
  const double before = own_megabytes();
  BatchPath path(config, tokenizer);
  static_cast<void>(path.run(pictures));
  const double held = own_megabytes() - before;
  const std::uint64_t bytes =
      pictures * static_cast<std::uint64_t>(kAgent.width_px * kAgent.height_px * kBytesPerPixel);
  figures.push_back(make_figure(
      fmt::format("{}; the cache: {:.0f} MB", kMemoryName, static_cast<double>(bytes) / kMegabyte), "MB", {held}));
}

void bench_from_cache(const BenchOptions& options, std::vector<Figure>& figures) {
  const bool memory = is_asked_for(options, std::string(kMemoryName));
  if (!memory && !is_asked_for(options, name_of_batches(1)) && !is_asked_for(options, name_of_batches(8))) return;
  const TemporaryFolder folder("atoll-bench");
  const std::uint64_t pictures =
      record_bench_pictures(folder.path() / "recording", kAgent, kAgentPictures, video::video_writer_factory({}));
  for (const int window : {1, 8}) {
    if (is_asked_for(options, name_of_batches(window))) bench_batches(window, folder, options, figures);
  }
  if (memory) bench_memory(folder, pictures, figures);
}

}  // namespace

void bench_video_loader(const BenchOptions& options, std::vector<Figure>& figures) {
  bench_cache_writing("4:4:4", {}, options, figures);
  bench_cache_writing("4:2:0", {.chroma = video::Chroma::k420, .crf = 21}, options, figures);
  bench_cache_writing("4:2:0 fast_decode", {.chroma = video::Chroma::k420, .crf = 21, .fast_decode = true}, options,
                      figures);
  bench_from_cache(options, figures);
}

}  // namespace atl::tools
