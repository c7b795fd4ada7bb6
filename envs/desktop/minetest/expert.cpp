#include "envs/desktop/minetest/expert.h"

#include "core/error.h"
#include "core/random.h"
#include "envs/desktop/judges/line_tail.h"
#include "envs/desktop/judges/telemetry_sensor.h"
#include "envs/desktop/minetest/gaze.h"
#include "envs/desktop/minetest/scene.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace atl::envs::desktop {
namespace {

constexpr double kReach = 3.0;          // nodes from which things are dug: the game's own reach is 4
constexpr double kItemReach = 2.0;      // and picked up: items are small
constexpr double kAt = 1.4;             // nodes from the middle of a thing that is gone to
constexpr double kAimed_deg = 2.0;      // so near the middle of a thing the eyes are on it
constexpr double kWalkable_deg = 15.0;  // walking begins when the way lies straight ahead
constexpr int kTapSteps = 2;            // a key is held so long: the game looks at keys once a picture
constexpr int kPauseSteps = 8;          // between two taps, until it is told what the first one did
constexpr double kGround_deg = 40.0;    // so far down the ground is looked at to place something there
constexpr int kBurstSteps = 2;          // of noise
constexpr int kDetourSteps = 20;

Control named(const char* name) { return control_named(name); }

double distance(const MinetestState& state, const MinetestPlace& place) {
  return std::hypot(place.x - state.feet.x, place.z - state.feet.z);
}

class MinetestExpert final : public Expert {
 public:
  explicit MinetestExpert(const MinetestExpertConfig& config)
      : task_(config.task),
        scene_(read_minetest_scene(config.ready)),
        tail_(config.telemetry, LineTail::Start::kEnd),
        gaze_(config.counts_per_turn),
        random_(config.seed),
        style_(config.style),
        doing_(plan_of(config.task)) {
    if (random_.uniform() < style_.detour) detour_left_ = kDetourSteps;
  }

  [[nodiscard]] Action next() override {
    for (const std::string& line : tail_.poll()) {
      const auto reading = parse_telemetry(line);
      if (auto state = reading ? read_minetest_state(*reading) : std::nullopt) told_.push_back(std::move(*state));
    }
    // What is reacted to late has been seen some steps ago.
    steps_ += 1;
    while (told_.size() > 1 && static_cast<int>(told_.size()) > style_.reaction_steps + 1) told_.pop_front();
    Action action;
    if (told_.empty()) return action;
    const MinetestState& state = told_.front();
    gaze_.begin_step(state);
    if (detour_left_ > 0) {
      stray(action, detour_left_--);
    } else if (noise_left_ > 0 || random_.uniform() < style_.noise) {
      noise_left_ = noise_left_ > 0 ? noise_left_ - 1 : kBurstSteps - 1;
      disturb(action);
    } else {
      (this->*doing_)(state, action);
    }
    action = normalise(action, held_);
    held_ = action.held;
    return action;
  }

  [[nodiscard]] std::string subgoal() const override { return subgoal_; }

 private:
  using Doing = void (MinetestExpert::*)(const MinetestState&, Action&);

  static Doing plan_of(const GameTask& task) {
    const std::string& family = task.task.family;
    if (family == "dig") return &MinetestExpert::dig;
    if (family == "place") return &MinetestExpert::place;
    if (family == "collect") return &MinetestExpert::collect;
    if (family == "go to") return &MinetestExpert::go;
    if (family == "look at") return &MinetestExpert::look;
    if (family == "hold") return &MinetestExpert::take_in_hand;
    if (family == "move" && task.scene == "jump") return &MinetestExpert::jump;
    if (family == "move" && task.scene == "look up") return &MinetestExpert::look_up;
    if (family == "move" && task.scene == "look down") return &MinetestExpert::look_down;
    fail(ErrorKind::kUsage,
         "the expert of minetest cannot \"{}\"; it can: dig, place, collect, go to, look at, hold, move (--task)",
         family);
  }

  void hold_down(Action& action, const char* control) const { hold(action, named(control), held_); }

  // Holds `control` for a moment, again and again.
  void tap_again(Action& action, const char* control) {
    if (tap_left_ == 0 && steps_ >= next_tap_) tap_left_ = kTapSteps;
    if (tap_left_ == 0) return;
    hold_down(action, control);
    if (--tap_left_ == 0) next_tap_ = steps_ + kPauseSteps;
  }

  // The nearest thing that is meant.
  [[nodiscard]] const MinetestObject& target(const MinetestState& state) const {
    const MinetestObject* best = nullptr;
    for (const MinetestObject& object : scene_.objects) {
      if (object.name != task_.target) continue;
      if (best == nullptr || distance(state, object.place) < distance(state, best->place)) best = &object;
    }
    if (best == nullptr)
      fail(ErrorKind::kEnvironment, "the scene of this episode has no {}: there is nothing to {}", task_.target,
           task_.task.family);
    return *best;
  }

  // True once the player is near enough.
  bool approach(const MinetestState& state, const MinetestPlace& place, double reach, Action& action) {
    const double off_deg = gaze_.look_at(state, place, action);
    const double far = distance(state, place);
    if (far <= reach) return true;
    subgoal_ = fmt::format("walk to the {}", task_.task.target);
    if (off_deg < kWalkable_deg) hold_down(action, "w");
    return false;
  }

  void dig(const MinetestState& state, Action& action) {
    const MinetestObject& thing = target(state);
    if (!approach(state, thing.place, kReach, action)) return;
    subgoal_ = fmt::format("dig the {}", task_.task.target);
    const bool on_it =
        state.looking == thing.name && state.looking_at && distance_to(*state.looking_at, thing.place) < 0.5;
    if (on_it) hold_down(action, "mouse_left");
  }

  static double distance_to(const MinetestPlace& a, const MinetestPlace& b) { return std::hypot(a.x - b.x, a.z - b.z); }

  void collect(const MinetestState& state, Action& action) {
    MinetestPlace place = target(state).place;
    place.y -= 0.3;  // items lie on the ground
    if (!approach(state, place, kItemReach, action)) return;
    subgoal_ = fmt::format("pick up the {}", task_.task.target);
    if (state.looking == task_.target || tap_left_ > 0) tap_again(action, "mouse_left");
  }

  void go(const MinetestState& state, Action& action) {
    subgoal_ = fmt::format("go to the {}", task_.task.target);
    MinetestPlace place = target(state).place;
    place.y += 0.5;
    static_cast<void>(approach(state, place, kAt, action));
  }

  void look(const MinetestState& state, Action& action) {
    subgoal_ = fmt::format("look at the {}", task_.task.target);
    gaze_.look_at(state, target(state).place, action);
  }

  bool choose_item(const MinetestState& state, Action& action) {
    if (state.wield == task_.target) return true;
    subgoal_ = fmt::format("take {} in the hand", task_.task.target);
    const auto slot = std::find(scene_.hotbar.begin(), scene_.hotbar.end(), task_.target);
    if (slot == scene_.hotbar.end())
      fail(ErrorKind::kEnvironment, "there is no {} among the items of this episode", task_.target);
    tap_again(action, std::to_string(slot - scene_.hotbar.begin() + 1).c_str());
    return false;
  }

  void take_in_hand(const MinetestState& state, Action& action) { static_cast<void>(choose_item(state, action)); }

  void place(const MinetestState& state, Action& action) {
    const bool looks_down = gaze_.turn_to(state.yaw_deg, kGround_deg, action) < kAimed_deg * 2;
    if (!choose_item(state, action)) return;
    subgoal_ = fmt::format("place {}", task_.task.target);
    const bool can = looks_down && !state.looking.empty() && state.looking_far < kReach + 0.5;
    if (can || tap_left_ > 0) tap_again(action, "mouse_right");
  }

  void jump(const MinetestState& /*state*/, Action& action) {
    subgoal_ = "jump";
    tap_again(action, "space");
  }

  void look_up(const MinetestState& state, Action& action) {
    subgoal_ = "look up";
    gaze_.turn_to(state.yaw_deg, -50, action);
  }

  void look_down(const MinetestState& state, Action& action) {
    subgoal_ = "look down";
    gaze_.turn_to(state.yaw_deg, 50, action);
  }

  // A burst of random actions (DART, arXiv 1703.09327): what is done after it teaches how to come back.
  void disturb(Action& action) {
    gaze_.turn_by(random_.uniform() * 8 - 4, random_.uniform() * 4 - 2, action);
    if (random_.chance(1, 2)) hold_down(action, stray_keys_[random_.below(4)]);
  }

  void stray(Action& action, int left) {
    subgoal_ = "stray";
    if (left == kDetourSteps) stray_deg_ = random_.uniform() * 12 - 6;
    gaze_.turn_by(stray_deg_, 0, action);
    hold_down(action, "w");
  }

  const GameTask task_;
  const MinetestScene scene_;
  LineTail tail_;
  MinetestGaze gaze_;
  Random random_;
  const ExpertStyle style_;
  const Doing doing_;
  const char* stray_keys_[4] = {"w", "a", "s", "d"};
  std::deque<MinetestState> told_;  // the newest last
  ControlSet held_;
  std::string subgoal_;
  int steps_ = 0;
  int tap_left_ = 0;  // steps that a tap goes on
  int next_tap_ = 0;  // the step of the next one
  int noise_left_ = 0;
  int detour_left_ = 0;
  double stray_deg_ = 0;
};

}  // namespace

std::unique_ptr<Expert> create_minetest_expert(const MinetestExpertConfig& config) {
  return std::make_unique<MinetestExpert>(config);
}

}  // namespace atl::envs::desktop
