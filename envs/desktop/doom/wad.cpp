#include "envs/desktop/doom/wad.h"

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"

#include <algorithm>
#include <cctype>

namespace atl::envs::desktop {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kEntryBytes = 16;
constexpr std::size_t kNameBytes = 8;

void require_inside(std::span<const std::uint8_t> bytes, std::size_t offset, std::size_t size, std::string_view what) {
  if (offset > bytes.size() || size > bytes.size() - offset)
    fail(ErrorKind::kFormat, "{}: bytes {} to {} lie outside, it has {}", what, offset, offset + size, bytes.size());
}

}  // namespace

std::int16_t read_i16(std::span<const std::uint8_t> bytes, std::size_t offset, std::string_view what) {
  require_inside(bytes, offset, 2, what);
  return static_cast<std::int16_t>(bytes[offset] | bytes[offset + 1] << 8);
}

std::uint32_t read_u32(std::span<const std::uint8_t> bytes, std::size_t offset, std::string_view what) {
  require_inside(bytes, offset, 4, what);
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= static_cast<std::uint32_t>(bytes[offset + i]) << (8 * i);
  return value;
}

WadFile::WadFile(const std::filesystem::path& path) : WadFile(read_binary_file(path), path.string()) {}

WadFile::WadFile(std::vector<std::uint8_t> bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {
  read_directory();
}

void WadFile::read_directory() {
  if (bytes_.size() < kHeaderBytes)
    fail(ErrorKind::kFormat, "{} is no WAD: {} bytes, expected at least {}", name_, bytes_.size(), kHeaderBytes);
  const std::string magic(bytes_.begin(), bytes_.begin() + 4);
  if (magic != "IWAD" && magic != "PWAD")
    fail(ErrorKind::kFormat, "{} is no WAD: it begins with bytes {:02x} {:02x} {:02x} {:02x}, expected IWAD or PWAD",
         name_, bytes_[0], bytes_[1], bytes_[2], bytes_[3]);
  const std::size_t count = read_u32(bytes_, 4, name_);
  const std::size_t directory = read_u32(bytes_, 8, name_);
  if (directory > bytes_.size() || count > (bytes_.size() - directory) / kEntryBytes)
    fail(ErrorKind::kFormat, "{}: a directory of {} lumps at byte {} does not fit into its {} bytes; is it cut short?",
         name_, count, directory, bytes_.size());
  entries_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = directory + i * kEntryBytes;
    Entry entry{.name = {}, .offset = read_u32(bytes_, at, name_), .size = read_u32(bytes_, at + 4, name_)};
    for (std::size_t k = 0; k < kNameBytes && bytes_[at + 8 + k] != 0; ++k)
      entry.name += static_cast<char>(std::toupper(bytes_[at + 8 + k]));
    if (entry.size > 0)
      require_inside(bytes_, entry.offset, entry.size, name_ + ": lump " + std::to_string(i) + " (" + entry.name + ")");
    entries_.push_back(std::move(entry));
  }
}

std::optional<std::span<const std::uint8_t>> WadFile::find(std::string_view lump) const {
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [&](const Entry& e) { return e.name == lump; });
  if (found == entries_.rend()) return std::nullopt;
  if (found->size == 0) return std::span<const std::uint8_t>{};
  return std::span<const std::uint8_t>(bytes_).subspan(found->offset, found->size);
}

std::span<const std::uint8_t> WadFile::lump(std::string_view lump) const {
  if (const auto found = find(lump)) return *found;
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  fail(ErrorKind::kFormat, "{} has no lump {}; the nearest of its {} is {}", name_, lump, entries_.size(),
       names.empty() ? "none" : nearest_name(lump, names));
}

}  // namespace atl::envs::desktop
