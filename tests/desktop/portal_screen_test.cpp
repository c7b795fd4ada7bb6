// The screen of a real Wayland desktop (sway, its portal, PipeWire) as a world for a person. What the person does is
// told by the test: a machine that runs it need not have keyboards.
#include "envs/desktop/portal_screen/portal_screen.h"

#include "capture/counter_picture.h"
#include "core/error.h"
#include "tests/capture/counter_window.h"
#include "tests/capture/wayland_desktop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <utility>

namespace atl::envs::desktop {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ToldInput final : public input::InputSource {
 public:
  void poll_events(std::vector<InputEvent>& events) override {
    events.insert(events.end(), told.begin(), told.end());
    told.clear();
  }
  void wait_events(Timestamp /*deadline*/, std::vector<InputEvent>& events) override { poll_events(events); }
  std::vector<input::InputLoss> take_losses() override { return std::exchange(losses, {}); }

  std::vector<InputEvent> told;
  std::vector<input::InputLoss> losses;
};

class PortalWorld : public testing::Test {
 protected:
  PortalWorld() {
    auto input = std::make_unique<ToldInput>();
    input_ = input.get();
    PortalScreenConfig config{.name = "portal:screen"};
    config.portal.bus = desktop_.bus();
    config.portal.content = capture::PortalContent::kMonitor;
    world_ = std::make_unique<PortalScreen>(config, std::move(input));
  }

  // The next picture that shows a counter, within 20 s.
  std::optional<std::uint32_t> next_counter() {
    for (const Timestamp end = MonotonicClock::now() + seconds(20); MonotonicClock::now() < end;) {
      const std::optional<Frame> frame = world_->observe(MonotonicClock::now() + milliseconds(100));
      if (!frame) continue;
      EXPECT_EQ(frame->size(), world_->spec().frame);
      if (const auto counter = capture::read_counter(frame->view())) return static_cast<std::uint32_t>(*counter);
    }
    return std::nullopt;
  }

  bool waits(const std::function<bool()>& is_true) {
    for (const Timestamp end = MonotonicClock::now() + seconds(20); MonotonicClock::now() < end;) {
      static_cast<void>(world_->observe(MonotonicClock::now() + milliseconds(50)));
      if (is_true()) return true;
    }
    return false;
  }

  tests::WaylandDesktop desktop_;
  tests::CounterWindow window_{{.size = {640, 480}, .rate_hz = 30.0, .environment = desktop_.environment()}};
  std::unique_ptr<PortalScreen> world_;
  ToldInput* input_ = nullptr;
};

TEST_F(PortalWorld, ShowsWhatIsDrawnAndTellsWhatAPersonDoes) {
  EXPECT_EQ(world_->spec().facts.world, "portal:screen");
  EXPECT_EQ(world_->spec().frame, (FrameSize{640, 480}));
  EXPECT_EQ(world_->reset(0, {.instruction = "look around"}), "look around");
  const auto first = next_counter();
  ASSERT_TRUE(first);
  for (int i = 0; i < 20; ++i) {
    const auto next = next_counter();
    ASSERT_TRUE(next);
    EXPECT_GE(*next, *first);
  }
  EXPECT_EQ(world_->picture().state, PictureState::kLive);
  InputEvent press;
  press.control = control_named("w");
  press.pressed = true;
  input_->told = {press};
  input_->losses = {{MonotonicClock::now(), "some keyboard"}};
  EXPECT_EQ(world_->events(), std::vector{press});
  EXPECT_TRUE(world_->events().empty());
  ASSERT_EQ(world_->take_losses().size(), 1U);
  EXPECT_FALSE(world_->outcome().is_over());
  EXPECT_THROW(world_->schedule({}), Error);
}

TEST_F(PortalWorld, AnEpisodeBeginsWithThePictureThatStands) {
  world_->reset(0, {});
  ASSERT_TRUE(next_counter());
  window_.tell("still");
  ASSERT_TRUE(waits([&] { return world_->picture().state == PictureState::kStill; }));
  const Timestamp begin = MonotonicClock::now();
  world_->reset(1, {});
  const std::optional<Frame> frame = world_->observe(MonotonicClock::now() + seconds(1));
  ASSERT_TRUE(frame);
  EXPECT_TRUE(capture::read_counter(frame->view()));
  EXPECT_GE(frame->requested, begin);
  EXPECT_FALSE(world_->observe(MonotonicClock::now() + milliseconds(100))) << "it is new only once";
}

TEST_F(PortalWorld, TheEndOfTheSharingAndOfTheTimeEndTheEpisode) {
  world_->reset(0, {.time_limit_s = 0.05});
  ASSERT_TRUE(waits([&] { return world_->outcome().truncated; }));
  EXPECT_EQ(world_->outcome().verdict, Verdict::kTimeout);
  world_->reset(1, {});
  EXPECT_FALSE(world_->outcome().is_over());
  desktop_.send_signal("xdg-desktop-portal-wlr", SIGKILL);
  ASSERT_TRUE(waits([&] { return world_->outcome().truncated; }));
  EXPECT_EQ(world_->outcome().verdict, Verdict::kAborted);
  EXPECT_THAT(world_->outcome().reason, testing::HasSubstr("ended the sharing"));
  EXPECT_THAT([&] { world_->reset(2, {}); }, testing::ThrowsMessage<Error>(testing::HasSubstr("share it again")));
}

}  // namespace
}  // namespace atl::envs::desktop

int main(int argc, char** argv) {
  atl::tests::become_user();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
