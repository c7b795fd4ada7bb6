#include "envs/playhouse/playhouse.h"

#include "core/error.h"
#include "core/version.h"
#include "envs/players.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/oracle.h"
#include "envs/playhouse/renderer.h"
#include "envs/playhouse/snapshot.h"
#include "envs/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace atl::envs {
namespace playhouse {
namespace {

constexpr int kFieldOfView_deg = 80;              // horizontal
constexpr std::size_t kVocabularyPhrases = 3000;  // what a tokenizer sees of a language without end
constexpr std::string_view kWorldName = "playhouse";
constexpr std::string_view kReskin = "reskin=";
// Changed with what a seed and a task mean, or how it looks: recordings of other versions are not replayed. The simple
// level has fewer parts that change.
constexpr std::string_view kSimpleVersion = "3";
constexpr std::string_view kFurnishedVersion = "4";
constexpr std::string_view kMemoryVersion = "1";

std::string_view version_of(const Level& level) {
  return level.remembers ? kMemoryVersion : level.simple ? kSimpleVersion : kFurnishedVersion;
}

std::size_t bytes_of(FrameSize size) {
  return static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px) * kBytesPerPixel;
}

ImageView view_of(std::span<const std::uint8_t> pixels, FrameSize size) {
  return {pixels.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel};
}

// One copy for all the environments of a pool.
const std::vector<std::string>& vocabulary() {
  static const std::vector<std::string> phrases = sample_phrases(kVocabularyPhrases, 0);
  return phrases;
}

class Playhouse final : public SteppedEnvironment, public Players, public Snapshots {
 public:
  explicit Playhouse(const PlayhouseOptions& options)
      : options_(options),
        spec_(playhouse_spec(options)),
        renderer_(options.frame),
        own_pixels_(bytes_of(options.frame)),
        pixels_(own_pixels_),
        oracle_(world_, renderer_) {}

  const EnvironmentSpec& spec() const override { return spec_; }

  Observation reset(std::uint64_t seed, const Task& task) override {
    Episode episode = create_episode(seed, task, options_.episode);
    world_.reset();
    episode_ = std::move(episode);
    world_.emplace(episode_.house, episode_.quest);
    oracle_.begin();
    seed_ = seed;
    return observe();
  }

  const Task& task() const override { return episode_.task; }

  Observation step(const Action& action) override {
    const std::array<Action, kMaxPlayers> actions{action};
    return step_all(std::span(actions).first(num_players()));
  }

  Observation step_all(std::span<const Action> actions) override {
    ATOLL_CHECK(world_, "step before the first reset");
    ATOLL_CHECK(!world_->is_over(), "step after the episode's end ({}); reset first", to_string(world_->verdict()));
    ATOLL_CHECK(actions.size() == num_players(), "actions of {} players, expected {}", actions.size(), num_players());
    playhouse::step(*world_, actions);
    return observe();
  }

  Observation observe_as(std::size_t player, std::span<std::uint8_t> pixels) override {
    ATOLL_CHECK(world_, "a picture before the first reset");
    ATOLL_CHECK(player < num_players(), "a picture for player {} of {}", player, num_players());
    check_size(pixels);
    return draw(player, pixels);
  }

  std::vector<std::uint8_t> save() const override {
    ATOLL_CHECK(world_, "a snapshot before the first reset");
    return to_bytes(*world_, episode_, seed_);
  }

  Observation restore(std::span<const std::uint8_t> snapshot) override {
    ATOLL_CHECK(world_, "a snapshot is restored before the first reset; reset with its seed and task first");
    world_->restore(from_bytes(snapshot, *world_, episode_, seed_));
    return observe();
  }

  const Outcome& outcome() const override { return outcome_; }

  void render_into(std::span<std::uint8_t> pixels) override {
    check_size(pixels);
    pixels_ = pixels;
  }

  envs::Oracle* oracle() override { return &oracle_; }
  Players* players() override { return this; }
  Snapshots* snapshots() override { return this; }

 private:
  [[nodiscard]] std::size_t num_players() const { return static_cast<std::size_t>(spec_.num_players); }

  void check_size(std::span<const std::uint8_t> pixels) const {
    ATOLL_CHECK(pixels.size() == own_pixels_.size(), "picture of {} bytes, expected {}", pixels.size(),
                own_pixels_.size());
  }

  // After everything that changes the state: the judge's words, and what the first player sees.
  Observation observe() {
    outcome_ = outcome_of(*world_);
    return draw(0, pixels_);
  }

  Observation draw(std::size_t player, std::span<std::uint8_t> pixels) {
    const int num_ticks = world_->state().num_ticks;
    renderer_.draw(episode_.house, world_->state(), player, pixels);
    return {.frame = view_of(pixels, options_.frame),
            .instruction = episode_.task.instruction,
            .step = static_cast<std::uint64_t>(num_ticks + kTicksPerStep - 1) / kTicksPerStep,  // the last may be cut
            .time = from_ns(std::int64_t{num_ticks} * 1'000'000'000 / kTickRateHz)};
  }

  const PlayhouseOptions options_;
  const EnvironmentSpec spec_;
  Renderer renderer_;
  std::vector<std::uint8_t> own_pixels_;
  std::span<std::uint8_t> pixels_;  // own_pixels_, or the caller's
  Episode episode_;
  std::optional<World> world_;  // borrows episode_.house
  std::uint64_t seed_ = 0;
  Outcome outcome_;
  PlayhouseOracle oracle_;
};

}  // namespace

ReplayEnd replay_ticks(const PlayhouseOptions& options, std::uint64_t seed, const Task& task,
                       std::span<const PlayerInputs> log, const ReplayVisitor& visit, std::size_t player) {
  return replay_ticks(options.frame, create_episode(seed, task, options.episode), log, visit, player);
}

ReplayEnd replay_ticks(FrameSize frame, const Episode& episode, std::span<const PlayerInputs> log,
                       const ReplayVisitor& visit, std::size_t player) {
  World world(episode.house, episode.quest);
  Renderer renderer(frame);
  std::vector<std::uint8_t> pixels(bytes_of(frame));
  const auto show = [&] {
    if (!visit) return;
    renderer.draw(episode.house, world.state(), player, pixels);
    visit(world.state().num_ticks, view_of(pixels, frame));
  };
  show();
  for (const PlayerInputs& inputs : log) {
    if (world.is_over()) {
      fail(ErrorKind::kFormat, "tick log of {} ticks, but the episode ended ({}) after {}", log.size(),
           to_string(world.verdict()), world.state().num_ticks);
    }
    world.tick(inputs);
    show();
  }
  return {world.hash(), outcome_of(world), world.state().num_ticks};
}

}  // namespace playhouse

bool is_playhouse_name(std::string_view name) {
  const std::string_view rest = name.substr(std::min(name.size(), playhouse::kWorldName.size()));
  return name.starts_with(playhouse::kWorldName) && (rest.empty() || rest.front() == '/' || rest.front() == ',');
}

playhouse::EpisodeOptions playhouse_named(std::string_view name) {
  using namespace playhouse;
  ATOLL_CHECK(is_playhouse_name(name), "\"{}\" is no Playhouse", name);
  EpisodeOptions options;
  std::string_view rest = name.substr(kWorldName.size());
  const std::size_t comma = std::min(rest.find(','), rest.size());
  if (comma > 0) options.level = level_named(rest.substr(1, comma - 1)).name;
  rest.remove_prefix(comma);
  if (rest.empty()) return options;
  rest.remove_prefix(1);
  const char* end = rest.data() + rest.size();
  const char* digits = rest.data() + std::min(kReskin.size(), rest.size());
  const auto [read, problem] = std::from_chars(digits, end, options.reskin);
  if (!rest.starts_with(kReskin) || problem != std::errc{} || read != end) {
    fail(ErrorKind::kConfig, "world \"{}\": \"{}\" after the comma, expected \"reskin=\" and a number below 2^32", name,
         rest);
  }
  return options;
}

std::string playhouse_name(const playhouse::EpisodeOptions& options) {
  std::string name(playhouse::kWorldName);
  if (options.level != playhouse::EpisodeOptions{}.level) name += "/" + options.level;
  if (options.reskin != 0) name += fmt::format(",{}{}", playhouse::kReskin, options.reskin);
  return name;
}

EnvironmentSpec playhouse_spec(const PlayhouseOptions& options) {
  using namespace playhouse;
  const Level& level = level_named(options.episode.level);
  EnvironmentSpec spec;
  spec.frame = options.frame;
  spec.action_rate_hz = kActionRateHz;
  spec.num_players = level.players;
  spec.snapshot_bytes = static_cast<int>(kSnapshotBytes);
  spec.controls.assign(kKeyNames.begin(), kKeyNames.end());
  spec.tasks = families_of(level);
  for (const std::string& task : spec.tasks) {
    if (has_split(level, family_named(task), Split::kHeldOutPairs)) spec.unseen_tasks.push_back(task);
  }
  spec.phrases = vocabulary();
  SourceFacts& facts = spec.facts;
  facts.world = playhouse_name(options.episode);
  facts.world_version = version_of(level);
  facts.clock = "world";
  facts.action_rate_hz = kActionRateHz;
  facts.field_of_view_deg = kFieldOfView_deg;
  facts.counts_per_turn = kTurn;
  for (std::size_t i = 0; i < kKeyNames.size(); ++i)
    facts.key_bindings.push_back(fmt::format("{}={}", kKeyNames[i], kKeyMeanings[i]));
  facts.cursor = "hidden";
  facts.recorder_version = std::string(version());
  return spec;
}

std::unique_ptr<SteppedEnvironment> create_playhouse(const PlayhouseOptions& options) {
  return std::make_unique<playhouse::Playhouse>(options);
}

}  // namespace atl::envs
