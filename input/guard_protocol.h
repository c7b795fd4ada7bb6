// Messages between a session and its guard over a SOCK_SEQPACKET pair: one message a packet.
//
// A packet is a head of 8 bytes (magic "ATLG", u16 version, u16 kind) and a body, all little-endian. Both ends are
// built together; the version refuses a guard left over from another build.
#pragma once

#include "core/action.h"
#include "core/input_event.h"
#include "input/guard_types.h"

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace atl::input {

inline constexpr std::uint16_t kGuardProtocolVersion = 7;
inline constexpr std::size_t kMaxMessageBytes = 32768;
inline constexpr std::size_t kMaxEventsPerMessage = 512;

// From the session.
struct StartMessage {
  GuardSettings settings;
};
struct RearmMessage {};
struct StopMessage {};
struct RetargetMessage {
  std::uint32_t window = 0;
};
// From the guard.
struct ReadyMessage {};
struct FailedMessage {
  std::string reason;
};
struct EventsMessage {
  std::vector<InputEvent> events;
};

using GuardMessage = std::variant<StartMessage, TimedChunk, RearmMessage, StopMessage, RetargetMessage, ReadyMessage,
                                  FailedMessage, StepReport, StateChange, EventsMessage, GuardCounts>;

[[nodiscard]] std::vector<std::uint8_t> encode(const GuardMessage& message);

/// Throws Error(kVersion) for another version, Error(kFormat) for anything that `encode` did not make.
[[nodiscard]] GuardMessage decode(std::span<const std::uint8_t> packet);

}  // namespace atl::input
