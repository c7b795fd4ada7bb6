#include "datasets/owa_topics.h"

#include "core/error.h"
#include "datasets/owa_codes.h"
#include "datasets/recording_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace atl::datasets {
namespace {

constexpr std::uint64_t kStatePeriodNs = 1'000'000'000;
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
  const OwaButton& button = owa_buttons()[static_cast<std::size_t>(index_of(event.control) - kNumKeys)];
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
          fmt::format(R"({{"last_x":0,"last_y":0,"button_flags":{},"button_data":{},"timestamp":{}}})", kOwaWheelFlag,
                      event.dy * kOwaWheelDetent, t));
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
      buttons += fmt::format("{}\"{}\"", buttons.empty() ? "" : ",", owa_buttons()[i - kNumKeys].name);
    else
      keys += fmt::format("{}{}", keys.empty() ? "" : ",", windows_key_code(held));
  }
  put(keyboard_state_, t, fmt::format(R"({{"buttons":[{}],"timestamp":{}}})", keys, t));
  put(mouse_state_, t,
      fmt::format(R"({{"x":{},"y":{},"buttons":[{}],"timestamp":{}}})", pointer_.x_px, pointer_.y_px, buttons, t));
}

}  // namespace atl::datasets
