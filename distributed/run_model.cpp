#include "distributed/run_model.h"

#include "core/error.h"
#include "distributed/global_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace atl::distributed {
namespace {

std::string sizes_of(const ModelBody& model) {
  std::string text;
  for (const FragmentBody& body : model.fragments) text += fmt::format(" {}: {}", body.name, body.num_values);
  return text;
}

}  // namespace

RunModel::RunModel(std::vector<TensorPlace> tensors, std::string contract)
    : tensors_(std::move(tensors)), contract_(std::move(contract)) {}

void RunModel::follow(const std::string& config, const ModelBody& theirs, const std::string& where) {
  if (!config_text_.empty() && config != config_text_)
    fail(ErrorKind::kContract, "{} has another config than before: it is of another run", where);
  if (config_text_.empty()) {
    ConfigDocument::from_text(config, "the run's config").read(config_);
    fragments_ = make_fragments(config_.fragments, tensors_);
    model_ = {.fragments = bodies_of(fragments_),
              .layout = layout_hash(fragments_),
              .contract = hash_bytes({reinterpret_cast<const std::uint8_t*>(contract_.data()), contract_.size()})};
    config_text_ = config;
  }
  if (theirs.fragments.empty()) return;
  if (theirs.layout != model_.layout) {
    fail(ErrorKind::kContract,
         "the run at {} is of another model: fragments and parameters there{}, here{}; train with the same "
         "[agent.model]",
         where, sizes_of(theirs), sizes_of(model_));
  }
  if (theirs.contract != model_.contract) {
    fail(ErrorKind::kContract,
         "the run at {} has another contract, vocabulary or [agent.model] than this island; start all islands with one "
         "config, trainer.seed included",
         where);
  }
}

std::size_t RunModel::num_parameters() const {
  std::size_t size = 0;
  for (const TensorPlace& tensor : tensors_) size = std::max(size, tensor.begin + tensor.size);
  return size;
}

}  // namespace atl::distributed
