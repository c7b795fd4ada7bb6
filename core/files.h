// Whole files, read and written so that a crash leaves the old file or the new one, never half of one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl {

/// The whole file as text or bytes; throws Error(kFile) with path and reason.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path);
[[nodiscard]] std::vector<std::uint8_t> read_binary_file(const std::filesystem::path& path);

/// Writes to a temporary name beside `path`, flushes to disk, renames. Throws Error(kFile), also when the disk is full.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// Creates `path` and its parents for a new output. An existing folder that is not empty is refused with Error(kFile),
/// so that nothing is overwritten.
void create_output_folder(const std::filesystem::path& path);

/// A file that ships with Atoll: `folder`/`name` below the nearest folder above the running program that has it (the
/// checkout it was built in, or where it was installed). Throws Error(kFile) naming the shipped file with the nearest
/// name.
[[nodiscard]] std::filesystem::path shipped_file(const std::filesystem::path& folder, const std::string& name);

/// The folder of the running program.
[[nodiscard]] std::filesystem::path program_folder();

/// A folder of its own under the system's temporary place, removed with its contents on destruction.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(std::string_view prefix = "atoll");
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace atl
