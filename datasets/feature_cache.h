// Features of pictures, made once into a file that is memory-mapped ever after: a row of bytes for each picture of a
// training cache (datasets/cache.h), in its order. What a row is, is its maker's business (trainer/features.h). Used by
// loaders.
//
// The file says what it was made from, so that it is never out of date in silence: when anything differs it is made
// anew. Layout: "ATOLLFEA", version (u32 little endian), length of a JSON header (u32), the header (the facts, "rows",
// "row_bytes"), zeros up to a multiple of 4096, then the rows. While it is made it is called FILE.part, which a process
// that was killed leaves behind and the next one goes on with; one process at a time makes it, others wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace atl::datasets {

inline constexpr int kFeatureCacheVersion = 1;
/// Rows that are made at a time: bounds the memory that making takes.
inline constexpr std::size_t kRowsAtOnce = 512;

/// What a file of features holds, and all that its rows depend on.
struct FeatureFacts {
  std::vector<std::pair<std::string, std::variant<std::string, std::int64_t>>> facts;  // name and value, in order
  std::uint64_t num_rows = 0;
  std::size_t row_bytes = 0;
};

/// How rows are made that are not there.
struct FeatureWork {
  /// Fills rows first, first + 1, ...: as many as fit into `rows`, at most kRowsAtOnce; the same for the same rows.
  std::function<void(std::uint64_t first, std::span<std::uint8_t> rows)> make;
  std::function<void(double done)> progress{};  // 0 to 1, now and then; may be empty
  std::function<bool()> should_stop{};          // asked now and then; may be empty
};

/// Immutable: any thread.
class FeatureCache {
 public:
  /// Opens `file` if it holds exactly these facts, else makes it; one line of the log says what differs. Throws
  /// Error(kFormat) for a file that holds something else than features, which is left alone, Error(kFile) when it
  /// cannot be written, or was not made whole because `should_stop` said so: what there is stays for the next time.
  [[nodiscard]] static FeatureCache open_or_create(const std::filesystem::path& file, const FeatureFacts& facts,
                                                   const FeatureWork& work);
  /// Opens `file` as it is; nothing if it is not there, or holds anything else than exactly these facts.
  [[nodiscard]] static std::optional<FeatureCache> open(const std::filesystem::path& file, const FeatureFacts& facts);
  FeatureCache(FeatureCache&&) noexcept;
  FeatureCache& operator=(FeatureCache&&) noexcept;
  ~FeatureCache();

  /// The features of picture `index`; valid as long as the cache.
  [[nodiscard]] std::span<const std::uint8_t> row(std::uint64_t index) const;
  [[nodiscard]] std::uint64_t num_rows() const;

 private:
  struct State;
  explicit FeatureCache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace atl::datasets
