#include "datasets/window_size.h"

#include "datasets/recording_file.h"

namespace atl::datasets {

FrameSize window_size(const PolicyContract& contract, const SourceFacts& facts, const std::filesystem::path& recording,
                      const VideoReaderFactory& open_video) {
  if (!contract.has_pointer()) return {};
  if (facts.window_width_px > 0 && facts.window_height_px > 0) return facts.window();
  const std::filesystem::path video = recording / kVideoFile;
  if (!open_video || !std::filesystem::exists(video)) return {};
  return open_video(video)->size();
}

}  // namespace atl::datasets
