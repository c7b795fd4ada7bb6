#include "agent/model.h"

#include "agent/grounding.h"
#include "agent/image_encoder.h"
#include "agent/memory.h"
#include "agent/parameters.h"
#include "agent/past_actions.h"
#include "agent/text_encoder.h"
#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <c10/core/Device.h>
#include <c10/util/Exception.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace atl::agent {
namespace {

// The policy's two layers and its heads. What does not depend on the instruction enters the first layer by a part of
// its own, so that it is computed once a picture and not once an instruction.
struct PolicyHead {
  Linear scene;        // D to scene_channels, per patch
  Linear map;          // P to D, of exp(score)
  Linear first_scene;  // the first layer's columns for the scene
  Linear first_asked;  // and those for pooled features, map and sentence
  Linear second;
  Linear actions;  // to S * (C + 2 bins)
  Linear goal;

  PolicyHead(ParameterFactory& f, const ModelConfig& c, int patches, int outputs)
      : scene(make_linear(f, "policy.scene", c.patch_channels, c.scene_channels)),
        map(make_linear(f, "policy.map", patches, c.patch_channels)),
        first_scene(make_linear(f, "policy.first_scene", patches * c.scene_channels, c.hidden_width)),
        first_asked(make_linear(f, "policy.first_asked", 2 * c.patch_channels + c.word_width, c.hidden_width)),
        second(make_linear(f, "policy.second", c.hidden_width, c.hidden_width)),
        actions(make_linear(f, "policy.actions", c.hidden_width, outputs)),
        goal(make_linear(f, "policy.goal", c.hidden_width, 1)) {}

  // `past_BTD`: what past actions add; undefined: nothing.
  [[nodiscard]] at::Tensor first_layer(const at::Tensor& patches_BTPD, const Grounded& g,
                                       const at::Tensor& sentence_BKE, const at::Tensor& past_BTD) const {
    at::Tensor seen = first_scene(scene(patches_BTPD).relu().flatten(2));  // [B, T, D]
    if (past_BTD.defined()) seen = seen + past_BTD;
    const at::Tensor sentence = sentence_BKE.unsqueeze(1).expand({-1, patches_BTPD.size(1), -1, -1});
    const at::Tensor asked = at::cat({g.pooled_BTKD, map(g.scores_BTKP.exp()), sentence}, 3);
    return (first_asked(asked) + seen.unsqueeze(2)).relu();
  }
};

// What was done before the chunk enters the policy's first layer, and the logits directly: a habit is learned at once,
// and the picture has to explain what differs from it.
struct PastHead {
  Linear hidden;   // A to hidden_width
  Linear actions;  // A to the outputs; all zero at first

  PastHead(ParameterFactory& f, const ModelConfig& c, int values, int outputs)
      : hidden(make_linear(f, "past.hidden", values, c.hidden_width)),
        actions(make_zero_linear(f, "past.actions", values, outputs)) {}
};

// Autoregression over the parts of one step: small additive tables, all zero at first.
struct Conditions {
  at::Tensor key_given_controls;  // [C, C], of which what lies below the diagonal counts
  at::Tensor x_given_controls;    // [bins, C]
  at::Tensor y_given_controls;    // [bins, C]
  at::Tensor y_given_x;           // [bins of x, bins of y]
};

}  // namespace

struct Model::Parts {
  ModelConfig config;
  PatchGrid grid;
  int vocabulary_size;
  int num_controls;
  int num_bins;
  int chunk_actions;
  FrameSize frame;
  ParameterFactory factory;
  std::unique_ptr<ImageEncoder> encoder;
  at::Tensor positions;  // [P, D]
  TextEncoder text;
  std::unique_ptr<Grounding> grounding;
  PolicyHead head;
  std::optional<Memory> memory;
  std::optional<PastHead> past;
  Conditions conditions;
  std::vector<NamedTensor> parameters;

  Parts(const ModelConfig& c, const PolicyContract& contract, int vocabulary, std::uint64_t seed)
      : config(c),
        grid(patch_grid(contract.frame_size())),
        vocabulary_size(vocabulary),
        num_controls(static_cast<int>(contract.controls.size())),
        num_bins(contract.mouse_bins),
        chunk_actions(contract.chunk_actions),
        frame(contract.frame_size()),
        factory(seed),
        encoder(create_image_encoder(factory, c, frame)),
        positions(factory.normal("encoder.positions", {grid.num_patches(), c.patch_channels}, 0.5)),
        text(factory, c, vocabulary),
        grounding(create_grounding(factory, c)),
        head(factory, c, grid.num_patches(), num_outputs()) {
    if (c.memory_steps > 0) memory.emplace(factory, c);
    if (c.past_actions > 0) past.emplace(factory, c, num_past_values(), num_outputs());
    if (c.autoregressive) {
      conditions.key_given_controls = factory.constant("keys.given_controls", {num_controls, num_controls}, 0.0);
      conditions.x_given_controls = factory.constant("mouse.x_given_controls", {num_bins, num_controls}, 0.0);
      conditions.y_given_controls = factory.constant("mouse.y_given_controls", {num_bins, num_controls}, 0.0);
      conditions.y_given_x = factory.constant("mouse.y_given_x", {num_bins, num_bins}, 0.0);
    }
    parameters = factory.take();
  }

  [[nodiscard]] int num_outputs() const { return chunk_actions * (num_controls + 2 * num_bins); }
  [[nodiscard]] int num_past_values() const {
    return config.past_actions * static_cast<int>(past_action_values(num_controls, num_bins));
  }
  void check(const ModelInput& input) const;
  [[nodiscard]] at::Tensor remember(const at::Tensor& hidden_BTKD, MemoryState& state) const;
  void split_actions(const at::Tensor& hidden_BTKD, const at::Tensor& past_BTA, ModelOutput& out) const;
};

void Model::Parts::check(const ModelInput& input) const {
  const at::Tensor& frames = input.frames_BTHWC;
  const at::Tensor& tokens = input.tokens_BKL;
  ATOLL_CHECK(frames.dim() == 5 && frames.size(1) > 0 && frames.size(2) == frame.height_px &&
                  frames.size(3) == frame.width_px && frames.size(4) == kBytesPerPixel &&
                  frames.scalar_type() == at::kByte,
              "frames of shape [{}], expected uint8 [B, T >= 1, {}, {}, {}]", fmt::join(frames.sizes(), ", "),
              frame.height_px, frame.width_px, kBytesPerPixel);
  ATOLL_CHECK(tokens.dim() == 3 && tokens.size(0) == frames.size(0) && tokens.size(2) == config.max_words &&
                  tokens.scalar_type() == at::kLong,
              "tokens of shape [{}], expected int64 [{}, K, {}]", fmt::join(tokens.sizes(), ", "), frames.size(0),
              config.max_words);
  const at::Tensor& past_BTA = input.past_BTA;
  ATOLL_CHECK(!past_BTA.defined() || (past && past_BTA.dim() == 3 && past_BTA.size(0) == frames.size(0) &&
                                      past_BTA.size(1) == frames.size(1) && past_BTA.size(2) == num_past_values()),
              "past actions of shape [{}], expected [{}, {}, {}]", fmt::join(past_BTA.sizes(), ", "), frames.size(0),
              frames.size(1), num_past_values());
}

// [B, T, K, D] as N = B * K sequences of T steps, through memory, and back.
at::Tensor Model::Parts::remember(const at::Tensor& hidden_BTKD, MemoryState& state) const {
  const at::Tensor states = hidden_BTKD.transpose(1, 2);
  const at::Tensor recalled = (*memory)(states.flatten(0, 1), state);
  return hidden_BTKD + recalled.view({states.size(0), states.size(1), states.size(2), states.size(3)}).transpose(1, 2);
}

void Model::Parts::split_actions(const at::Tensor& hidden_BTKD, const at::Tensor& past_BTA, ModelOutput& out) const {
  at::Tensor flat = head.actions(hidden_BTKD);
  if (past_BTA.defined()) flat = flat + past->actions(past_BTA).unsqueeze(2);
  const at::Tensor logits = flat.unflatten(3, {chunk_actions, num_controls + 2 * num_bins});
  out.key_logits = logits.narrow(4, 0, num_controls);
  out.mouse_x_logits = logits.narrow(4, num_controls, num_bins);
  out.mouse_y_logits = logits.narrow(4, num_controls + num_bins, num_bins);
  out.goal_logit = head.goal(hidden_BTKD).squeeze(3);
}

Model::Model(const ModelConfig& config, const PolicyContract& contract, int vocabulary_size, std::uint64_t seed) {
  validate(config);
  const PatchGrid grid = patch_grid(contract.frame_size());
  if (grid.num_patches() == 0) {
    fail(ErrorKind::kConfig, "pictures of {}x{} px have no patch of {} px, expected larger ones: change the contract",
         contract.frame_width_px, contract.frame_height_px, kPatchPixels);
  }
  ATOLL_CHECK(vocabulary_size > 0, "vocabulary of {}, expected at least 1", vocabulary_size);
  parts_ = std::make_unique<Parts>(config, contract, vocabulary_size, seed);
}

Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

ModelOutput Model::forward(const ModelInput& input) const {
  const Parts& p = *parts_;
  p.check(input);
  ModelOutput out;
  out.memory = input.memory;
  // Each picture is encoded once, whatever the number of instructions.
  const PictureFeatures pictures = (*p.encoder)(input.frames_BTHWC.flatten(0, 1));
  const std::vector<std::int64_t> steps{input.frames_BTHWC.size(0), input.frames_BTHWC.size(1)};
  const at::Tensor patches = pictures.patches_FPD.unflatten(0, steps);
  const at::Tensor keys = pictures.key_patches_FPD.unflatten(0, steps);
  const TextFeatures text = p.text(input.tokens_BKL);
  const at::Tensor values = p.config.pool_content ? patches + p.positions : p.positions.expand_as(patches);
  const Grounded grounded = (*p.grounding)(text, keys, values);
  out.patch_scores = grounded.scores_BTKP;
  if (input.want_word_logits) out.word_logits = grounded.word_logits_BTKLP;
  at::Tensor past_BTA = input.past_BTA;
  if (p.past && !past_BTA.defined())
    past_BTA = at::zeros({steps[0], steps[1], p.num_past_values()}, p.positions.options().requires_grad(false));
  const at::Tensor past_BTD = p.past ? p.past->hidden(past_BTA) : at::Tensor();
  at::Tensor hidden = p.head.first_layer(patches, grounded, text.sentence_BKE, past_BTD);
  if (p.memory) hidden = p.remember(hidden, out.memory);
  p.split_actions(p.head.second(hidden).relu(), past_BTA, out);
  if (p.config.autoregressive && input.controls_BTKSC.defined()) {
    const at::Tensor controls = input.controls_BTKSC.to(at::kFloat);
    out.key_logits = out.key_logits + keys_given(controls);
    out.mouse_x_logits = out.mouse_x_logits + mouse_x_given(controls);
    if (input.mouse_x_BTKS.defined())
      out.mouse_y_logits = out.mouse_y_logits + mouse_y_given(controls, input.mouse_x_BTKS);
  }
  return out;
}

at::Tensor Model::keys_given(const at::Tensor& controls) const {
  ATOLL_CHECK(parts_->config.autoregressive, "keys_given of a model that is not autoregressive");
  return controls.matmul(parts_->conditions.key_given_controls.tril(-1).t());
}

at::Tensor Model::mouse_x_given(const at::Tensor& controls) const {
  ATOLL_CHECK(parts_->config.autoregressive, "mouse_x_given of a model that is not autoregressive");
  return controls.matmul(parts_->conditions.x_given_controls.t());
}

at::Tensor Model::mouse_y_given(const at::Tensor& controls, const at::Tensor& mouse_x) const {
  ATOLL_CHECK(parts_->config.autoregressive, "mouse_y_given of a model that is not autoregressive");
  const Conditions& c = parts_->conditions;
  std::vector<std::int64_t> shape = mouse_x.sizes().vec();
  shape.push_back(c.y_given_x.size(1));
  return controls.matmul(c.y_given_controls.t()) + c.y_given_x.index_select(0, mouse_x.flatten()).view(shape);
}

const std::vector<NamedTensor>& Model::parameters() const { return parts_->parameters; }

std::int64_t Model::num_parameters() const {
  std::int64_t count = 0;
  for (const NamedTensor& p : parts_->parameters) count += p.tensor.numel();
  return count;
}

TensorMap Model::state() const {
  TensorMap state;
  for (const NamedTensor& p : parts_->parameters) state[p.name] = p.tensor.detach();
  return state;
}

void Model::load_state(const TensorMap& state) {
  const at::NoGradGuard no_grad;
  for (const NamedTensor& p : parts_->parameters) {
    const auto found = state.find(p.name);
    if (found == state.end())
      fail(ErrorKind::kFormat, "the weights lack the tensor {} of shape [{}]: they are of another model", p.name,
           fmt::join(p.tensor.sizes(), ", "));
    if (found->second.sizes() != p.tensor.sizes()) {
      fail(ErrorKind::kFormat, "the weights' tensor {} has shape [{}], the model expects [{}]", p.name,
           fmt::join(found->second.sizes(), ", "), fmt::join(p.tensor.sizes(), ", "));
    }
  }
  for (const auto& entry : state) {
    const bool is_known = std::any_of(parts_->parameters.begin(), parts_->parameters.end(),
                                      [&](const NamedTensor& p) { return p.name == entry.first; });
    if (!is_known) fail(ErrorKind::kFormat, "the weights hold a tensor {} that the model does not have", entry.first);
  }
  for (NamedTensor& p : parts_->parameters) p.tensor.copy_(state.at(p.name));
  parts_->text.forget();
}

void Model::move_to(const std::string& device) {
  try {
    const c10::Device target(device);
    for (NamedTensor& p : parts_->parameters) p.tensor.set_data(p.tensor.detach().to(target));
    parts_->text.forget();
  } catch (const c10::Error& error) {
    // Advice for who debugs kernels follows the first line.
    const std::string reason = error.what_without_backtrace();
    fail(ErrorKind::kDevice, "cannot move the model to \"{}\": {}; expected cpu, or cuda in a build with it and a GPU",
         device, reason.substr(0, reason.find('\n')));
  }
}

const ModelConfig& Model::config() const { return parts_->config; }
PatchGrid Model::grid() const { return parts_->grid; }
int Model::vocabulary_size() const { return parts_->vocabulary_size; }

}  // namespace atl::agent
