// `atoll record` at a window of a program, as its tests meet it: a display of its own, a window that draws, a person
// before it, and what the recording holds while it goes on.
#pragma once

#include "core/error.h"
#include "core/files.h"
#include "datasets/check.h"
#include "datasets/reader.h"
#include "tests/display/person.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace atl::tools_test {

/// A window of class AtollTest that draws a new picture 60 times a second, on a thread of its own.
class DrawnWindow {
 public:
  explicit DrawnWindow(const std::string& display);
  DrawnWindow(const DrawnWindow&) = delete;
  DrawnWindow& operator=(const DrawnWindow&) = delete;
  ~DrawnWindow();

  tests::TestWindow window;
  std::atomic<bool> is_black{false};  // what it draws
  std::atomic<bool> is_still{false};  // it draws nothing

 private:
  void draw();
  std::atomic<bool> is_done_{false};
  std::thread artist_;
};

class RecorderFixture : public testing::Test {
 protected:
  RecorderFixture();

  /// The command that records what a person does in the window of class AtollTest into `out`.
  [[nodiscard]] std::vector<std::string> record(const std::vector<std::string>& flags = {}) const;

  void tap(const char* key);
  /// Waits until `is_true`, and taps `key` meanwhile if there is one; false after 20 s.
  template <class IsTrue>
  [[nodiscard]] bool wait(const IsTrue& is_true, const char* key = nullptr) {
    SystemClock clock;
    for (const Timestamp end = clock.now() + std::chrono::seconds(20); clock.now() < end;) {
      if (key != nullptr) tap(key);
      if (is_true()) return true;
      clock.sleep_until(clock.now() + std::chrono::milliseconds(50));
    }
    return false;
  }

  /// What `read` makes of what is on the disk of the recording while it goes on; nothing of it before it has begun.
  template <class Read>
  [[nodiscard]] auto so_far(const Read& read) const -> decltype(read(std::declval<datasets::RecordingReader&>())) {
    if (!std::filesystem::exists(out + "/session.mcap")) return {};
    try {
      return read(*datasets::RecordingReader::open(out, datasets::McapReadMode::kSalvage));
    } catch (const Error&) {
      return {};  // not begun
    }
  }
  /// The recording, once it has ended, is whole; returns what else its check tells.
  datasets::RecordingCheck expect_ok() const;

  tests::Xvfb screen;
  tests::Person person{screen.display()};
  TemporaryFolder folder;
  std::string out = (folder.path() / "r").string();
};

}  // namespace atl::tools_test
