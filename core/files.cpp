#include "core/files.h"

#include "core/error.h"
#include "core/text.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace atl {
namespace {

// Closes on every path out.
struct FileDescriptor {
  int fd;
  explicit FileDescriptor(int value) : fd(value) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd >= 0) ::close(fd);
  }
};

[[noreturn]] void fail_errno(std::string_view attempt, const std::filesystem::path& path) {
  const int code = errno;
  fail(ErrorKind::kFile, "cannot {} {}: {}", attempt, path.string(), std::strerror(code));
}

template <class Container>
Container read_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) fail_errno("open", path);
  Container content;
  std::size_t size = 0;
  while (true) {
    content.resize(size + (size < 65536 ? 65536 : size));
    const ssize_t got = ::read(file.fd, content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_errno("read", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  content.resize(size);
  return content;
}

void write_through(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.fd < 0) fail_errno("create", path);
  for (std::size_t written = 0; written < bytes.size();) {
    const ssize_t n = ::write(file.fd, bytes.data() + written, bytes.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno("write", path);
    written += static_cast<std::size_t>(n);
  }
  if (::fsync(file.fd) != 0) fail_errno("flush", path);
}

}  // namespace

std::string read_text_file(const std::filesystem::path& path) { return read_file<std::string>(path); }

std::vector<std::uint8_t> read_binary_file(const std::filesystem::path& path) {
  return read_file<std::vector<std::uint8_t>>(path);
}

void write_file_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  // Two threads or processes may write one path: each through a file of its own, the last one wins.
  static std::atomic<unsigned> num_written{0};
  const std::filesystem::path temporary = fmt::format("{}.tmp{}-{}", path.string(), ::getpid(), num_written++);
  try {
    write_through(temporary, bytes);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail_errno("rename a finished file to", path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  write_file_atomically(path, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

void create_output_folder(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    if (!std::filesystem::is_directory(path, error))
      fail(ErrorKind::kFile, "output {} is a file, expected a new or empty folder", path.string());
    if (!std::filesystem::is_empty(path, error))
      fail(ErrorKind::kFile, "output folder {} is not empty; name a new one, or move it away first", path.string());
    return;
  }
  std::filesystem::create_directories(path, error);
  if (error) fail(ErrorKind::kFile, "cannot create folder {}: {}", path.string(), error.message());
}

std::filesystem::path program_folder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) fail(ErrorKind::kFile, "cannot find the running program: {}", error.message());
  return program.parent_path();
}

std::filesystem::path shipped_file(const std::filesystem::path& folder, const std::string& name) {
  std::vector<std::string> known;
  for (std::filesystem::path above = program_folder();; above = above.parent_path()) {
    std::error_code error;
    if (std::filesystem::exists(above / folder / name, error)) return above / folder / name;
    for (const auto& entry : std::filesystem::directory_iterator(above / folder, error)) {
      known.push_back(entry.path().filename().string());
    }
    if (above == above.parent_path()) break;
  }
  if (known.empty())
    fail(ErrorKind::kFile, "no folder {} lies above the program in {}; run it from a checkout", folder.string(),
         program_folder().string());
  fail(ErrorKind::kFile, "{} ships no file \"{}\"; the nearest is \"{}\"", folder.string(), name,
       nearest_name(name, known));
}

TemporaryFolder::TemporaryFolder(std::string_view prefix) {
  std::string name = (std::filesystem::temp_directory_path() / (std::string(prefix) + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) fail_errno("create temporary folder", name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace atl
