#include "agent/published_text.h"

#include "agent/pretrained.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <vector>

namespace atl::agent {
namespace {

constexpr std::size_t kMostKept = 8192;  // some 25 kB each; instructions of a run are far fewer

// Marks that the published vocabularies have: [CLS] text [SEP], and text </s>.
constexpr std::int64_t kBertStart = 101;
constexpr std::int64_t kBertEnd = 102;
constexpr std::int64_t kT5End = 1;

std::variant<Bert, T5> make_encoder(ParameterFactory& f, const ModelConfig& config) {
  const std::string prefix(kTextPrefix);
  if (config.text == "minilm") return make_bert(f, prefix, {});
  return make_t5(f, prefix, {});
}

}  // namespace

PublishedText::PublishedText(ParameterFactory& f, const ModelConfig& config)
    : encoder_(make_encoder(f, config)), width_(config.text == "minilm" ? BertOptions{}.width : T5Options{}.width) {
  f.freeze([](std::string_view name) { return name.starts_with(kTextPrefix); });
}

at::Tensor PublishedText::operator()(const at::Tensor& tokens_NL) const {
  const at::NoGradGuard no_grad;
  const at::Tensor tokens = tokens_NL.cpu().contiguous();
  const auto* ids = tokens.const_data_ptr<std::int64_t>();
  const std::int64_t length = tokens.size(1);
  const at::Device device = std::visit([](const auto& e) { return e.words.device(); }, encoder_);
  const at::Tensor states_NLW =
      at::zeros({tokens.size(0), length, width_}, at::TensorOptions(at::kFloat).device(device));
  const std::lock_guard lock(mutex_);
  if (kept_.size() > kMostKept) kept_.clear();
  for (std::int64_t i = 0; i < tokens.size(0); ++i, ids += length) {
    const std::int64_t count = std::find(ids, ids + length, 0) - ids;  // however far it is padded, a text is read once
    if (count == 0) continue;
    const auto* bytes = reinterpret_cast<const char*>(ids);
    at::Tensor& kept = kept_[std::string(bytes, static_cast<std::size_t>(count) * sizeof(std::int64_t))];
    if (!kept.defined()) kept = read(tokens.narrow(0, i, 1).narrow(1, 0, count))[0];
    states_NLW[i].narrow(0, 0, count).copy_(kept);
  }
  return states_NLW;
}

void PublishedText::forget() const {
  const std::lock_guard lock(mutex_);
  kept_.clear();
}

at::Tensor PublishedText::read(const at::Tensor& tokens_NL) const {
  const bool is_bert = std::holds_alternative<Bert>(encoder_);
  const std::int64_t before = is_bert ? 1 : 0;
  const std::int64_t length = tokens_NL.size(1);
  at::Tensor ids = at::zeros({tokens_NL.size(0), before + length + 1}, at::kLong);
  ids.narrow(1, before, length).copy_(tokens_NL);
  if (is_bert) ids.select(1, 0).fill_(kBertStart);
  // The end follows the last token.
  const at::Tensor ends = tokens_NL.ne(0).sum(1, true) + before;
  ids.scatter_(1, ends, is_bert ? kBertEnd : kT5End);
  const at::Tensor mask = ids.ne(0).to(at::kFloat);
  const at::Device device = std::visit([](const auto& e) { return e.words.device(); }, encoder_);
  const at::Tensor states =
      std::visit([&](const auto& e) { return e(ids.to(device), mask.to(device)); }, encoder_).narrow(1, before, length);
  return states * tokens_NL.ne(0).to(at::kFloat).to(device).unsqueeze(2);
}

}  // namespace atl::agent
