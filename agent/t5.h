// Text states of an encoder in T5's layout, for pretrained weights. Used by the sources of agent/ only.
//
// T5 (arXiv 1910.10683, section 2.1): pre-norm blocks without any bias, norms that only scale (arXiv 1910.07467),
// attention without scaling, and one learned number a head and bucket of distances, which the first block holds and all
// share. `gated_gelu` is version 1.1 (arXiv 2002.05202, GEGLU), with GELU's tanh form. Checked against T5EncoderModel
// of the transformers library, whose tensor names it has. Differences: no dropout.
#pragma once

#include "agent/parameters.h"

#include <string>
#include <vector>

namespace atl::agent {

struct T5Options {  // defaults: t5-small
  int vocabulary = 32128;
  int width = 512;
  int depth = 6;
  int heads = 8;
  int head_width = 64;
  int mlp_width = 2048;
  int buckets = 32;
  int max_distance = 128;   // in tokens; farther ones share a bucket
  bool gated_gelu = false;  // version 1.1; otherwise ReLU
};

/// x / sqrt(mean(x^2) + 1e-6) * weight over the last dim.
struct RmsNorm {
  at::Tensor weight;
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
};

struct T5 {
  struct Block {
    RmsNorm attention_norm;
    Linear query;
    Linear key;
    Linear value;
    Linear out;
    RmsNorm mlp_norm;
    Linear gate;  // gated_gelu only
    Linear mlp_in;
    Linear mlp_out;
  };
  at::Tensor words;          // [vocabulary, D]
  at::Tensor distance_bias;  // [buckets, heads]
  std::vector<Block> blocks;
  RmsNorm norm;
  int heads = 1;
  int max_distance = 128;

  /// Ids [N, L] int64 with a mask [N, L] of 1 for tokens and 0 for padding, of any type. Returns [N, L, D]; states of
  /// padding mean nothing.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& ids_NL, const at::Tensor& mask_NL) const;
};

[[nodiscard]] T5 make_t5(ParameterFactory& f, const std::string& prefix, const T5Options& options);

}  // namespace atl::agent
