#include "agent/pointer_head.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>

#include <cmath>

namespace atl::agent {
namespace {

constexpr double kTrustAtFirst = 1.0;  // a place is as likely as its patch agrees with the words

}  // namespace

PointerHead::PointerHead(ParameterFactory& f, const ModelConfig& c, const PointerGrid& grid, int num_actions)
    : num_actions_(num_actions),
      num_cells_(grid.num_cells()),
      places_(make_linear(f, "pointer.places", c.patch_channels, num_cells_ * query_width(c))),
      stays_(f.normal("pointer.stays", {query_width(c)}, 0.5)),
      query_(make_linear(f, "pointer.query", c.hidden_width, num_actions * query_width(c))),
      trust_{f.constant("pointer.trust.weight", {num_actions * c.roles, c.hidden_width}, 0.0),
             f.constant("pointer.trust.bias", {num_actions * c.roles}, kTrustAtFirst)} {}

void PointerHead::operator()(const at::Tensor& hidden, const at::Tensor& placed_BTPD, const at::Tensor& scores_BTKRP,
                             ModelOutput& out) const {
  const auto of_each_action = [&](const at::Tensor& values) {  // [B, T, K, S, X]
    return hidden.dim() == 5 ? values : values.unflatten(3, {num_actions_, -1});
  };
  const at::Tensor cells_BTNQ = places_(placed_BTPD).unflatten(3, {num_cells_, -1}).flatten(2, 3);
  const at::Tensor stays_BT1Q = stays_.expand({cells_BTNQ.size(0), cells_BTNQ.size(1), 1, -1});
  out.pointer_keys = at::cat({stays_BT1Q, cells_BTNQ}, 2) / std::sqrt(static_cast<double>(stays_.size(0)));
  const at::Tensor query = of_each_action(query_(hidden));
  const at::Tensor by_content =
      query.flatten(2, 3).matmul(out.pointer_keys.transpose(2, 3)).unflatten(2, {query.size(2), query.size(3)});
  const at::Tensor by_words_BTKSP = of_each_action(trust_(hidden)).matmul(scores_BTKRP);
  const at::Tensor by_words = by_words_BTKSP.unsqueeze(5).expand({-1, -1, -1, -1, -1, num_cells_}).flatten(4, 5);
  out.pointer_logits = by_content + at::constant_pad_nd(by_words, {1, 0}, 0.0);
}

}  // namespace atl::agent
