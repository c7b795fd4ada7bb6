// Does a policy learn to point? A made-up page with a red and a blue square; the instruction names one, and what is
// right is to set the pointer to it and click at once, and to turn the wheel by its colour.
#include "agent/checkpoint.h"
#include "agent/policy.h"
#include "core/files.h"
#include "core/random.h"
#include "support.h"
#include "trainer/assembly.h"
#include "trainer/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace atl::trainer {
namespace {

constexpr FrameSize kPicture{64, 48};
constexpr FrameSize kWindow{128, 144};  // in which the person clicked
constexpr int kReach_px = 3;            // of a square to each side of its middle

const std::vector<std::string> kTexts{"click the red square", "click the blue square"};

RunConfig page_config() {
  RunConfig config = testing::small_config();
  PolicyContract& contract = config.contract;
  contract.frame_width_px = kPicture.width_px;
  contract.frame_height_px = kPicture.height_px;
  contract.controls = {"mouse_left"};
  contract.mouse_unit = "counts";
  contract.mouse_bins = 3;
  contract.wheel_max = 1;
  contract.pointer = "patches";
  config.trainer.replicas = 1;
  config.trainer.loss.language_dropout = 0.0;
  return config;
}

// What is on one page.
struct Page {
  std::vector<std::uint8_t> pixels;
  std::size_t asked = 0;  // of kTexts
  PointerPosition middle;
};

void paint(std::vector<std::uint8_t>& pixels, PointerPosition middle, bool is_red) {
  for (int y = std::max(0, middle.y_px - kReach_px); y < std::min(kPicture.height_px, middle.y_px + kReach_px); ++y) {
    for (int x = std::max(0, middle.x_px - kReach_px); x < std::min(kPicture.width_px, middle.x_px + kReach_px); ++x) {
      std::uint8_t* pixel = pixels.data() + static_cast<std::size_t>((y * kPicture.width_px + x) * kBytesPerPixel);
      pixel[0] = is_red ? 0 : 255;
      pixel[1] = 0;
      pixel[2] = is_red ? 255 : 0;
    }
  }
}

Page draw_page(const PolicyContract& contract, Random& random) {
  const agent::PointerGrid grid(contract);
  const auto draw_place = [&] {
    return *grid.position_of(1 + static_cast<int>(random.below(static_cast<std::uint32_t>(grid.num_classes() - 1))));
  };
  Page page;
  page.pixels.resize(static_cast<std::size_t>(kPicture.width_px * kPicture.height_px * kBytesPerPixel));
  for (std::uint8_t& value : page.pixels) value = static_cast<std::uint8_t>(100 + random.below(40));
  page.asked = random.below(2);
  page.middle = draw_place();
  PointerPosition other = draw_place();
  while (std::abs(other.x_px - page.middle.x_px) < 8 && std::abs(other.y_px - page.middle.y_px) < 8)
    other = draw_place();
  paint(page.pixels, other, page.asked == 1);
  paint(page.pixels, page.middle, page.asked == 0);
  return page;
}

int wheel_for(const Page& page) { return page.asked == 0 ? 1 : -1; }

// Pages as a person would have worked them.
class PageSource final : public ExampleSource {
 public:
  explicit PageSource(const RunConfig& config) : contract_(config.contract), codec_(contract_, 0.0, kWindow) {}

  [[nodiscard]] std::vector<Example> create_part(const BlockPart& part, std::vector<Example> /*spent*/) override {
    Random random(part.index + 1);
    std::vector<Example> examples;
    while (examples.size() < part.count) examples.push_back(example_of(draw_page(contract_, random)));
    return examples;
  }

 private:
  [[nodiscard]] Example example_of(const Page& page) const {
    std::vector<Action> actions(static_cast<std::size_t>(contract_.chunk_actions));
    hold(actions[0], control_named("mouse_left"), {});
    actions[0].pointer = scaled(page.middle, kPicture, kWindow);
    actions[0].wheel = wheel_for(page);
    Example e;
    e.frames = page.pixels;
    e.num_steps = 1;
    e.instructions = {kTexts[page.asked]};
    e.chunks.resize(actions.size());
    codec_.encode_steps(actions, e.chunks);
    e.chunk_mask.assign(actions.size(), 1);
    e.goals = {GoalLabel::kUnknown};
    return e;
  }

  PolicyContract contract_;
  agent::ActionCodec codec_;
};

void train(Replicas& replicas, PageSource& source, int steps) {
  AdamState state = create_adam_state(replicas.parameters());
  const OptimizerConfig optimizer{.learning_rate = 1e-2, .warmup_steps = 20};
  for (int step = 0; step < steps; ++step) {
    const std::vector<Example> examples = source.create_block(static_cast<std::uint64_t>(step), 32);
    std::vector<const Example*> batch;
    for (const Example& e : examples) batch.push_back(&e);
    replicas.compute_gradient(batch, step, 1);
    clip_gradient(replicas.gradient(), 1.0);
    adamw_update(optimizer, step, learning_rate_at(optimizer, step, steps), replicas.gradient(), replicas.parameters(),
                 state);
  }
}

struct Variant {
  bool autoregressive;
  int fusion_layers;
};

class Pointer : public ::testing::TestWithParam<Variant> {};
INSTANTIATE_TEST_SUITE_P(Heads, Pointer, ::testing::Values(Variant{true, 0}, Variant{false, 0}, Variant{true, 1}));

TEST_P(Pointer, IsLearnedWithTheButtonAndTheWheelAndPlayed) {
  RunConfig config = page_config();
  config.model.autoregressive = GetParam().autoregressive;
  config.model.fusion_layers = GetParam().fusion_layers;
  PageSource source(config);
  const agent::Tokenizer tokenizer = agent::train_tokenizer(kTexts, config.tokenizer);
  Replicas replicas = create_replicas(config, tokenizer);
  train(replicas, source, 150);

  agent::CheckpointInfo info;
  info.model = config.model;
  info.contract = config.contract;
  const TemporaryFolder run;
  agent::save_checkpoint(run.path() / "c", info, replicas.named(replicas.parameters()), tokenizer);
  const std::unique_ptr<agent::Policy> policy = agent::load_policy(run.path() / "c", {.temperature = 0.0});
  const agent::PointerGrid grid(config.contract);
  Random random(1'000'000);
  constexpr int kPages = 300;
  int hits = 0;
  int wheels = 0;
  int clicks = 0;
  int stays = 0;
  int misled = 0;  // goes to the same square when the other one is asked for
  policy->reset(1);
  for (int i = 0; i < kPages; ++i) {
    const Page page = draw_page(config.contract, random);
    const ImageView view{page.pixels.data(), kPicture.width_px, kPicture.height_px, kPicture.width_px * kBytesPerPixel};
    const std::vector<Action> chunk = policy->act(view, kTexts[page.asked], {}).chunk;
    hits += chunk[0].pointer == page.middle ? 1 : 0;
    wheels += chunk[0].wheel == wheel_for(page) ? 1 : 0;
    clicks += chunk[0].is_held(control_named("mouse_left")) && !chunk[1].is_held(control_named("mouse_left")) ? 1 : 0;
    misled += policy->act(view, kTexts[1 - page.asked], {}).chunk[0].pointer == page.middle ? 1 : 0;
    stays += chunk[1].pointer || chunk[7].pointer ? 0 : 1;
  }
  EXPECT_GT(hits, kPages * 9 / 10) << "of " << grid.num_classes() << " places";
  EXPECT_LT(misled, kPages / 20) << "it does not listen";
  EXPECT_GT(wheels, kPages * 95 / 100);
  EXPECT_GT(clicks, kPages * 95 / 100);
  EXPECT_GT(stays, kPages * 95 / 100);
}

}  // namespace
}  // namespace atl::trainer
