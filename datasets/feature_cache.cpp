#include "datasets/feature_cache.h"

#include "core/error.h"
#include "core/log.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <system_error>

namespace atl::datasets {
namespace {

constexpr std::string_view kMagic = "ATOLLFEA";
constexpr std::size_t kPrefixBytes = 16;  // magic, version, length of the header
constexpr std::size_t kAlign = 4096;

nlohmann::ordered_json header_of(const FeatureFacts& facts) {
  nlohmann::ordered_json header;
  for (const auto& [name, value] : facts.facts) std::visit([&, &key = name](const auto& v) { header[key] = v; }, value);
  header["rows"] = facts.num_rows;
  header["row_bytes"] = facts.row_bytes;
  return header;
}

// What must stand at the head of the file, up to where the rows begin.
std::string head_of(const FeatureFacts& facts) {
  const std::string header = header_of(facts).dump();
  std::string head(kMagic);
  for (const std::uint32_t number :
       {static_cast<std::uint32_t>(kFeatureCacheVersion), static_cast<std::uint32_t>(header.size())}) {
    for (int shift = 0; shift < 32; shift += 8) head.push_back(static_cast<char>(number >> shift & 0xff));
  }
  head += header;
  head.resize((head.size() + kAlign - 1) / kAlign * kAlign, '\0');
  return head;
}

[[noreturn]] void fail_errno(std::string_view attempt, const std::filesystem::path& path) {
  const int code = errno;
  fail(ErrorKind::kFile, "cannot {} {}: {}", attempt, path.string(), std::strerror(code));
}

// Closes on every path out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Up to `size` bytes from `at` on.
std::string read_at(const Descriptor& file, std::size_t at, std::size_t size, const std::filesystem::path& path) {
  std::string bytes(size, '\0');
  std::size_t read = 0;
  while (read < size) {
    const ssize_t n = ::pread(file.get(), bytes.data() + read, size - read, static_cast<off_t>(at + read));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno("read", path);
    if (n == 0) break;
    read += static_cast<std::size_t>(n);
  }
  bytes.resize(read);
  return bytes;
}

std::uint64_t size_of(const Descriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_errno("look at", path);
  return static_cast<std::uint64_t>(status.st_size);
}

// In what the file `path` is not what `facts` say, in words; empty if it is not there. Throws for no file of features.
std::string difference(const std::filesystem::path& path, const FeatureFacts& facts) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return {};
  if (!file.is_open()) fail_errno("open", path);
  const std::string prefix = read_at(file, 0, kPrefixBytes, path);
  if (!prefix.starts_with(kMagic) || prefix.size() < kPrefixBytes) {
    fail(ErrorKind::kFormat,
         "{} is no file of features: it does not begin with \"{}\"; name another file in trainer.sources features, or "
         "remove this one",
         path.string(), kMagic);
  }
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(prefix[at + i]);
    return value;
  };
  if (number(8) != kFeatureCacheVersion)
    return fmt::format("its version is {}, expected {}", number(8), kFeatureCacheVersion);
  const std::string text = read_at(file, kPrefixBytes, std::min<std::size_t>(number(12), 1 << 20), path);
  const auto found = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!found.is_object()) return "its header is damaged";
  const nlohmann::ordered_json wanted = header_of(facts);
  for (const auto& [name, expected] : wanted.items()) {
    const auto value = found.find(name);
    if (value == found.end()) return fmt::format("it does not tell its {}", name);
    if (*value != expected) return fmt::format("its {} is {}, expected {}", name, value->dump(), expected.dump());
  }
  const auto size = head_of(facts).size() + facts.num_rows * facts.row_bytes;
  if (size_of(file, path) == size) return "its header has more than that, or in another order";
  return fmt::format("it has {} bytes, expected {}", size_of(file, path), size);
}

// FILE.part, which this process alone writes.
class PartFile {
 public:
  // Opens it and waits until no other process has it.
  explicit PartFile(std::filesystem::path path)
      : path_(std::move(path)), file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (!file_.is_open()) fail_errno("create", path_);
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return;
    log_info("another process makes {}: waiting for it", path_.string());
    while (::flock(file_.get(), LOCK_EX) != 0) {
      if (errno != EINTR) fail_errno("lock", path_);
    }
  }

  // Whether it is still called so: who had it before may have made it whole, and given it its name.
  [[nodiscard]] bool is_there() const {
    struct stat own {};
    struct stat named {};
    return ::fstat(file_.get(), &own) == 0 && ::stat(path_.c_str(), &named) == 0 && own.st_ino == named.st_ino &&
           own.st_dev == named.st_dev;
  }

  // Keeps what a process before this one made of the same file; returns how many rows. What was written last is made
  // again: it may not have reached the disk before the machine stopped.
  std::uint64_t keep_rows(const std::string& head, const FeatureFacts& facts) {
    const std::uint64_t size = size_of(file_, path_);
    std::uint64_t parts = 0;
    if (size > head.size() && read_at(file_, 0, head.size(), path_) == head)
      parts = (size - head.size() - 1) / facts.row_bytes / kRowsAtOnce;
    const std::uint64_t rows = std::min<std::uint64_t>(parts * kRowsAtOnce, facts.num_rows);
    const std::uint64_t kept = rows == 0 ? 0 : head.size() + rows * facts.row_bytes;
    if (::ftruncate(file_.get(), static_cast<off_t>(kept)) != 0) fail_errno("shorten", path_);
    if (::lseek(file_.get(), 0, SEEK_END) < 0) fail_errno("seek in", path_);
    if (rows == 0) append({reinterpret_cast<const std::uint8_t*>(head.data()), head.size()});
    return rows;
  }

  // To the disk.
  void append(std::span<const std::uint8_t> bytes) {
    for (std::size_t written = 0; written < bytes.size();) {
      const ssize_t n = ::write(file_.get(), bytes.data() + written, bytes.size() - written);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail_errno("write", path_);
      written += static_cast<std::size_t>(n);
    }
    if (::fdatasync(file_.get()) != 0) fail_errno("flush", path_);
  }

  void rename_to(const std::filesystem::path& file) const {
    if (std::rename(path_.c_str(), file.c_str()) != 0) fail_errno("give its name to", file);
  }

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

void make_rows(PartFile& part, const std::filesystem::path& file, const FeatureFacts& facts, const FeatureWork& work) {
  const std::uint64_t kept = part.keep_rows(head_of(facts), facts);
  if (kept > 0) log_info("{} of {} rows of {} are there already", kept, facts.num_rows, file.string());
  std::vector<std::uint8_t> rows;
  for (std::uint64_t first = kept; first < facts.num_rows; first += kRowsAtOnce) {
    if (work.should_stop && work.should_stop()) {
      fail(ErrorKind::kFile,
           "stopped while {} was made: {} of {} rows are there, and the same command goes on with them", file.string(),
           first, facts.num_rows);
    }
    rows.resize(std::min<std::uint64_t>(kRowsAtOnce, facts.num_rows - first) * facts.row_bytes);
    work.make(first, rows);
    part.append(rows);
    if (work.progress) {
      const auto done = static_cast<double>(std::min<std::uint64_t>(first + kRowsAtOnce, facts.num_rows));
      work.progress(done / static_cast<double>(facts.num_rows));
    }
  }
  part.rename_to(file);
}

}  // namespace

struct FeatureCache::State {
  const std::uint8_t* data = nullptr;  // the mapped file
  std::size_t bytes = 0;
  std::size_t rows_at = 0;
  std::size_t row_bytes = 0;
  std::uint64_t num_rows = 0;

  ~State() {
    if (data != nullptr) ::munmap(const_cast<std::uint8_t*>(data), bytes);
  }
};

FeatureCache::FeatureCache(std::unique_ptr<State> state) : state_(std::move(state)) {}
FeatureCache::FeatureCache(FeatureCache&&) noexcept = default;
FeatureCache& FeatureCache::operator=(FeatureCache&&) noexcept = default;
FeatureCache::~FeatureCache() = default;

std::optional<FeatureCache> FeatureCache::open(const std::filesystem::path& file, const FeatureFacts& facts) {
  const std::string head = head_of(facts);
  const std::size_t expected = head.size() + facts.num_rows * facts.row_bytes;
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open() || size_of(fd, file) != expected) return std::nullopt;
  void* mapped = ::mmap(nullptr, expected, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (mapped == MAP_FAILED) return std::nullopt;
  auto state = std::make_unique<State>();
  state->data = static_cast<const std::uint8_t*>(mapped);
  state->bytes = expected;
  state->rows_at = head.size();
  state->row_bytes = facts.row_bytes;
  state->num_rows = facts.num_rows;
  if (std::memcmp(mapped, head.data(), head.size()) != 0) return std::nullopt;
  return FeatureCache(std::move(state));
}

FeatureCache FeatureCache::open_or_create(const std::filesystem::path& file, const FeatureFacts& facts,
                                          const FeatureWork& work) {
  ATOLL_CHECK(facts.num_rows > 0 && facts.row_bytes > 0, "{} rows of {} bytes", facts.num_rows, facts.row_bytes);
  std::optional<FeatureCache> cache = open(file, facts);
  if (cache) return std::move(*cache);
  const std::string differs = difference(file, facts);
  if (!differs.empty()) log_info("{} is made anew: {}", file.string(), differs);
  std::error_code failed;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failed);
  if (failed)
    fail(ErrorKind::kFile, "cannot make the folder {} for features: {}", file.parent_path().string(), failed.message());
  std::filesystem::path part_path = file;
  part_path += ".part";
  while (true) {
    PartFile part(part_path);
    if (!part.is_there()) continue;  // who had it has given it its name; the next one has another
    cache = open(file, facts);
    if (cache)
      std::filesystem::remove(part_path, failed);  // the next one that comes removes it
    else
      make_rows(part, file, facts, work);
    break;
  }
  if (!cache) cache = open(file, facts);
  if (!cache) fail(ErrorKind::kFile, "cannot map the new file of features {}", file.string());
  return std::move(*cache);
}

std::span<const std::uint8_t> FeatureCache::row(std::uint64_t index) const {
  const State& s = *state_;
  ATOLL_CHECK(index < s.num_rows, "features of picture {} of {}", index, s.num_rows);
  return {s.data + s.rows_at + index * s.row_bytes, s.row_bytes};
}

std::uint64_t FeatureCache::num_rows() const { return state_->num_rows; }

}  // namespace atl::datasets
