// From pictures to patches: what every image encoder of agent/ does, and how one is chosen. Used by the sources of
// agent/ only.
//
// Whatever the encoder, a picture becomes the same grid of patches (agent/patch_grid.h: one for 8 x 8 pixels),
// because masks and goal frames speak of patches. Pretrained encoders see the picture enlarged, so that their own cells
// are that grid: agents' pictures are small, and 8 pixels of them hold what 14 or 16 of a photo do.
#pragma once

#include "agent/model.h"
#include "agent/parameters.h"

#include <memory>

namespace atl::agent {

/// F pictures, P patches, D = patch_channels.
struct PictureFeatures {
  at::Tensor patches_FPD;
  at::Tensor key_patches_FPD;  // what words are matched with; the same, or of an earlier layer
};

/// In two parts, of which the first may be frozen: what it gives for a picture then never changes, and can be kept.
class ImageEncoder {
 public:
  virtual ~ImageEncoder() = default;
  /// Channels C of what the first part gives; 0: it is not frozen.
  [[nodiscard]] virtual int frozen_channels() const = 0;
  /// [F, H, W, 4] uint8 BGRA; alpha is not looked at. Returns what `finish` takes: [F, P, C] floats where it is frozen.
  [[nodiscard]] virtual at::Tensor begin(const at::Tensor& frames_FHWC) const = 0;
  [[nodiscard]] virtual PictureFeatures finish(const at::Tensor& begun) const = 0;

  [[nodiscard]] PictureFeatures operator()(const at::Tensor& frames_FHWC) const { return finish(begin(frames_FHWC)); }
};

/// The encoder that config.encoder names, for pictures of `frame`.
[[nodiscard]] std::unique_ptr<ImageEncoder> create_image_encoder(ParameterFactory& f, const ModelConfig& config,
                                                                 FrameSize frame);

}  // namespace atl::agent
