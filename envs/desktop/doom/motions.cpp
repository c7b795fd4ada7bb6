#include "envs/desktop/doom/motions.h"

#include "core/error.h"
#include "envs/desktop/doom/demo.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace atl::envs::desktop {
namespace {

// Tics `begin` to `end`, exclusive.
struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class MotionFinder {
 public:
  MotionFinder(std::span<const Action> actions, double counts_per_turn, Timestamp start, const MotionRules& rules)
      : actions_(actions), degrees_per_count_(360.0 / counts_per_turn), start_(start), rules_(rules) {}

  std::vector<Instruction> run() {
    find_turns(+1, "turn right");
    find_turns(-1, "turn left");
    find_walks("w", "s", rules_.forward_s, "walk forward");
    find_walks("s", "w", rules_.back_s, "walk back");
    find_bursts();
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Instruction& a, const Instruction& b) { return a.begin < b.begin; });
    return std::move(found_);
  }

 private:
  [[nodiscard]] static std::size_t tics(double seconds) {
    return static_cast<std::size_t>(std::lround(seconds * kDoomTicsPerSecond));
  }
  [[nodiscard]] double turned(std::size_t tic) const { return actions_[tic].dx * degrees_per_count_; }

  void add(const char* text, Stretch stretch) {
    found_.push_back({.text = text,
                      .begin = start_ + doom_time(stretch.begin),
                      .end = start_ + doom_time(stretch.end),
                      .source = InstructionSource::kProgram,
                      .mark = SuccessMark::kSucceeded});
  }

  // To one side, with pauses, until the player turns back or it has gone on for long enough.
  void find_turns(int side, const char* text) {
    for (std::size_t tic = 0; tic < actions_.size();) {
      if (turned(tic) * side <= 0) {
        ++tic;
        continue;
      }
      Stretch turn{tic, tic};
      double degrees = 0.0;
      for (; tic < actions_.size() && tic - turn.begin < tics(rules_.longest_s); ++tic) {
        const double here = turned(tic) * side;
        if (here < 0 || tic - turn.end > tics(rules_.pause_s)) break;
        if (here == 0) continue;
        degrees += here;
        turn.end = tic + 1;
      }
      if (degrees >= rules_.turn_deg) add(text, turn);
      if (degrees >= rules_.around_deg) add("turn around", turn);
      tic = turn.end;
    }
  }

  void find_walks(const char* key, const char* against, double least_s, const char* text) {
    const Control walking = control_named(key);
    const Control opposite = control_named(against);
    const auto walks = [&](std::size_t tic) {
      return actions_[tic].is_held(walking) && !actions_[tic].is_held(opposite);
    };
    for (std::size_t tic = 0; tic < actions_.size();) {
      if (!walks(tic)) {
        ++tic;
        continue;
      }
      const std::size_t begin = tic;
      double degrees = 0.0;
      for (; tic < actions_.size() && tic - begin < tics(rules_.longest_s) && walks(tic); ++tic) {
        degrees += turned(tic);
        if (std::abs(degrees) > rules_.straight_deg) break;
      }
      if (tic - begin >= tics(least_s)) add(text, {begin, tic});
      tic = std::max(tic, begin + 1);
    }
  }

  void find_bursts() {
    const Control trigger = control_named("mouse_left");
    const auto fires = [&](std::size_t tic) {
      return actions_[tic].is_held(trigger) || actions_[tic].num_presses(trigger) > 0;
    };
    for (std::size_t tic = 0; tic < actions_.size();) {
      if (!fires(tic)) {
        ++tic;
        continue;
      }
      Stretch burst{tic, tic + 1};
      for (; tic < actions_.size() && tic - burst.begin < tics(rules_.longest_s); ++tic) {
        if (fires(tic)) burst.end = tic + 1;
        if (tic - burst.end > tics(rules_.burst_pause_s) && tic > burst.end) break;
      }
      tic = burst.end;
      burst.begin -= std::min(burst.begin, tics(rules_.lead_s));
      add("fire your weapon", burst);
    }
  }

  const std::span<const Action> actions_;
  const double degrees_per_count_;
  const Timestamp start_;
  const MotionRules& rules_;
  std::vector<Instruction> found_;
};

}  // namespace

std::vector<Instruction> hindsight_motions(std::span<const Action> actions, double counts_per_turn, Timestamp start,
                                           const MotionRules& rules) {
  ATOLL_CHECK(counts_per_turn > 0.0, "{} counts per turn, expected > 0", counts_per_turn);
  return MotionFinder(actions, counts_per_turn, start, rules).run();
}

}  // namespace atl::envs::desktop
