// What reads the files beside session.mcap, handed as one to check, repair and continue. Either may be empty: builds
// without libav read neither, and then only that the files are there is looked at.
#pragma once

#include "datasets/audio.h"
#include "datasets/video.h"

#include <utility>

namespace atl::datasets {

struct MediaReaders {
  VideoReaderFactory video;
  AudioReaderFactory audio;

  // Not explicit: whoever has no sound hands over the reader of its pictures alone.
  MediaReaders(VideoReaderFactory read_video = {}, AudioReaderFactory read_audio = {})  // NOLINT(*-explicit-*)
      : video(std::move(read_video)), audio(std::move(read_audio)) {}
};

}  // namespace atl::datasets
