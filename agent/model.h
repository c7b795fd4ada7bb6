// The policy network: pictures, instructions and memory in, logits of action chunks out. Used by agent/ and trainer/.
//
// Vision and language meet patch by patch: in "words" every word of the instruction makes a query, its logit at a patch
// says whether the patch agrees with that word, and a patch's score is the sum of log sigmoid over the words, so that a
// patch has to agree with every word. Each picture is encoded once and used with K instructions. SIMA's outline (arXiv
// 2404.10179) with a convolutional encoder from scratch and a Transformer-XL memory (arXiv 1901.02860) whose relative
// positions are one learned bias a distance and head. Fields and defaults: agent/model_config.h.
//
// Shapes: B sequences, T policy steps of one episode in order, H x W pixels, K instructions for each sequence, L tokens
// (as many as the longest has, at most max_words; padding 0), S actions of a chunk, C controls of the contract, P
// patches row by row from the top left, R roles, M remembered steps, N = B * K, D width, W classes of the wheel, Q
// width of the pointer's queries; its places are the classes of agent/pointer_grid.h. Float32 unless said.
#pragma once

#include "agent/action_codec.h"
#include "agent/model_config.h"
#include "agent/patch_grid.h"
#include "core/contract.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace atl::agent {

struct TextFeatures;  // agent/text_encoder.h

using TensorMap = std::map<std::string, at::Tensor>;

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// What the last steps left behind, without gradient; newest last. Empty at an episode's start.
struct MemoryState {
  std::vector<at::Tensor> layers_NMD;  // inputs of every memory layer; at most memory_steps
  std::vector<at::Tensor> video_BMPD;  // keys and values of every layer of the video encoder; at most video_steps - 1
};

struct ModelInput {
  at::Tensor frames_BTHWC;  // uint8 BGRA of the contract's size, on the model's device
  /// In place of frames, where the image encoder is frozen: what FrozenEncoder made of them (agent/frozen_encoder.h).
  at::Tensor features_BTPC = {};  // any float type
  at::Tensor tokens_BKL;          // int64
  MemoryState memory;
  /// Autoregressive models only, for training: what was done, which the logits are conditioned on.
  at::Tensor controls_BTKSC;  // bool or float, 0 or 1
  at::Tensor mouse_x_BTKS;    // int64 bins
  at::Tensor mouse_y_BTKS{};  // int64 bins; for the wheel and the pointer only
  at::Tensor wheel_BTKS{};    // int64 classes, for the pointer only
  /// Models with past_actions only: what was done before the chunk begins, newest first, A = past_actions x
  /// past_action_values. Undefined, or zeros: not known, or before the episode.
  at::Tensor past_BTA;  // float
  bool want_word_logits = false;
  bool recompute = false;  // layers of the fusion transformer are computed again on the way back instead of kept
  /// What `encode_text` returned for these tokens: they are not read again. Null: they are.
  std::shared_ptr<const TextFeatures> text = nullptr;
};

struct ModelOutput {
  at::Tensor key_logits;      // [B, T, K, S, C] Bernoulli, one for each control of the contract; autoregressive
                              // models: given the controls before it, if those were given
  at::Tensor mouse_x_logits;  // [B, T, K, S, bins]; the same, given the controls
  at::Tensor mouse_y_logits;  // [B, T, K, S, bins]; the same, given mouse x too
  at::Tensor wheel_logits;    // [B, T, K, S, W]; the same, given mouse y too; undefined without a wheel
  at::Tensor pointer_logits;  // [B, T, K, S, places]; the same, given the wheel too; undefined without a pointer
  at::Tensor pointer_keys;    // [B, T, places, Q] what is conditioned on adds a query's product with them
  at::Tensor goal_logit;      // [B, T, K] the goal is reached
  at::Tensor role_scores;     // [B, T, K, R, P] log probability that the patch shows what is asked for in this role;
                              // empty text: 0
  at::Tensor patch_scores;    // [B, T, K, P] those of the first role, the thing
  at::Tensor word_logits;     // [B, T, K, L, P] if asked for; with cross_attention L = 1, the sentence
  at::Tensor picture_BTPD;    // patches of each picture alone, of the image encoder
  at::Tensor video_BTPD;      // the same after the video encoder, which has seen those before; without one the same
  MemoryState memory;         // for the step after the last
};

/// Parts of actions that others are conditioned on; of any shape [...], alike.
struct GivenParts {
  at::Tensor controls;  // float [..., C]
  at::Tensor mouse_x;   // int64 bins
  at::Tensor mouse_y;   // int64 bins
  at::Tensor wheel{};   // int64 classes; without a wheel undefined
};

/// Autoregressive models: what `keys_given` and its kin add up, on the CPU, for who draws one part after another. A
/// control that is on adds its row. Undefined: the contract has no such part.
struct ConditionTables {
  at::Tensor keys_CC;     // to the keys after it in the contract; 0 at itself and those before
  at::Tensor mouse_x_CM;  // M bins
  at::Tensor mouse_y_CM;
  at::Tensor mouse_y_MM;  // the row of a bin of mouse x
  at::Tensor wheel_CW;
  at::Tensor wheel_of_x_MW;
  at::Tensor wheel_of_y_MW;
  at::Tensor pointer_CQ;  // to the query
  at::Tensor pointer_of_x_MQ;
  at::Tensor pointer_of_y_MQ;
  at::Tensor pointer_of_wheel_WQ;
};

/// Not copyable; forward is const and may run in several threads, parameters must not change meanwhile.
class Model {
 public:
  /// Fresh parameters from `seed`. Throws Error(kConfig) as `validate` does, or if a picture has no patch, and
  /// Error(kContract) as PointerGrid does.
  Model(const ModelConfig& config, const PolicyContract& contract, int vocabulary_size, std::uint64_t seed);
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  /// Shapes as above. Gradients flow unless the caller's thread holds an at::NoGradGuard. T steps at once give what T
  /// calls with one step and the memory of the one before give, up to rounding.
  [[nodiscard]] ModelOutput forward(const ModelInput& input) const;

  /// Reads instructions once, for ModelInput::text of any number of calls; no longer right when parameters change.
  [[nodiscard]] std::shared_ptr<const TextFeatures> encode_text(const at::Tensor& tokens_BKL) const;

  /// Autoregressive models: what is added to key logits [..., C] for controls [..., C] (float), of which each key sees
  /// those before it only; to mouse x logits [..., bins] for controls; and to mouse y logits for controls and the bin
  /// of mouse x [...] (int64).
  [[nodiscard]] at::Tensor keys_given(const at::Tensor& controls) const;
  [[nodiscard]] at::Tensor mouse_x_given(const at::Tensor& controls) const;
  [[nodiscard]] at::Tensor mouse_y_given(const at::Tensor& controls, const at::Tensor& mouse_x) const;
  /// What is added to wheel logits [..., W]; and to the pointer's query: times pointer_keys [..., places, Q], to its
  /// logits.
  [[nodiscard]] at::Tensor wheel_given(const GivenParts& given) const;
  [[nodiscard]] at::Tensor pointer_query_given(const GivenParts& given) const;
  [[nodiscard]] ConditionTables condition_tables() const;

  /// In a fixed order; the tensors are the model's own. Optimisers change them in place.
  [[nodiscard]] const std::vector<NamedTensor>& parameters() const;
  [[nodiscard]] std::int64_t num_parameters() const;
  /// Of a model that is not made: takes no memory, whatever its size. Throws as the constructor.
  [[nodiscard]] static std::int64_t count_parameters(const ModelConfig& config, const PolicyContract& contract,
                                                     int vocabulary_size);

  /// Names and tensors, detached and sharing memory with the model.
  [[nodiscard]] TensorMap state() const;
  /// Copies `state` into the parameters. Throws Error(kFormat) naming the first tensor that is missing, too much, or of
  /// another shape.
  void load_state(const TensorMap& state);

  /// Moves the parameters ("cpu", "cuda", "cuda:1"); before an optimiser is made. Throws Error(kDevice).
  void move_to(const std::string& device);

  [[nodiscard]] const ModelConfig& config() const;
  [[nodiscard]] PatchGrid grid() const;
  [[nodiscard]] int vocabulary_size() const;
  [[nodiscard]] const ActionSizes& action_sizes() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace atl::agent
