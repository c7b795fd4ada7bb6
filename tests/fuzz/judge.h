// Whether what became of a mutated file is right: equal to the original, or refused with the place named.
#pragma once

#include "tests/fuzz/parsers.h"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace atl::fuzz {

enum class Outcome : std::uint8_t {
  kEqual,      // all of the original, and no complaint
  kNamed,      // a complaint that names the file and the place in it, of a recording the file; nothing was made up
  kDifferent,  // taken for sound, but not the original
  kUnnamed,    // a complaint that does not say where
  kMadeUp,     // something was returned that the original does not hold
};
inline constexpr std::size_t kNumOutcomes = 5;
[[nodiscard]] std::string_view to_string(Outcome outcome);

/// A single file. `words` receives the first complaint.
[[nodiscard]] Outcome judge_file(Parser parser, const Parsed& original, const std::filesystem::path& mutated,
                                 std::string& words);

/// A whole recording: its original, known by heart.
class RecordingJudge {
 public:
  explicit RecordingJudge(std::filesystem::path original);

  /// `mutated`: a copy with one file changed; it is checked, repaired where that is offered, and read.
  [[nodiscard]] Outcome judge(const std::filesystem::path& mutated, std::string& words) const;

 private:
  [[nodiscard]] Outcome judge_repaired(const std::filesystem::path& mutated, std::string& words) const;

  std::filesystem::path original_;
  Parsed session_;
  Parsed video_;
  std::set<std::string> messages_;  // "topic|log time|data"
};

}  // namespace atl::fuzz
