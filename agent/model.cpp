#include "agent/model.h"

#include "agent/conditions.h"
#include "agent/grounding.h"
#include "agent/image_encoder.h"
#include "agent/parameters.h"
#include "agent/past_actions.h"
#include "agent/policy_head.h"
#include "agent/text_encoder.h"
#include "agent/video_encoder.h"
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

struct Model::Parts {
  ModelConfig config;
  PatchGrid grid;
  int vocabulary_size;
  ActionSizes sizes;
  FrameSize frame;
  ParameterFactory factory;
  std::unique_ptr<ImageEncoder> encoder;
  at::Tensor positions;  // [P, D]
  TextEncoder text;
  std::unique_ptr<Grounding> grounding;
  PolicyHead head;
  Conditions conditions;
  std::optional<VideoEncoder> video;
  std::vector<NamedTensor> parameters;

  Parts(const ModelConfig& c, const PolicyContract& contract, int vocabulary, ParameterFactory parameter_factory)
      : config(c),
        grid(patch_grid(contract.frame_size())),
        vocabulary_size(vocabulary),
        sizes(agent::action_sizes(contract)),
        frame(contract.frame_size()),
        factory(std::move(parameter_factory)),
        encoder(create_image_encoder(factory, c, frame)),
        positions(factory.normal("encoder.positions", {grid.num_patches(), c.patch_channels}, 0.5)),
        text(factory, c, vocabulary),
        grounding(create_grounding(factory, c)),
        head(factory, c,
             {.patches = grid.num_patches(),
              .chunk_actions = contract.chunk_actions,
              .actions = sizes,
              .past_values = num_past_values()}) {
    if (c.autoregressive) conditions = Conditions(factory, sizes, PointerHead::query_width(c));
    // The last, so that all else begins with the same numbers as without it.
    if (c.video_steps > 1) video.emplace(factory, c, grid);
    parameters = factory.take();
  }

  [[nodiscard]] int num_past_values() const {
    return config.past_actions * static_cast<int>(past_action_values(sizes));
  }
  void check(const ModelInput& input) const;
  /// Adds to the logits what was done before, as far as `input` says it.
  void condition(const ModelInput& input, ModelOutput& out) const;
  void check_pictures(const ModelInput& input) const;
};

namespace {

// What tells B and T: pictures, or what stands for them.
const at::Tensor& seen_of(const ModelInput& input) {
  return input.features_BTPC.defined() ? input.features_BTPC : input.frames_BTHWC;
}

}  // namespace

void Model::Parts::check_pictures(const ModelInput& input) const {
  if (input.features_BTPC.defined()) {
    const at::Tensor& features = input.features_BTPC;
    const int channels = encoder->frozen_channels();
    ATOLL_CHECK(channels > 0, "features in place of pictures for an encoder ({}) that is not frozen", config.encoder);
    ATOLL_CHECK(features.dim() == 4 && features.size(1) > 0 && features.size(2) == grid.num_patches() &&
                    features.size(3) == channels && features.is_floating_point(),
                "features of shape [{}], expected floats [B, T >= 1, {}, {}]", fmt::join(features.sizes(), ", "),
                grid.num_patches(), channels);
    return;
  }
  const at::Tensor& frames = input.frames_BTHWC;
  ATOLL_CHECK(frames.dim() == 5 && frames.size(1) > 0 && frames.size(2) == frame.height_px &&
                  frames.size(3) == frame.width_px && frames.size(4) == kBytesPerPixel &&
                  frames.scalar_type() == at::kByte,
              "frames of shape [{}], expected uint8 [B, T >= 1, {}, {}, {}]", fmt::join(frames.sizes(), ", "),
              frame.height_px, frame.width_px, kBytesPerPixel);
}

void Model::Parts::check(const ModelInput& input) const {
  check_pictures(input);
  const at::Tensor& frames = seen_of(input);
  const at::Tensor& tokens = input.tokens_BKL;
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
  const at::Tensor& seen = seen_of(input);
  const std::vector<std::int64_t> steps{seen.size(0), seen.size(1)};
  const PictureFeatures pictures = input.features_BTPC.defined() ? p.encoder->finish(seen.flatten(0, 1).to(at::kFloat))
                                                                 : (*p.encoder)(seen.flatten(0, 1));
  out.picture_BTPD = pictures.patches_FPD.unflatten(0, steps);
  out.video_BTPD = p.video ? out.picture_BTPD + (*p.video)(out.picture_BTPD, out.memory) : out.picture_BTPD;
  const at::Tensor& patches = out.video_BTPD;
  // Words name what single pictures show, and where: what masks have taught holds with and without a video encoder.
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
  if (p.config.autoregressive && input.controls_BTKSC.defined()) p.condition(input, out);
  return out;
}

void Model::Parts::condition(const ModelInput& input, ModelOutput& out) const {
  const GivenParts given{.controls = input.controls_BTKSC.to(at::kFloat),
                         .mouse_x = input.mouse_x_BTKS,
                         .mouse_y = input.mouse_y_BTKS,
                         .wheel = input.wheel_BTKS};
  out.key_logits = out.key_logits + conditions.keys(given.controls);
  out.mouse_x_logits = out.mouse_x_logits + conditions.mouse_x(given.controls);
  if (!given.mouse_x.defined()) return;
  out.mouse_y_logits = out.mouse_y_logits + conditions.mouse_y(given.controls, given.mouse_x);
  if (!given.mouse_y.defined()) return;
  if (sizes.wheel > 0) out.wheel_logits = out.wheel_logits + conditions.wheel(given);
  if (sizes.pointer.num_classes() == 0 || (sizes.wheel > 0 && !given.wheel.defined())) return;
  const at::Tensor query = conditions.pointer_query(given);  // [B, T, K, S, Q]
  out.pointer_logits = out.pointer_logits +
                       query.flatten(2, 3).matmul(out.pointer_keys.transpose(2, 3)).view(out.pointer_logits.sizes());
}

std::shared_ptr<const TextFeatures> Model::encode_text(const at::Tensor& tokens_BKL) const {
  return std::make_shared<const TextFeatures>(parts_->text(tokens_BKL));
}

at::Tensor Model::keys_given(const at::Tensor& controls) const {
  ATOLL_CHECK(parts_->config.autoregressive, "keys_given of a model that is not autoregressive");
  return parts_->conditions.keys(controls);
}

at::Tensor Model::mouse_x_given(const at::Tensor& controls) const {
  ATOLL_CHECK(parts_->config.autoregressive, "mouse_x_given of a model that is not autoregressive");
  return parts_->conditions.mouse_x(controls);
}

at::Tensor Model::mouse_y_given(const at::Tensor& controls, const at::Tensor& mouse_x) const {
  ATOLL_CHECK(parts_->config.autoregressive, "mouse_y_given of a model that is not autoregressive");
  return parts_->conditions.mouse_y(controls, mouse_x);
}

at::Tensor Model::wheel_given(const GivenParts& given) const {
  ATOLL_CHECK(parts_->config.autoregressive && parts_->sizes.wheel > 0, "wheel_given of a model that has none");
  return parts_->conditions.wheel(given);
}

at::Tensor Model::pointer_query_given(const GivenParts& given) const {
  ATOLL_CHECK(parts_->config.autoregressive && parts_->sizes.pointer.num_classes() > 0,
              "pointer_query_given of a model that has none");
  return parts_->conditions.pointer_query(given);
}

ConditionTables Model::condition_tables() const {
  ATOLL_CHECK(parts_->config.autoregressive, "condition_tables of a model that is not autoregressive");
  return parts_->conditions.tables();
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
const ActionSizes& Model::action_sizes() const { return parts_->sizes; }

}  // namespace atl::agent
