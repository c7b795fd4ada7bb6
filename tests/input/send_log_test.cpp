#include "input/send_log.h"

#include <gtest/gtest.h>

namespace atl::input {
namespace {

InputEvent key(const char* name, bool pressed, Origin origin = Origin::kAgent) {
  InputEvent event;
  event.origin = origin;
  event.control = control_named(name);
  event.pressed = pressed;
  return event;
}

InputEvent motion(int dx, int dy) {
  InputEvent event;
  event.kind = InputKind::kRelativeMotion;
  event.origin = Origin::kAgent;
  event.dx = dx;
  event.dy = dy;
  return event;
}

TEST(SendLog, EchoesAreTheAgentsAndAllElseIsNot) {
  SendLog log;
  std::vector<InputEvent> out;
  log.add(10, key("w", true));
  log.add(11, motion(3, 4));
  EXPECT_FALSE(log.claim(9, key("w", true, Origin::kHuman), out)) << "the request was not served yet";
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(log.claim(10, key("w", true, Origin::kHuman), out));
  EXPECT_FALSE(log.claim(10, key("w", true, Origin::kHuman), out)) << "a person who pressed the same key";
  EXPECT_TRUE(log.claim(11, motion(3, 4), out));
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].origin, Origin::kAgent);
  EXPECT_EQ(out[1].dx, 3);
  EXPECT_EQ(log.size(), 0U);
}

TEST(SendLog, WhatWasSentBeforeAPersonsEventIsToldBeforeIt) {
  SendLog log;
  std::vector<InputEvent> out;
  log.add(20, key("a", true));  // without an echo, as a pointer position
  EXPECT_FALSE(log.claim(25, key("s", true, Origin::kHuman), out));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].control, control_named("a"));
}

// A device's event may wait in the display while it serves a request: then it comes first, with that request's number.
TEST(SendLog, PersonsEventRightBeforeAnEchoTakesNothingFromIt) {
  SendLog log;
  std::vector<InputEvent> out;
  log.add(30, key("w", true));
  EXPECT_FALSE(log.claim(30, motion(1, 2), out));
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(log.claim(30, key("w", true, Origin::kHuman), out)) << "not a person's: that would be a takeover";
  EXPECT_EQ(out.size(), 1U);
}

TEST(SendLog, SettledRequestsAreToldAndForgotten) {
  SendLog log;
  std::vector<InputEvent> out;
  log.add(0xfffffffe, key("a", true));
  log.add(2, key("a", false));  // numbers wrap around
  log.settle(0xffffffff, out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_TRUE(out[0].pressed);
  log.settle(2, out);
  EXPECT_EQ(out.size(), 2U);
  EXPECT_EQ(log.size(), 0U);
}

}  // namespace
}  // namespace atl::input
