#include "envs/playhouse/action_text.h"

#include "core/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace atl::envs::playhouse {
namespace {

constexpr std::string_view kStill = "-";

void add_word(std::string& text, std::string_view word) {
  if (!text.empty()) text += ' ';
  text += word;
}

// The whole of `digits` as a number.
std::optional<int> number_of(std::string_view digits) {
  int value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// "x=12": true if `word` is about this number.
bool read_number(std::string_view word, std::string_view name, std::int32_t& target, bool& is_known) {
  if (!word.starts_with(name) || word.size() <= name.size() || word[name.size()] != '=') return false;
  const std::optional<int> value = number_of(word.substr(name.size() + 1));
  if (!value) fail(ErrorKind::kFormat, "\"{}\": expected a whole number after \"{}=\"", word, name);
  if (is_known) fail(ErrorKind::kFormat, "\"{}\": \"{}\" is said twice", word, name);
  is_known = true;
  target = *value;
  return true;
}

// "w", "e:1", "mouse_left+2".
void read_control(std::string_view word, const ControlSet& held_before, ControlSet& known, Action& action) {
  const std::size_t mark = std::min(word.find_first_of(":+"), word.size());
  const std::optional<Control> control = find_control(word.substr(0, mark));
  if (!control) fail(ErrorKind::kFormat, "\"{}\": no key, button, \"x=\", \"y=\" or \"wheel=\"", word);
  const auto index = static_cast<std::size_t>(index_of(*control));
  if (known.test(index)) fail(ErrorKind::kFormat, "\"{}\": its key is named twice", word);
  known.set(index);
  const bool is_held = mark == word.size() || word[mark] == '+';
  action.held.set(index, is_held);
  if (mark == word.size()) {
    action.presses[index] = held_before.test(index) ? 0 : 1;
    return;
  }
  const std::optional<int> presses = number_of(word.substr(mark + 1));
  const int least = is_held ? 0 : 1;
  if (!presses || *presses < least || *presses > kMaxPresses)
    fail(ErrorKind::kFormat, "\"{}\": expected {} to {} presses after \"{}\"", word, least, kMaxPresses, word[mark]);
  action.presses[index] = static_cast<std::uint8_t>(*presses);
}

}  // namespace

std::string text_of(const Action& action, const ControlSet& held_before) {
  if (action.pointer)
    fail(ErrorKind::kFormat, "an action with a pointer at {}, {} has no text", action.pointer->x_px,
         action.pointer->y_px);
  std::string text;
  for (int i = 0; i < kNumControls; ++i) {
    const Control control = control_at(i);
    const std::string_view name = info_of(control).name;
    const int presses = action.num_presses(control);
    const int unsaid = held_before.test(static_cast<std::size_t>(i)) ? 0 : 1;
    if (action.is_held(control))
      add_word(text, presses == unsaid ? std::string(name) : fmt::format("{}+{}", name, presses));
    else if (presses > 0)
      add_word(text, fmt::format("{}:{}", name, presses));
  }
  if (action.dx != 0) add_word(text, fmt::format("x={}", action.dx));
  if (action.dy != 0) add_word(text, fmt::format("y={}", action.dy));
  if (action.wheel != 0) add_word(text, fmt::format("wheel={}", action.wheel));
  return text.empty() ? std::string(kStill) : text;
}

Action action_of(std::string_view text, const ControlSet& held_before) {
  Action action;
  if (text == kStill) return action;
  ControlSet known;
  bool has_x = false;
  bool has_y = false;
  bool has_wheel = false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty())
      fail(ErrorKind::kFormat, "action \"{}\": expected words with one space between them, or \"-\"", text);
    if (read_number(word, "x", action.dx, has_x) || read_number(word, "y", action.dy, has_y) ||
        read_number(word, "wheel", action.wheel, has_wheel))
      continue;
    read_control(word, held_before, known, action);
  }
  return action;
}

}  // namespace atl::envs::playhouse
