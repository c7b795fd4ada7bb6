// The frozen part of a model's image encoder, alone. What it makes of a picture does not change while the model is
// trained, so that it can be made once and kept (trainer/features.h): ModelInput::features_BTPC then stands in for the
// picture.
#pragma once

#include "agent/model.h"

#include <memory>
#include <string>
#include <vector>

namespace atl::agent {

/// Of what becomes of a picture before the first weight; a higher one makes kept features out of date.
inline constexpr int kFrozenEncoderVersion = 1;

/// Not copyable; calls are const and may run in several threads, parameters must not change meanwhile.
class FrozenEncoder {
 public:
  /// Of a model of `config` for pictures of `frame`, with random weights: give it those of `parameters` or `load`.
  /// Throws Error(kConfig) for an encoder that is not frozen as a whole.
  FrozenEncoder(const ModelConfig& config, FrameSize frame);
  FrozenEncoder(FrozenEncoder&&) noexcept;
  FrozenEncoder& operator=(FrozenEncoder&&) noexcept;
  ~FrozenEncoder();

  /// Named as in the model; the tensors are the encoder's own.
  [[nodiscard]] const std::vector<NamedTensor>& parameters() const;
  /// From a model's weights, of which most are passed over. Throws Error(kFormat) for one that is missing or of another
  /// shape.
  void load(const TensorMap& weights);
  /// As Model::move_to.
  void move_to(const std::string& device);

  /// Of the file that agent/safetensors.h makes of the parameters: names the weights.
  [[nodiscard]] std::string sha256() const;
  [[nodiscard]] PatchGrid grid() const;
  [[nodiscard]] int channels() const;

  /// [F, H, W, 4] uint8 BGRA, on any device. Returns [F, P, C] float32 on the encoder's, without gradient.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& frames_FHWC) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace atl::agent
