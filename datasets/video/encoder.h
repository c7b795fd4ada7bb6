// H.264 encoders behind one face: x264 on the processor, NVENC and VAAPI on a graphics card. Used by h264_writer.h.
//
// All make a stream without B-frames, with a keyframe every keyframe_interval pictures, with times as they came and
// with the colour tags of datasets/video/colour.h. x264 gives each picture out in the call that brought it; a card may
// hold one or two back.
#pragma once

#include "core/frame.h"
#include "datasets/video/colour.h"
#include "datasets/video/libav.h"
#include "datasets/video/writer.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct AVBufferRef;

namespace atl::video {

/// One thread.
class PictureEncoder {
 public:
  /// options.encoder says which: "auto" takes the first that opens of nvenc, vaapi (4:2:0 alone) and x264, and logs
  /// what the others lack; any other that does not open throws Error(kDevice) saying what was tried. `path` is for
  /// messages.
  PictureEncoder(std::filesystem::path path, FrameSize size, const VideoOptions& options);
  ~PictureEncoder();
  PictureEncoder(const PictureEncoder&) = delete;
  PictureEncoder& operator=(const PictureEncoder&) = delete;

  [[nodiscard]] const AVCodecContext& context() const { return *context_; }
  [[nodiscard]] const std::string& name() const { return name_; }  // "x264", "nvenc" or "vaapi"

  /// Borrows the picture for the call. Throws Error(kFormat).
  void send(ImageView image, std::int64_t pts_us);
  /// Nothing is sent any more: the rest comes out.
  void finish();
  /// The next encoded picture, into `packet`; false: there is none for now.
  [[nodiscard]] bool receive(AVPacket& packet);

 private:
  void open(const std::string& encoder, FrameSize size, const VideoOptions& options);
  void set_option(const char* name, const std::string& value);
  void set_x264_options(const VideoOptions& options);
  void set_nvenc_options(const VideoOptions& options);
  void attach_vaapi(FrameSize size, const VideoOptions& options);

  std::filesystem::path path_;
  std::string name_;
  LibavPtr<AVCodecContext> context_;
  std::unique_ptr<ColourEncoder> colour_;
  LibavPtr<AVFrame> surface_;  // on the card; null where pictures are sent from memory
};

}  // namespace atl::video
