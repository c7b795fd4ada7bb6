#include "agent/image_encoder.h"

#include "agent/conv_encoder.h"
#include "agent/pretrained_encoder.h"

namespace atl::agent {

PatchGrid patch_grid(FrameSize size) {
  // As ConvEncoder's convolutions cut pictures: 4x4 with stride 4, then 3x3 with stride 2 and padding 1.
  const auto cells = [](int pixels) { return pixels < 4 ? 0 : (pixels / 4 - 1) / 2 + 1; };
  const int rows = cells(size.height_px);
  const int columns = cells(size.width_px);
  if (rows == 0 || columns == 0) return {};
  return {rows, columns};
}

std::unique_ptr<ImageEncoder> create_image_encoder(ParameterFactory& f, const ModelConfig& config, FrameSize frame) {
  if (config.encoder == "conv") return std::make_unique<ConvEncoder>(f, config);
  return std::make_unique<PretrainedEncoder>(f, config, frame);
}

}  // namespace atl::agent
