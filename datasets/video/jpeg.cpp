#include "datasets/video/jpeg.h"

#include "core/error.h"
#include "core/resize.h"

#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace atl::video {
namespace {

constexpr int kSmall_px = 320;

struct HandleDeleter {
  void operator()(void* handle) const { tjDestroy(handle); }
};

std::string compress(ImageView picture, int quality) {
  const std::unique_ptr<void, HandleDeleter> handle(tjInitCompress());
  ATOLL_CHECK(handle, "no memory for a JPEG encoder");
  const int chroma = picture.width_px <= kSmall_px ? TJSAMP_444 : TJSAMP_420;
  std::string bytes(tjBufSize(picture.width_px, picture.height_px, chroma), '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  unsigned long size = bytes.size();
  if (tjCompress2(handle.get(), picture.data, picture.width_px, static_cast<int>(picture.stride_bytes),
                  picture.height_px, TJPF_BGRX, &out, &size, chroma, quality, TJFLAG_NOREALLOC | TJFLAG_FASTDCT) != 0)
    fail(ErrorKind::kFormat, "cannot make a JPEG of {}x{} px: {}", picture.width_px, picture.height_px,
         tjGetErrorStr2(handle.get()));
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::string encode_jpeg(ImageView picture, int quality, int most_px) {
  if (most_px <= 0 || picture.width_px <= most_px) return compress(picture, quality);
  const int factor = (picture.width_px + most_px - 1) / most_px;
  const FrameSize size{picture.width_px / factor, std::max(1, picture.height_px / factor)};
  std::vector<std::uint8_t> small(static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px) *
                                  kBytesPerPixel);
  Resizer(size).resize(picture, small);
  return compress({small.data(), size.width_px, size.height_px, std::ptrdiff_t{size.width_px} * kBytesPerPixel},
                  quality);
}

}  // namespace atl::video
