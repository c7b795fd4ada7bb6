#include "tools/world_check.h"

#include "core/error.h"
#include "core/log.h"
#include "envs/seeds.h"

#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

namespace atl::tools {
namespace {

constexpr Duration kPictureTime = std::chrono::seconds(10);
constexpr Duration kEndTime = std::chrono::seconds(3);  // for the kernel to take away what was killed
constexpr Duration kLook = std::chrono::milliseconds(20);
constexpr Duration kStillTime = std::chrono::seconds(1);
constexpr Duration kLead = std::chrono::milliseconds(60);
constexpr std::size_t kHeldSteps = 3;
constexpr int kTurnCounts = 60;

std::uint64_t seed_of(std::uint64_t index) { return envs::seed_in(envs::SeedRange::kDevelopment, index); }

void try_stepped_world(const WorldEntry& world) {
  constexpr int kSteps = 10;
  const std::unique_ptr<envs::SteppedEnvironment> stepped = create_stepped_world(world.name);
  for (const std::string& family : world.tasks) {
    envs::Task task;
    task.family = family;
    static_cast<void>(stepped->reset(seed_of(0), task));
    for (int i = 0; i < kSteps && !stepped->outcome().is_over(); ++i) static_cast<void>(stepped->step(Action{}));
  }
}

// Processes below this one, by their ids.
std::set<pid_t> descendants() {
  std::vector<pid_t> all{getpid()};
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::error_code error;
    for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", all[i]), error)) {
      std::ifstream file(task.path() / "children");
      for (pid_t child = 0; file >> child;) all.push_back(child);
    }
  }
  return {all.begin() + 1, all.end()};
}

bool is_zombie(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text);
  const std::size_t end = text.rfind(')');
  return end == std::string::npos || text.compare(end, 4, ") Z ") == 0;
}

std::string name_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string name;
  std::getline(file, name);
  return fmt::format("{} {}", pid, name);
}

double difference(const Frame& a, const Frame& b) {
  if (a.size() != b.size()) return 255;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    sum += i % kBytesPerPixel == 3 ? 0 : static_cast<std::uint64_t>(std::abs(a.pixels[i] - b.pixels[i]));
  return static_cast<double>(sum) / (3.0 * static_cast<double>(a.pixels.size()) / kBytesPerPixel);
}

// Every control for a moment, the mouse in between; the kill key of the guard is no control.
std::vector<Action> all_inputs(const envs::EnvironmentSpec& spec) {
  std::vector<Action> actions;
  ControlSet held;
  const auto add = [&](const std::string* control) {
    Action action;
    if (control != nullptr) action.held.set(static_cast<std::size_t>(index_of(control_named(*control))));
    action.dx = control == nullptr ? kTurnCounts : 0;
    actions.push_back(normalise(action, held));
    held = actions.back().held;
  };
  for (const std::string& control : spec.controls) {
    if (control == "escape") continue;  // opens menus that end the play in many games
    for (std::size_t i = 0; i < kHeldSteps; ++i) add(&control);
    add(nullptr);
  }
  add(nullptr);
  actions.emplace_back();
  return actions;
}

class LiveTrial {
 public:
  LiveTrial(const WorldEntry& world, WorldTrial& trial) : entry_(world), trial_(trial) {
    WorldConfig config;
    config.display = "virtual";
    world_ = create_live_world(world.name, config);
  }

  void run() {
    begin(0);
    look_until(MonotonicClock::now() + kStillTime);
    trial_.still_change = std::exchange(trial_.picture_change, 0.0);
    trial_.pictures = 0;
    play(all_inputs(world_->spec()));
    const envs::Outcome outcome = world_->outcome();
    trial_.verdict = outcome.is_over() ? fmt::format("{}: {}", to_string(outcome.verdict), outcome.reason)
                                       : std::string(to_string(outcome.verdict));
    if (outcome.verdict == envs::Verdict::kAborted) fail(ErrorKind::kEnvironment, "{}", outcome.reason);
    if (trial_.picture_change <= 0) fail(ErrorKind::kEnvironment, "its picture did not change when input was sent");
    if (trial_.inputs == 0) fail(ErrorKind::kEnvironment, "none of the inputs that were sent arrived at its display");
    begin(1);
  }

 private:
  void begin(std::uint64_t index) {
    const Timestamp asked = MonotonicClock::now();
    envs::Task task;
    if (!entry_.tasks.empty()) task.family = entry_.tasks[index % entry_.tasks.size()];
    const std::string instruction = world_->reset(seed_of(index), task);
    std::optional<Frame> frame = world_->observe(MonotonicClock::now() + kPictureTime);
    if (!frame) fail(ErrorKind::kEnvironment, "its window showed no picture within {} s", to_seconds(kPictureTime));
    (index == 0 ? trial_.start_s : trial_.reset_s) = to_seconds(MonotonicClock::now() - asked);
    if (index == 0) trial_.instruction = instruction;
    first_ = std::move(*frame);
    static_cast<void>(world_->events());
  }

  // Hands chunk after chunk over while pictures are looked at.
  void play(const std::vector<Action>& actions) {
    const Duration period = period_of(world_->spec().action_rate_hz);
    const Timestamp start = MonotonicClock::now() + kLead;
    for (std::size_t at = 0; at < actions.size(); at += kChunkActions) {
      const std::size_t end = std::min(actions.size(), at + kChunkActions);
      const auto begin = start + period * static_cast<std::int64_t>(at);
      world_->schedule(
          {at,
           begin,
           {actions.begin() + static_cast<std::ptrdiff_t>(at), actions.begin() + static_cast<std::ptrdiff_t>(end)}});
      look_until(begin + period * static_cast<std::int64_t>(end - at) - kLead / 2);
    }
    look_until(MonotonicClock::now() + 4 * kLead);
  }

  void look_until(Timestamp deadline) {
    while (MonotonicClock::now() < deadline) {
      const std::optional<Frame> frame = world_->observe(std::min(deadline, MonotonicClock::now() + kLook));
      for (const InputEvent& event : world_->events()) trial_.inputs += event.origin == Origin::kAgent ? 1 : 0;
      if (!frame) continue;
      ++trial_.pictures;
      trial_.picture_change = std::max(trial_.picture_change, difference(*frame, first_));
    }
  }

  const WorldEntry& entry_;
  WorldTrial& trial_;
  std::unique_ptr<envs::LiveEnvironment> world_;
  Frame first_;
};

void try_judges(const WorldEntry& world, WorldTrial& trial) {
  try_live_judges(world.name, [&](const JudgeTrial& judge) {
    const bool is_right = judge.yes_seen && judge.no_seen;
    show_progress(fmt::format("{}, start {}: \"{}\" {}", world.name, judge.start, judge.instruction,
                              is_right ? "is judged rightly" : "is judged WRONGLY"));
    trial.judges.push_back(judge);
  });
  end_progress();
  const auto wrong = std::count_if(trial.judges.begin(), trial.judges.end(),
                                   [](const JudgeTrial& judge) { return !judge.yes_seen || !judge.no_seen; });
  if (wrong > 0) trial.problem = fmt::format("{} of {} trials were judged wrongly", wrong, trial.judges.size());
}

// Whatever was started since `before` and is still there once there was time to end.
std::vector<std::string> left_since(const std::set<pid_t>& before) {
  SystemClock clock;
  for (const Timestamp deadline = MonotonicClock::now() + kEndTime;;) {
    std::vector<std::string> left;
    for (const pid_t pid : descendants()) {
      if (!before.contains(pid) && !is_zombie(pid)) left.push_back(name_of(pid));
    }
    if (left.empty() || MonotonicClock::now() >= deadline) return left;
    clock.sleep_until(MonotonicClock::now() + kLook);
  }
}

}  // namespace

WorldTrial try_world(const WorldEntry& world, bool with_judges) {
  WorldTrial trial;
  // What a game leaves behind comes to us, and is found.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::set<pid_t> before = descendants();
  try {
    if (world.is_stepped) {
      try_stepped_world(world);
    } else {
      LiveTrial(world, trial).run();
      if (with_judges) try_judges(world, trial);
    }
  } catch (const Error& error) {
    trial.problem = error.what();
  }
  trial.left = left_since(before);
  if (trial.problem.empty() && !trial.left.empty())
    trial.problem = fmt::format("it left processes behind: {}", fmt::join(trial.left, ", "));
  return trial;
}

}  // namespace atl::tools
