// Reads windows of pictures out of recordings at training size, and tells the processor time that it took: Atoll's side
// of tools/compare/torchcodec.sh.
//
//   read_windows write|video|cache LIST WIDTHxHEIGHT CACHE [PICTURES]
//
// LIST, a line each: `recording FOLDER`, and `window RECORDING FIRST COUNT`: pictures FIRST to FIRST + COUNT - 1 of the
// video of that recording of the list. `write` makes the training cache, `cache` reads from it, `video` decodes. On
// stdout: {"seconds", "pictures"}, files already open; PICTURES gets what was read, [pictures, height, width, 4].
#include "core/error.h"
#include "core/files.h"
#include "core/resize.h"
#include "datasets/cache.h"
#include "datasets/recording_file.h"
#include "datasets/video/reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace atl {
namespace {

struct Window {
  std::size_t recording = 0;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

struct Task {
  datasets::CacheInputs inputs;
  std::vector<Window> windows;

  [[nodiscard]] std::uint64_t num_pictures() const {
    std::uint64_t sum = 0;
    for (const Window& window : windows) sum += window.count;
    return sum;
  }
};

Task load_task(const std::string& path, const std::string& size) {
  Task task;
  task.inputs.action_rate_hz = 15.0;
  if (std::sscanf(size.c_str(), "%dx%d", &task.inputs.frame.width_px, &task.inputs.frame.height_px) !=
      2)  // NOLINT(cert-err34-c): the count is checked
    fail(ErrorKind::kUsage, "size \"{}\", expected WIDTHxHEIGHT", size);
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    if (word == "recording") {
      std::string folder;
      file >> folder;
      task.inputs.recordings.emplace_back(folder);
    } else {
      Window& window = task.windows.emplace_back();
      file >> window.recording >> window.first >> window.count;
    }
    if (!file) fail(ErrorKind::kFormat, "{}: a line that begins with \"{}\" is not whole", path, word);
  }
  return task;
}

double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Calls read(recording, picture, where to) for every picture of every window, in order.
using Read = std::function<void(std::size_t, std::uint64_t, std::span<std::uint8_t>)>;

double seconds_to_read(const Task& task, std::vector<std::uint8_t>& pixels, const Read& read) {
  const FrameSize size = task.inputs.frame;
  const std::size_t bytes = static_cast<std::size_t>(size.width_px * size.height_px) * kBytesPerPixel;
  pixels.resize(task.num_pictures() * bytes);
  std::span<std::uint8_t> left(pixels);
  const double begin = processor_seconds();
  for (const Window& window : task.windows) {
    for (std::uint64_t i = 0; i < window.count; ++i, left = left.subspan(bytes))
      read(window.recording, window.first + i, left.first(bytes));
  }
  return processor_seconds() - begin;
}

double read_videos(const Task& task, std::vector<std::uint8_t>& pixels) {
  std::vector<std::unique_ptr<datasets::VideoReader>> videos;
  for (const auto& folder : task.inputs.recordings) videos.push_back(video::open_video(folder / datasets::kVideoFile));
  Resizer resizer(task.inputs.frame);
  std::vector<std::uint8_t> decoded;
  return seconds_to_read(task, pixels, [&](std::size_t recording, std::uint64_t i, std::span<std::uint8_t> target) {
    datasets::VideoReader& reader = *videos.at(recording);
    reader.read(i, decoded);
    const FrameSize size = reader.size();
    resizer.resize({decoded.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel},
                   target);
  });
}

double read_cache(const Task& task, const std::filesystem::path& file, std::vector<std::uint8_t>& pixels) {
  const auto cache = datasets::FrameCache::open_or_create(file, task.inputs, {});
  std::vector<std::uint64_t> first_of(task.inputs.recordings.size(), ~std::uint64_t{0});
  std::vector<std::uint64_t> count_of(first_of.size(), 0);
  for (const datasets::CachedEpisode& episode : cache.episodes()) {
    first_of[episode.recording] = std::min(first_of[episode.recording], episode.first);
    count_of[episode.recording] += episode.count;
  }
  for (std::size_t i = 0; i < first_of.size(); ++i) {
    const std::size_t in_video =
        video::open_video(task.inputs.recordings[i] / datasets::kVideoFile)->timestamps_us().size();
    if (in_video != count_of[i])
      fail(ErrorKind::kContract, "{} holds {} pictures, the cache {} of it: record one picture a step at {} Hz",
           task.inputs.recordings[i].string(), in_video, count_of[i], task.inputs.action_rate_hz);
  }
  return seconds_to_read(task, pixels, [&](std::size_t recording, std::uint64_t i, std::span<std::uint8_t> target) {
    const std::span<const std::uint8_t> frame = cache.frame(first_of.at(recording) + i);
    std::copy(frame.begin(), frame.end(), target.begin());
  });
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 4)
    fail(ErrorKind::kUsage, "read_windows write|video|cache LIST WIDTHxHEIGHT CACHE [PICTURES]");
  const Task task = load_task(arguments[1], arguments[2]);
  const std::filesystem::path cache = arguments[3];
  std::vector<std::uint8_t> pixels;
  double seconds = 0;
  std::uint64_t pictures = task.num_pictures();
  if (arguments[0] == "write") {
    std::filesystem::remove(cache);
    const double begin = processor_seconds();
    const auto written = datasets::FrameCache::open_or_create(cache, task.inputs, video::video_reader_factory());
    seconds = processor_seconds() - begin;
    pictures = 0;
    for (const datasets::CachedEpisode& episode : written.episodes()) pictures += episode.count;
  } else {
    seconds = arguments[0] == "video" ? read_videos(task, pixels) : read_cache(task, cache, pixels);
  }
  if (arguments.size() > 4) write_file_atomically(arguments[4], std::span<const std::uint8_t>(pixels));
  fmt::print("{{\"seconds\": {}, \"pictures\": {}}}\n", seconds, pictures);
  return 0;
}

}  // namespace
}  // namespace atl

int main(int count, char** values) {
  try {
    return atl::run({values + 1, values + count});
  } catch (const std::exception& error) {
    fmt::print(stderr, "read_windows: {}\n", error.what());
    return 1;
  }
}
