#include "envs/desktop/game/script_conditions.h"

#include "core/error.h"

namespace atl::envs::desktop {
namespace {

std::optional<std::regex> compile(const std::string& text) {
  if (text.empty()) return std::nullopt;
  try {
    return std::regex(text);
  } catch (const std::regex_error& error) {
    fail(ErrorKind::kConfig, "log: \"{}\" is no regular expression: {}", text, error.what());
  }
}

}  // namespace

ScriptConditions::ScriptConditions(const ScriptStep& step, const std::filesystem::path& home,
                                   const std::filesystem::path& log, LineTail::Start lines)
    : step_(step), line_(compile(step.log)), tail_(step.file.empty() ? log : home / step.file, lines) {
  if (step_.pixels.empty()) return;
  const std::size_t colon = step_.pixels.find(" : ");
  if (colon == std::string::npos)
    fail(ErrorKind::kConfig, "pixels: \"{}\", expected a field, \" : \" and a condition on it", step_.pixels);
  field_.emplace(step_.pixels.substr(0, colon));
  condition_.emplace(step_.pixels.substr(colon + 3));
}

void ScriptConditions::see(const Frame& frame) {
  if (step_.still_s > 0) {
    const std::uint64_t hash = hash_pixels(frame.view());
    if (!changed_ || hash != last_hash_) changed_ = frame.done;
    last_hash_ = hash;
  }
  if (!field_) return;
  const auto value = field_->read(frame.view(), {});
  pixels_hold_ = value && condition_->holds({{field_->name(), *value}}, {});
}

bool ScriptConditions::has_line() {
  if (!line_) return true;
  for (const std::string& line : tail_.poll()) line_came_ |= std::regex_search(line.substr(0, 4096), *line_);
  return line_came_;
}

bool ScriptConditions::is_still(Timestamp now) const {
  return step_.still_s <= 0 || (changed_ && to_seconds(now - *changed_) >= step_.still_s);
}

bool ScriptConditions::hold(Timestamp now) { return has_line() && is_still(now) && (!field_ || pixels_hold_); }

std::string ScriptConditions::missing(Timestamp now) {
  std::string words;
  const auto add = [&](const std::string& what) { words += (words.empty() ? "" : ", ") + what; };
  if (!has_line()) add(fmt::format("no line like \"{}\"", step_.log));
  if (!is_still(now)) add(fmt::format("the picture was never still for {} s", step_.still_s));
  if (field_ && !pixels_hold_) add(fmt::format("not \"{}\"", step_.pixels));
  return words;
}

}  // namespace atl::envs::desktop
