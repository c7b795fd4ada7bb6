#include "datasets/video/media_file.h"

#include "core/error.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace atl::video {

MediaFile::MediaFile(const std::filesystem::path& path) : path_(path) {
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) fail(ErrorKind::kFile, "cannot open {}: {}", path.string(), std::strerror(errno));
  num_bytes_ = static_cast<std::uint64_t>(std::max<off_t>(0, ::lseek(fd_, 0, SEEK_END)));
}

MediaFile::~MediaFile() { ::close(fd_); }

std::size_t MediaFile::read(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(ErrorKind::kFile, "cannot read {} at byte {}: {}", path_.string(), offset, std::strerror(errno));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace atl::video
