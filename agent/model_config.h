// What a model is made of (agent/model.h); defaults are those with which tools/studies/language.sh trains with masks.
// Stored in every checkpoint. Free of LibTorch, so that configs of other folders may contain it.
#pragma once

#include "core/config.h"

#include <string>

namespace atl::agent {

struct ModelConfig {
  std::string encoder = "conv";     // of pictures: "conv", from scratch; "efficientnet_lite0" or "vit_s14", which begin
                                    // from published weights (docs/pretrained.md)
  int encoder_trained_blocks = 0;   // of a published encoder: how many of its last blocks are trained on; -1: all of it
  std::string text = "own";         // "own": words of the run's instructions, learned from scratch; "minilm" or "t5":
                                    // states of a published encoder, frozen, computed once an instruction
  std::string grounding = "words";  // "words": each word looks for its patches; "cross_attention": the sentence does
  int roles = 1;                    // "words" only: what an instruction names, each with a map of its own. 2: the thing
                  // and the place where it is to be; needs text_layers, by which words tell their role
  int stem_channels = 48;     // of the 4x4 stride 4 convolution
  int patch_channels = 64;    // of the 3x3 stride 2 convolution and the residual blocks; a multiple of 8
  int residual_blocks = 2;    // of two 3x3 convolutions each, on the patch grid
  int keys_after_block = -1;  // patches are matched with words after this many blocks; -1: after all. With goal
                              // frames instead of masks 1 did better: the view of one patch is smaller
  bool pool_content = true;   // the policy reads what is at the patches that are meant, not only where they are. False
                              // keeps it from learning that what training never named is never meant
  int scene_channels = 8;     // per patch, of what the policy sees without asking
  int max_words = 16;         // length that instructions are padded to; a longer one is refused
  int word_width = 32;        // of a word's embedding
  int query_width = 64;       // of the query that a word makes, and of the patches' keys; of the pointer's, too
  int text_layers = 0;        // transformer layers over the words; 0: their mean
  int text_heads = 4;         // of the text transformer and of cross-attention
  int hidden_width = 256;     // of both layers of the policy's MLP, and of the fusion transformer
  int fusion_layers = 0;      // of a transformer whose latents, one an action, look at patches and words; 0: none
  int fusion_heads = 8;
  int memory_steps = 0;   // past policy steps that are remembered; 0: none
  int memory_width = 64;  // of one remembered state
  int memory_layers = 1;
  int memory_heads = 4;
  int video_steps = 0;   // V: policy steps, this one among them, that each layer of the video encoder sees; 0, 1: none.
                         // Words are matched with the patches of single pictures, all else is read from those after
                         // it. Pretrained on recordings by trainer.loss.future (docs/train.md)
  int video_layers = 1;  // each reaches back V - 1 steps further
  int past_actions = 0;  // actions before the chunk that are seen beside the picture; 0: none. A policy then goes
                         // on with what it did itself, which imitates people closely and may stick to a habit
  bool autoregressive = false;  // each key is drawn given the step's keys before it in the contract, mouse x given the
                                // keys, mouse y given keys and mouse x, the wheel given those, the pointer given all
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

void describe(ConfigVisitor& v, ModelConfig& config);

/// Throws Error(kConfig) listing every combination that does not fit: widths that heads do not divide and the like.
void validate(const ModelConfig& config);

}  // namespace atl::agent
