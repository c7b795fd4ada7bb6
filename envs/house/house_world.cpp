#include "envs/house/house_world.h"

#include "core/error.h"
#include "core/version.h"
#include "envs/house/episode.h"
#include "envs/house/grammar.h"
#include "envs/house/oracle.h"
#include "envs/house/renderer.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

namespace atl::envs {
namespace house {
namespace {

constexpr int kFieldOfView_deg = 80;               // horizontal
constexpr std::size_t kVocabularyPhrases = 20000;  // what a tokenizer sees of a language without end

class HouseWorld final : public SteppedEnvironment {
 public:
  explicit HouseWorld(const HouseOptions& options)
      : options_(options),
        spec_(house_spec(options)),
        renderer_(options.frame),
        own_pixels_(static_cast<std::size_t>(options.frame.width_px) *
                    static_cast<std::size_t>(options.frame.height_px) * kBytesPerPixel),
        pixels_(own_pixels_),
        oracle_(world_, renderer_) {}

  const EnvironmentSpec& spec() const override { return spec_; }

  Observation reset(std::uint64_t seed, const Task& task) override {
    Episode episode = create_episode(seed, task, {options_.level, options_.reskin});
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
    std::array<TickInput, kMaxPlayers> inputs{};
    for (const TickInput& input : ticks_of(action, world_->state().players[0].held_keys)) {
      inputs[0] = input;
      world_->tick({inputs.data(), static_cast<std::size_t>(world_->num_players())});
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
    const FrameSize size = options_.frame;
    return {.frame = {pixels_.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel},
            .instruction = episode_.task.instruction,
            .step = step_,
            .time = from_ns(std::int64_t{world_->state().num_ticks} * 1'000'000'000 / kTickRateHz)};
  }

  const HouseOptions options_;
  const EnvironmentSpec spec_;
  Renderer renderer_;
  std::vector<std::uint8_t> own_pixels_;
  std::span<std::uint8_t> pixels_;  // own_pixels_, or the caller's
  Episode episode_;
  std::optional<World> world_;  // borrows episode_.house
  Outcome outcome_;
  std::uint64_t step_ = 0;
  HouseOracle oracle_;
};

}  // namespace
}  // namespace house

EnvironmentSpec house_spec(const HouseOptions& options) {
  using namespace house;
  EnvironmentSpec spec;
  spec.frame = options.frame;
  spec.action_rate_hz = kActionRateHz;
  spec.controls.assign(kKeyNames.begin(), kKeyNames.end());
  spec.tasks = families_of(level_named(options.level));
  spec.phrases = sample_phrases(kVocabularyPhrases, 0);
  SourceFacts& facts = spec.facts;
  facts.world = "house";
  facts.world_version = fmt::format("1, level {}, reskin {}", options.level, options.reskin);
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

std::unique_ptr<SteppedEnvironment> create_house_world(const HouseOptions& options) {
  return std::make_unique<house::HouseWorld>(options);
}

}  // namespace atl::envs
