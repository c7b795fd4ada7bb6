#include "tools/agreement.h"

#include "core/error.h"
#include "core/resize.h"
#include "datasets/reader.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/desktop/playhouse_window/view_picture.h"
#include "envs/playhouse/playhouse.h"
#include "tools/run_config.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>

namespace atl::tools {
namespace {

using datasets::FrameEntry;
using envs::desktop::LoggedEpisode;

constexpr std::size_t kMaxProblems = 20;
constexpr Duration kLogResolution = std::chrono::microseconds(1);  // times in the log are cut to it

FrameSize agent_frame(const std::filesystem::path& recording) {
  CommonFlags flags;
  flags.config = recording / "run.toml";
  const WorldConfig world = load_run_config(flags, true).world;
  return {world.frame_width_px, world.frame_height_px};
}

// One session, one window, one world.
void require_one_world(const std::vector<LoggedEpisode>& logged, const std::filesystem::path& log) {
  if (logged.empty()) return;
  const envs::playhouse::EpisodeOptions& first = logged.front().world;
  for (const LoggedEpisode& episode : logged) {
    if (episode.world.level == first.level && episode.world.reskin == first.reskin) continue;
    fail(ErrorKind::kFormat, "{} holds episodes of {} and of {}: they are not of one session", log.string(),
         envs::playhouse_name(first), envs::playhouse_name(episode.world));
  }
}

// The ticks whose picture the window may have shown between the request for a capture and its last pixel. Tick 0 is the
// start.
std::vector<int> ticks_shown(const LoggedEpisode& log, const FrameEntry& entry) {
  const auto is_shown = [&](int tick) {
    return tick == 0 || log.shown[static_cast<std::size_t>(tick - 1)] != Timestamp{};
  };
  std::vector<int> ticks{0};
  for (int tick = 1; tick <= static_cast<int>(log.ticks.size()); ++tick) {
    // No tick is drawn before it is due; pauses and slips of the window's clock only make it later.
    const Timestamp due =
        log.start + std::chrono::nanoseconds(std::int64_t{tick} * 1'000'000'000 / envs::playhouse::kTickRateHz);
    if (due > entry.done) break;
    if (!is_shown(tick)) continue;
    if (log.shown[static_cast<std::size_t>(tick - 1)] + kLogResolution <= entry.requested) ticks.clear();
    ticks.push_back(tick);
  }
  return ticks;
}

// Hashes of stepped pictures as the window shows them.
class Enlarged {
 public:
  Enlarged(FrameSize frame, int scale)
      : scale_(scale),
        large_(make_frame({frame.width_px * scale, frame.height_px * scale})),
        small_(make_frame(frame)),
        resizer_(frame) {}

  // Nothing if the resize does not give `picture` back.
  std::optional<std::uint64_t> hash(ImageView picture) {
    const std::size_t row_bytes = static_cast<std::size_t>(large_.stride_bytes);
    for (int y = 0; y < large_.height_px; ++y) {
      std::uint8_t* out = large_.pixels.data() + row_bytes * static_cast<std::size_t>(y);
      if (y % scale_ != 0) {
        std::memcpy(out, out - row_bytes, row_bytes);
        continue;
      }
      const std::uint8_t* row = picture.row(y / scale_);
      for (int x = 0; x < large_.width_px; ++x, out += kBytesPerPixel) {
        std::memcpy(out, row + std::ptrdiff_t{x / scale_} * kBytesPerPixel, kBytesPerPixel);
      }
    }
    resizer_.resize(large_.view(), small_.pixels);
    if (hash_pixels(small_.view()) != hash_pixels(picture)) return std::nullopt;
    return hash_pixels(large_.view());
  }

 private:
  int scale_;
  Frame large_;
  Frame small_;
  Resizer resizer_;
};

// Hashes of what a window for people showed after some ticks: the state drawn as finely as one of the plans says.
class Redrawn {
 public:
  Redrawn(FrameSize view, const LoggedEpisode& log)
      : view_(view),
        log_(log),
        episode_(start_of(log)),
        pixels_(static_cast<std::size_t>(view.width_px) * static_cast<std::size_t>(view.height_px)) {}

  // Whether the picture after `tick` has this hash. Fast where ticks are asked for in rising order.
  bool shows(int tick, std::uint64_t hash) {
    if (!world_ || world_->state().num_ticks > tick) world_.emplace(episode_.house, episode_.quest);
    while (world_->state().num_ticks < tick)
      world_->tick(log_.ticks[static_cast<std::size_t>(world_->state().num_ticks)]);
    // A window keeps its plan for long.
    for (std::size_t i = 0; i < kPlans.size(); ++i) {
      const std::size_t plan = (last_ + i) % kPlans.size();
      if (hash_of(plan) != hash) continue;
      last_ = plan;
      return true;
    }
    return false;
  }

 private:
  static constexpr const auto& kPlans = envs::desktop::kDrawPlans;

  std::uint64_t hash_of(std::size_t plan) {
    if (!pictures_[plan]) pictures_[plan].emplace(view_, kPlans[plan], log_.keys.hint_keys());
    pictures_[plan]->draw(world_->house(), world_->state(), log_.player,
                          {pixels_.data(), view_.width_px, view_.height_px}, 0, 0);
    return hash_pixels({reinterpret_cast<const std::uint8_t*>(pixels_.data()), view_.width_px, view_.height_px,
                        std::ptrdiff_t{view_.width_px} * kBytesPerPixel});
  }

  FrameSize view_;
  const LoggedEpisode& log_;
  const envs::playhouse::Episode episode_;
  std::optional<envs::playhouse::World> world_;
  std::vector<std::uint32_t> pixels_;
  std::array<std::optional<envs::desktop::ViewPicture>, kPlans.size()> pictures_;
  std::size_t last_ = 0;
};

class Comparison {
 public:
  explicit Comparison(FrameSize frame) : frame_(frame) {}

  void add(const datasets::Episode& episode, const std::vector<FrameEntry>& entries, const LoggedEpisode& log) {
    place_ = fmt::format("episode {} (seed {})", agreement_.episodes, log.seed);
    std::vector<FrameEntry> pictures;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(pictures),
                 [](const FrameEntry& entry) { return entry.kind != datasets::FrameKind::kHeartbeat; });
    // A person's window shows the house drawn at its own size, an agent's the agent's pixels.
    if (episode.start.player == "human") {
      compare_ends(episode, log, envs::playhouse::replay_ticks(frame_, start_of(log), log.ticks));
      if (!pictures.empty()) compare_drawn(pictures, log);
    } else {
      compare_blocks(episode, pictures, log);
    }
    ++agreement_.episodes;
  }

  [[nodiscard]] Agreement result() {
    agreement_.distinct_pictures = seen_.size();
    return agreement_;
  }

 private:
  void compare_blocks(const datasets::Episode& episode, const std::vector<FrameEntry>& pictures,
                      const LoggedEpisode& log) {
    std::vector<std::optional<std::uint64_t>> hashes;  // by tick
    std::optional<Enlarged> enlarged;
    if (!pictures.empty()) enlarged.emplace(frame_, scale_of(pictures.front()));
    const envs::playhouse::ReplayEnd end = envs::playhouse::replay_ticks(
        frame_, start_of(log), log.ticks,
        [&](int, ImageView picture) { hashes.push_back(enlarged ? enlarged->hash(picture) : std::nullopt); },
        log.player);
    compare_ends(episode, log, end);
    for (const FrameEntry& entry : pictures) {
      const std::vector<int> ticks = ticks_shown(log, entry);
      count(entry, log, ticks, std::any_of(ticks.begin(), ticks.end(), [&](int tick) {
              return hashes[static_cast<std::size_t>(tick)] == entry.pixel_hash;
            }));
    }
  }

  void compare_drawn(const std::vector<FrameEntry>& pictures, const LoggedEpisode& log) {
    Redrawn redrawn({pictures.front().window.width_px, pictures.front().window.height_px}, log);
    for (const FrameEntry& entry : pictures) {
      const std::vector<int> ticks = ticks_shown(log, entry);
      count(entry, log, ticks,
            std::any_of(ticks.begin(), ticks.end(), [&](int tick) { return redrawn.shows(tick, entry.pixel_hash); }));
    }
  }

  int scale_of(const FrameEntry& entry) const {
    const int scale = entry.window.width_px / frame_.width_px;
    if (scale < 1 || entry.window.width_px != scale * frame_.width_px ||
        entry.window.height_px != scale * frame_.height_px) {
      fail(ErrorKind::kFormat, "{}: the window was {}x{} px, expected a whole multiple of the agent's {}x{}", place_,
           entry.window.width_px, entry.window.height_px, frame_.width_px, frame_.height_px);
    }
    return scale;
  }

  void compare_ends(const datasets::Episode& episode, const LoggedEpisode& log, const envs::playhouse::ReplayEnd& end) {
    const std::string verdict = episode.end ? episode.end->verdict : "none";
    ++agreement_.verdicts[verdict];
    bool equal = true;
    const auto require = [&](bool ok, const char* what, const auto& live, const auto& stepped) {
      if (!ok) note(fmt::format("{}: {} is {} live, {} stepped", place_, what, live, stepped));
      equal = equal && ok;
    };
    require(end.state_hash == log.state_hash, "state hash", log.state_hash, end.state_hash);
    const envs::Outcome& live = log.outcome;
    const envs::Outcome& stepped = end.outcome;
    require(live.verdict == stepped.verdict, "verdict", to_string(live.verdict), to_string(stepped.verdict));
    require(live.reason == stepped.reason, "reason", live.reason, stepped.reason);
    require(live.object == stepped.object, "object", live.object, stepped.object);
    // What was recorded when the session left an episode early is the session's, not the world's.
    if (stepped.is_over() && episode.end) {
      require(verdict == to_string(stepped.verdict), "recorded verdict", verdict, to_string(stepped.verdict));
      require(episode.end->reason == stepped.reason, "recorded reason", episode.end->reason, stepped.reason);
      require(episode.end->object == stepped.object, "recorded object", episode.end->object, stepped.object);
    }
    if (equal) {
      ++agreement_.equal_episodes;
    } else {
      agreement_.unequal_episodes.push_back(agreement_.episodes);
    }
  }

  void count(const FrameEntry& entry, const LoggedEpisode& log, const std::vector<int>& ticks, bool equal) {
    ++agreement_.pictures;
    agreement_.equal_pictures += equal ? 1 : 0;
    agreement_.pictures_of_one_tick += ticks.size() == 1 ? 1 : 0;
    seen_.insert(entry.pixel_hash);
    if (!equal) {
      note(fmt::format("{}: picture {}, captured at {:.3f} s, is not the stepped world's after {} ticks", place_,
                       entry.sequence, to_seconds(entry.done - log.start), ticks.back()));
    }
  }

  void note(std::string problem) {
    if (agreement_.problems.size() < kMaxProblems) agreement_.problems.push_back(std::move(problem));
  }

  const FrameSize frame_;
  Agreement agreement_;
  std::set<std::uint64_t> seen_;
  std::string place_;
};

}  // namespace

Agreement check_agreement(const std::filesystem::path& recording, const std::filesystem::path& log) {
  const auto reader = datasets::RecordingReader::open(recording);
  const std::vector<LoggedEpisode> logged = envs::desktop::read_tick_log(log);
  if (logged.size() != reader->episodes().size()) {
    fail(ErrorKind::kFormat, "{} holds {} episodes, {} holds {}: they are not of one session", log.string(),
         logged.size(), recording.string(), reader->episodes().size());
  }
  require_one_world(logged, log);
  Comparison comparison(agent_frame(recording));
  for (std::size_t i = 0; i < logged.size(); ++i) {
    const datasets::Episode& episode = reader->episodes()[i];
    if (episode.start.seed != logged[i].seed) {
      fail(ErrorKind::kFormat, "episode {}: seed {} in {}, {} in {}: they are not of one session", i,
           episode.start.seed, recording.string(), logged[i].seed, log.string());
    }
    comparison.add(episode, reader->frames(i), logged[i]);
  }
  return comparison.result();
}

}  // namespace atl::tools
