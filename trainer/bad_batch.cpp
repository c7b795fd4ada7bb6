#include "trainer/bad_batch.h"

#include "agent/safetensors.h"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace atl::trainer {
namespace {

std::int64_t as_int(std::size_t value) { return static_cast<std::int64_t>(value); }

// Writes what examples hold into padded tensors, [B, T, K, ...] row by row.
class Writer {
 public:
  Writer(std::span<const Example* const> examples, const ExampleShape& shape)
      : examples_(examples),
        steps_(static_cast<std::size_t>(shape.window)),
        asked_(static_cast<std::size_t>(shape.instructions)),
        actions_(static_cast<std::size_t>(shape.chunk_actions)) {}

  [[nodiscard]] std::map<std::string, at::Tensor> tensors(const ExampleShape& shape) const {
    const std::int64_t b = as_int(examples_.size());
    at::Tensor frames =
        at::zeros({b, shape.window, shape.frame.height_px, shape.frame.width_px, kBytesPerPixel}, at::kByte);
    at::Tensor num_steps = at::zeros({b}, at::kLong);
    at::Tensor weights = at::zeros({b}, at::kFloat);
    auto* pixels = frames.mutable_data_ptr<std::uint8_t>();
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      const Example& e = *examples_[i];
      std::copy(e.frames.begin(), e.frames.end(), pixels + i * steps_ * shape.frame_bytes());
      num_steps.mutable_data_ptr<std::int64_t>()[i] = e.num_steps;
      weights.mutable_data_ptr<float>()[i] = e.weight;
    }
    std::map<std::string, at::Tensor> all{{"frames", frames}, {"num_steps", num_steps}, {"weights", weights}};
    add_cached(all);
    add_actions(all);
    all["goals"] = spread<std::int8_t>(at::kChar, 1, [](const Example& e, std::size_t at, std::int8_t* to) {
      *to = static_cast<std::int8_t>(e.goals[at]);
    });
    const auto patches = static_cast<std::size_t>(shape.roles * shape.num_patches());
    all["patches"] = spread<std::uint8_t>(at::kByte, patches, [&](const Example& e, std::size_t at, std::uint8_t* to) {
      if (!e.patches.empty()) std::copy_n(e.patches.begin() + as_int(at * patches), patches, to);
    });
    return all;
  }

 private:
  // [B, T, K, size] with `write(example, index of step and instruction, target)` where the example has an instruction.
  template <class T, class Write>
  [[nodiscard]] at::Tensor spread(at::ScalarType type, std::size_t size, const Write& write) const {
    at::Tensor tensor = at::zeros({as_int(examples_.size()), as_int(steps_), as_int(asked_), as_int(size)}, type);
    auto* values = static_cast<T*>(tensor.mutable_data_ptr());
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      const std::size_t asked = examples_[i]->instructions.size();
      for (std::size_t t = 0; t < steps_; ++t) {
        for (std::size_t k = 0; k < asked; ++k)
          write(*examples_[i], t * asked + k, values + ((i * steps_ + t) * asked_ + k) * size);
      }
    }
    return tensor;
  }

  // Pictures that are named, not held.
  void add_cached(std::map<std::string, at::Tensor>& all) const {
    const std::int64_t b = as_int(examples_.size());
    at::Tensor cached = at::zeros({b, as_int(steps_)}, at::kLong);
    at::Tensor sources = at::zeros({b}, at::kLong);
    bool any = false;
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      const Example& e = *examples_[i];
      any |= !e.cached.empty();
      std::copy(e.cached.begin(), e.cached.end(), cached.mutable_data_ptr<std::int64_t>() + i * steps_);
      sources.mutable_data_ptr<std::int64_t>()[i] = e.source;
    }
    if (!any) return;
    all["cached"] = cached;
    all["sources"] = sources;
  }

  void add_actions(std::map<std::string, at::Tensor>& all) const {
    all["chunk_mask"] =
        spread<std::uint8_t>(at::kByte, actions_, [&](const Example& e, std::size_t at, std::uint8_t* to) {
          std::copy_n(e.chunk_mask.begin() + as_int(at * actions_), actions_, to);
        });
    using Parts = agent::ActionParts;
    for (const auto& [name, part] : {std::pair{"mouse_x", &Parts::mouse_x}, std::pair{"mouse_y", &Parts::mouse_y},
                                     std::pair{"wheel", &Parts::wheel}, std::pair{"pointer", &Parts::pointer}}) {
      all[name] =
          spread<std::int64_t>(at::kLong, actions_, [&, part](const Example& e, std::size_t at, std::int64_t* to) {
            for (std::size_t s = 0; s < actions_; ++s) to[s] = e.chunks[at * actions_ + s].*part;
          });
    }
    all["controls"] =
        spread<std::uint8_t>(at::kByte, actions_ * kNumControls,
                             [&](const Example& e, std::size_t at, std::uint8_t* to) {
                               for (std::size_t i = 0; i < actions_ * kNumControls; ++i)
                                 to[i] = e.chunks[at * actions_ + i / kNumControls].controls[i % kNumControls];
                             })
            .unflatten(3, {as_int(actions_), as_int(kNumControls)});
  }

  std::span<const Example* const> examples_;
  std::size_t steps_;
  std::size_t asked_;
  std::size_t actions_;
};

}  // namespace

std::filesystem::path save_bad_batch(const std::filesystem::path& run, const BadStep& bad,
                                     std::span<const Example* const> examples, const ExampleShape& shape) {
  nlohmann::json instructions = nlohmann::json::array();
  for (const Example* e : examples) instructions.push_back(e->instructions);
  const std::filesystem::path path = run / fmt::format("bad-batch-{:08}.safetensors", bad.step);
  agent::save_tensors(
      path, Writer(examples, shape).tensors(shape),
      {{"step", std::to_string(bad.step)}, {"cause", bad.cause}, {"instructions", instructions.dump()}});
  return path;
}

}  // namespace atl::trainer
