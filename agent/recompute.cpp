#include "agent/recompute.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <cstddef>
#include <utility>

namespace atl::agent {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

using Part = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

constexpr std::array kAutocastDevices{at::kCPU, at::kCUDA};

// What autocast does in a thread.
struct AutocastState {
  std::array<bool, kAutocastDevices.size()> is_on{};
  std::array<at::ScalarType, kAutocastDevices.size()> type{};

  static AutocastState current() {
    AutocastState state;
    for (std::size_t i = 0; i < kAutocastDevices.size(); ++i) {
      state.is_on[i] = at::autocast::is_autocast_enabled(kAutocastDevices[i]);
      state.type[i] = at::autocast::get_autocast_dtype(kAutocastDevices[i]);
    }
    return state;
  }
  void set() const {
    for (std::size_t i = 0; i < kAutocastDevices.size(); ++i) {
      at::autocast::set_autocast_enabled(kAutocastDevices[i], is_on[i]);
      at::autocast::set_autocast_dtype(kAutocastDevices[i], type[i]);
    }
  }
};

// A part as what a context keeps between the two ways.
struct KeptPart final : torch::CustomClassHolder {
  explicit KeptPart(Part given) : part(std::move(given)) {}
  Part part;
  AutocastState autocast = AutocastState::current();
};

// The way back runs in another thread's state, or after autocast has ended: what was on before is on again. Weights
// that it rounded are forgotten at the end, or the next forward pass would find those of before the update.
class AutocastAsBefore {
 public:
  explicit AutocastAsBefore(const KeptPart& kept) { kept.autocast.set(); }
  ~AutocastAsBefore() {
    at::autocast::clear_cache();
    outer_.set();
  }
  AutocastAsBefore(const AutocastAsBefore&) = delete;
  AutocastAsBefore& operator=(const AutocastAsBefore&) = delete;

 private:
  AutocastState outer_ = AutocastState::current();
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  static at::Tensor forward(AutogradContext* context, const c10::intrusive_ptr<KeptPart>& kept, at::TensorList inputs) {
    context->save_for_backward(inputs.vec());
    context->saved_data["part"] = c10::IValue::make_capsule(kept);
    const at::NoGradGuard no_grad;
    return kept->part(inputs.vec());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto kept = c10::static_intrusive_pointer_cast<KeptPart>(context->saved_data["part"].toCapsule());
    std::vector<at::Tensor> inputs;
    for (const at::Tensor& saved : context->get_saved_variables())
      inputs.push_back(saved.detach().requires_grad_(saved.requires_grad()));
    {
      const at::AutoGradMode grad(true);
      const AutocastAsBefore autocast(*kept);
      kept->part(inputs).backward(gradients.at(0));
    }
    variable_list result{at::Tensor()};  // of the part
    for (const at::Tensor& input : inputs) result.push_back(input.grad());
    return result;
  }
};

}  // namespace

at::Tensor recompute(Part part, const std::vector<at::Tensor>& inputs) {
  if (!at::GradMode::is_enabled()) return part(inputs);
  return Recomputed::apply(c10::make_intrusive<KeptPart>(std::move(part)), at::TensorList(inputs));
}

}  // namespace atl::agent
