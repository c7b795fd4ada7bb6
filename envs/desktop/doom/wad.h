// Reads WAD files: the archive that Doom keeps maps, pictures, fonts and recorded demos in. The whole file is held in
// memory (20 to 30 MB) and every offset is checked. Immutable after opening: any thread.
// Source: "The Unofficial Doom Specs" 1.666, section 2.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::desktop {

class WadFile {
 public:
  struct Entry {
    std::string name;  // upper case, at most 8 characters
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  /// Throws Error(kFile) when it cannot be read, Error(kFormat) when it is no WAD or its directory points outside.
  explicit WadFile(const std::filesystem::path& path);
  /// The same from bytes in memory; `name` stands for the file in messages.
  WadFile(std::vector<std::uint8_t> bytes, std::string name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }

  /// The last lump of that name, as the game takes it; valid as long as this object.
  [[nodiscard]] std::optional<std::span<const std::uint8_t>> find(std::string_view lump) const;
  /// Throws Error(kFormat) naming the nearest lump.
  [[nodiscard]] std::span<const std::uint8_t> lump(std::string_view lump) const;

 private:
  void read_directory();

  std::vector<std::uint8_t> bytes_;
  std::string name_;
  std::vector<Entry> entries_;
};

/// Little-endian numbers of `bytes` at `offset`; throw Error(kFormat) naming `what` when they lie outside.
[[nodiscard]] std::int16_t read_i16(std::span<const std::uint8_t> bytes, std::size_t offset, std::string_view what);
[[nodiscard]] std::uint32_t read_u32(std::span<const std::uint8_t> bytes, std::size_t offset, std::string_view what);

}  // namespace atl::envs::desktop
