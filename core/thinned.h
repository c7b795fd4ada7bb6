// Samples of something that may go on for hours, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace atl {

/// Keeps samples evenly spread over all that were added, in their order: all of them until there are `kMost`, then
/// every second, every fourth and so on, so that percentiles of a long session are those of the whole of it. One
/// thread.
template <typename T>
class Thinned {
 public:
  static constexpr std::size_t kMost = 1 << 14;  // at least half of it is there once it was full

  void push_back(T sample) {
    if (num_added_++ % stride_ != 0) return;
    if (kept_.size() == kMost) {
      for (std::size_t i = 0; i < kMost / 2; ++i) kept_[i] = std::move(kept_[2 * i]);
      kept_.resize(kMost / 2);
      stride_ *= 2;
    }
    kept_.push_back(std::move(sample));
  }

  [[nodiscard]] const std::vector<T>& kept() const { return kept_; }
  [[nodiscard]] std::uint64_t num_added() const { return num_added_; }

 private:
  std::vector<T> kept_;
  std::uint64_t stride_ = 1;  // of `num_added_`, between two that are kept
  std::uint64_t num_added_ = 0;
};

}  // namespace atl
