#include "envs/desktop/judges/line_tail.h"

#include <array>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr std::size_t kMaxLine = 65536;

std::uintmax_t size_of(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

}  // namespace

LineTail::LineTail(std::filesystem::path path, Start start)
    : path_(std::move(path)), read_(start == Start::kEnd ? size_of(path_) : 0) {}

std::vector<std::string> LineTail::poll() {
  std::vector<std::string> lines;
  const std::uintmax_t size = size_of(path_);
  if (size < read_) {
    read_ = 0;
    rest_.clear();
  }
  if (size == read_) return lines;
  std::ifstream file(path_, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(read_));
  std::array<char, 16384> buffer;
  while (read_ < size) {
    file.read(buffer.data(), static_cast<std::streamsize>(std::min<std::uintmax_t>(buffer.size(), size - read_)));
    const auto count = static_cast<std::size_t>(file.gcount());
    if (count == 0) break;
    read_ += count;
    for (const char c : std::string_view(buffer.data(), count)) {
      if (c == '\n') {
        lines.push_back(std::exchange(rest_, {}));
      } else if (c != '\r' && rest_.size() < kMaxLine) {
        rest_ += c;
      }
    }
  }
  return lines;
}

}  // namespace atl::envs::desktop
