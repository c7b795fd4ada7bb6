#include "agent/image_encoder.h"

#include "agent/conv_encoder.h"
#include "agent/pretrained_encoder.h"

namespace atl::agent {

std::unique_ptr<ImageEncoder> create_image_encoder(ParameterFactory& f, const ModelConfig& config, FrameSize frame) {
  if (config.encoder == "conv") return std::make_unique<ConvEncoder>(f, config);
  return std::make_unique<PretrainedEncoder>(f, config, frame);
}

}  // namespace atl::agent
