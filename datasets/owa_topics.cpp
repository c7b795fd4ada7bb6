#include "datasets/owa_topics.h"

#include "core/error.h"
#include "datasets/recording_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace atl::datasets {
namespace {

constexpr std::uint64_t kStatePeriodNs = 1'000'000'000;
constexpr int kWheelDetent = 120;  // WHEEL_DELTA

// Buttons by index - kNumKeys: OWAMcap's name, flag when pressed, flag when released (RAWMOUSE).
struct ButtonInfo {
  std::string_view name;
  int down;
  int up;
};
constexpr std::array<ButtonInfo, kNumButtons> kButtons{{{"left", 0x0001, 0x0002},
                                                        {"right", 0x0004, 0x0008},
                                                        {"middle", 0x0010, 0x0020},
                                                        {"x1", 0x0040, 0x0080},
                                                        {"x2", 0x0100, 0x0200}}};
constexpr int kWheelFlag = 0x0400;

// Keys whose codes follow no rule; https://learn.microsoft.com/windows/win32/inputdev/virtual-key-codes.
constexpr std::pair<std::string_view, int> kKeyCodes[] = {
    {"up", 0x26},           {"down", 0x28},          {"left", 0x25},
    {"right", 0x27},        {"left_shift", 0xA0},    {"left_ctrl", 0xA2},
    {"left_alt", 0xA4},     {"left_meta", 0x5B},     {"right_shift", 0xA1},
    {"right_ctrl", 0xA3},   {"right_alt", 0xA5},     {"right_meta", 0x5C},
    {"space", 0x20},        {"enter", 0x0D},         {"tab", 0x09},
    {"escape", 0x1B},       {"backspace", 0x08},     {"delete", 0x2E},
    {"insert", 0x2D},       {"home", 0x24},          {"end", 0x23},
    {"page_up", 0x21},      {"page_down", 0x22},     {"caps_lock", 0x14},
    {"grave", 0xC0},        {"minus", 0xBD},         {"equal", 0xBB},
    {"left_bracket", 0xDB}, {"right_bracket", 0xDD}, {"backslash", 0xDC},
    {"semicolon", 0xBA},    {"apostrophe", 0xDE},    {"comma", 0xBC},
    {"period", 0xBE},       {"slash", 0xBF},         {"keypad_plus", 0x6B},
    {"keypad_minus", 0x6D}, {"keypad_enter", 0x0D},
};

constexpr std::string_view kIntegerSchema = R"({"type":"integer"})";

// {"type":"object","properties":{...}}, the fields in order with their types as JSON schema.
std::string object_schema(std::string_view title,
                          const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string properties;
  for (const auto& [name, type] : fields)
    properties += fmt::format("{}\"{}\":{}", properties.empty() ? "" : ",", name, type);
  return fmt::format(R"({{"title":"{}","type":"object","properties":{{{}}}}})", title, properties);
}

}  // namespace

int windows_key_code(Control control) {
  ATOLL_CHECK(!is_button(control), "{} is a button", info_of(control).name);
  const std::string_view name = info_of(control).name;
  if (name.size() == 1 && name[0] >= 'a' && name[0] <= 'z') return 'A' + (name[0] - 'a');
  if (name.size() == 1) return name[0];
  for (const auto& [key, code] : kKeyCodes) {
    if (key == name) return code;
  }
  if (name.starts_with("keypad_")) return 0x60 + (name[7] - '0');
  return 0x6F + std::stoi(std::string(name.substr(1)));  // f1 .. f12
}

OwaTopics::OwaTopics(McapWriter& mcap, std::string title) : mcap_(mcap), title_(std::move(title)) {
  constexpr std::string_view kText = R"({"type":"string"})";
  constexpr std::string_view kList = R"({"type":"array"})";
  constexpr std::string_view kFlag = R"({"type":"boolean"})";
  const auto add = [&](std::string_view topic, std::uint16_t schema) {
    return mcap_.add_channel(schema, topic, "json");
  };
  const auto schema = [&](std::string_view type,
                          const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
    return mcap_.add_schema(fmt::format("desktop/{}", type), "jsonschema", object_schema(type, fields));
  };
  window_ = add("window", schema("WindowInfo", {{"title", kText}, {"rect", kList}, {"hWnd", kIntegerSchema}}));
  keyboard_ = add("keyboard", schema("KeyboardEvent",
                                     {{"event_type", kText}, {"vk", kIntegerSchema}, {"timestamp", kIntegerSchema}}));
  keyboard_state_ = add("keyboard/state", schema("KeyboardState", {{"buttons", kList}, {"timestamp", kIntegerSchema}}));
  mouse_ = add("mouse", schema("MouseEvent", {{"event_type", kText},
                                              {"x", kIntegerSchema},
                                              {"y", kIntegerSchema},
                                              {"button", kText},
                                              {"pressed", kFlag},
                                              {"dx", kIntegerSchema},
                                              {"dy", kIntegerSchema},
                                              {"timestamp", kIntegerSchema}}));
  mouse_state_ =
      add("mouse/state",
          schema("MouseState",
                 {{"x", kIntegerSchema}, {"y", kIntegerSchema}, {"buttons", kList}, {"timestamp", kIntegerSchema}}));
  mouse_raw_ = add("mouse/raw", schema("RawMouseEvent", {{"last_x", kIntegerSchema},
                                                         {"last_y", kIntegerSchema},
                                                         {"button_flags", kIntegerSchema},
                                                         {"button_data", kIntegerSchema},
                                                         {"timestamp", kIntegerSchema}}));
  screen_ = add("screen", schema("ScreenCaptured", {{"utc_ns", kIntegerSchema},
                                                    {"source_shape", kList},
                                                    {"shape", kList},
                                                    {"media_ref", R"({"type":"object"})"}}));
}

void OwaTopics::put(std::uint16_t channel, std::uint64_t log_time_ns, const std::string& json) {
  mcap_.write(channel, log_time_ns, json);
}

void OwaTopics::control(const InputEvent& event, std::uint64_t t) {
  held_.set(static_cast<std::size_t>(index_of(event.control)), event.pressed);
  if (!is_button(event.control)) {
    put(keyboard_, t,
        fmt::format(R"({{"event_type":"{}","vk":{},"timestamp":{}}})", event.pressed ? "press" : "release",
                    windows_key_code(event.control), t));
    return;
  }
  const ButtonInfo& button = kButtons.at(static_cast<std::size_t>(index_of(event.control) - kNumKeys));
  put(mouse_raw_, t,
      fmt::format(R"({{"last_x":0,"last_y":0,"button_flags":{},"timestamp":{}}})",
                  event.pressed ? button.down : button.up, t));
  put(mouse_, t,
      fmt::format(R"({{"event_type":"click","x":{},"y":{},"button":"{}","pressed":{},"timestamp":{}}})", pointer_.x_px,
                  pointer_.y_px, button.name, event.pressed, t));
}

void OwaTopics::input(const InputEvent& event, std::uint64_t t) {
  poll_state(t);
  switch (event.kind) {
    case InputKind::kControl: control(event, t); break;
    case InputKind::kRelativeMotion:
      put(mouse_raw_, t, fmt::format(R"({{"last_x":{},"last_y":{},"timestamp":{}}})", event.dx, event.dy, t));
      break;
    case InputKind::kAbsoluteMotion:
      pointer_ = {geometry_.x_px + event.dx, geometry_.y_px + event.dy};
      put(mouse_, t,
          fmt::format(R"({{"event_type":"move","x":{},"y":{},"timestamp":{}}})", pointer_.x_px, pointer_.y_px, t));
      break;
    case InputKind::kWheel:
      put(mouse_raw_, t,
          fmt::format(R"({{"last_x":0,"last_y":0,"button_flags":{},"button_data":{},"timestamp":{}}})", kWheelFlag,
                      event.dy * kWheelDetent, t));
      put(mouse_, t,
          fmt::format(R"({{"event_type":"scroll","x":{},"y":{},"dx":0,"dy":{},"timestamp":{}}})", pointer_.x_px,
                      pointer_.y_px, event.dy, t));
      break;
    case InputKind::kPadButton:
    case InputKind::kPadAxis: break;  // OWAMcap has no gamepads
  }
}

void OwaTopics::frame(const FrameEntry& entry, FrameSize size, std::uint64_t t) {
  poll_state(t);
  const WindowGeometry& w = entry.window;
  if (!has_geometry_ || w != geometry_) {
    geometry_ = w;
    has_geometry_ = true;
    put(window_, t,
        fmt::format(R"({{"title":{},"rect":[{},{},{},{}],"hWnd":0}})", nlohmann::json(title_).dump(), w.x_px, w.y_px,
                    w.x_px + w.width_px, w.y_px + w.height_px));
  }
  const FrameSize source = w == WindowGeometry{} ? size : FrameSize{w.width_px, w.height_px};
  put(screen_, t,
      fmt::format(R"({{"utc_ns":{},"source_shape":[{},{}],"shape":[{},{}],"media_ref":{{"uri":"{}","pts_ns":{}}}}})", t,
                  source.width_px, source.height_px, size.width_px, size.height_px, kVideoFile,
                  entry.video_pts_us * 1000));
}

void OwaTopics::poll_state(std::uint64_t t) {
  if (t < next_state_ns_) return;
  next_state_ns_ = t + kStatePeriodNs;
  std::string keys;
  std::string buttons;
  for (std::size_t i = 0; i < held_.size(); ++i) {
    if (!held_.test(i)) continue;
    const Control held = control_at(static_cast<int>(i));
    if (is_button(held))
      buttons += fmt::format("{}\"{}\"", buttons.empty() ? "" : ",", kButtons.at(i - kNumKeys).name);
    else
      keys += fmt::format("{}{}", keys.empty() ? "" : ",", windows_key_code(held));
  }
  put(keyboard_state_, t, fmt::format(R"({{"buttons":[{}],"timestamp":{}}})", keys, t));
  put(mouse_state_, t,
      fmt::format(R"({{"x":{},"y":{},"buttons":[{}],"timestamp":{}}})", pointer_.x_px, pointer_.y_px, buttons, t));
}

}  // namespace atl::datasets
