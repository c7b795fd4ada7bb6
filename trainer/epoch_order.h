// Goes through N things again and again, shuffled anew each time: thing at position p is a pure function of the seed
// and p. One thread.
#pragma once

#include "core/error.h"
#include "core/random.h"

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace atl::trainer {

class EpochOrder {
 public:
  EpochOrder(std::size_t size, std::uint64_t seed) : seed_(seed), order_(size) {
    ATOLL_CHECK(size > 0, "an order of nothing");
    shuffle(0);
  }

  [[nodiscard]] std::uint32_t at(std::uint64_t position) {
    const std::uint64_t epoch = position / order_.size();
    if (epoch != epoch_) shuffle(epoch);
    return order_[position % order_.size()];
  }

 private:
  void shuffle(std::uint64_t epoch) {
    epoch_ = epoch;
    std::iota(order_.begin(), order_.end(), 0U);
    Random random(derive_seed(derive_seed(seed_, kOrderStream), epoch));
    for (std::size_t i = order_.size(); i > 1; --i)
      std::swap(order_[i - 1], order_[random.below(static_cast<std::uint32_t>(i))]);
  }

  static constexpr std::uint64_t kOrderStream = 0x6f72646572;  // other numbers than what else is derived from the seed

  std::uint64_t seed_;
  std::uint64_t epoch_ = 0;
  std::vector<std::uint32_t> order_;
};

}  // namespace atl::trainer
