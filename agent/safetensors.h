// The safetensors format: named tensors and a few words of metadata in one file, nothing executable. Used for weights
// and optimiser state; Python's `safetensors` reads and writes the same files.
//
// Layout: 8 bytes little endian with the length of a JSON header, the header, then the bytes of the tensors, row-major,
// without holes. Source: github.com/huggingface/safetensors, README "Format"; tensors are ordered by element size and
// name, as upstream's writer does, so that each begins at a multiple of its element size.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace atl::agent {

struct TensorFile {
  std::map<std::string, at::Tensor> tensors;    // on the CPU, contiguous
  std::map<std::string, std::string> metadata;  // the header's __metadata__
};

/// Writes atomically. Tensors of any device and layout, float64/32/16, bfloat16, int64/32/16/8, uint8 or bool; equal
/// input gives equal bytes. Throws Error(kFile), or Error(kFormat) for another type or a tensor named __metadata__.
void save_tensors(const std::filesystem::path& path, const std::map<std::string, at::Tensor>& tensors,
                  const std::map<std::string, std::string>& metadata = {});

/// Reads and checks the whole file: sizes, types, shapes, order, holes and overlaps. Throws Error(kFile) or
/// Error(kFormat) with path, tensor, value found and value expected.
[[nodiscard]] TensorFile load_tensors(const std::filesystem::path& path);

/// The same from and to memory; `name` stands for the file in messages.
[[nodiscard]] TensorFile parse_tensors(std::string_view bytes, const std::string& name);
[[nodiscard]] std::string serialise_tensors(const std::map<std::string, at::Tensor>& tensors,
                                            const std::map<std::string, std::string>& metadata = {});

}  // namespace atl::agent
