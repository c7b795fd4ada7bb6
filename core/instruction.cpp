#include "core/instruction.h"

#include <algorithm>
#include <array>

namespace atl {
namespace {

constexpr std::array<std::string_view, 4> kSourceNames{"person", "setter", "annotator", "program"};
constexpr std::array<std::string_view, 3> kMarkNames{"unknown", "succeeded", "failed"};

template <class Enum, std::size_t N>
std::optional<Enum> find_in(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<Enum>(it - names.begin());
}

}  // namespace

std::string_view to_string(InstructionSource source) { return kSourceNames.at(static_cast<std::size_t>(source)); }
std::string_view to_string(SuccessMark mark) { return kMarkNames.at(static_cast<std::size_t>(mark)); }

std::optional<InstructionSource> find_instruction_source(std::string_view name) {
  return find_in<InstructionSource>(kSourceNames, name);
}

std::optional<SuccessMark> find_success_mark(std::string_view name) { return find_in<SuccessMark>(kMarkNames, name); }

}  // namespace atl
