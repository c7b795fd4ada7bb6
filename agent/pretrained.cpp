#include "agent/pretrained.h"

#include "agent/safetensors.h"
#include "core/error.h"

#include <ATen/core/grad_mode.h>
#include <fmt/ranges.h>

#include <vector>

namespace atl::agent {

void load_pretrained(const std::filesystem::path& path, std::span<const NamedTensor> parameters,
                     const std::string& prefix) {
  struct Pair {
    at::Tensor parameter;
    at::Tensor value;
  };
  const TensorFile file = load_tensors(path);
  std::vector<Pair> pairs;
  for (const NamedTensor& p : parameters) {
    if (!p.name.starts_with(prefix)) continue;
    const std::string name = p.name.substr(prefix.size());
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) {
      fail(
          ErrorKind::kFormat,
          "cannot load pretrained weights from {}: it has {} tensors, but no {} of shape [{}]: it is of another model, "
          "or the model is configured unlike it",
          path.string(), file.tensors.size(), name, fmt::join(p.tensor.sizes(), ", "));
    }
    const at::Tensor& value = found->second;
    if (value.sizes() != p.tensor.sizes() || !value.is_floating_point()) {
      fail(ErrorKind::kFormat,
           "cannot load pretrained weights from {}: its tensor {} is {} of shape [{}], the model expects floats of "
           "shape [{}]",
           path.string(), name, c10::toString(value.scalar_type()), fmt::join(value.sizes(), ", "),
           fmt::join(p.tensor.sizes(), ", "));
    }
    pairs.push_back({p.tensor, value});
  }
  ATOLL_CHECK(!pairs.empty(), "no parameter's name begins with \"{}\"", prefix);
  const at::NoGradGuard no_grad;
  for (Pair& pair : pairs) pair.parameter.copy_(pair.value);
}

}  // namespace atl::agent
