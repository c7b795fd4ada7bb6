#include "envs/playhouse/playhouse.h"

#include "core/error.h"
#include "core/version.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/language.h"
#include "envs/playhouse/oracle.h"
#include "envs/playhouse/renderer.h"

#include <optional>
#include <vector>

namespace atl::envs {
namespace playhouse {
namespace {

class Playhouse final : public SteppedEnvironment {
 public:
  explicit Playhouse(const PlayhouseOptions& options)
      : spec_(playhouse_spec(options)),
        renderer_(options.frame),
        own_pixels_(renderer_.object_ids().size() * kBytesPerPixel),
        pixels_(own_pixels_),
        oracle_(world_, renderer_) {}

  const EnvironmentSpec& spec() const override { return spec_; }

  Observation reset(std::uint64_t seed, const Task& task) override {
    Episode episode = create_episode(seed, task);
    world_.reset();
    episode_ = std::move(episode);
    world_.emplace(episode_.scene, episode_.quest);
    outcome_ = {};
    step_ = 0;
    return observe();
  }

  const Task& task() const override { return episode_.task; }

  Observation step(const Action& action) override {
    ATOLL_CHECK(world_, "step before the first reset");
    ATOLL_CHECK(!world_->is_over(), "step after the episode's end ({}); reset first", to_string(world_->verdict()));
    for (const TickInput& input : ticks_of(action, world_->held())) {
      world_->tick(input);
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
    renderer_.draw(world_->scene(), world_->pose(), pixels_);
    const FrameSize size = renderer_.size();
    return {.frame = {pixels_.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel},
            .instruction = episode_.task.instruction,
            .step = step_,
            .time = from_ns(std::int64_t{world_->num_ticks()} * 1'000'000'000 / kTickRateHz)};
  }

  const EnvironmentSpec spec_;
  Renderer renderer_;
  std::vector<std::uint8_t> own_pixels_;
  std::span<std::uint8_t> pixels_;  // own_pixels_, or the caller's
  Episode episode_;
  std::optional<World> world_;  // borrows episode_.scene
  Outcome outcome_;
  std::uint64_t step_ = 0;
  PlayhouseOracle oracle_;
};

}  // namespace

ReplayEnd replay_ticks(const PlayhouseOptions& options, std::uint64_t seed, const Task& task,
                       std::span<const TickInput> log, const ReplayVisitor& visit) {
  const Episode episode = create_episode(seed, task);
  World world(episode.scene, episode.quest);
  Renderer renderer(options.frame);
  std::vector<std::uint8_t> pixels(renderer.object_ids().size() * kBytesPerPixel);
  const auto show = [&] {
    if (!visit) return;
    renderer.draw(world.scene(), world.pose(), pixels);
    visit(world.num_ticks(), {pixels.data(), options.frame.width_px, options.frame.height_px,
                              std::ptrdiff_t{options.frame.width_px} * kBytesPerPixel});
  };
  show();
  for (const TickInput& input : log) {
    if (world.is_over()) {
      fail(ErrorKind::kFormat, "tick log of seed {}: {} ticks, but the episode ended ({}) after {}", seed, log.size(),
           to_string(world.verdict()), world.num_ticks());
    }
    world.tick(input);
    show();
  }
  return {world.hash(), outcome_of(world), world.num_ticks()};
}

}  // namespace playhouse

EnvironmentSpec playhouse_spec(const PlayhouseOptions& options) {
  using namespace playhouse;
  EnvironmentSpec spec;
  spec.frame = options.frame;
  spec.action_rate_hz = kActionRateHz;
  spec.controls.assign(kKeyNames.begin(), kKeyNames.end());
  spec.tasks.assign(kFamilyNames.begin(), kFamilyNames.end());
  spec.phrases = all_phrases(PhraseSet::kTraining);
  SourceFacts& facts = spec.facts;
  facts.world = "playhouse";
  facts.world_version = "1";
  facts.clock = "world";
  facts.action_rate_hz = kActionRateHz;
  facts.field_of_view_deg = kFieldOfView_deg;
  facts.counts_per_turn = kTurn;
  facts.key_bindings = {"w=walk forward", "a=step left", "s=walk back", "d=step right", "e=grab"};
  facts.cursor = "hidden";
  facts.recorder_version = std::string(version());
  return spec;
}

std::unique_ptr<SteppedEnvironment> create_playhouse(const PlayhouseOptions& options) {
  return std::make_unique<playhouse::Playhouse>(options);
}

}  // namespace atl::envs
