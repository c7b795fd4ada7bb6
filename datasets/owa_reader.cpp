#include "datasets/owa_reader.h"

#include "core/error.h"
#include "datasets/mcap_reader.h"
#include "datasets/owa_codes.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>

namespace atl::datasets {
namespace {

using nlohmann::json;

constexpr std::string_view kKeyboard = "keyboard";
constexpr std::string_view kMouse = "mouse";
constexpr std::string_view kRawMouse = "mouse/raw";
constexpr std::string_view kScreen = "screen";
constexpr int kAbsoluteFlag = 0x0001;  // MOUSE_MOVE_ABSOLUTE of RAWMOUSE

class OwaReader {
 public:
  explicit OwaReader(const std::filesystem::path& path) : mcap_(McapReader::open(path, McapReadMode::kWhole)) {
    for (const McapChannel& channel : mcap_->channels()) {
      if (channel.message_encoding != "json") continue;
      topics_[channel.id] = channel.topic;
      recording_.has_raw_mouse |= channel.topic == kRawMouse;
    }
  }

  OwaRecording read() {
    if (mcap_->profile() != "owa")
      fail(ErrorKind::kFormat, "{} has the profile \"{}\", expected \"owa\": it is no recording of open-world-agents",
           mcap_->path().string(), mcap_->profile());
    for (std::size_t i = 0; i < mcap_->num_chunks(); ++i) {
      McapChunk chunk = mcap_->read_chunk(i);
      McapMessage message;
      while (chunk.next(message)) take(message);
    }
    const auto by_time = [](const auto& a, const auto& b) { return a.time < b.time; };
    std::stable_sort(recording_.events.begin(), recording_.events.end(), by_time);
    std::stable_sort(recording_.screens.begin(), recording_.screens.end(), by_time);
    drop_repetitions();
    return std::move(recording_);
  }

 private:
  void take(const McapMessage& message) {
    const auto topic = topics_.find(message.channel);
    if (topic == topics_.end()) return;
    time_ = from_ns(static_cast<std::int64_t>(message.log_time_ns));
    try {
      const std::string_view text = message.text();
      if (topic->second == kKeyboard) take_key(json::parse(text));
      if (topic->second == kMouse) take_mouse(json::parse(text));
      if (topic->second == kRawMouse) take_raw(json::parse(text));
      if (topic->second == kScreen) take_screen(json::parse(text));
    } catch (const json::exception& error) {
      fail(ErrorKind::kFormat, "{}: a message of {} at {} ns is not as the format says: {}", mcap_->path().string(),
           topic->second, message.log_time_ns, error.what());
    }
  }

  void add_control(Control control, bool pressed) {
    InputEvent event;
    event.time = time_;
    event.kind = InputKind::kControl;
    event.control = control;
    event.pressed = pressed;
    recording_.events.push_back(event);
  }

  void add(InputKind kind, std::int32_t dx, std::int32_t dy) {
    InputEvent event;
    event.time = time_;
    event.kind = kind;
    event.dx = dx;
    event.dy = dy;
    recording_.events.push_back(event);
  }

  void take_key(const json& message) {
    const std::optional<Control> key = control_of_windows_code(message.at("vk").get<int>());
    if (key)
      add_control(*key, message.at("event_type").get<std::string>() == "press");
    else
      ++recording_.num_foreign;
  }

  // Clicks and wheel come twice where there is mouse/raw.
  void take_mouse(const json& message) {
    if (recording_.has_raw_mouse) return;
    const auto type = message.at("event_type").get<std::string>();
    if (type == "move") {
      add(InputKind::kAbsoluteMotion, message.at("x").get<std::int32_t>(), message.at("y").get<std::int32_t>());
    } else if (type == "scroll") {
      if (const auto detents = message.at("dy").get<std::int32_t>(); detents != 0) add(InputKind::kWheel, 0, detents);
    } else if (const auto button = control_of_owa_button(message.at("button").get<std::string>())) {
      add_control(*button, message.at("pressed").get<bool>());
    } else {
      ++recording_.num_foreign;
    }
  }

  void take_raw(const json& message) {
    const auto dx = message.value("last_x", 0);
    const auto dy = message.value("last_y", 0);
    const bool is_absolute = (message.value("us_flags", 0) & kAbsoluteFlag) != 0;
    if (is_absolute)
      ++recording_.num_absolute;
    else if (dx != 0 || dy != 0)
      add(InputKind::kRelativeMotion, dx, dy);
    const int flags = message.value("button_flags", 0);
    for (const OwaButton& button : owa_buttons()) {
      if ((flags & button.down) != 0) add_control(button.control, true);
      if ((flags & button.up) != 0) add_control(button.control, false);
    }
    if ((flags & kOwaWheelFlag) != 0) turn_wheel(message.value("button_data", 0));
  }

  // 120 to a detent; fine wheels tell less at a time. Written as the 16 bits that they are, or with their sign.
  void turn_wheel(int data) {
    wheel_ += static_cast<std::int16_t>(static_cast<std::uint16_t>(data & 0xffff));
    const int detents = wheel_ / kOwaWheelDetent;
    wheel_ -= detents * kOwaWheelDetent;
    if (detents != 0) add(InputKind::kWheel, 0, detents);
  }

  void take_screen(const json& message) {
    const json& media = message.at("media_ref");
    const auto uri = media.at("uri").get<std::string>();
    if (!media.contains("pts_ns") || media.at("pts_ns").is_null() || uri.starts_with("data:")) {
      ++recording_.num_unreferenced;
      return;
    }
    recording_.screens.push_back({time_, uri, media.at("pts_ns").get<std::int64_t>()});
  }

  // Windows repeats a key that is held; a release without its press was pressed before the recording.
  void drop_repetitions() {
    ControlSet held;
    std::erase_if(recording_.events, [&](const InputEvent& event) {
      if (event.kind != InputKind::kControl) return false;
      const auto index = static_cast<std::size_t>(index_of(event.control));
      if (held.test(index) == event.pressed) return true;
      held.set(index, event.pressed);
      return false;
    });
  }

  std::unique_ptr<McapReader> mcap_;
  std::map<std::uint16_t, std::string> topics_;  // by channel; those with JSON in them
  Timestamp time_;                               // of the message that is taken
  int wheel_ = 0;                                // not yet a detent
  OwaRecording recording_;
};

}  // namespace

OwaRecording read_owamcap(const std::filesystem::path& path) { return OwaReader(path).read(); }

}  // namespace atl::datasets
