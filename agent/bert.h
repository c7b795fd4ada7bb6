// Text states of an encoder in BERT's layout, for pretrained weights. Used by the sources of agent/ only.
//
// BERT (arXiv 1810.04805, section 3): post-norm blocks, learned positions, exact GELU. Checked against BertModel of the
// transformers library, whose tensor names it has. Differences: no dropout, no pooler, and every token is of type 0.
// Sentence vectors of the all-MiniLM kind are `masked_mean` of the states, scaled to length 1 by who compares them.
#pragma once

#include "agent/parameters.h"

#include <string>
#include <vector>

namespace atl::agent {

struct BertOptions {  // defaults: all-MiniLM-L6-v2
  int vocabulary = 30522;
  int width = 384;
  int depth = 6;
  int heads = 12;
  int mlp_width = 1536;
  int positions = 512;  // the longest text, in tokens
};

struct Bert {
  struct Block {
    Linear query;
    Linear key;
    Linear value;
    Linear out;
    LayerNorm attention_norm;
    Linear mlp_in;
    Linear mlp_out;
    LayerNorm mlp_norm;
  };
  at::Tensor words;      // [vocabulary, D]
  at::Tensor positions;  // [positions, D]
  at::Tensor types;      // [2, D]
  LayerNorm norm;
  std::vector<Block> blocks;
  int heads = 1;

  /// Ids [N, L] int64 with a mask [N, L] of 1 for tokens and 0 for padding, of any type. Returns [N, L, D]; states of
  /// padding mean nothing.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& ids_NL, const at::Tensor& mask_NL) const;
};

[[nodiscard]] Bert make_bert(ParameterFactory& f, const std::string& prefix, const BertOptions& options);

}  // namespace atl::agent
