// A disk that becomes slow or breaks when it is told to: a folder seen through FUSE. For tests and studies of
// recorders.
//
//   atoll_faulty_disk FOLDER MOUNT CONTROL
//
// Shows FOLDER at MOUNT until it is unmounted. The text of the file CONTROL is read at each write: "ok", "slow MS"
// (each write takes so many ms) or "broken" (each write, truncation and flush fails with EIO).
#define FUSE_USE_VERSION 35
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

std::string folder;
std::string control;

std::string below(const char* path) { return folder + path; }

int result_of(long result) { return result < 0 ? -errno : static_cast<int>(result); }

// What the control file says: 0, or the error; waits if it says so.
int suffer() {
  std::ifstream file(control);
  std::string word;
  file >> word;
  if (word == "broken") return -EIO;
  int ms = 0;
  if (word == "slow" && file >> ms) ::usleep(static_cast<useconds_t>(ms) * 1000);
  return 0;
}

void* on_init(fuse_conn_info*, fuse_config* config) {
  config->kernel_cache = 0;
  config->direct_io = 1;  // each write of the program is one here
  return nullptr;
}

int on_getattr(const char* path, struct stat* status, fuse_file_info*) {
  return result_of(::lstat(below(path).c_str(), status));
}

int on_mkdir(const char* path, mode_t mode) { return result_of(::mkdir(below(path).c_str(), mode)); }
int on_unlink(const char* path) { return result_of(::unlink(below(path).c_str())); }
int on_rmdir(const char* path) { return result_of(::rmdir(below(path).c_str())); }

int on_rename(const char* from, const char* to, unsigned) {
  return result_of(::rename(below(from).c_str(), below(to).c_str()));
}

int on_link(const char* from, const char* to) { return result_of(::link(below(from).c_str(), below(to).c_str())); }

int on_open(const char* path, fuse_file_info* info) {
  const int fd = ::open(below(path).c_str(), info->flags & ~(O_APPEND | O_EXCL | O_CREAT));
  if (fd < 0) return -errno;
  info->fh = static_cast<std::uint64_t>(fd);
  return 0;
}

int on_create(const char* path, mode_t mode, fuse_file_info* info) {
  const int fd = ::open(below(path).c_str(), info->flags | O_CREAT, mode);
  if (fd < 0) return -errno;
  info->fh = static_cast<std::uint64_t>(fd);
  return 0;
}

int on_read(const char*, char* bytes, std::size_t size, off_t at, fuse_file_info* info) {
  return result_of(::pread(static_cast<int>(info->fh), bytes, size, at));
}

int on_write(const char*, const char* bytes, std::size_t size, off_t at, fuse_file_info* info) {
  if (const int error = suffer()) return error;
  return result_of(::pwrite(static_cast<int>(info->fh), bytes, size, at));
}

int on_truncate(const char* path, off_t size, fuse_file_info*) {
  if (const int error = suffer()) return error;
  return result_of(::truncate(below(path).c_str(), size));
}

int on_fsync(const char*, int, fuse_file_info* info) {
  if (const int error = suffer()) return error;
  return result_of(::fdatasync(static_cast<int>(info->fh)));
}

int on_release(const char*, fuse_file_info* info) {
  ::close(static_cast<int>(info->fh));
  return 0;
}

int on_readdir(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(below(path), error))
    fill(buffer, entry.path().filename().c_str(), nullptr, 0, fuse_fill_dir_flags{});
  return error ? -error.value() : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s FOLDER MOUNT CONTROL\n", argv[0]);
    return 2;
  }
  folder = std::filesystem::canonical(argv[1]).string();
  control = std::filesystem::absolute(argv[3]).string();
  fuse_operations operations{};
  operations.init = on_init;
  operations.getattr = on_getattr;
  operations.mkdir = on_mkdir;
  operations.unlink = on_unlink;
  operations.rmdir = on_rmdir;
  operations.rename = on_rename;
  operations.link = on_link;
  operations.open = on_open;
  operations.create = on_create;
  operations.read = on_read;
  operations.write = on_write;
  operations.truncate = on_truncate;
  operations.fsync = on_fsync;
  operations.release = on_release;
  operations.readdir = on_readdir;
  std::string foreground = "-f";
  char* arguments[] = {argv[0], foreground.data(), argv[2], nullptr};
  return fuse_main(3, arguments, &operations, nullptr);
}
