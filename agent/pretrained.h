// Weights of published models: from a safetensors file into parameters, by name. Used by the sources of agent/ and by
// tests; tools/weights.py makes the files.
#pragma once

#include "agent/model.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace atl::agent {

/// Of the names of a model's parameters that come from a published image encoder.
inline constexpr std::string_view kBackbonePrefix = "encoder.backbone.";
/// And those that come from a published text encoder.
inline constexpr std::string_view kTextPrefix = "text.published.";

/// Copies the tensor x of the file into the parameter `prefix` + x, for every parameter whose name begins with
/// `prefix`. Tensors that no parameter asks for are passed over: a backbone may have fewer blocks than its file. Any
/// float type will do. Throws Error(kFile) or Error(kFormat) naming the first tensor that is missing, of another shape
/// or not of floats; nothing is copied then.
void load_pretrained(const std::filesystem::path& path, std::span<const NamedTensor> parameters,
                     const std::string& prefix);

}  // namespace atl::agent
