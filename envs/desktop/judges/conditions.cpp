#include "envs/desktop/judges/conditions.h"

#include "core/error.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace atl::envs::desktop {
namespace {

constexpr std::array<std::string_view, 8> kOperators = {"!=", "!~", "<=", ">=", "=", "~", "<", ">"};
constexpr std::string_view kForm = "NAME OPERATOR VALUE with one of = != < <= > >= ~ !~";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool compare(double a, std::string_view comparison, double b) {
  if (comparison == "<") return a < b;
  if (comparison == "<=") return a <= b;
  if (comparison == ">") return a > b;
  return a >= b;
}

bool are_equal(const ReadingValue& found, const std::string& wanted) {
  const auto a = to_number(found);
  const auto b = to_number(wanted);
  return a && b ? *a == *b : to_text(found) == wanted;
}

}  // namespace

Condition::Condition(const std::string& text) {
  const std::string_view all = text;
  // The first operator in the text: names hold none of their characters.
  const std::size_t at = all.find_first_of("=!<>~");
  const auto* found = kOperators.end();
  if (at != std::string_view::npos) {
    found = std::find_if(kOperators.begin(), kOperators.end(),
                         [&](std::string_view candidate) { return all.substr(at).starts_with(candidate); });
  }
  if (found == kOperators.end()) fail(ErrorKind::kConfig, "condition \"{}\", expected {}", text, kForm);
  operator_ = *found;
  std::string_view name = trimmed(all.substr(0, at));
  if (name.starts_with("change ")) base_ = Base::kChange;
  if (name.starts_with("distance ")) base_ = Base::kDistance;
  if (base_ != Base::kValue) name = trimmed(name.substr(name.find(' ')));
  if (name.empty() || name.find(' ') != std::string_view::npos)
    fail(ErrorKind::kConfig, "condition \"{}\": \"{}\" is no name, expected {}", text, name, kForm);
  name_ = name;
  value_ = trimmed(all.substr(at + operator_.size()));
  if (operator_.ends_with("~")) {
    try {
      pattern_.emplace(value_);
    } catch (const std::regex_error& error) {
      fail(ErrorKind::kConfig, "condition \"{}\": {} is no regular expression: {}", text, value_, error.what());
    }
  } else if (operator_.front() == '<' || operator_.front() == '>') {
    if (!to_number(value_)) fail(ErrorKind::kConfig, "condition \"{}\": {} expects a number after it", text, operator_);
  }
}

bool Condition::holds(const Reading& reading, const Baseline& baseline) const {
  const auto found = reading.find(name_);
  if (found == reading.end()) return false;
  ReadingValue value = found->second;
  if (base_ != Base::kValue) {
    const auto now = to_number(value);
    const auto first = baseline.find(name_);
    if (!now || first == baseline.end()) return false;
    value = base_ == Base::kChange ? *now - first->second : std::abs(*now - first->second);
  }
  if (pattern_) return std::regex_match(to_text(value), *pattern_) == (operator_ == "~");
  if (operator_.ends_with("=") && operator_.front() != '<' && operator_.front() != '>')
    return are_equal(value, value_) == (operator_ == "=");
  const auto number = to_number(value);
  return number && compare(*number, operator_, *to_number(value_));
}

std::vector<Condition> parse_conditions(std::span<const std::string> texts) {
  std::vector<Condition> conditions;
  for (const std::string& text : texts) conditions.emplace_back(text);
  return conditions;
}

bool all_hold(std::span<const Condition> conditions, const Reading& reading, const Baseline& baseline) {
  return !conditions.empty() && std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
    return condition.holds(reading, baseline);
  });
}

std::string fill_names(std::string_view text,
                       const std::function<std::optional<std::string>(std::string_view)>& value_of) {
  std::string filled;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    filled += text.substr(0, open);
    const std::string_view name = text.substr(open + 1, close - open - 1);
    const auto value = value_of(name);
    filled += value ? *value : std::string(text.substr(open, close + 1 - open));
    text.remove_prefix(close + 1);
  }
  filled += text;
  return filled;
}

std::string escape_regex(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace atl::envs::desktop
