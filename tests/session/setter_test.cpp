// A setter at a live session: what they say is told to the player at once and recorded with its times.
#include "session/setter.h"

#include "session/live_desk.h"
#include "session/live_session.h"
#include "session/trace.h"
#include "tests/session/live_counting_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>

namespace atl::session {
namespace {

using session_test::LiveCountingWorld;
using testing::ElementsAre;

// Says what a script has for the n-th time that it is asked; counts what it is shown.
class ScriptedSetter final : public Setter {
 public:
  void show(const Frame& /*frame*/) override { ++num_shown; }
  [[nodiscard]] std::vector<SetterWord> poll_words() override {
    const auto word = script.find(num_asked++);
    if (word == script.end()) return {};
    return {{word->second.first, MonotonicClock::now(), word->second.second}};
  }
  void tell(const SetterStatus& status) override { last = status; }

  std::map<int, std::pair<SetterWord::Kind, std::string>> script;
  int num_asked = 0;
  std::atomic<int> num_shown = 0;
  SetterStatus last;
};

// Remembers what it was told.
class ListeningPlayer final : public Player {
 public:
  explicit ListeningPlayer(std::vector<std::string>& told) : told_(told) {}
  [[nodiscard]] std::string name() const override { return "listening"; }
  [[nodiscard]] Origin origin() const override { return Origin::kAgent; }
  [[nodiscard]] PlayerTiming timing() const override { return {1, 1}; }
  void begin(std::uint64_t) override {}
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet&) override {
    if (told_.empty() || told_.back() != observation.instruction) told_.emplace_back(observation.instruction);
    return std::vector<Action>(2);
  }

 private:
  std::vector<std::string>& told_;
};

// Pauses at its tenth look and goes on two looks later.
class PausingDesk final : public LiveDesk {
 public:
  [[nodiscard]] std::vector<DeskWish> poll_wishes() override {
    ++num_looks_;
    if (num_looks_ == 10 || num_looks_ == 12) return {DeskWish::kPause};
    return {};
  }
  [[nodiscard]] bool is_own(Control /*control*/) const override { return false; }
  void show(const DeskStatus& /*status*/) override {}

 private:
  int num_looks_ = 0;
};

class SetterSession : public testing::Test {
 protected:
  // Plays one episode of a second; what was written, the newest of each instruction.
  std::vector<Instruction> play(LiveDesk* desk = nullptr) {
    std::vector<std::string> told;
    SetterRoom room(setter_, [this](const std::string& text, const WindowGeometry&) { on_screen_.push_back(text); });
    const auto world = room.join(std::make_unique<LiveCountingWorld>(50.0));
    const auto player = room.join(std::make_unique<ListeningPlayer>(told));
    std::vector<Instruction> written;
    const auto sink = room.join(&trace_, [&](const Instruction& instruction) {
      const auto same = std::find_if(written.begin(), written.end(), [&](const Instruction& known) {
        return known.text == instruction.text && known.begin == instruction.begin;
      });
      if (same == written.end())
        written.push_back(instruction);
      else
        *same = instruction;
    });
    LiveSession session(*world, player.get(), {.limit_s = 1.0}, desk);
    told.clear();  // by the measurement of its latency
    EpisodeRequest request;
    request.instruction = "explore";
    static_cast<void>(session.run(request, sink.get()));
    told_ = told;
    return written;
  }

  ScriptedSetter setter_;
  TraceSink trace_;
  std::vector<std::string> told_;
  std::vector<std::string> on_screen_;
};

TEST_F(SetterSession, WordsHaveTheirSpansAndMarks) {
  setter_.script = {{4, {SetterWord::Kind::kInstruct, "go left"}},
                    {9, {SetterWord::Kind::kSucceeded, ""}},
                    {13, {SetterWord::Kind::kInstruct, "go right"}},
                    {17, {SetterWord::Kind::kInstruct, "jump"}},
                    {22, {SetterWord::Kind::kFailed, ""}}};
  const std::vector<Instruction> written = play();
  ASSERT_EQ(written.size(), 4U);  // what the session asked for ends with the first word
  EXPECT_EQ(written[0].text, "explore");
  EXPECT_EQ(written[0].end, written[1].begin);
  EXPECT_EQ(written[1].text, "go left");
  EXPECT_EQ(written[1].mark, SuccessMark::kSucceeded);
  EXPECT_EQ(written[1].source, InstructionSource::kSetter);
  EXPECT_EQ(written[2].mark, SuccessMark::kUnknown);
  EXPECT_EQ(written[2].end, written[3].begin);
  EXPECT_EQ(written[3].mark, SuccessMark::kFailed);
  for (std::size_t i = 1; i < written.size(); ++i) {
    ASSERT_TRUE(written[i].end);
    EXPECT_LT(written[i].begin, *written[i].end);
    EXPECT_LE(*written[i - 1].end, written[i].begin);
  }
  EXPECT_EQ(trace_.trace.instruction.text, "explore");
  EXPECT_EQ(trace_.trace.instruction.end, written[0].end);
  EXPECT_THAT(told_, ElementsAre("explore", "go left", "", "go right", "jump", ""));
  EXPECT_THAT(on_screen_, ElementsAre("", "go left", "", "go right", "jump", "", ""));
  EXPECT_GT(setter_.num_shown, 10);
  EXPECT_FALSE(setter_.last.in_episode);
}

TEST_F(SetterSession, WhatIsOpenEndsWithTheEpisode) {
  setter_.script = {{5, {SetterWord::Kind::kInstruct, "go left"}}};
  const std::vector<Instruction> written = play();
  ASSERT_EQ(written.size(), 2U);
  EXPECT_EQ(written[1].end, trace_.trace.end.time);
  EXPECT_EQ(written[1].mark, SuccessMark::kUnknown);
}

TEST_F(SetterSession, WhatIsOpenHoldsOnAfterAPause) {
  setter_.script = {{5, {SetterWord::Kind::kInstruct, "go left"}}};
  PausingDesk desk;
  const std::vector<Instruction> written = play(&desk);
  ASSERT_EQ(written.size(), 4U);  // of each part: the session's own, and the setter's
  EXPECT_EQ(written[1].text, "go left");
  EXPECT_EQ(written[3].text, "go left");
  EXPECT_LT(*written[1].end, written[2].begin);
  EXPECT_EQ(written[2].end, written[3].begin);
  EXPECT_EQ(written[3].end, trace_.trace.end.time);
  EXPECT_EQ(told_.back(), "go left");
}

TEST_F(SetterSession, WithoutAWordNothingIsChanged) {
  EXPECT_TRUE(play().empty());
  EXPECT_THAT(told_, ElementsAre("explore"));
  EXPECT_EQ(trace_.trace.instruction.text, "explore");
  EXPECT_EQ(trace_.trace.instruction.end, trace_.trace.end.time);
}

}  // namespace
}  // namespace atl::session
