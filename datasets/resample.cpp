#include "datasets/resample.h"

#include "core/clock.h"
#include "core/error.h"

#include <fmt/format.h>

#include <cmath>

namespace atl::datasets {
namespace {

constexpr double kWhole = 1e-6;
constexpr double kExact = 1e-10;

struct Fraction {
  std::uint64_t up = 1;
  std::uint64_t down = 1;
};

// The first convergent of the continued fraction of `ratio` (>= 1) that is near enough. With rates of up to 1000 Hz and
// this exactness neither part passes some 1e8, and a step number of years times it fits 64 bits.
Fraction simplest_fraction(double ratio) {
  Fraction before{1, 0};
  Fraction now{static_cast<std::uint64_t>(ratio), 1};
  double rest = ratio - std::floor(ratio);
  while (std::abs(static_cast<double>(now.up) / static_cast<double>(now.down) - ratio) > kExact * ratio) {
    const double inverse = 1.0 / rest;
    const auto whole = static_cast<std::uint64_t>(inverse);
    rest = inverse - std::floor(inverse);
    const Fraction next{whole * now.up + before.up, whole * now.down + before.down};
    before = now;
    now = next;
  }
  return now;
}

}  // namespace

Resampling::Resampling(double recorded_hz, double contract_hz, std::string_view where)
    : recorded_hz_(recorded_hz), contract_hz_(contract_hz) {
  const double ratio = recorded_hz / contract_hz;
  const double whole = std::round(ratio);
  if (whole >= 1 && std::abs(ratio - whole) <= kWhole) {
    up_ = static_cast<std::uint64_t>(whole);
    return;
  }
  if (ratio < 1) {
    fail(ErrorKind::kContract,
         "action_rate_hz: {} (contract) and {} (recording {}), expected a recording that is as fast or faster: motion "
         "between two recorded steps is not known; lower contract.action_rate_hz, or leave the recording out",
         contract_hz, recorded_hz, where);
  }
  const Fraction fraction = simplest_fraction(ratio);
  up_ = fraction.up;
  down_ = fraction.down;
}

Timestamp Resampling::begin_of(std::uint64_t step, std::span<const RecordedAction> actions) const {
  const auto time_of = [&](std::uint64_t action) {
    if (action < actions.size()) return actions[action].time;
    return actions.back().time + period_of(recorded_hz_) * static_cast<std::int64_t>(action + 1 - actions.size());
  };
  const std::uint64_t running = seen_at(step);
  const auto rest = static_cast<std::int64_t>(step * up_ % down_);
  const Timestamp begin = time_of(running);
  return rest == 0 ? begin : begin + (time_of(running + 1) - begin) * rest / static_cast<std::int64_t>(down_);
}

std::string Resampling::words() const {
  if (up_ == 1 && down_ == 1) return fmt::format("{} Hz as recorded", recorded_hz_);
  return fmt::format("{} Hz to {} Hz, {} recorded steps in {}", recorded_hz_, contract_hz_, up_, down_);
}

std::vector<ResampledStep> resample(std::span<const RecordedAction> actions, const Resampling& resampling) {
  std::vector<ResampledStep> steps;
  std::vector<Action> group;
  const std::uint64_t count = resampling.num_steps(actions.size());
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t first = resampling.first_action(i);
    const auto from = actions.subspan(first, resampling.first_action(i + 1) - first);
    group.clear();
    for (const RecordedAction& recorded : from) group.push_back(recorded.action);
    steps.push_back({group.size() == 1 ? group[0] : join(group), resampling.begin_of(i, actions), from});
  }
  return steps;
}

}  // namespace atl::datasets
