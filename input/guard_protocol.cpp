#include "input/guard_protocol.h"

#include "core/error.h"

#include <cstring>
#include <type_traits>
#include <utility>

namespace atl::input {
namespace {

constexpr std::uint32_t kMagic = 0x474c5441;  // "ATLG"

// Writing and reading share one description of each message (`fields` below), so that they cannot drift apart.
class Writer {
 public:
  template <class T>
  void number(const T& value) {
    std::uint64_t bits = 0;
    if constexpr (std::is_same_v<T, double>) {
      std::memcpy(&bits, &value, sizeof bits);
    } else {
      bits = static_cast<std::uint64_t>(value);
    }
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes_.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  void text(const std::string& value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  template <class T>
  std::size_t size(const std::vector<T>& list) {
    number(static_cast<std::uint32_t>(list.size()));
    return list.size();
  }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  template <class T>
  void number(T& value) {
    const auto raw = take(sizeof(T));
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) bits |= std::uint64_t{raw[i]} << (8 * i);
    if constexpr (std::is_same_v<T, double>) {
      std::memcpy(&value, &bits, sizeof bits);
    } else {
      value = static_cast<T>(bits);
    }
  }
  void text(std::string& value) {
    std::uint32_t length = 0;
    number(length);
    const auto raw = take(length);
    value.assign(raw.begin(), raw.end());
  }
  template <class T>
  std::size_t size(std::vector<T>& list) {
    std::uint32_t length = 0;
    number(length);
    if (length > bytes_.size())
      fail(ErrorKind::kFormat, "guard message lists {} things in {} bytes", length, bytes_.size());
    list.resize(length);
    return length;
  }
  void end() const {
    if (!bytes_.empty()) fail(ErrorKind::kFormat, "guard message has {} bytes too many", bytes_.size());
  }

 private:
  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > bytes_.size()) {
      fail(ErrorKind::kFormat, "guard message ends {} bytes early", count - bytes_.size());
    }
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  std::span<const std::uint8_t> bytes_;
};

// `fields(stream, message)` for both streams; a Writer meets const messages, a Reader fills them.
template <class S, class T>
void enumeration(S& s, T& value, int count) {
  auto bits = static_cast<std::uint8_t>(value);
  s.number(bits);
  if (bits >= count) fail(ErrorKind::kFormat, "guard message holds the enumerator {}, expected < {}", bits, count);
  if constexpr (!std::is_const_v<T>) value = static_cast<T>(bits);
}

template <class S, class T>
void time(S& s, T& value) {
  std::int64_t ns = to_ns(value);
  s.number(ns);
  if constexpr (!std::is_const_v<T>) value = from_ns(ns);
}

template <class S, class T>
void flag(S& s, T& value) {
  std::uint8_t bits = value ? 1 : 0;
  s.number(bits);
  if constexpr (!std::is_const_v<T>) value = bits != 0;
}

template <class S, class T>
void control_set(S& s, T& set) {
  for (std::size_t first = 0; first < kNumControls; first += 8) {
    std::uint8_t bits = 0;
    for (std::size_t i = first; i < std::min<std::size_t>(first + 8, kNumControls); ++i) {
      bits = static_cast<std::uint8_t>(bits | (set.test(i) ? 1U << (i - first) : 0U));
    }
    s.number(bits);
    if constexpr (!std::is_const_v<T>) {
      for (std::size_t i = first; i < std::min<std::size_t>(first + 8, kNumControls); ++i) {
        set.set(i, (bits >> (i - first)) & 1);
      }
    }
  }
}

template <class S, class T>
void fields_of_action(S& s, T& action) {
  control_set(s, action.held);
  for (auto& count : action.presses) s.number(count);
  s.number(action.dx);
  s.number(action.dy);
  s.number(action.wheel);
  bool has_pointer = action.pointer.has_value();
  flag(s, has_pointer);
  PointerPosition pointer = action.pointer.value_or(PointerPosition{});
  s.number(pointer.x_px);
  s.number(pointer.y_px);
  if constexpr (!std::is_const_v<T>) {
    if (has_pointer) action.pointer = pointer;
  }
}

template <class S, class T>
void fields_of_event(S& s, T& event) {
  time(s, event.time);
  enumeration(s, event.kind, 6);
  enumeration(s, event.origin, 3);
  enumeration(s, event.control, kNumControls);
  flag(s, event.pressed);
  s.number(event.dx);
  s.number(event.dy);
  s.number(event.pad);
  enumeration(s, event.pad_button, kNumPadButtons);
  enumeration(s, event.pad_axis, kNumPadAxes);
}

template <class S, class T>
void fields_of_settings(S& s, T& settings) {
  enumeration(s, settings.sink, 2);
  s.text(settings.display);
  s.number(settings.window);
  s.number(settings.area.screen_width_px);
  s.number(settings.area.screen_height_px);
  s.number(settings.area.x_px);
  s.number(settings.area.y_px);
  flag(s, settings.gamepads);
  s.size(settings.human_devices);
  for (auto& path : settings.human_devices) s.text(path);
  s.number(settings.action_rate_hz);
  control_set(s, settings.allowed);
  flag(s, settings.allow_pointer);
  enumeration(s, settings.kill_key, kNumControls);
  flag(s, settings.require_focus);
  flag(s, settings.human_takeover);
  std::int64_t idle_ns = settings.human_idle.count();
  s.number(idle_ns);
  if constexpr (!std::is_const_v<T>) settings.human_idle = Duration(idle_ns);
  s.number(settings.max_events_per_s);
  s.number(settings.max_counts_per_step);
  s.number(settings.max_wheel_per_step);
  s.number(settings.max_chunks_per_s);
  enumeration(s, settings.origin, 3);
  flag(s, settings.key_repeat);
  flag(s, settings.show_control);
}

template <class S, class T>
void fields_of_counts(S& s, T& counts) {
  for (auto* count :
       {&counts.steps_done, &counts.steps_late, &counts.steps_missed, &counts.steps_refused, &counts.chunks_refused,
        &counts.forbidden, &counts.motion_cut, &counts.chunk_ends, &counts.events_sent, &counts.human_events,
        &counts.presses_outside, &counts.reports_lost, &counts.input_losses}) {
    s.number(*count);
  }
}

template <class S, class T>
void fields(S& s, T& message) {
  using Plain = std::remove_const_t<T>;
  if constexpr (std::is_same_v<Plain, StartMessage>) {
    fields_of_settings(s, message.settings);
  } else if constexpr (std::is_same_v<Plain, TimedChunk>) {
    s.number(message.first_step);
    time(s, message.start);
    s.size(message.actions);
    for (auto& action : message.actions) fields_of_action(s, action);
  } else if constexpr (std::is_same_v<Plain, RetargetMessage>) {
    s.number(message.window);
  } else if constexpr (std::is_same_v<Plain, FailedMessage>) {
    s.text(message.reason);
  } else if constexpr (std::is_same_v<Plain, StepReport>) {
    s.number(message.step);
    time(s, message.planned);
    time(s, message.done);
    enumeration(s, message.result, 4);
    fields_of_action(s, message.action);
    control_set(s, message.forbidden);
  } else if constexpr (std::is_same_v<Plain, StateChange>) {
    time(s, message.time);
    enumeration(s, message.state, 6);
    s.text(message.reason);
  } else if constexpr (std::is_same_v<Plain, EventsMessage>) {
    s.size(message.events);
    for (auto& event : message.events) fields_of_event(s, event);
  } else if constexpr (std::is_same_v<Plain, GuardCounts>) {
    fields_of_counts(s, message);
  }  // the others have no body
}

template <std::size_t kKind = 0>
GuardMessage decode_body(std::uint16_t kind, Reader& reader) {
  if constexpr (kKind < std::variant_size_v<GuardMessage>) {
    if (kind != kKind) return decode_body<kKind + 1>(kind, reader);
    std::variant_alternative_t<kKind, GuardMessage> message{};
    fields(reader, message);
    reader.end();
    return message;
  } else {
    fail(ErrorKind::kFormat, "guard message of kind {}, expected < {}", kind, kKind);
  }
}

}  // namespace

std::vector<std::uint8_t> encode(const GuardMessage& message) {
  Writer writer;
  writer.number(kMagic);
  writer.number(kGuardProtocolVersion);
  writer.number(static_cast<std::uint16_t>(message.index()));
  std::visit([&](const auto& body) { fields(writer, body); }, message);
  std::vector<std::uint8_t> packet = writer.take();
  ATOLL_CHECK(packet.size() <= kMaxMessageBytes, "guard message of {} bytes, expected <= {}", packet.size(),
              kMaxMessageBytes);
  return packet;
}

GuardMessage decode(std::span<const std::uint8_t> packet) {
  Reader reader(packet);
  std::uint32_t magic = 0;
  std::uint16_t version = 0;
  std::uint16_t kind = 0;
  reader.number(magic);
  reader.number(version);
  reader.number(kind);
  if (magic != kMagic) fail(ErrorKind::kFormat, "guard message begins with {:#x}, expected {:#x}", magic, kMagic);
  if (version != kGuardProtocolVersion) {
    fail(ErrorKind::kVersion, "guard message of version {}, expected {}: session and guard come from different builds",
         version, kGuardProtocolVersion);
  }
  return decode_body(kind, reader);
}

}  // namespace atl::input
