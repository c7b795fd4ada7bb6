#include "input/x11_raw_input.h"

#include "core/error.h"
#include "input/x11_codes.h"

#include <xcb/xcb.h>
#include <xcb/xinput.h>

#include <algorithm>
#include <cmath>

namespace atl::input {
namespace {

using x11::Owned;

// The server's time of an event, in ms of CLOCK_MONOTONIC without its upper bits, floored; `now` fills them in. Left
// floored: a stamp may be up to 1 ms before the truth, but never after it, so no picture ever comes before its cause.
Timestamp time_of(std::uint32_t server_ms, Timestamp now) {
  const std::int64_t now_ms = to_ns(now) / 1'000'000;
  const std::int64_t age_ms = static_cast<std::int32_t>(static_cast<std::uint32_t>(now_ms) - server_ms);
  if (age_ms < 0 || age_ms > 10'000) return now;  // another clock
  return from_ns((now_ms - age_ms) * 1'000'000);
}

double to_double(xcb_input_fp3232_t v) { return v.integral + v.frac / 4294967296.0; }

std::int32_t take_whole(double& left, double moved) {
  left += moved;
  const double whole = std::trunc(left);
  left -= whole;
  return static_cast<std::int32_t>(whole);
}

}  // namespace

X11RawInput::X11RawInput(const x11::Connection& connection, std::uint32_t window)
    : connection_(connection), window_(window) {
  xcb_connection_t* c = connection.get();
  opcode_ = connection.require_extension(xcb_input_id, "XInputExtension").major_opcode;
  const Owned<xcb_input_xi_query_version_reply_t> version(
      xcb_input_xi_query_version_reply(c, xcb_input_xi_query_version(c, 2, 2), nullptr));
  if (!version || version->major_version < 2) {
    connection.check();
    fail(ErrorKind::kDevice, "X display {} has XInput {}, expected 2.2 or newer", connection.display(),
         version ? version->major_version : 0);
  }
  // Master devices: asking for all devices gives each event twice.
  const struct {
    xcb_input_event_mask_t head;
    std::uint32_t mask;
  } wanted{{XCB_INPUT_DEVICE_ALL_MASTER, 1},
           XCB_INPUT_XI_EVENT_MASK_RAW_KEY_PRESS | XCB_INPUT_XI_EVENT_MASK_RAW_KEY_RELEASE |
               XCB_INPUT_XI_EVENT_MASK_RAW_BUTTON_PRESS | XCB_INPUT_XI_EVENT_MASK_RAW_BUTTON_RELEASE |
               XCB_INPUT_XI_EVENT_MASK_RAW_MOTION};
  xcb_input_xi_select_events(c, connection.root(), 1, &wanted.head);
  connection.sync();
}

std::optional<RawInput> X11RawInput::decode(const x11::Event& event) {
  if (event.type() != XCB_GE_GENERIC) return std::nullopt;
  const auto& raw = event.as<xcb_input_raw_key_press_event_t>();
  if (raw.extension != opcode_) return std::nullopt;
  RawInput input;
  input.sequence = raw.full_sequence;
  input.event.time = time_of(raw.time, MonotonicClock::now());
  std::optional<Control> control;
  switch (raw.event_type) {
    case XCB_INPUT_RAW_KEY_PRESS:
    case XCB_INPUT_RAW_KEY_RELEASE:
      if (raw.flags & XCB_INPUT_KEY_EVENT_FLAGS_KEY_REPEAT) return std::nullopt;
      control = control_of_keycode(raw.detail);
      break;
    case XCB_INPUT_RAW_BUTTON_PRESS:
      if (raw.detail == kWheelUpButton || raw.detail == kWheelDownButton) {
        input.event.kind = InputKind::kWheel;
        input.event.dy = raw.detail == kWheelUpButton ? 1 : -1;
        return input;
      }
      [[fallthrough]];
    case XCB_INPUT_RAW_BUTTON_RELEASE: control = control_of_button(raw.detail); break;
    case XCB_INPUT_RAW_MOTION:
      if (!decode_motion(event, input.event)) return std::nullopt;
      return input;
    default: return std::nullopt;
  }
  if (!control) return std::nullopt;
  input.event.control = *control;
  input.event.pressed = raw.event_type == XCB_INPUT_RAW_KEY_PRESS || raw.event_type == XCB_INPUT_RAW_BUTTON_PRESS;
  return input;
}

bool X11RawInput::decode_motion(const x11::Event& event, InputEvent& input) {
  const auto* raw = &event.as<xcb_input_raw_motion_event_t>();
  const std::uint32_t* mask = xcb_input_raw_button_press_valuator_mask(raw);
  if (raw->valuators_len == 0 || (mask[0] & 0x3) == 0) return false;  // other axes: smooth wheels, pressure
  Device& from = device(raw->sourceid);
  if (from.is_absolute) return read_position(input);
  const xcb_input_fp3232_t* values = xcb_input_raw_button_press_axisvalues_raw(raw);
  std::size_t next = 0;
  if (mask[0] & 0x1) input.dx = take_whole(from.left_x, to_double(values[next++]));
  if (mask[0] & 0x2) input.dy = take_whole(from.left_y, to_double(values[next]));
  input.kind = InputKind::kRelativeMotion;
  return input.dx != 0 || input.dy != 0;
}

bool X11RawInput::read_position(InputEvent& input) const {
  xcb_connection_t* c = connection_.get();
  const auto cookie = xcb_query_pointer(c, window_ != 0 ? window_ : connection_.root());
  xcb_generic_error_t* error = nullptr;
  const Owned<xcb_query_pointer_reply_t> pointer(xcb_query_pointer_reply(c, cookie, &error));
  const Owned<xcb_generic_error_t> freed(error);
  if (!pointer) return false;
  input.kind = InputKind::kAbsoluteMotion;
  input.dx = pointer->win_x;
  input.dy = pointer->win_y;
  return true;
}

X11RawInput::Device& X11RawInput::device(std::uint16_t id) {
  const auto known = devices_.find(id);
  if (known != devices_.end()) return known->second;
  Device found;
  xcb_connection_t* c = connection_.get();
  xcb_generic_error_t* error = nullptr;
  const Owned<xcb_input_xi_query_device_reply_t> reply(
      xcb_input_xi_query_device_reply(c, xcb_input_xi_query_device(c, id), &error));
  const Owned<xcb_generic_error_t> freed(error);
  if (reply) {
    auto info = xcb_input_xi_query_device_infos_iterator(reply.get());
    for (auto part = xcb_input_xi_device_info_classes_iterator(info.data); part.rem > 0;
         xcb_input_device_class_next(&part)) {
      if (part.data->type != XCB_INPUT_DEVICE_CLASS_TYPE_VALUATOR) continue;
      const auto* axis = reinterpret_cast<const xcb_input_valuator_class_t*>(part.data);
      if (axis->number == 0) found.is_absolute = axis->mode == XCB_INPUT_VALUATOR_MODE_ABSOLUTE;
    }
  }
  return devices_.emplace(id, found).first->second;
}

}  // namespace atl::input
