#include "envs/desktop/playhouse_window/key_bindings.h"

#include "core/config.h"
#include "core/error.h"
#include "core/files.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

namespace atl::envs::desktop {
namespace {

struct WindowUse {
  std::string_view key;
  std::string_view meaning;
};
constexpr std::array<WindowUse, kNumKeyUses - playhouse::kNumKeyBits> kWindowUses{
    {{"f1", "this page"},
     {"f2", "next task"},
     {"r", "the same task again"},
     {"f11", "fullscreen"},
     {"f10", "let the mouse go, take it again"},
     {"t", "type what is to be done"}}};

// The file: names of keys in the order of KeyUse; empty: left out.
struct KeyFile {
  std::array<std::string, kNumKeyUses> keys;
};

void describe(ConfigVisitor& v, KeyFile& file) {
  for (std::size_t i = 0; i < file.keys.size(); ++i) v.field(kKeyUseNames[i], &file.keys[i]);
}

KeyFile file_of(const KeyBindings& bindings) {
  KeyFile file;
  for (std::size_t i = 0; i < file.keys.size(); ++i) file.keys[i] = bindings.name_of(static_cast<KeyUse>(i));
  return file;
}

// Which use before it has the same key.
std::optional<std::size_t> twin_of(const KeyFile& file, std::size_t index) {
  for (std::size_t i = 0; i < index; ++i) {
    if (file.keys[i] == file.keys[index]) return i;
  }
  return std::nullopt;
}

}  // namespace

std::string_view meaning_of(KeyUse use) {
  const auto index = static_cast<std::size_t>(use);
  constexpr auto kWorlds = static_cast<std::size_t>(playhouse::kNumKeyBits);
  return index < kWorlds ? playhouse::kKeyMeanings[index] : kWindowUses[index - kWorlds].meaning;
}

KeyBindings::KeyBindings() {
  std::size_t next = 0;
  for (const std::string_view name : playhouse::kKeyNames) controls_[next++] = control_named(name);
  for (const WindowUse& use : kWindowUses) controls_[next++] = control_named(use.key);
}

std::optional<KeyUse> KeyBindings::use_of(Control control) const {
  const auto it = std::find(controls_.begin(), controls_.end(), control);
  if (it == controls_.end()) return std::nullopt;
  return static_cast<KeyUse>(it - controls_.begin());
}

void KeyBindings::bind(KeyUse use, Control control) {
  Control& mine = controls_[static_cast<std::size_t>(use)];
  if (const std::optional<KeyUse> other = use_of(control)) controls_[static_cast<std::size_t>(*other)] = mine;
  mine = control;
}

playhouse::TickInput KeyBindings::tick_input(const WindowInput& input) const {
  playhouse::TickInput tick{.dx = input.dx, .dy = input.dy, .wheel = input.wheel, .held = 0, .pressed = 0};
  for (std::size_t i = 0; i < static_cast<std::size_t>(playhouse::kNumKeyBits); ++i) {
    const auto bit = static_cast<std::uint16_t>(1u << i);
    const Control control = controls_[i];
    if (input.held.test(static_cast<std::size_t>(index_of(control)))) tick.held |= bit;
    if (std::find(input.pressed.begin(), input.pressed.end(), control) != input.pressed.end()) tick.pressed |= bit;
  }
  return tick;
}

std::vector<InputEvent> KeyBindings::to_usual(std::vector<InputEvent> events) const {
  static const KeyBindings usual;
  if (*this == usual) return events;
  std::erase_if(events, [&](InputEvent& event) {
    if (event.kind != InputKind::kControl) return false;
    const std::optional<KeyUse> use = use_of(event.control);
    if (!use) return usual.use_of(event.control).has_value();
    event.control = usual.control_of(*use);
    return false;
  });
  return events;
}

playhouse::HintKeys KeyBindings::hint_keys() const {
  if (*this == KeyBindings()) return {};
  const auto words = [&](KeyUse use) { return words_of(control_of(use)); };
  return {.walk = fmt::format("{} {} {} {}", words(KeyUse::kForward), words(KeyUse::kLeft), words(KeyUse::kBack),
                              words(KeyUse::kRight)),
          .take = words(KeyUse::kTake),
          .use = words(KeyUse::kUse),
          .rotate = words(KeyUse::kRotate),
          .bag = words(KeyUse::kBag),
          .menu = words(KeyUse::kMenu)};
}

std::string words_of(Control control) {
  std::string words(info_of(control).name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::filesystem::path usual_keys_file() {
  const auto folder = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  std::filesystem::path config = folder("XDG_CONFIG_HOME");
  if (config.empty() && !folder("HOME").empty()) config = folder("HOME") / ".config";
  return config.empty() ? config : config / "atoll" / "playhouse_keys.toml";
}

KeyBindings load_key_bindings(const std::filesystem::path& path) {
  KeyBindings bindings;
  if (!std::filesystem::exists(path)) return bindings;
  // A use that is newer than the file gives way where its usual key is taken.
  KeyFile file = file_of(bindings);
  std::fill(file.keys.begin() + playhouse::kNumKeyBits, file.keys.end(), "");
  ConfigDocument::from_file(path).read(file);
  std::vector<std::string> problems;
  std::array<std::optional<Control>, kNumKeyUses> controls;
  for (std::size_t i = 0; i < file.keys.size(); ++i) {
    if (file.keys[i].empty()) continue;
    try {
      controls[i] = control_named(file.keys[i]);
    } catch (const Error& error) {
      problems.push_back(fmt::format("{}: {}", kKeyUseNames[i], error.what()));
    }
    if (const auto twin = twin_of(file, i)) {
      problems.push_back(fmt::format("{}: \"{}\" is the key of {} already; expected a key of its own", kKeyUseNames[i],
                                     file.keys[i], kKeyUseNames[*twin]));
    }
  }
  if (!problems.empty()) fail(ErrorKind::kConfig, "{}:\n  {}", path.string(), fmt::join(problems, "\n  "));
  // With keys of their own, the order of swaps does not matter: each ends with what the file says.
  for (std::size_t i = 0; i < controls.size(); ++i) {
    if (controls[i]) bindings.bind(static_cast<KeyUse>(i), *controls[i]);
  }
  return bindings;
}

void save_key_bindings(const KeyBindings& bindings, const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    fail(ErrorKind::kFile, "cannot make the folder {} for the keys: {}", path.parent_path().string(), error.message());
  }
  write_file_atomically(path, to_toml(file_of(bindings)));
}

}  // namespace atl::envs::desktop
