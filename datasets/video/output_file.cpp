#include "datasets/video/output_file.h"

#include "core/error.h"
#include "datasets/video/libav.h"

extern "C" {
#include <libavformat/avformat.h>
}
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace atl::video {
namespace {

constexpr int kIoBufferBytes = 1 << 16;

int write_to_file(void* opaque, std::uint8_t* bytes, int size) {
  const int error = static_cast<OutputFile*>(opaque)->put({bytes, static_cast<std::size_t>(size)});
  return error == 0 ? size : AVERROR(error);
}

std::int64_t seek_file(void* opaque, std::int64_t offset, int whence) {
  const int fd = static_cast<OutputFile*>(opaque)->fd();
  if (whence == AVSEEK_SIZE) return AVERROR(ENOSYS);
  const off_t at = ::lseek(fd, offset, whence);
  return at < 0 ? AVERROR(errno) : at;
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path, bool seekable, std::optional<std::uint64_t> append_at)
    : path_(path) {
  const int create = append_at ? 0 : O_CREAT | O_EXCL;
  fd_ = ::open(path.c_str(), O_WRONLY | create | O_CLOEXEC, 0644);
  if (fd_ < 0) fail(ErrorKind::kFile, "cannot create {}: {}", path.string(), std::strerror(errno));
  const auto end = static_cast<off_t>(append_at.value_or(0));
  if (append_at && (::ftruncate(fd_, end) != 0 || ::lseek(fd_, end, SEEK_SET) != end))
    fail(ErrorKind::kFile, "cannot go on with {}: {}", path.string(), std::strerror(errno));
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kIoBufferBytes));
  io_ = avio_alloc_context(buffer, kIoBufferBytes, 1, this, nullptr, write_to_file, seekable ? seek_file : nullptr);
  ATOLL_CHECK(buffer != nullptr && io_ != nullptr, "out of memory for a file's buffer");
}

OutputFile::~OutputFile() {
  av_freep(&io_->buffer);
  avio_context_free(&io_);
  if (fd_ >= 0) ::close(fd_);
}

int OutputFile::put(std::span<const std::uint8_t> bytes) {
  if (!holds_) return write_all(bytes);
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  return 0;
}

int OutputFile::write_all(std::span<const std::uint8_t> bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

std::vector<std::uint8_t> OutputFile::release() {
  avio_flush(io_);
  check_av(io_->error, "write", path_);
  holds_ = false;
  return std::exchange(held_, {});
}

void OutputFile::write(std::span<const std::uint8_t> bytes) {
  if (const int error = write_all(bytes); error != 0) check_av(AVERROR(error), "write", path_);
}

void OutputFile::close() {
  avio_flush(io_);
  check_av(io_->error, "write", path_);
  if (::fsync(fd_) != 0) fail(ErrorKind::kFile, "cannot flush {}: {}", path_.string(), std::strerror(errno));
  if (::close(std::exchange(fd_, -1)) != 0)
    fail(ErrorKind::kFile, "cannot close {}: {}", path_.string(), std::strerror(errno));
}

}  // namespace atl::video
