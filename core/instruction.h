// What somebody was asked to do, when, by whom, and whether it worked.
#pragma once

#include "core/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atl {

enum class InstructionSource : std::uint8_t { kPerson = 0, kSetter = 1, kAnnotator = 2, kProgram = 3 };
enum class SuccessMark : std::uint8_t { kUnknown = 0, kSucceeded = 1, kFailed = 2 };

[[nodiscard]] std::string_view to_string(InstructionSource source);
[[nodiscard]] std::string_view to_string(SuccessMark mark);
[[nodiscard]] std::optional<InstructionSource> find_instruction_source(std::string_view name);
[[nodiscard]] std::optional<SuccessMark> find_success_mark(std::string_view name);

struct Instruction {
  std::string text;              // UTF-8
  Timestamp begin;               // from when on it holds
  std::optional<Timestamp> end;  // exclusive; nothing while it still holds
  InstructionSource source = InstructionSource::kProgram;
  SuccessMark mark = SuccessMark::kUnknown;
  friend bool operator==(const Instruction&, const Instruction&) = default;
};

}  // namespace atl
