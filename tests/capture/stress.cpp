#include "tests/capture/stress.h"

#include "capture/counter_picture.h"
#include "capture/x11_window.h"
#include "core/error.h"
#include "core/frame.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"
#include "x11/connection.h"

#include <fmt/core.h>
#include <xcb/xcb.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

namespace atl::tests {
namespace {

using std::chrono::milliseconds;

constexpr FrameSize kSizes[] = {{320, 240}, {256, 192}, {400, 300}, {97, 131}, {64, 64}};
constexpr Duration kSettle = milliseconds(20);       // of pictures drawn in two requests
constexpr Duration kPieces = milliseconds(2);        // between the two
constexpr Duration kAfterChange = milliseconds(50);  // how long the source holds pictures back

struct Drawing {
  FrameSize size;
  Timestamp begin;
  Timestamp end;  // max: not yet
};

struct Change {
  bool is_resize = false;  // else unmapped, until `until`
  Timestamp begin;
  Timestamp end;    // the server has carried it out
  Timestamp until;  // unmapped: when it is asked to be mapped again
};

// What happened when: written by painter and mover, read by the judge.
class Journal {
 public:
  std::uint32_t begin_drawing(FrameSize size) {
    const std::lock_guard lock(mutex_);
    drawings_.push_back({size, MonotonicClock::now(), Timestamp::max()});
    return static_cast<std::uint32_t>(drawings_.size() - 1);
  }
  void end_drawing(std::uint32_t counter) {
    const std::lock_guard lock(mutex_);
    drawings_[counter].end = MonotonicClock::now();
  }
  std::size_t begin_change(bool is_resize) {
    const std::lock_guard lock(mutex_);
    changes_.push_back({is_resize, MonotonicClock::now(), Timestamp::max(), Timestamp::max()});
    return changes_.size() - 1;
  }
  void end_change(std::size_t change) {
    const std::lock_guard lock(mutex_);
    changes_[change].end = MonotonicClock::now();
  }
  void end_unmapped(std::size_t change) {
    const std::lock_guard lock(mutex_);
    changes_[change].until = MonotonicClock::now();
  }

  // What is wrong with a picture that shows `counter` (nothing: none that can be read).
  void judge(const Frame& frame, std::optional<std::uint32_t> counter, bool in_two, StressResult& result) {
    const std::lock_guard lock(mutex_);
    if (!counter) {
      if (is_late(frame, in_two)) {
        ++result.num_late;
      } else {
        note(result, result.num_torn, frame, "torn");
      }
      return;
    }
    if (*counter >= drawings_.size() || drawings_[*counter].begin > frame.done ||
        drawings_[*counter].size != frame.size() || is_of_unmapped(frame))
      note(result, result.num_wrong, frame, fmt::format("wrong: shows {}", *counter));
    if (newest_ && *counter == *newest_) note(result, result.num_twice, frame, fmt::format("{} twice", *counter));
    if (is_stale(frame, *counter) || (newest_ && *counter < *newest_))
      note(result, result.num_stale, frame, fmt::format("stale: shows {}", *counter));
    newest_ = std::max(newest_.value_or(0), *counter);
  }

  [[nodiscard]] std::uint64_t num_drawn() {
    const std::lock_guard lock(mutex_);
    return drawings_.size();
  }

 private:
  void note(StressResult& result, std::uint64_t& count, const Frame& frame, const std::string& what) {
    ++count;
    if (count > 5) return;
    std::string history;
    for (const Drawing& d : drawings_) {
      if (d.begin > frame.done || d.end < frame.requested - milliseconds(60)) continue;
      history += fmt::format(" drawn {}x{} {:.1f}..{:.1f}", d.size.width_px, d.size.height_px, since(frame, d.begin),
                             since(frame, d.end));
    }
    for (const Change& c : changes_) {
      if (c.begin > frame.done || c.begin < frame.requested - milliseconds(200)) continue;
      history += fmt::format(" {} {:.1f}..{:.1f}", c.is_resize ? "resized" : "unmapped", since(frame, c.begin),
                             since(frame, c.is_resize ? c.end : c.until));
    }
    result.problems.push_back(fmt::format("picture {} of {}x{} px: {}; ms from when it was asked for:{}",
                                          frame.sequence, frame.width_px, frame.height_px, what, history));
  }
  static double since(const Frame& frame, Timestamp time) {
    return time == Timestamp::max() ? 9999.0 : to_ms(time - frame.requested);
  }

  // A drawing that the server threw away: the window was unmapped for some of its time.
  [[nodiscard]] bool may_be_nowhere(const Drawing& drawing) const {
    return std::any_of(changes_.begin(), changes_.end(), [&](const Change& change) {
      return !change.is_resize && change.begin <= drawing.end && mapped_after(change) >= drawing.begin;
    });
  }
  // When the mapping that ends an unmapped time was surely carried out.
  static Timestamp mapped_after(const Change& change) {
    return change.until == Timestamp::max() ? change.until : change.until + milliseconds(5);
  }

  [[nodiscard]] bool is_stale(const Frame& frame, std::uint32_t counter) const {
    for (std::size_t i = counter + 1; i < drawings_.size(); ++i) {
      if (drawings_[i].end > frame.requested) return false;
      if (!may_be_nowhere(drawings_[i])) return true;
    }
    return false;
  }

  [[nodiscard]] bool is_of_unmapped(const Frame& frame) const {
    return std::any_of(changes_.begin(), changes_.end(), [&](const Change& change) {
      return !change.is_resize && change.end <= frame.requested && frame.done <= change.until;
    });
  }

  // Whether the painter had no time: since the newest change it drew nothing whole of the right size, though the source
  // waited as it is told to; or it was kept waiting between two halves.
  [[nodiscard]] bool is_late(const Frame& frame, bool in_two) const {
    Timestamp changed{};
    for (const Change& change : changes_) {
      if (change.begin > frame.requested) continue;
      changed = std::max(changed, change.is_resize ? change.end : std::min(change.until, frame.requested));
    }
    bool drew = false;
    for (const Drawing& drawing : drawings_) {
      const bool under_way = drawing.begin <= frame.done && drawing.end >= frame.requested - kSettle;
      if (in_two && under_way && drawing.end - drawing.begin > kSettle / 2) return true;
      drew |= drawing.begin >= changed && drawing.end <= frame.requested && drawing.size == frame.size();
    }
    return !drew && frame.requested - changed >= kAfterChange - milliseconds(1);
  }

  std::mutex mutex_;
  std::vector<Drawing> drawings_;
  std::vector<Change> changes_;
  std::optional<std::uint32_t> newest_;
};

class Stress {
 public:
  explicit Stress(const StressConfig& config) : config_(config) {}

  StressResult run() {
    const Timestamp begin = MonotonicClock::now();
    const auto source = capture::create_x11_window_source({.display = xvfb_.display(),
                                                           .window = window_.id(),
                                                           .settle_after_change = kAfterChange,
                                                           .settle = config_.in_two ? kSettle : Duration::zero()});
    std::thread painter([&] { paint(); });
    std::thread mover([&] { move(); });
    Frame frame;
    std::uint64_t sequence = 0;
    while (result_.num_pictures < config_.num_pictures && MonotonicClock::now() - begin < config_.time_limit) {
      if (source->wait_frame(MonotonicClock::now() + milliseconds(250), frame) != capture::FrameStatus::kFrame)
        continue;
      ++result_.num_pictures;
      if (frame.sequence != sequence++) ++result_.num_wrong;
      journal_.judge(frame, capture::read_counter(frame.view()), config_.in_two, result_);
    }
    stop_ = true;
    painter.join();
    mover.join();
    result_.num_drawn = journal_.num_drawn();
    result_.num_discarded = source->info().num_discarded;
    result_.seconds = to_seconds(MonotonicClock::now() - begin);
    return result_;
  }

 private:
  // As programs do: draws at the size that it was told last.
  void paint() {
    std::mt19937_64 random(config_.seed);
    std::vector<std::uint8_t> pixels;
    SystemClock clock;
    while (!stop_) {
      const FrameSize size = window_.poll_size();
      pixels.resize(static_cast<std::size_t>(size.width_px * size.height_px * kBytesPerPixel));
      const std::uint32_t counter = journal_.begin_drawing(size);
      capture::draw_counter(counter, size, pixels);
      const ImageView image{pixels.data(), size.width_px, size.height_px, std::ptrdiff_t{4} * size.width_px};
      if (config_.in_two) {
        window_.put_in_two(image, kPieces);
      } else {
        window_.put(image);
      }
      journal_.end_drawing(counter);
      const auto pause = milliseconds(config_.in_two ? 30 + random() % 10 : random() % 8);
      clock.sleep_until(MonotonicClock::now() + pause);
    }
  }

  void move() {
    std::mt19937_64 random(config_.seed + 1);
    const x11::Connection connection(xvfb_.display());
    TestWindow cover(xvfb_.display(), {900, 500, 150, 150}, "Cover", "cover");
    std::vector<std::uint8_t> grey(150 * 150 * 4, 0x80);
    SystemClock clock;
    while (!stop_) {
      const auto pick = random() % 100;
      if (pick < 40) {
        place(connection, static_cast<int>(random() % 1500) - 250, static_cast<int>(random() % 900) - 150);
      } else if (pick < 60) {
        resize(connection, kSizes[random() % std::size(kSizes)]);
      } else if (pick < 65) {
        resize(connection, kSizes[random() % std::size(kSizes)]);
        resize(connection, kSizes[random() % std::size(kSizes)]);
      } else if (pick < 90) {
        cover.move(static_cast<int>(random() % 1200), static_cast<int>(random() % 700));
        cover.raise();
        cover.put({grey.data(), 150, 150, 600});
        ++result_.num_covers;
      } else {
        unmap(connection, milliseconds(random() % 80));
      }
      clock.sleep_until(MonotonicClock::now() + milliseconds(2 + random() % 80));
    }
  }

  void place(const x11::Connection& connection, int x, int y) {
    const std::uint32_t values[] = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)};
    xcb_configure_window(connection.get(), window_.id(), XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, values);
    connection.sync();
    ++result_.num_moves;
  }

  void resize(const x11::Connection& connection, FrameSize size) {
    const std::uint32_t values[] = {static_cast<std::uint32_t>(size.width_px),
                                    static_cast<std::uint32_t>(size.height_px)};
    const std::size_t change = journal_.begin_change(true);
    xcb_configure_window(connection.get(), window_.id(), XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, values);
    connection.sync();
    journal_.end_change(change);
    ++result_.num_resizes;
  }

  void unmap(const x11::Connection& connection, Duration how_long) {
    const std::size_t change = journal_.begin_change(false);
    xcb_unmap_window(connection.get(), window_.id());
    connection.sync();
    journal_.end_change(change);
    SystemClock().sleep_until(MonotonicClock::now() + how_long);
    journal_.end_unmapped(change);
    xcb_map_window(connection.get(), window_.id());
    connection.sync();
    ++result_.num_unmaps;
  }

  const StressConfig config_;
  Xvfb xvfb_;
  TestWindow window_{xvfb_.display(), {40, 30, 320, 240}};
  Journal journal_;
  std::atomic<bool> stop_ = false;
  StressResult result_;  // num_moves .. num_unmaps: the mover's until it is joined; the rest the judge's
};

}  // namespace

StressResult stress(const StressConfig& config) { return Stress(config).run(); }

}  // namespace atl::tests
