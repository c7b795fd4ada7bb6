#include "input/focus_gate.h"

#include <gtest/gtest.h>

namespace atl::input {
namespace {

InputEvent key(const char* name, bool pressed, Origin origin = Origin::kHuman) {
  InputEvent event;
  event.control = control_named(name);
  event.pressed = pressed;
  event.origin = origin;
  return event;
}

std::vector<std::string> words_of(const std::vector<InputEvent>& events) {
  std::vector<std::string> words;
  for (const InputEvent& event : events)
    words.push_back(std::string(info_of(event.control).name) + (event.pressed ? " down" : " up"));
  return words;
}

using Words = std::vector<std::string>;

class FocusGateTest : public testing::Test {
 protected:
  Words pass(bool has_focus, const std::vector<InputEvent>& events) {
    has_focus_ = has_focus;
    return words_of(gate_.pass(events));
  }

 private:
  bool has_focus_ = false;
  FocusGate gate_{[this] { return has_focus_; }};
};

TEST_F(FocusGateTest, TellsWhatCameWhileTheWindowHadTheFocusBeforeAndAfter) {
  EXPECT_EQ(pass(true, {key("p", true)}), Words{}) << "nobody knows where it went";
  EXPECT_EQ(pass(true, {key("p", false), key("w", true)}), Words{"w down"});
  EXPECT_EQ(pass(false, {key("q", true), key("q", false)}), Words{"w up"}) << "typed elsewhere; what is held is let go";
  EXPECT_EQ(pass(false, {key("w", false), key("q", true)}), Words{});
  EXPECT_EQ(pass(true, {key("q", false)}), Words{});
  EXPECT_EQ(pass(true, {key("a", true)}), Words{"a down"});
}

TEST_F(FocusGateTest, AnAgentsInputIsToldAlways) {
  EXPECT_EQ(pass(false, {key("w", true, Origin::kAgent), key("p", true)}), Words{"w down"});
  EXPECT_EQ(pass(true, {key("w", false, Origin::kAgent)}), Words{"w up"});
}

}  // namespace
}  // namespace atl::input
