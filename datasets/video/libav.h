// What the files of datasets/video share about libav: owners of its objects and the one check of its return codes.
// Its types are only named here, never completed, so that no includer needs its headers.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

struct AVCodecContext;
struct AVCodecParameters;
struct AVFormatContext;
struct AVFrame;
struct AVPacket;
struct SwsContext;

namespace atl::video {

struct LibavDeleter {
  void operator()(AVCodecContext* context) const;
  void operator()(AVCodecParameters* parameters) const;
  void operator()(AVFormatContext* context) const;  // one that writes; readers must close their input too
  void operator()(AVFrame* frame) const;
  void operator()(AVPacket* packet) const;
  void operator()(SwsContext* context) const;
};
template <class T>
using LibavPtr = std::unique_ptr<T, LibavDeleter>;

/// Allocates; throws Error(kInternal) when memory is out.
[[nodiscard]] LibavPtr<AVFrame> make_av_frame();
[[nodiscard]] LibavPtr<AVPacket> make_av_packet();

/// What a file of what `encoder` makes tells of it. `path`: of that file, for errors.
[[nodiscard]] LibavPtr<AVCodecParameters> parameters_of(const AVCodecContext& encoder,
                                                        const std::filesystem::path& path);

/// Returns `code` if it is no error. Throws Error(kFile) for errors of the system (disk full, no such file), else
/// Error(kFormat): "cannot <attempt> <path>: <reason>", with what libav last said about it on this thread.
int check_av(int code, std::string_view attempt, const std::filesystem::path& path);

/// Keeps libav from printing: its last complaint goes into the next error of the same thread. Called by every opener.
void quiet_libav();

}  // namespace atl::video
