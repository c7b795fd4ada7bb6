#include "datasets/cache.h"

#include "core/error.h"
#include "core/resize.h"
#include "core/text.h"
#include "datasets/reader.h"
#include "datasets/resample.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>

namespace atl::datasets {
namespace {

constexpr std::string_view kMagic = "ATOLLPIX";
constexpr std::size_t kPrefixBytes = 16;  // magic, version, length of the header
constexpr std::size_t kAlign = 4096;

std::size_t aligned(std::size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

std::size_t bytes_of(FrameSize size) {
  return static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px) * kBytesPerPixel;
}

void mix(std::uint64_t& hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x100000001b3;
  hash ^= hash >> 29;
}

// The pictures that steps of the contract see, of one episode.
struct EpisodePlan {
  CachedEpisode place;
  std::vector<FrameEntry> shown;  // one a picture of the cache
};

struct CachePlan {
  std::vector<EpisodePlan> episodes;
  std::uint64_t num_pictures = 0;
  std::uint64_t hash = 0xcbf29ce484222325;
};

void plan_episode(RecordingReader& reader, std::size_t recording, std::size_t index, const Resampling& resampling,
                  CachePlan& plan) {
  std::vector<FrameEntry> pictures = reader.frames(index);
  std::erase_if(pictures, [](const FrameEntry& entry) { return entry.kind == FrameKind::kHeartbeat; });
  if (pictures.empty()) return;
  EpisodePlan episode;
  const std::uint64_t steps = resampling.num_steps(reader.episodes()[index].num_actions);
  // Steps that begin inside a recorded one may have pictures that came inside it.
  const bool is_fraction = resampling.down() != 1 && steps > 0;
  const std::vector<RecordedAction> actions = is_fraction ? reader.actions(index) : std::vector<RecordedAction>{};
  std::size_t next = 0;
  for (std::uint64_t step = 0; step <= steps; ++step) {
    const Timestamp begin = is_fraction ? resampling.begin_of(step, actions) : Timestamp::min();
    const auto is_seen = [&](const FrameEntry& entry) {
      return entry.step <= resampling.seen_at(step) || entry.done <= begin;
    };
    // The newest picture of that moment or before; the first one until there is any.
    while (next + 1 < pictures.size() && is_seen(pictures[next + 1])) ++next;
    const FrameEntry& shown = pictures[next];
    if (shown.kind != FrameKind::kVideo) {
      fail(ErrorKind::kFormat, "picture {} of {} is not in its video: replay this recording instead of reading it",
           shown.sequence, reader.folder().string());
    }
    mix(plan.hash, shown.pixel_hash);
    mix(plan.hash, static_cast<std::uint64_t>(shown.video_pts_us));
    episode.shown.push_back(shown);
  }
  episode.place = {recording, index, plan.num_pictures, episode.shown.size()};
  mix(plan.hash, episode.shown.size());
  plan.num_pictures += episode.shown.size();
  plan.episodes.push_back(std::move(episode));
}

CachePlan make_plan(const CacheInputs& inputs) {
  CachePlan plan;
  mix(plan.hash, static_cast<std::uint64_t>(kCacheVersion));
  mix(plan.hash,
      static_cast<std::uint64_t>(inputs.frame.width_px) << 32 | static_cast<std::uint64_t>(inputs.frame.height_px));
  mix(plan.hash, std::bit_cast<std::uint64_t>(inputs.action_rate_hz));
  for (std::size_t i = 0; i < inputs.recordings.size(); ++i) {
    const auto reader = RecordingReader::open(inputs.recordings[i]);
    const Resampling resampling(reader->facts().action_rate_hz, inputs.action_rate_hz, reader->folder().string());
    mix(plan.hash, resampling.up());
    if (resampling.down() != 1) mix(plan.hash, resampling.down());
    for (std::size_t e = 0; e < reader->episodes().size(); ++e) plan_episode(*reader, i, e, resampling, plan);
  }
  return plan;
}

std::string header_of(const CachePlan& plan, const CacheInputs& inputs) {
  const nlohmann::ordered_json header = {{"hash", to_hex(plan.hash)},
                                         {"width_px", inputs.frame.width_px},
                                         {"height_px", inputs.frame.height_px},
                                         {"action_rate_hz", inputs.action_rate_hz},
                                         {"pictures", plan.num_pictures}};
  return header.dump();
}

// What must stand at the head of the file, up to where the pictures begin.
std::string head_of(const CachePlan& plan, const CacheInputs& inputs) {
  const std::string header = header_of(plan, inputs);
  std::string head(kMagic);
  for (const std::uint32_t number :
       {static_cast<std::uint32_t>(kCacheVersion), static_cast<std::uint32_t>(header.size())}) {
    for (int shift = 0; shift < 32; shift += 8) head.push_back(static_cast<char>(number >> shift & 0xff));
  }
  head += header;
  head.resize(aligned(kPrefixBytes + header.size()), '\0');
  return head;
}

std::string temporary_prefix(const std::filesystem::path& file) { return file.filename().string() + ".tmp"; }

// Removes what processes that were killed left half written beside `file`.
void remove_left_over(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const std::string prefix = temporary_prefix(file);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    int process = 0;
    const char* begin = name.data() + prefix.size();
    const bool is_ours = std::from_chars(begin, name.data() + name.size(), process).ptr != begin && process > 0;
    std::error_code ignored;
    if (is_ours && ::kill(process, 0) != 0 && errno == ESRCH) std::filesystem::remove(entry.path(), ignored);
  }
}

// Decodes every planned picture into a new file, which gets its name when it is whole.
class CacheWriter {
 public:
  CacheWriter(const std::filesystem::path& file, const CacheInputs& inputs, const VideoReaderFactory& open_video)
      : file_(file),
        temporary_(file.parent_path() /
                   fmt::format("{}{}-{}", temporary_prefix(file), ::getpid(), static_cast<const void*>(this))),
        inputs_(inputs),
        open_video_(open_video),
        resizer_(inputs.frame),
        target_(bytes_of(inputs.frame)) {
    if (!open_video_)
      fail(ErrorKind::kConfig, "this build reads no video, which {} is to be made from: build with ATOLL_DESKTOP=ON",
           file.string());
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
    remove_left_over(file);
    out_.open(temporary_, std::ios::binary | std::ios::trunc);
    if (!out_) fail(ErrorKind::kFile, "cannot create {}: {}", temporary_.string(), std::strerror(errno));
  }
  ~CacheWriter() {
    std::error_code ignored;
    if (!done_) std::filesystem::remove(temporary_, ignored);
  }
  CacheWriter(const CacheWriter&) = delete;
  CacheWriter& operator=(const CacheWriter&) = delete;

  void write(const CachePlan& plan, const std::function<void(double)>& progress) {
    put(head_of(plan, inputs_));
    for (const EpisodePlan& episode : plan.episodes) {
      open(episode.place.recording);
      for (const FrameEntry& shown : episode.shown) write_picture(shown);
      if (progress)
        progress(static_cast<double>(episode.place.first + episode.place.count) /
                 static_cast<double>(plan.num_pictures));
    }
    out_.close();
    if (!out_) fail(ErrorKind::kFile, "cannot write {}: is the disk full?", temporary_.string());
    std::filesystem::rename(temporary_, file_);
    done_ = true;
  }

 private:
  void open(std::size_t recording) {
    if (recording_ == recording) return;
    video_ = open_video_(inputs_.recordings[recording] / kVideoFile);
    recording_ = recording;
    last_pts_us_.reset();
  }

  void write_picture(const FrameEntry& shown) {
    if (last_pts_us_ != shown.video_pts_us) {
      video_->read(index_at(*video_, shown.video_pts_us), decoded_);
      const FrameSize size = video_->size();
      resizer_.resize({decoded_.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel},
                      target_);
      last_pts_us_ = shown.video_pts_us;
    }
    put({reinterpret_cast<const char*>(target_.data()), target_.size()});
  }

  void put(std::string_view bytes) {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out_) fail(ErrorKind::kFile, "cannot write {}: is the disk full?", temporary_.string());
  }

  std::filesystem::path file_;
  std::filesystem::path temporary_;
  const CacheInputs& inputs_;
  const VideoReaderFactory& open_video_;
  Resizer resizer_;
  std::vector<std::uint8_t> target_;
  std::vector<std::uint8_t> decoded_;
  std::ofstream out_;
  std::unique_ptr<VideoReader> video_;
  std::optional<std::size_t> recording_;
  std::optional<std::int64_t> last_pts_us_;
  bool done_ = false;
};

}  // namespace

struct FrameCache::State {
  std::vector<CachedEpisode> episodes;
  FrameSize size;
  const std::uint8_t* data = nullptr;  // the mapped file
  std::size_t bytes = 0;
  std::size_t pictures_at = 0;
  std::uint64_t num_pictures = 0;
  std::string hash;

  ~State() {
    if (data != nullptr) ::munmap(const_cast<std::uint8_t*>(data), bytes);
  }

  // Null if `file` is not what was planned.
  static std::unique_ptr<State> map_planned(const std::filesystem::path& file, const CachePlan& plan,
                                            const CacheInputs& inputs);

  // Maps `file` if it begins with `head` and is as long as it says.
  bool map(const std::filesystem::path& file, std::string_view head, std::size_t expected_bytes) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    struct stat status {};
    void* mapped = MAP_FAILED;
    if (::fstat(fd, &status) == 0 && static_cast<std::size_t>(status.st_size) == expected_bytes)
      mapped = ::mmap(nullptr, expected_bytes, PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    if (mapped == MAP_FAILED) return false;
    data = static_cast<const std::uint8_t*>(mapped);
    bytes = expected_bytes;
    if (std::memcmp(data, head.data(), head.size()) == 0) return true;
    ::munmap(mapped, bytes);
    data = nullptr;
    return false;
  }
};

FrameCache::FrameCache(std::unique_ptr<State> state) : state_(std::move(state)) {}
FrameCache::FrameCache(FrameCache&&) noexcept = default;
FrameCache& FrameCache::operator=(FrameCache&&) noexcept = default;
FrameCache::~FrameCache() = default;

std::unique_ptr<FrameCache::State> FrameCache::State::map_planned(const std::filesystem::path& file,
                                                                  const CachePlan& plan, const CacheInputs& inputs) {
  const std::string head = head_of(plan, inputs);
  auto state = std::make_unique<State>();
  for (const EpisodePlan& episode : plan.episodes) state->episodes.push_back(episode.place);
  state->size = inputs.frame;
  state->pictures_at = head.size();
  state->num_pictures = plan.num_pictures;
  state->hash = to_hex(plan.hash);
  if (!state->map(file, head, head.size() + plan.num_pictures * bytes_of(inputs.frame))) return nullptr;
  return state;
}

FrameCache FrameCache::open_or_create(const std::filesystem::path& file, const CacheInputs& inputs,
                                      const VideoReaderFactory& open_video,
                                      const std::function<void(double)>& progress) {
  const CachePlan plan = make_plan(inputs);
  std::unique_ptr<State> state = State::map_planned(file, plan, inputs);
  if (!state) {
    CacheWriter(file, inputs, open_video).write(plan, progress);
    state = State::map_planned(file, plan, inputs);
  }
  if (!state) fail(ErrorKind::kFile, "cannot map the new cache {}", file.string());
  return FrameCache(std::move(state));
}

std::optional<FrameCache> FrameCache::open(const std::filesystem::path& file, const CacheInputs& inputs) {
  std::unique_ptr<State> state = State::map_planned(file, make_plan(inputs), inputs);
  if (!state) return std::nullopt;
  return FrameCache(std::move(state));
}

std::span<const CachedEpisode> FrameCache::episodes() const { return state_->episodes; }
FrameSize FrameCache::frame_size() const { return state_->size; }
std::uint64_t FrameCache::num_pictures() const { return state_->num_pictures; }
const std::string& FrameCache::hash() const { return state_->hash; }

std::span<const std::uint8_t> FrameCache::frame(std::uint64_t index) const {
  ATOLL_CHECK(index < state_->num_pictures, "picture {} of {}", index, state_->num_pictures);
  const std::size_t size = bytes_of(state_->size);
  return {state_->data + state_->pictures_at + index * size, size};
}

}  // namespace atl::datasets
