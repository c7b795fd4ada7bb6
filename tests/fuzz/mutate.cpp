#include "tests/fuzz/mutate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace atl::fuzz {
namespace {

std::uint32_t below(Random& random, std::size_t bound) {
  return random.below(static_cast<std::uint32_t>(std::max<std::size_t>(bound, 1)));
}

std::string cut(Random& random, std::vector<std::uint8_t>& bytes) {
  bytes.resize(below(random, bytes.size()));
  return fmt::format("cut to {}", bytes.size());
}

std::string flip(Random& random, std::vector<std::uint8_t>& bytes) {
  const std::uint32_t count = 1 + random.below(8);
  const std::uint32_t first = below(random, bytes.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t at = i == 0 ? first : below(random, bytes.size());
    bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << random.below(8)));
  }
  return fmt::format("{} bits flipped, the first at {}", count, first);
}

// Numbers at which parsers go wrong, as a field of 1, 2, 4 or 8 bytes of either order.
std::string set_length(Random& random, std::vector<std::uint8_t>& bytes) {
  const std::size_t width = std::size_t{1} << random.below(4);
  if (bytes.size() < width) return flip(random, bytes);
  const std::array<std::uint64_t, 10> values{
      0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff, ~std::uint64_t{0}};
  std::uint64_t value = values[random.below(values.size())];
  if (random.chance(1, 4)) value = bytes.size() + random.below(16) - 8;
  const bool is_big = random.chance(1, 2);
  const std::uint32_t at = below(random, bytes.size() - width + 1);
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t shift = 8 * (is_big ? width - 1 - i : i);
    bytes[at + i] = static_cast<std::uint8_t>(value >> shift);
  }
  return fmt::format("{:#x} in {} bytes at {}", value, width, at);
}

std::string move_block(Random& random, std::vector<std::uint8_t>& bytes) {
  const std::uint32_t from = below(random, bytes.size());
  const std::uint32_t size = 1 + below(random, std::min<std::size_t>(bytes.size() - from, 4096));
  const auto begin = bytes.begin() + from;
  if (random.chance(1, 2)) {
    bytes.erase(begin, begin + size);
    return fmt::format("{} bytes removed at {}", size, from);
  }
  const std::vector<std::uint8_t> block(begin, begin + size);
  const std::uint32_t to = random.chance(1, 2) ? from : below(random, bytes.size());
  bytes.insert(bytes.begin() + to, block.begin(), block.end());
  return fmt::format("{} bytes of {} again at {}", size, from, to);
}

}  // namespace

std::string mutate(Random& random, std::vector<std::uint8_t>& bytes) {
  std::string done;
  for (std::uint32_t i = 1 + random.below(3) * random.below(2); i > 0 && !bytes.empty(); --i) {
    if (!done.empty()) done += "; ";
    switch (random.below(4)) {
      case 0: done += cut(random, bytes); break;
      case 1: done += flip(random, bytes); break;
      case 2: done += set_length(random, bytes); break;
      default: done += move_block(random, bytes); break;
    }
  }
  return done;
}

}  // namespace atl::fuzz
