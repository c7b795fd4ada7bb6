// H.264 in fragmented MP4: the VideoWriter of datasets/video.h.
//
// The file is a row of fragments, each complete in itself, so that a killed recorder leaves a readable file: a fragment
// ends before each keyframe, and at the latest a quarter of a second after its first picture came. Times are the
// caller's, to the microsecond (track timescale 1,000,000, variable frame rate). No B-frames, no look-ahead: x264
// encodes a picture within its call. Colour: datasets/video/colour.h.
#pragma once

#include "datasets/video.h"
#include "datasets/video/colour.h"

#include <memory>
#include <string>

namespace atl::video {

struct VideoOptions {
  std::string encoder = "x264";  // "x264"; "nvenc" or "vaapi" on a graphics card; "auto": datasets/video/encoder.h
  Chroma chroma = Chroma::k444;
  int crf = 16;                      // quality: 0 without loss (x264) .. 51
  std::string preset = "superfast";  // x264's: "ultrafast" .. "veryslow"
  bool fast_decode = false;          // x264: without CABAC and the loop filter, which take most of a decoder's time
  int keyframe_interval = 15;        // pictures from one keyframe to the next: what a seek decodes at most
  double rate_hz = 15.0;             // about how many pictures a second: guides x264's rate control, no times
  bool fragmented = true;            // false: one index at the end, for films: players seek better, a kill loses all
  int queue_capacity = 0;            // 0: encode in `write`; else on a thread behind this many pictures
  bool append = false;               // goes on with the fragmented file that is there, if one is
};

/// Creates `path`, which must not exist unless options.append; then a torn end is cut off, and Error(kFormat) is thrown
/// where the file was made with other settings. With a queue, `write` copies the picture and returns at once, false
/// when the queue is full; without, it encodes and never drops. Throws Error(kFile) if the file cannot be created,
/// Error(kFormat) for a size that the format cannot hold (4:2:0 needs even sides).
[[nodiscard]] std::unique_ptr<datasets::VideoWriter> create_video_writer(const std::filesystem::path& path,
                                                                         FrameSize size, const VideoOptions& options);

/// The same as a factory.
[[nodiscard]] datasets::VideoWriterFactory video_writer_factory(const VideoOptions& options);

}  // namespace atl::video
