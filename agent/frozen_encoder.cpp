#include "agent/frozen_encoder.h"

#include "agent/image_encoder.h"
#include "agent/parameters.h"
#include "agent/pretrained.h"
#include "agent/safetensors.h"
#include "agent/sha256.h"
#include "core/error.h"

#include <ATen/core/grad_mode.h>
#include <c10/core/Device.h>
#include <c10/util/Exception.h>
#include <fmt/ranges.h>

namespace atl::agent {

struct FrozenEncoder::Parts {
  ParameterFactory factory{1};
  PatchGrid grid;
  std::unique_ptr<ImageEncoder> encoder;
  std::vector<NamedTensor> parameters;  // the frozen ones

  Parts(const ModelConfig& config, FrameSize frame)
      : grid(patch_grid(frame)), encoder(create_image_encoder(factory, config, frame)) {
    if (encoder->frozen_channels() == 0) {
      fail(ErrorKind::kConfig,
           "the image encoder {} with encoder_trained_blocks = {} is trained, so that what it makes of a picture "
           "changes: expected a published encoder with encoder_trained_blocks = 0",
           config.encoder, config.encoder_trained_blocks);
    }
    for (NamedTensor& p : factory.take()) {
      if (p.name.starts_with(kBackbonePrefix)) parameters.push_back(std::move(p));
    }
  }
};

FrozenEncoder::FrozenEncoder(const ModelConfig& config, FrameSize frame)
    : parts_(std::make_unique<Parts>(config, frame)) {}
FrozenEncoder::FrozenEncoder(FrozenEncoder&&) noexcept = default;
FrozenEncoder& FrozenEncoder::operator=(FrozenEncoder&&) noexcept = default;
FrozenEncoder::~FrozenEncoder() = default;

const std::vector<NamedTensor>& FrozenEncoder::parameters() const { return parts_->parameters; }
PatchGrid FrozenEncoder::grid() const { return parts_->grid; }
int FrozenEncoder::channels() const { return parts_->encoder->frozen_channels(); }

void FrozenEncoder::load(const TensorMap& weights) {
  const at::NoGradGuard no_grad;
  for (NamedTensor& p : parts_->parameters) {
    const auto found = weights.find(p.name);
    if (found == weights.end() || found->second.sizes() != p.tensor.sizes()) {
      fail(ErrorKind::kFormat, "the weights have no tensor {} of shape [{}]: they are of another model", p.name,
           fmt::join(p.tensor.sizes(), ", "));
    }
    p.tensor.copy_(found->second);
  }
}

void FrozenEncoder::move_to(const std::string& device) {
  try {
    for (NamedTensor& p : parts_->parameters) p.tensor.set_data(p.tensor.detach().to(c10::Device(device)));
  } catch (const c10::Error& error) {
    const std::string reason = error.what_without_backtrace();
    fail(ErrorKind::kDevice, "cannot move the image encoder to \"{}\": {}; expected cpu, or cuda where there is one",
         device, reason.substr(0, reason.find('\n')));
  }
}

std::string FrozenEncoder::sha256() const {
  TensorMap tensors;
  for (const NamedTensor& p : parts_->parameters) tensors[p.name] = p.tensor.detach();
  return sha256_of(serialise_tensors(tensors));
}

at::Tensor FrozenEncoder::operator()(const at::Tensor& frames_FHWC) const {
  const at::NoGradGuard no_grad;
  return parts_->encoder->begin(frames_FHWC.to(parts_->parameters.front().tensor.device()));
}

}  // namespace atl::agent
