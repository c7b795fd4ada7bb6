#include "distributed/delta_codec.h"

#include "core/error.h"
#include "distributed/block_codecs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace atl::distributed {

void describe(ConfigVisitor& v, DeltaCodecConfig& config) {
  v.field("kind", &config.kind, {.one_of = {"fp32", "bf16", "int8", "fp4", "topk"}});
  v.field("block", &config.block, {.min = 2, .max = 65536});
  v.field("chunk", &config.chunk, {.min = 1, .max = kMaxChunk});
  v.field("keep", &config.keep, {.min = 1, .max = kMaxChunk});
}

std::string problem_of(const DeltaCodecConfig& config) {
  if (config.block % 2 != 0) return fmt::format("block is {}, expected an even number", config.block);
  if (config.kind == "topk" && config.keep > config.chunk)
    return fmt::format("keep is {} of a chunk of {} values, expected no more than those", config.keep, config.chunk);
  return {};
}

namespace {

BlockCodec codec_of(const DeltaCodecConfig& config) {
  const auto block = static_cast<std::size_t>(config.block);
  if (config.kind == "fp32") return fp32_codec();
  if (config.kind == "bf16") return bf16_codec();
  if (config.kind == "int8") return int8_codec(block);
  if (config.kind == "fp4") return fp4_codec(block);
  ATOLL_CHECK(config.kind == "topk", "no codec {}", config.kind);
  return topk_codec(static_cast<std::size_t>(config.chunk), static_cast<std::size_t>(config.keep));
}

std::size_t bytes_of(const BlockCodec& codec, std::size_t num_values) {
  const std::size_t rest = num_values % codec.values;
  return num_values / codec.values * codec.bytes(codec.values) + (rest == 0 ? 0 : codec.bytes(rest));
}

// Calls visit(first value, number of values, first byte, number of bytes) for one block after another; stops where it
// returns false.
template <class Visit>
bool each_block(const BlockCodec& codec, std::size_t num_values, Visit visit) {
  std::size_t byte = 0;
  for (std::size_t value = 0; value < num_values; value += codec.values) {
    const std::size_t n = std::min(codec.values, num_values - value);
    const std::size_t bytes = codec.bytes(n);
    if (!visit(value, n, byte, bytes)) return false;
    byte += bytes;
  }
  return true;
}

}  // namespace

std::size_t block_values(const DeltaCodecConfig& config) {
  const BlockCodec codec = codec_of(config);
  return codec.is_per_value ? 1 : codec.values;
}

std::size_t encoded_bytes(const DeltaCodecConfig& config, std::size_t num_values) {
  return bytes_of(codec_of(config), num_values);
}

bool encode(const DeltaCodecConfig& config, std::span<const float> values, std::span<std::uint8_t> bytes) {
  const BlockCodec codec = codec_of(config);
  ATOLL_CHECK(bytes.size() == bytes_of(codec, values.size()), "{} bytes for {} values", bytes.size(), values.size());
  return each_block(codec, values.size(),
                    [&](std::size_t value, std::size_t n, std::size_t byte, std::size_t num_bytes) {
                      return codec.encode(values.subspan(value, n), bytes.subspan(byte, num_bytes));
                    });
}

void decode_add(const DeltaCodecConfig& config, std::span<const std::uint8_t> bytes, float weight,
                std::span<float> sum) {
  const BlockCodec codec = codec_of(config);
  if (bytes.size() != bytes_of(codec, sum.size())) {
    fail(ErrorKind::kFormat, "a delta of {} values as {} has {} bytes, expected {}", sum.size(), config.kind,
         bytes.size(), bytes_of(codec, sum.size()));
  }
  each_block(codec, sum.size(), [&](std::size_t value, std::size_t n, std::size_t byte, std::size_t num_bytes) {
    if (!codec.decode_add(bytes.subspan(byte, num_bytes), weight, sum.subspan(value, n))) {
      fail(ErrorKind::kFormat,
           "the {} block of the values from {} on was made by no encoder: a scale that is no number, or a wrong place",
           config.kind, value);
    }
    return true;
  });
}

bool ErrorFeedback::encode(const DeltaCodecConfig& config, std::span<const float> delta,
                           std::span<std::uint8_t> bytes) {
  ATOLL_CHECK(delta.size() == residual_.size(), "{} values, expected {}", delta.size(), residual_.size());
  sum_.resize(residual_.size());
  for (std::size_t i = 0; i < delta.size(); ++i) sum_[i] = decay_ * residual_[i] + delta[i];
  if (!distributed::encode(config, sum_, bytes)) return false;
  decode_add(config, bytes, -1.0F, sum_);
  residual_.swap(sum_);
  return true;
}

}  // namespace atl::distributed
