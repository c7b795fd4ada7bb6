#include "input/guard_protocol.h"

#include "core/error.h"
#include "core/random.h"
#include "input/message_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::input {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Action random_action(Random& random) {
  Action action;
  for (std::size_t i = 0; i < kNumControls; ++i) {
    action.held.set(i, random.chance(1, 2));
    action.presses[i] = static_cast<std::uint8_t>(random.below(kMaxPresses + 1));
  }
  action.dx = random.between(-100000, 100000);
  action.dy = random.between(-100000, 100000);
  action.wheel = random.between(-5, 5);
  if (random.chance(1, 2)) action.pointer = PointerPosition{random.between(-10, 4000), random.between(-10, 4000)};
  return action;
}

template <class T>
T round_trip(const T& message) {
  return std::get<T>(decode(encode(message)));
}

TEST(GuardProtocol, ChunksAndReportsComeBackEqual) {
  Random random(3);
  for (int i = 0; i < 50; ++i) {
    TimedChunk chunk{random(), from_ns(static_cast<std::int64_t>(random() >> 1)), {}};
    for (int step = 0; step < 1 + i; ++step) chunk.actions.push_back(random_action(random));
    const TimedChunk back = round_trip(chunk);
    EXPECT_EQ(back.first_step, chunk.first_step);
    EXPECT_EQ(back.start, chunk.start);
    EXPECT_EQ(back.actions, chunk.actions);
    const StepReport report{
        random(), from_ns(5), from_ns(-6), StepResult::kLate, random_action(random), chunk.actions[0].held};
    EXPECT_EQ(round_trip(report), report);
  }
}

TEST(GuardProtocol, TheLongestMessagesFit) {
  TimedChunk chunk;
  chunk.actions.resize(kMaxChunkSteps);
  EXPECT_EQ(round_trip(chunk).actions.size(), static_cast<std::size_t>(kMaxChunkSteps));
  EventsMessage events;
  events.events.resize(kMaxEventsPerMessage);
  events.events[0].kind = InputKind::kPadButton;
  events.events[0].pad_button = static_cast<PadButton>(kNumPadButtons - 1);
  events.events[1].kind = InputKind::kPadAxis;
  events.events[1].pad_axis = static_cast<PadAxis>(kNumPadAxes - 1);
  events.events[1].pad = 3;
  EXPECT_EQ(round_trip(events).events, events.events);
}

TEST(GuardProtocol, SettingsStatesEventsAndCountsComeBackEqual) {
  GuardSettings settings;
  settings.sink = GuardSink::kUinput;
  settings.area = {1920, 1080, -5, 7};
  settings.gamepads = true;
  settings.human_devices = {"/dev/input/event3", ""};
  settings.display = ":77";
  settings.window = 0xdeadbeef;
  settings.action_rate_hz = 17.5;
  settings.allowed.set(3).set(100);
  settings.allow_pointer = true;
  settings.kill_key = control_named("escape");
  settings.require_focus = false;
  settings.human_idle = std::chrono::milliseconds(1500);
  settings.origin = Origin::kExpert;
  settings.key_repeat = true;
  settings.show_control = true;
  const GuardSettings back = round_trip(StartMessage{settings}).settings;
  EXPECT_EQ(back.sink, settings.sink);
  EXPECT_EQ(back.area, settings.area);
  EXPECT_EQ(back.gamepads, settings.gamepads);
  EXPECT_EQ(back.human_devices, settings.human_devices);
  EXPECT_EQ(back.display, settings.display);
  EXPECT_EQ(back.window, settings.window);
  EXPECT_EQ(back.action_rate_hz, settings.action_rate_hz);
  EXPECT_EQ(back.allowed, settings.allowed);
  EXPECT_EQ(back.allow_pointer, settings.allow_pointer);
  EXPECT_EQ(back.kill_key, settings.kill_key);
  EXPECT_EQ(back.require_focus, settings.require_focus);
  EXPECT_EQ(back.human_idle, settings.human_idle);
  EXPECT_EQ(back.origin, settings.origin);
  EXPECT_EQ(back.key_repeat, settings.key_repeat);
  EXPECT_EQ(back.show_control, settings.show_control);
  const StateChange change{from_ns(9), GuardState::kKilled, "kill key"};
  EXPECT_EQ(round_trip(change), change);
  GuardCounts counts;
  counts.steps_done = 1;
  counts.reports_lost = ~std::uint64_t{0};
  EXPECT_EQ(round_trip(counts), counts);
  EventsMessage events;
  events.events.push_back({from_ns(1), InputKind::kWheel, Origin::kExpert, control_at(100), true, -1, 2});
  EXPECT_EQ(round_trip(events).events, events.events);
  EXPECT_EQ(round_trip(FailedMessage{"why"}).reason, "why");
  EXPECT_EQ(round_trip(RetargetMessage{0xdeadbeef}).window, 0xdeadbeefU);
}

TEST(GuardProtocol, BrokenMessagesAreRefusedByName) {
  auto packet = encode(TimedChunk{1, from_ns(2), {Action{}}});
  EXPECT_THAT([&] { (void)decode(std::span(packet).first(packet.size() - 1)); },
              ThrowsMessage<Error>(HasSubstr("1 bytes early")));
  auto longer = packet;
  longer.push_back(0);
  EXPECT_THAT([&] { (void)decode(longer); }, ThrowsMessage<Error>(HasSubstr("1 bytes too many")));
  auto other = packet;
  other[0] ^= 1;
  EXPECT_THAT([&] { (void)decode(other); }, ThrowsMessage<Error>(HasSubstr("begins with")));
  auto newer = packet;
  newer[4] = kGuardProtocolVersion + 1;
  EXPECT_THAT([&] { (void)decode(newer); },
              ThrowsMessage<Error>(
                  HasSubstr(fmt::format("version {}, expected {}", kGuardProtocolVersion + 1, kGuardProtocolVersion))));
  auto unknown = packet;
  unknown[6] = 200;
  EXPECT_THAT([&] { (void)decode(unknown); }, ThrowsMessage<Error>(HasSubstr("kind 200")));
  auto huge = packet;
  for (std::size_t i = 24; i < 28; ++i) huge[i] = 0xff;
  EXPECT_THAT([&] { (void)decode(huge); }, ThrowsMessage<Error>(HasSubstr("lists 4294967295")));
  auto state = encode(StateChange{from_ns(0), GuardState::kArmed, ""});
  state[16] = 99;
  EXPECT_THAT([&] { (void)decode(state); }, ThrowsMessage<Error>(HasSubstr("enumerator 99")));
}

TEST(GuardProtocol, RandomBytesNeverCrash) {
  Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    auto packet = encode(TimedChunk{1, from_ns(2), {Action{}}});
    packet.resize(random.below(static_cast<std::uint32_t>(packet.size()) + 1));
    packet[6 % std::max<std::size_t>(packet.size(), 1)] = static_cast<std::uint8_t>(random.below(12));
    for (std::size_t k = 8; k < packet.size(); ++k) packet[k] = static_cast<std::uint8_t>(random());
    try {
      (void)decode(packet);
    } catch (const Error&) {
    }
  }
}

TEST(MessageSocket, QueuesWhatTheOtherEndDoesNotReadAndDropsBeyondThat) {
  const auto [a, b] = create_socket_pair();
  MessageSocket sender(a, 10);
  MessageSocket receiver(b, 0);
  const TimedChunk chunk{0, from_ns(0), std::vector<Action>(kMaxChunkSteps)};
  std::uint64_t sent = 0;
  while (sender.send(TimedChunk{sent, chunk.start, chunk.actions})) ++sent;
  EXPECT_GE(sent, 10U);
  EXPECT_LT(sent, 10'000U);
  std::uint64_t received = 0;
  while (received < sent) {
    const auto message = receiver.poll_receive();
    if (!message) {
      ASSERT_TRUE(sender.has_waiting());
      sender.flush();
      continue;
    }
    EXPECT_EQ(std::get<TimedChunk>(*message).first_step, received++);
  }
  EXPECT_FALSE(receiver.poll_receive());
  EXPECT_FALSE(receiver.is_closed());
}

TEST(MessageSocket, NoticesThatTheOtherEndIsGone) {
  const auto [a, b] = create_socket_pair();
  MessageSocket reader(a, 10);
  {
    MessageSocket writer(b, 10);
    EXPECT_TRUE(writer.send(RearmMessage{}));
  }
  EXPECT_TRUE(reader.poll_receive()) << "what was sent before is still read";
  EXPECT_FALSE(reader.poll_receive());
  EXPECT_TRUE(reader.is_closed());
  EXPECT_FALSE(reader.send(StopMessage{}));
}

}  // namespace
}  // namespace atl::input
