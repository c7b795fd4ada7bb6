#include "agent/grounding.h"

#include "core/error.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/log_sigmoid.h>

namespace atl::agent {
namespace {

constexpr double kLogitScale = 0.25;     // the recipe's q.k / 4
constexpr double kAgreeAtFirst = 2.0;    // words begin by agreeing with every patch
constexpr double kScoreSharpness = 1.5;  // of the softmax that pools patches
constexpr double kHeardAtFirst = 2.0;    // words begin by counting in every role

// Queries that ask every patch, and the answers' logits.
struct Matcher {
  Linear query;  // E to Q
  Linear bias;   // E to 1
  Linear key;    // D to Q

  Matcher(ParameterFactory& f, const ModelConfig& c)
      : query(make_linear(f, "grounding.query", c.word_width, c.query_width)),
        bias(make_linear(f, "grounding.bias", c.word_width, 1)),
        key(make_linear(f, "grounding.key", c.patch_channels, c.query_width)) {}

  // [B, K, L, E] and [B, T, P, D] give [B, T, K, L, P].
  [[nodiscard]] at::Tensor logits(const at::Tensor& askers_BKLE, const at::Tensor& patches_BTPD, double offset) const {
    const std::int64_t asked = askers_BKLE.size(1) * askers_BKLE.size(2);
    const std::int64_t steps = patches_BTPD.size(1);
    const at::Tensor queries = query(askers_BKLE).flatten(1, 2);          // [B, K*L, Q]
    const at::Tensor keys = key(patches_BTPD).flatten(1, 2);              // [B, T*P, Q]
    const at::Tensor offsets = bias(askers_BKLE).flatten(1, 3) + offset;  // [B, K*L]
    const at::Tensor matched = queries.bmm(keys.transpose(1, 2)) * kLogitScale + offsets.unsqueeze(2);
    return matched.view({askers_BKLE.size(0), asked, steps, patches_BTPD.size(2)})
        .transpose(1, 2)
        .unflatten(2, {askers_BKLE.size(1), askers_BKLE.size(2)});
  }
};

// A patch has to agree with every word: scores are sums of log sigmoid over words. One query of the whole sentence
// learns pairs that training names as well, and fails on all others. With several roles each word counts in each of
// them by a share that its place in the sentence decides ("ball" for the thing, "table" for the place); what it looks
// for does not depend on its place, so that it means the same in every role.
class WordGrounding final : public Grounding {
 public:
  WordGrounding(ParameterFactory& f, const ModelConfig& c)
      : matcher_(f, c),
        null_score_(f.constant("grounding.null_score", {c.roles}, 0.0)),
        null_value_(f.constant("grounding.null_value", {c.roles, c.patch_channels}, 0.0)) {
    if (c.roles > 1) role_ = make_linear(f, "grounding.role", c.word_width, c.roles);
  }

  [[nodiscard]] Grounded operator()(const TextFeatures& text, const at::Tensor& keys_BTPD,
                                    const at::Tensor& values_BTPD) const override {
    Grounded out;
    out.word_logits_BTKLP = matcher_.logits(text.words_BKLE, keys_BTPD, kAgreeAtFirst);
    const at::Tensor agrees_BTKLP = at::log_sigmoid(out.word_logits_BTKLP);
    out.scores_BTKRP = share_BKRL(text).unsqueeze(1).matmul(agrees_BTKLP);
    // The null patch takes what is left when nothing in view is meant.
    const std::int64_t patches = values_BTPD.size(2);
    const at::Tensor nothing = null_score_.unsqueeze(1).expand(
        {out.scores_BTKRP.size(0), out.scores_BTKRP.size(1), out.scores_BTKRP.size(2), null_score_.size(0), 1});
    const at::Tensor weights = at::cat({out.scores_BTKRP * kScoreSharpness, nothing}, 4).softmax(4);
    const at::Tensor asked_BTQP = weights.narrow(4, 0, patches).flatten(2, 3);
    out.pooled_BTKRD =
        asked_BTQP.matmul(values_BTPD)
            .view({weights.size(0), weights.size(1), weights.size(2), weights.size(3), values_BTPD.size(3)}) +
        weights.narrow(4, patches, 1) * null_value_;
    return out;
  }

 private:
  // By how much each word counts in each role.
  [[nodiscard]] at::Tensor share_BKRL(const TextFeatures& text) const {
    const at::Tensor mask_BKRL = text.mask_BKL.unsqueeze(2);
    if (!role_.weight.defined()) return mask_BKRL;
    return (role_(text.in_place_BKLE) + kHeardAtFirst).sigmoid().transpose(2, 3) * mask_BKRL;
  }

  Matcher matcher_;
  Linear role_;  // E to R; with one role every word counts
  at::Tensor null_score_;
  at::Tensor null_value_;
};

// The words in their places attend to the patches, as in SIMA's cross-attention; the sentence gives the scores.
class CrossAttentionGrounding final : public Grounding {
 public:
  CrossAttentionGrounding(ParameterFactory& f, const ModelConfig& c)
      : heads_(c.text_heads),
        matcher_(f, c),
        query_(make_linear(f, "grounding.attention_query", c.word_width, c.patch_channels)),
        key_(make_linear(f, "grounding.attention_key", c.patch_channels, c.patch_channels)),
        value_(make_linear(f, "grounding.attention_value", c.patch_channels, c.patch_channels)),
        out_(make_linear(f, "grounding.attention_out", c.patch_channels, c.patch_channels)) {}

  [[nodiscard]] Grounded operator()(const TextFeatures& text, const at::Tensor& keys_BTPD,
                                    const at::Tensor& values_BTPD) const override {
    Grounded out;
    const at::Tensor is_asked = text.mask_BKL.amax(2).unsqueeze(1).unsqueeze(3);  // [B, 1, K, 1]
    out.word_logits_BTKLP = matcher_.logits(text.sentence_BKE.unsqueeze(2), keys_BTPD, 0.0);
    out.scores_BTKRP = (at::log_sigmoid(out.word_logits_BTKLP.squeeze(3)) * is_asked).unsqueeze(3);
    out.pooled_BTKRD = attend_words(text, values_BTPD).unsqueeze(3);
    return out;
  }

 private:
  [[nodiscard]] at::Tensor attend_words(const TextFeatures& text, const at::Tensor& values_BTPD) const {
    const std::int64_t steps = values_BTPD.size(1);
    const auto per_step = [&](const at::Tensor& x_BQD) {  // [B, Q, D] to [B*T, Q, D]
      return x_BQD.unsqueeze(1).expand({-1, steps, -1, -1}).flatten(0, 1);
    };
    const at::Tensor patches = values_BTPD.flatten(0, 1);
    const at::Tensor queries = per_step(query_(text.in_place_BKLE).flatten(1, 2));
    const at::Tensor seen = out_(attend(queries, key_(patches), value_(patches), {}, heads_))
                                .unflatten(1, {text.mask_BKL.size(1), text.mask_BKL.size(2)})
                                .unflatten(0, {values_BTPD.size(0), steps});  // [B, T, K, L, D]
    const at::Tensor mask = text.mask_BKL.unsqueeze(1).unsqueeze(4);
    return (seen * mask).sum(3) / mask.sum(3).clamp_min(1.0);
  }

  int heads_;
  Matcher matcher_;
  Linear query_;
  Linear key_;
  Linear value_;
  Linear out_;
};

}  // namespace

std::unique_ptr<Grounding> create_grounding(ParameterFactory& f, const ModelConfig& config) {
  if (config.grounding == "words") return std::make_unique<WordGrounding>(f, config);
  if (config.grounding == "cross_attention") return std::make_unique<CrossAttentionGrounding>(f, config);
  fail(ErrorKind::kConfig, "grounding = \"{}\", expected \"words\" or \"cross_attention\"", config.grounding);
}

}  // namespace atl::agent
