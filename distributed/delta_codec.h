// Outer gradients ("deltas") as bytes: what islands send each other. A codec works block by block and blocks know
// nothing of each other, so that a delta cut at whole blocks is encoded, sent, decoded and summed piece by piece.
// Bytes are little-endian and the same on every machine. Free functions of no state: any thread.
//
//   kind   a block of n values               bytes of it        error of a value
//   fp32   as it is                          4 n                none
//   bf16   rounded to nearest even           2 n                2^-8 of itself
//   int8   float scale, n signed bytes       4 + n              scale / 2, scale = largest / 127
//   fp4    float scale, n nibbles            4 + (n + 1) / 2    a third of itself, above 2^-7 of the largest
//   topk   two magnitudes, places, 2 bits    below              what is not among the `keep` largest is lost
//
// fp4 is E3M0 (Streaming DiLoCo, 2501.18512): a sign and an exponent; code 0 is nothing, codes 1 .. 7 are 2^-6 .. 1
// times the block's largest. topk (SparseLoCo, 2508.15706) keeps the largest values of a block as one of two magnitudes
// with their sign. Where a codec loses, `ErrorFeedback` sends the loss along later.
#pragma once

#include "core/config.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::distributed {

struct DeltaCodecConfig {
  std::string kind = "int8";  // "fp32", "bf16", "int8", "fp4", "topk"
  int block = 256;            // int8, fp4: values that share a scale, even
  int chunk = 4096;           // topk: values of a block, at most 4096
  int keep = 64;              // topk: values kept of a block; the default of Covenant-72B is 64 of 4096
};

void describe(ConfigVisitor& v, DeltaCodecConfig& config);

/// What is wrong with it: empty if nothing.
[[nodiscard]] std::string problem_of(const DeltaCodecConfig& config);

/// Values of a whole block; 1 for fp32 and bf16.
[[nodiscard]] std::size_t block_values(const DeltaCodecConfig& config);

/// Bytes of `num_values` values, the last block as short as it comes.
[[nodiscard]] std::size_t encoded_bytes(const DeltaCodecConfig& config, std::size_t num_values);

/// Fills `bytes`, of encoded_bytes(values.size()). Returns false, and leaves rubbish, if a value is no finite number.
[[nodiscard]] bool encode(const DeltaCodecConfig& config, std::span<const float> values, std::span<std::uint8_t> bytes);

/// sum[i] += weight * value[i], each product and sum rounded once. Throws Error(kFormat) for bytes that `encode` cannot
/// have made: another length, a scale that is no finite number, a place outside of its block; `sum` may have changed
/// then.
void decode_add(const DeltaCodecConfig& config, std::span<const std::uint8_t> bytes, float weight,
                std::span<float> sum);

/// What a codec lost so far, to be sent along later (Karimireddy et al. 2019; SparseLoCo's e).
class ErrorFeedback {
 public:
  /// `decay`: what is left of a loss from one delta to the next, in 0 .. 1.
  ErrorFeedback(std::size_t num_values, float decay) : residual_(num_values), decay_(decay) {}

  /// residual <- decay * residual + delta; fills `bytes` with the residual's code; residual <- residual - what they
  /// say. False, and nothing changed, if a value is no finite number.
  [[nodiscard]] bool encode(const DeltaCodecConfig& config, std::span<const float> delta,
                            std::span<std::uint8_t> bytes);

  /// Belongs into an island's checkpoint.
  [[nodiscard]] std::span<float> residual() { return residual_; }

 private:
  std::vector<float> residual_;
  std::vector<float> sum_;  // of one call
  float decay_;
};

}  // namespace atl::distributed
