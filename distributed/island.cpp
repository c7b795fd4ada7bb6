#include "distributed/island.h"

#include "core/error.h"

#include <algorithm>

namespace atl::distributed {
namespace {

constexpr Duration kLook = std::chrono::milliseconds(100);  // whether it should stop, while waiting

}  // namespace

Island::Island(Exchange& exchange, LocalParameters local, std::function<bool()> should_stop)
    : exchange_(exchange),
      local_(std::move(local)),
      should_stop_(std::move(should_stop)),
      schedule_(exchange.config().steps, exchange.fragments().size()) {
  for (const Fragment& fragment : exchange.fragments()) {
    Part& part = parts_.emplace_back();
    part.values.resize(fragment.num_values());
  }
}

bool Island::is_each() const { return exchange_.config().rounds.apply == "each"; }

bool Island::begin() {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!take(i, true)) return false;
    put(i);
  }
  clock_ = exchange_.facts().clock;
  for (std::size_t i = 0; i < parts_.size(); ++i) begin_window(i);
  window_steps_ = exchange_.facts().steps;
  incarnation_ = exchange_.facts().incarnation;
  return true;
}

// With rounds of all, by the islands' common clock; else each island goes by its own window.
bool Island::is_due(std::size_t fragment) const {
  if (is_each()) return clock_ - parts_[fragment].window_at >= window_steps_;
  return schedule_.due(clock_) == fragment;
}

bool Island::after_step(std::int64_t tokens, double step_s, const ShardPlace& place) {
  const std::uint64_t incarnation = exchange_.facts().incarnation;
  if (incarnation != incarnation_) {  // what it learned from until now, and had under way, is its former self's
    incarnation_ = incarnation;
    drawn_from_ = tokens_;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      parts_[i].sent_at = -1;
      parts_[i].eager.clear();
      begin_window(i);
    }
  }
  ++clock_;
  ++steps_;
  tokens_ += tokens;
  place_ = place;
  step_s_ = step_s_ == 0 ? step_s : 0.9 * step_s_ + 0.1 * step_s;
  note("train");
  const std::int64_t overlap = exchange_.config().overlap_steps;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    if (part.sent_at < 0 && is_due(i) && !send(i)) begin_window(i);  // none of its windows is taken yet
    if (part.sent_at >= 0 && clock_ - part.sent_at >= overlap) {
      if (!take(i, true)) return false;
      put(i);
    } else if (part.sent_at < 0 && !exchange_.facts().takes[i] && take(i, false)) {
      // A joiner follows the others until its first full window begins, on their clock.
      put(i);
    }
  }
  return true;
}

void Island::note(const std::string& work) {
  exchange_.note({.step = steps_, .step_s = step_s_, .drawn = tokens_ - drawn_from_, .work = work});
}

void Island::begin_window(std::size_t fragment) {
  Part& part = parts_[fragment];
  part.window_at = clock_;
  part.steps_at = steps_;
  part.tokens_at = tokens_;
}

bool Island::send(std::size_t fragment) {
  Part& part = parts_[fragment];
  local_.read(exchange_.fragments()[fragment], part.values);
  const WindowFacts window{.step = clock_,
                           .steps = steps_ - part.steps_at,
                           .tokens = tokens_ - part.tokens_at,
                           .data = {.drawn = tokens_ - drawn_from_, .place = place_}};
  if (exchange_.config().eager) part.eager.resize(part.values.size());
  if (!exchange_.push(fragment, part.values, window, part.eager)) {
    part.eager.clear();
    return false;
  }
  part.sent_at = clock_;
  begin_window(fragment);
  if (!part.eager.empty()) local_.write(exchange_.fragments()[fragment], part.eager);
  return true;
}

// Fills the scratch values. Without `waits`: false if there is nothing new.
bool Island::take(std::size_t fragment, bool waits) {
  Part& part = parts_[fragment];
  const Timestamp begin = MonotonicClock::now();
  std::optional<std::int64_t> clock = exchange_.wait_take(fragment, part.values, begin);
  while (!clock) {
    if (!waits || (should_stop_ && should_stop_())) return false;
    note("wait");
    clock = exchange_.wait_take(fragment, part.values, MonotonicClock::now() + kLook);
  }
  waited_s_ += to_seconds(MonotonicClock::now() - begin);
  note("train");
  ++num_taken_;
  if (part.sent_at < 0 && !is_each()) {  // it had sent nothing: the others' clock is its own from now on
    clock_ = std::max(clock_, *clock + exchange_.config().overlap_steps);
    begin_window(fragment);
  }
  return true;
}

// The new global values become the island's own, as the algorithm says.
void Island::put(std::size_t fragment) {
  const SyncConfig& config = exchange_.config();
  const Fragment& place = exchange_.fragments()[fragment];
  Part& part = parts_[fragment];
  const bool was_sent = part.sent_at >= 0;
  if (was_sent && !part.eager.empty()) {
    // It went on from an estimate: what the truth adds to that is added to what it has now (2502.12996).
    std::vector<float> now(part.values.size());
    local_.read(place, now);
    for (std::size_t i = 0; i < now.size(); ++i) part.values[i] = now[i] + (part.values[i] - part.eager[i]);
    part.eager.clear();
  } else if (was_sent && config.mix > 0) {
    // th <- alpha th + (1 - alpha) global (Streaming DiLoCo 2501.18512).
    std::vector<float> now(part.values.size());
    local_.read(place, now);
    const auto own = static_cast<float>(config.mix);
    for (std::size_t i = 0; i < now.size(); ++i) part.values[i] = own * now[i] + (1 - own) * part.values[i];
  }
  local_.write(place, part.values);
  part.sent_at = -1;
  if (is_each()) {
    part.window_at = clock_;
    window_steps_ = exchange_.facts().steps;
  }
}

}  // namespace atl::distributed
