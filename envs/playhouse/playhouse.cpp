#include "envs/playhouse/playhouse.h"

#include "core/error.h"
#include "core/version.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/oracle.h"
#include "envs/playhouse/renderer.h"

#include <fmt/format.h>

#include <algorithm>
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

std::size_t bytes_of(FrameSize size) {
  return static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px) * kBytesPerPixel;
}

ImageView view_of(std::span<const std::uint8_t> pixels, FrameSize size) {
  return {pixels.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel};
}

class Playhouse final : public SteppedEnvironment {
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
    outcome_ = {};
    step_ = 0;
    return observe();
  }

  const Task& task() const override { return episode_.task; }

  Observation step(const Action& action) override {
    ATOLL_CHECK(world_, "step before the first reset");
    ATOLL_CHECK(!world_->is_over(), "step after the episode's end ({}); reset first", to_string(world_->verdict()));
    PlayerInputs inputs{};
    for (const TickInput& input : ticks_of(action, world_->state().players[0].held_keys)) {
      inputs[0] = input;
      world_->tick(inputs);
      if (world_->is_over()) break;
    }
    ++step_;
    if (world_->is_over()) outcome_ = outcome_of(*world_);
    return observe();
  }

  const Outcome& outcome() const override { return outcome_; }

  void render_into(std::span<std::uint8_t> pixels) override {
    ATOLL_CHECK(pixels.size() == own_pixels_.size(), "picture of {} bytes, expected {}", pixels.size(),
                own_pixels_.size());
    pixels_ = pixels;
  }

  envs::Oracle* oracle() override { return &oracle_; }

 private:
  Observation observe() {
    renderer_.draw(episode_.house, world_->state(), 0, pixels_);
    return {.frame = view_of(pixels_, options_.frame),
            .instruction = episode_.task.instruction,
            .step = step_,
            .time = from_ns(std::int64_t{world_->state().num_ticks} * 1'000'000'000 / kTickRateHz)};
  }

  const PlayhouseOptions options_;
  const EnvironmentSpec spec_;
  Renderer renderer_;
  std::vector<std::uint8_t> own_pixels_;
  std::span<std::uint8_t> pixels_;  // own_pixels_, or the caller's
  Episode episode_;
  std::optional<World> world_;  // borrows episode_.house
  Outcome outcome_;
  std::uint64_t step_ = 0;
  PlayhouseOracle oracle_;
};

}  // namespace

ReplayEnd replay_ticks(const PlayhouseOptions& options, std::uint64_t seed, const Task& task,
                       std::span<const PlayerInputs> log, const ReplayVisitor& visit, std::size_t player) {
  const Episode episode = create_episode(seed, task, options.episode);
  World world(episode.house, episode.quest);
  Renderer renderer(options.frame);
  std::vector<std::uint8_t> pixels(bytes_of(options.frame));
  const auto show = [&] {
    if (!visit) return;
    renderer.draw(episode.house, world.state(), player, pixels);
    visit(world.state().num_ticks, view_of(pixels, options.frame));
  };
  show();
  for (const PlayerInputs& inputs : log) {
    if (world.is_over()) {
      fail(ErrorKind::kFormat, "tick log of seed {}: {} ticks, but the episode ended ({}) after {}", seed, log.size(),
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
  spec.controls.assign(kKeyNames.begin(), kKeyNames.end());
  spec.tasks = families_of(level);
  spec.phrases = sample_phrases(kVocabularyPhrases, 0);
  SourceFacts& facts = spec.facts;
  facts.world = playhouse_name(options.episode);
  facts.world_version = "2";
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
