// The codecs of distributed/delta_codec.h, one block at a time. Part of delta_codec.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace atl::distributed {

inline constexpr std::size_t kMaxChunk = 4096;  // places of topk have 12 bits

struct BlockCodec {
  std::size_t values = 1;     // of a whole block
  bool is_per_value = false;  // blocks are for speed alone: any cut is one between blocks
  std::function<std::size_t(std::size_t num_values)> bytes;
  // False: a value is no finite number.
  std::function<bool(std::span<const float> values, std::span<std::uint8_t> bytes)> encode;
  // False: `encode` cannot have made these bytes.
  std::function<bool(std::span<const std::uint8_t> bytes, float weight, std::span<float> sum)> decode_add;
};

[[nodiscard]] BlockCodec fp32_codec();
[[nodiscard]] BlockCodec bf16_codec();
[[nodiscard]] BlockCodec int8_codec(std::size_t values);
[[nodiscard]] BlockCodec fp4_codec(std::size_t values);
[[nodiscard]] BlockCodec topk_codec(std::size_t values, std::size_t keep);

}  // namespace atl::distributed
