// The parsers of files that come from elsewhere, each as one call over bytes: MCAP, the index of an MP4, a game's
// profile, a policy contract. Used by the libFuzzer targets, by their smoke test and by the study of mutated files.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace atl::fuzz {

enum class Parser : std::uint8_t { kMcap, kMp4, kProfile, kContract };
inline constexpr std::array kAllParsers{Parser::kMcap, Parser::kMp4, Parser::kProfile, Parser::kContract};

/// "mcap", "mp4", "profile", "contract": also the folders of seeds.
[[nodiscard]] std::string_view to_string(Parser parser);

/// What a parser made of a file.
struct Parsed {
  std::vector<std::string> problems;   // in the parser's words; empty: it takes the file for a sound one
  std::vector<std::uint64_t> content;  // a hash of each thing that it returned, in order: messages, pictures, fields
};

/// Runs the parser over the file at `path`. Throws nothing but what is a bug: errors of kind Error are `problems`.
[[nodiscard]] Parsed parse(Parser parser, const std::filesystem::path& path);

/// Bytes as a file without a disk. One thread.
class MemoryFile {
 public:
  MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();
  void set(std::span<const std::uint8_t> bytes);
  [[nodiscard]] std::filesystem::path path() const;

 private:
  int fd_ = -1;
};

}  // namespace atl::fuzz
