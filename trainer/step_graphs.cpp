#include "trainer/step_graphs.h"

#include "core/error.h"
#include "core/log.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

namespace atl::trainer {
namespace {

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

// A copy of a batch on `device`, which shares nothing with it.
Batch copy_of(const Batch& batch, at::Device device) {
  Batch copy = batch;
  for (at::Tensor* tensor : tensors_of(copy)) {
    if (tensor->defined()) *tensor = tensor->to(device, /*non_blocking=*/true, /*copy=*/true);
  }
  // Which worlds a batch has pictures of changes from step to step: all are computed, and left out when they are read.
  for (ItemCounts& world : copy.items.worlds) world.count[static_cast<std::size_t>(Items::kPictures)] = 1.0;
  return copy;
}

void copy_into(Batch& to, Batch& from) {
  const std::vector<at::Tensor*> targets = tensors_of(to);
  const std::vector<at::Tensor*> sources = tensors_of(from);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i]->defined()) targets[i]->copy_(*sources[i], /*non_blocking=*/true);
  }
}

}  // namespace

std::string shape_key(const Batch& batch) {
  Batch borrowed = batch;
  std::string key;
  for (const at::Tensor* tensor : tensors_of(borrowed)) {
    if (tensor->defined())
      key += fmt::format("{}[{}] ", c10::toString(tensor->scalar_type()), fmt::join(tensor->sizes(), ","));
    else
      key += "- ";
  }
  for (const double count : batch.items.all.count) key += count > 0 ? '1' : '0';
  return key +
         fmt::format(" share {} words {} blame {}", batch.share, batch.input.want_word_logits, batch.blames_least_word);
}

StepGraphs::StepGraphs(at::Device device, std::unique_ptr<GraphDevice> recorder, const StepGraphsOptions& options)
    : device_(device), recorder_(std::move(recorder)), options_(options) {}

std::size_t StepGraphs::num_graphs() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(shapes_, [](const auto& entry) { return entry.second.graph != nullptr; }));
}

PendingBatch StepGraphs::run(Batch& batch, const Work& work) {
  const std::string key = shape_key(batch);
  if (!is_recordable(key)) return run_eagerly(batch, work);
  Shape& shape = shape_for(key, batch);
  PendingBatch result;
  if (shape.rehearsed < options_.rehearsals) {
    ++shape.rehearsed;
    recorder_->rehearse([&] { result = work(shape.inputs); });
  } else {
    if (!shape.graph && !record(shape, work)) return run_eagerly(batch, work);
    shape.graph->replay();
    result = shape.result;
    result.values = result.values.clone();  // the next replay writes there
  }
  result.items = batch.items;
  return result;
}

PendingBatch StepGraphs::run_eagerly(Batch& batch, const Work& work) const {
  move_batch(batch, device_);
  return work(batch);
}

bool StepGraphs::is_recordable(const std::string& key) {
  if (is_off_) return false;
  if (shapes_.contains(key) || shapes_.size() < options_.most_shapes) return true;
  if (!std::exchange(has_warned_of_shapes_, true)) {
    log_warning(
        "batches came in more than {} shapes: further ones are computed without CUDA graphs, which is slower; with "
        "plain recordings, trainer.data.goal_frame_share above 0 makes batches alike",
        options_.most_shapes);
  }
  return false;
}

StepGraphs::Shape& StepGraphs::shape_for(const std::string& key, const Batch& batch) {
  const auto found = shapes_.find(key);
  if (found == shapes_.end()) return shapes_[key] = Shape{.inputs = copy_of(batch, device_), .graph = {}, .result = {}};
  Batch borrowed = batch;
  copy_into(found->second.inputs, borrowed);
  return found->second;
}

bool StepGraphs::record(Shape& shape, const Work& work) {
  std::string cause;
  try {
    shape.graph = recorder_->record([&shape, work] { shape.result = work(shape.inputs); });
    return true;
  } catch (const c10::Error& error) {
    cause = first_line(error.what_without_backtrace());
  } catch (const std::exception& error) {
    cause = first_line(error.what());
  }
  log_warning(
      "a step could not be recorded as a CUDA graph ({}): steps are computed without from here on, slower; "
      "trainer.graphs = \"off\" does not try",
      cause);
  is_off_ = true;
  shapes_.clear();
  return false;
}

}  // namespace atl::trainer
