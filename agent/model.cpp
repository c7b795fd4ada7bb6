#include "agent/model.h"

#include "agent/grounding.h"
#include "agent/image_encoder.h"
#include "agent/parameters.h"
#include "agent/past_actions.h"
#include "agent/policy_head.h"
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
  FrameSize frame;
  ParameterFactory factory;
  std::unique_ptr<ImageEncoder> encoder;
  at::Tensor positions;  // [P, D]
  TextEncoder text;
  std::unique_ptr<Grounding> grounding;
  PolicyHead head;
  Conditions conditions;
  std::vector<NamedTensor> parameters;

  Parts(const ModelConfig& c, const PolicyContract& contract, int vocabulary, ParameterFactory parameter_factory)
      : config(c),
        grid(patch_grid(contract.frame_size())),
        vocabulary_size(vocabulary),
        num_controls(static_cast<int>(contract.controls.size())),
        num_bins(contract.mouse_bins),
        frame(contract.frame_size()),
        factory(std::move(parameter_factory)),
        encoder(create_image_encoder(factory, c, frame)),
        positions(factory.normal("encoder.positions", {grid.num_patches(), c.patch_channels}, 0.5)),
        text(factory, c, vocabulary),
        grounding(create_grounding(factory, c)),
        head(factory, c,
             {.patches = grid.num_patches(),
              .chunk_actions = contract.chunk_actions,
              .controls = num_controls,
              .bins = num_bins,
              .past_values = num_past_values()}) {
    if (c.autoregressive) {
      conditions.key_given_controls = factory.constant("keys.given_controls", {num_controls, num_controls}, 0.0);
      conditions.x_given_controls = factory.constant("mouse.x_given_controls", {num_bins, num_controls}, 0.0);
      conditions.y_given_controls = factory.constant("mouse.y_given_controls", {num_bins, num_controls}, 0.0);
      conditions.y_given_x = factory.constant("mouse.y_given_x", {num_bins, num_bins}, 0.0);
    }
    parameters = factory.take();
  }

  [[nodiscard]] int num_past_values() const {
    return config.past_actions * static_cast<int>(past_action_values(num_controls, num_bins));
  }
  void check(const ModelInput& input) const;
};

void Model::Parts::check(const ModelInput& input) const {
  const at::Tensor& frames = input.frames_BTHWC;
  const at::Tensor& tokens = input.tokens_BKL;
  ATOLL_CHECK(frames.dim() == 5 && frames.size(1) > 0 && frames.size(2) == frame.height_px &&
                  frames.size(3) == frame.width_px && frames.size(4) == kBytesPerPixel &&
                  frames.scalar_type() == at::kByte,
              "frames of shape [{}], expected uint8 [B, T >= 1, {}, {}, {}]", fmt::join(frames.sizes(), ", "),
              frame.height_px, frame.width_px, kBytesPerPixel);
  ATOLL_CHECK(tokens.dim() == 3 && tokens.size(0) == frames.size(0) && tokens.size(2) >= 1 &&
                  tokens.size(2) <= config.max_words && tokens.scalar_type() == at::kLong,
              "tokens of shape [{}], expected int64 [{}, K, 1 to {}]", fmt::join(tokens.sizes(), ", "), frames.size(0),
              config.max_words);
  const at::Tensor& past_BTA = input.past_BTA;
  ATOLL_CHECK(
      !past_BTA.defined() || (config.past_actions > 0 && past_BTA.dim() == 3 && past_BTA.size(0) == frames.size(0) &&
                              past_BTA.size(1) == frames.size(1) && past_BTA.size(2) == num_past_values()),
      "past actions of shape [{}], expected [{}, {}, {}]", fmt::join(past_BTA.sizes(), ", "), frames.size(0),
      frames.size(1), num_past_values());
}

namespace {

void check(const ModelConfig& config, const PolicyContract& contract, int vocabulary_size) {
  validate(config);
  if (patch_grid(contract.frame_size()).num_patches() == 0) {
    fail(ErrorKind::kConfig, "pictures of {}x{} px have no patch of {} px, expected larger ones: change the contract",
         contract.frame_width_px, contract.frame_height_px, kPatchPixels);
  }
  ATOLL_CHECK(vocabulary_size > 0, "vocabulary of {}, expected at least 1", vocabulary_size);
}

std::int64_t count(const std::vector<NamedTensor>& parameters) {
  std::int64_t sum = 0;
  for (const NamedTensor& p : parameters) sum += p.tensor.numel();
  return sum;
}

}  // namespace

std::int64_t Model::count_parameters(const ModelConfig& config, const PolicyContract& contract, int vocabulary_size) {
  check(config, contract, vocabulary_size);
  return count(Parts(config, contract, vocabulary_size, ParameterFactory::without_values()).parameters);
}

Model::Model(const ModelConfig& config, const PolicyContract& contract, int vocabulary_size, std::uint64_t seed) {
  check(config, contract, vocabulary_size);
  parts_ = std::make_unique<Parts>(config, contract, vocabulary_size, ParameterFactory(seed));
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
  const TextFeatures text = input.text ? *input.text : p.text(input.tokens_BKL);
  const at::Tensor values = p.config.pool_content ? patches + p.positions : p.positions.expand_as(patches);
  const Grounded grounded = (*p.grounding)(text, keys, values);
  out.role_scores = grounded.scores_BTKRP;
  out.patch_scores = grounded.scores_BTKRP.select(3, 0);
  if (input.want_word_logits) out.word_logits = grounded.word_logits_BTKLP;
  at::Tensor past_BTA = input.past_BTA;
  if (p.config.past_actions > 0 && !past_BTA.defined())
    past_BTA = at::zeros({steps[0], steps[1], p.num_past_values()}, patches.options());
  const at::Tensor placed = p.config.pool_content ? values : patches + p.positions;
  p.head({.patches_BTPD = patches, .placed_BTPD = placed, .grounded = grounded, .text = text, .past_BTA = past_BTA},
         input.recompute, out);
  if (p.config.autoregressive && input.controls_BTKSC.defined()) {
    const at::Tensor controls = input.controls_BTKSC.to(at::kFloat);
    out.key_logits = out.key_logits + keys_given(controls);
    out.mouse_x_logits = out.mouse_x_logits + mouse_x_given(controls);
    if (input.mouse_x_BTKS.defined())
      out.mouse_y_logits = out.mouse_y_logits + mouse_y_given(controls, input.mouse_x_BTKS);
  }
  return out;
}

std::shared_ptr<const TextFeatures> Model::encode_text(const at::Tensor& tokens_BKL) const {
  return std::make_shared<const TextFeatures>(parts_->text(tokens_BKL));
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

ConditionTables Model::condition_tables() const {
  ATOLL_CHECK(parts_->config.autoregressive, "condition_tables of a model that is not autoregressive");
  const Conditions& c = parts_->conditions;
  const auto table = [](const at::Tensor& values) { return values.detach().cpu().contiguous(); };
  return {table(c.key_given_controls.tril(-1).t()), table(c.x_given_controls.t()), table(c.y_given_controls.t()),
          table(c.y_given_x)};
}

const std::vector<NamedTensor>& Model::parameters() const { return parts_->parameters; }

std::int64_t Model::num_parameters() const { return count(parts_->parameters); }

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
