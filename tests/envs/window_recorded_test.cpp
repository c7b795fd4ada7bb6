// A person at a window whose parent records.
#include "capture/x11_window.h"
#include "core/files.h"
#include "envs/desktop/playhouse_window/key_bindings.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/wishes.h"
#include "input/sink.h"
#include "tests/display/xvfb.h"
#include "tests/envs/window_hands.h"
#include "tests/envs/window_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::envs::desktop {
namespace {

using tests::presses_of;
using tests::RecordedWindow;
using tests::sum_of;
using tests::tap_key;
using tests::WindowProcess;
using tests::Xvfb;

TEST(PlayhouseWindow, APersonsRecordedWindowKeepsItsWordsOutOfTheArea) {
  const Xvfb screen;
  const TemporaryFolder folder;
  WindowProcess window(screen.display(), {"--person", "--scale", "5", "--keys", folder.path() / "keys.toml"});
  const auto opened = window.wait<OpenedEvent>();
  EXPECT_FALSE(opened.agent_view);
  EXPECT_EQ(opened.area, (WindowGeometry{0, 0, 480, 360}));
  EXPECT_EQ(window.wait<KeysEvent>().keys, KeyBindings());
  window.send(ResetCommand{4, {.family = "go to", .time_limit_s = 0.5}});
  static_cast<void>(window.wait<ReadyEvent>());
  const auto sink = input::create_x11_sink({.display = screen.display()});
  tap_key(*sink, "space");  // its clock waits for the person
  EXPECT_EQ(window.wait<VerdictEvent>().outcome.verdict, Verdict::kTimeout);
  const auto grab = [&](const WindowGeometry& area) {
    const auto source =
        capture::create_x11_window_source({.display = screen.display(), .window = opened.window, .area = area});
    Frame frame;
    EXPECT_EQ(source->wait_frame(MonotonicClock::now() + std::chrono::seconds(10), frame),
              capture::FrameStatus::kFrame);
    return frame;
  };
  const Frame whole = grab({});
  const Frame area = grab(opened.area);
  EXPECT_EQ(area.size(), (FrameSize{480, 360}));
  ASSERT_GT(whole.height_px, 360);
  ImageView upper = whole.view();
  upper.height_px = 360;
  EXPECT_EQ(hash_pixels(area.view()), hash_pixels(upper));
  const std::uint8_t* below = whole.view().row(whole.height_px - 1);  // B, G, R
  EXPECT_GT(below[2], below[1] + 40) << "red: the time is up";
  tap_key(*sink, "enter");
  EXPECT_FALSE(window.wait<WishEvent>().again);
}

TEST(PlayhouseWindow, AnEpisodesClockWaitsForThePersonAndCountsWhatTheyDidFirst) {
  RecordedWindow person;
  WindowProcess& window = person.window;
  window.send(ResetCommand{4, {.family = "go to", .time_limit_s = 0.5}});
  const auto ready = window.wait<ReadyEvent>();
  // For longer than the episode lasts, the window answers and says nothing else.
  while (MonotonicClock::now() < ready.start + std::chrono::milliseconds(1200)) {
    window.send_line("{}");
    static_cast<void>(window.wait<ErrorEvent>());
  }
  Action first;
  tap(first, control_named("e"));
  first.dx = 100;
  person.sink->send(expand(first, {}, MonotonicClock::now(), Origin::kAgent));
  const auto verdict = window.wait<VerdictEvent>();
  EXPECT_GT(verdict.time, ready.start + std::chrono::milliseconds(1700));
  const LoggedEpisode episode = read_tick_log(person.log).at(0);
  EXPECT_EQ(sum_of(episode, &playhouse::TickInput::dx), 100);
  EXPECT_EQ(presses_of(episode, playhouse::kTake), 1);
  EXPECT_NE(episode.ticks.at(0)[0], playhouse::TickInput{});
}

TEST(PlayhouseWindow, HelpEndsARecordedEpisodeWhichBeginsAgainAfterIt) {
  RecordedWindow person;
  WindowProcess& window = person.window;
  window.send(ResetCommand{4, {.family = "go to", .time_limit_s = 60.0}});
  static_cast<void>(window.wait<ReadyEvent>());
  input::InputSink& sink = *person.sink;
  tap_key(sink, "w");
  tap_key(sink, "f1");
  const auto verdict = window.wait<VerdictEvent>();
  EXPECT_EQ(verdict.outcome.verdict, Verdict::kAborted);
  EXPECT_EQ(verdict.outcome.reason, kWantedAgain);
  // The page comes a moment later; until then keys are nobody's. It takes Enter and then the new key.
  std::optional<WindowEvent> told;
  for (const Timestamp deadline = MonotonicClock::now() + std::chrono::seconds(20); !told;) {
    ASSERT_LT(MonotonicClock::now(), deadline);
    tap_key(sink, "enter");
    tap_key(sink, "up");
    told = window.poll_event(MonotonicClock::now() + std::chrono::milliseconds(50));
  }
  EXPECT_EQ(std::get<KeysEvent>(*told).keys.name_of(KeyUse::kForward), "up");
  EXPECT_EQ(load_key_bindings(person.keys).name_of(KeyUse::kForward), "up");
  tap_key(sink, "f1");
  EXPECT_TRUE(window.wait<WishEvent>().again);
}

TEST(PlayhouseWindow, APersonWhoLeavesARecordedEpisodeSaysWhatComesNext) {
  RecordedWindow person;
  WindowProcess& window = person.window;
  for (const char* name : {"r", "f2"}) {
    window.send(ResetCommand{4, {.family = "go to", .time_limit_s = 60.0}});
    static_cast<void>(window.wait<ReadyEvent>());
    tap_key(*person.sink, name);
    const auto verdict = window.wait<VerdictEvent>();
    EXPECT_EQ(verdict.outcome.verdict, Verdict::kAborted);
    EXPECT_TRUE(verdict.outcome.truncated);
    EXPECT_EQ(verdict.outcome.reason == kWantedAgain, name == std::string("r")) << verdict.outcome.reason;
    EXPECT_THAT(verdict.outcome.reason, testing::HasSubstr("the person"));
    EXPECT_EQ(window.wait<WishEvent>().again, name == std::string("r"));
  }
}

}  // namespace
}  // namespace atl::envs::desktop
