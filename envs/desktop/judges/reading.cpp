#include "envs/desktop/judges/reading.h"

#include <fmt/format.h>

#include <charconv>

namespace atl::envs::desktop {

std::string to_text(const ReadingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return fmt::format("{:.10g}", std::get<double>(value));
}

std::optional<double> to_number(const ReadingValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  const std::string& text = std::get<std::string>(value);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string to_text(const Reading& reading) {
  std::string text;
  for (const auto& [name, value] : reading)
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, to_text(value));
  return text;
}

}  // namespace atl::envs::desktop
