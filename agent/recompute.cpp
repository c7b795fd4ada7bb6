#include "agent/recompute.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

namespace atl::agent {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

using Part = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

// A part as what a context keeps between the two ways.
struct KeptPart final : torch::CustomClassHolder {
  explicit KeptPart(Part given) : part(std::move(given)) {}
  Part part;
  bool cpu_autocast = at::autocast::is_autocast_enabled(at::kCPU);
  bool cuda_autocast = at::autocast::is_autocast_enabled(at::kCUDA);
};

// The way back runs in another thread's state, or after autocast has ended: what was on before is on again.
class AutocastAsBefore {
 public:
  explicit AutocastAsBefore(const KeptPart& kept)
      : cpu_(at::autocast::is_autocast_enabled(at::kCPU)), cuda_(at::autocast::is_autocast_enabled(at::kCUDA)) {
    set(kept.cpu_autocast, kept.cuda_autocast);
  }
  ~AutocastAsBefore() { set(cpu_, cuda_); }
  AutocastAsBefore(const AutocastAsBefore&) = delete;
  AutocastAsBefore& operator=(const AutocastAsBefore&) = delete;

 private:
  static void set(bool cpu, bool cuda) {
    at::autocast::set_autocast_enabled(at::kCPU, cpu);
    at::autocast::set_autocast_enabled(at::kCUDA, cuda);
  }
  bool cpu_;
  bool cuda_;
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
