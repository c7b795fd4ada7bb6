#include "distributed/exchange_desk.h"

#include "core/error.h"
#include "core/log.h"
#include "distributed/sync_messages.h"

#include <algorithm>
#include <cmath>

namespace atl::distributed {
namespace {

constexpr std::size_t kMostPendingBytes = std::size_t{256} << 20;  // of commits that wait to be taken,
constexpr std::size_t kFewestPending = 2;                          // but so many in any case
constexpr std::size_t kLeasesAhead = 2;                            // of those that were taken

}  // namespace

ExchangeDesk::ExchangeDesk(SyncConfig config, std::string island, std::function<void()> wake)
    : config_(std::move(config)), island_(std::move(island)), wake_(std::move(wake)) {}

void ExchangeDesk::enter(std::unique_ptr<GlobalState> state, std::uint64_t incarnation, std::int64_t clock) {
  {
    const std::lock_guard lock(mutex_);
    state_ = std::move(state);
    std::vector<Fragmented> parts(state_->fragments().size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts[i].is_fresh = true;
      parts[i].clock = clock;
      if (i < parts_.size()) parts[i].feedback = std::move(parts_[i].feedback);
    }
    parts_ = std::move(parts);
    is_forgotten_ = false;
    facts_.incarnation = incarnation;
    facts_.clock = clock;
    facts_.steps = config_.steps;
    next_push_ = first_id(incarnation);
    leased_.clear();
    num_leased_ = 0;
  }
  changed_.notify_all();
}

bool ExchangeDesk::has_entered() const {
  const std::lock_guard lock(mutex_);
  return state_ != nullptr && !is_forgotten_;
}

void ExchangeDesk::forget() {
  const std::lock_guard lock(mutex_);
  is_forgotten_ = true;
}

void ExchangeDesk::set_facts(std::int64_t tokens, int islands, std::int64_t steps,
                             std::vector<std::optional<std::int64_t>> takes) {
  const std::lock_guard lock(mutex_);
  facts_.tokens = tokens;
  facts_.islands = islands;
  facts_.steps = steps;
  for (std::size_t i = 0; i < std::min(takes.size(), parts_.size()); ++i) parts_[i].takes = takes[i];
}

ExchangeFacts ExchangeDesk::facts() const {
  const std::lock_guard lock(mutex_);
  ExchangeFacts facts = facts_;
  for (std::size_t i = 0; i < parts_.size(); ++i) facts.takes.push_back(is_taken(i));
  return facts;
}

// What is against a version before the island is expected was no full window; what it did not take is no window at all.
bool ExchangeDesk::is_taken(std::size_t fragment) const {
  const Fragmented& part = parts_[fragment];
  return part.takes && state_->version(fragment) >= *part.takes && !part.is_fresh;
}

bool ExchangeDesk::push(std::size_t fragment, std::span<const float> values, const WindowFacts& window,
                        std::span<float> eager) {
  {
    const std::lock_guard lock(mutex_);
    if (error_) std::rethrow_exception(error_);
    if (parts_.empty() || !is_taken(fragment)) return false;
    Fragmented& part = parts_[fragment];
    const std::span<const float> global = state_->values(fragment);
    ATOLL_CHECK(values.size() == global.size(), "{} values of a fragment of {}", values.size(), global.size());
    std::vector<float> delta(values.size());
    double squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      delta[i] = global[i] - values[i];
      squares += static_cast<double>(delta[i]) * static_cast<double>(delta[i]);
    }
    auto bytes = std::make_shared<Bytes>(encoded_bytes(config_.codec, delta.size()));
    if (config_.error_feedback && !part.feedback)
      part.feedback.emplace(delta.size(), static_cast<float>(config_.feedback_decay));
    const bool is_finite =
        part.feedback ? part.feedback->encode(config_.codec, delta, *bytes) : encode(config_.codec, delta, *bytes);
    if (!is_finite) {
      fail(ErrorKind::kFormat, "fragment {} holds values that are no finite numbers: nothing is sent",
           state_->fragments()[fragment].name);
    }
    if (!eager.empty()) estimate(fragment, *bytes, eager);
    part.awaited = next_push_++;
    part.outgoing.push_back({.id = part.awaited,
                             .fragment = fragment,
                             .base = state_->version(fragment),
                             .window = window,
                             .bytes = std::move(bytes),
                             .norm = std::sqrt(squares)});
    ++part.num_unsent;
    part.is_pushed = true;
  }
  wake_();
  return true;
}

// Eager updates (2502.12996): D~ = D_m(t) / M + [D(t - H) - D_m(t - H) / M], then the outer step. Before the first
// commit, the others are taken to do what this island does.
void ExchangeDesk::estimate(std::size_t fragment, const Bytes& own, std::span<float> eager) {
  Fragmented& part = parts_[fragment];
  const std::size_t n = eager.size();
  std::vector<float> delta(n);
  decode_add(config_.codec, own, 1.0F, delta);
  const std::vector<float> mine = delta;
  const float share = 1.0F / static_cast<float>(std::max<std::size_t>(1, part.last_count));
  for (std::size_t i = 0; i < n && part.last_count > 0; ++i)
    delta[i] = share * mine[i] + (part.last_mean[i] - share * part.last_own[i]);
  part.last_own = mine;
  const OuterState& now = state_->state(fragment);
  OuterState then = now;
  outer_step(config_.outer, state_->version(fragment), delta, then.view());
  std::ranges::copy(then.parameters, eager.begin());
}

void ExchangeDesk::note_mean(Fragmented& part, const StoredCommit& stored) {
  part.last_count = stored.commit.entries.size();
  part.last_mean.resize(state_->values(stored.commit.fragment).size());
  sum_deltas(config_, stored.commit, stored.deltas(), 0, part.last_mean);
}

// Of asynchronous rounds, an island waits for what its own delta has become.
bool ExchangeDesk::is_newer(const Fragmented& part) const {
  if (part.is_fresh) return true;
  return (part.is_ahead || !part.pending.empty()) && (config_.rounds.apply == "mean" || part.awaited == 0);
}

void ExchangeDesk::apply_pending(std::size_t fragment) {
  Fragmented& part = parts_[fragment];
  for (const StoredCommit& stored : part.pending) {
    state_->apply(stored.commit, stored.deltas());
    if (config_.eager) note_mean(part, stored);
    part.clock = stored.commit.step;
  }
  part.pending.clear();
  part.pending_bytes = 0;
}

std::optional<std::int64_t> ExchangeDesk::wait_take(std::size_t fragment, std::span<float> values, Timestamp deadline) {
  std::optional<std::int64_t> clock;
  {
    std::unique_lock lock(mutex_);
    const std::chrono::steady_clock::time_point until(deadline.time_since_epoch());
    changed_.wait_until(lock, until, [&] { return error_ || (!parts_.empty() && is_newer(parts_.at(fragment))); });
    if (error_) std::rethrow_exception(error_);
    if (parts_.empty() || !is_newer(parts_.at(fragment))) return std::nullopt;
    apply_pending(fragment);
    parts_[fragment].is_fresh = false;
    parts_[fragment].is_pushed = false;
    parts_[fragment].is_ahead = false;
    std::ranges::copy(state_->values(fragment), values.begin());
    clock = parts_[fragment].clock;
  }
  wake_();  // there is room for more
  return clock;
}

std::optional<DataLease> ExchangeDesk::wait_lease(Timestamp deadline) {
  std::optional<DataLease> lease;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = !needs_data_;
    needs_data_ = true;
  }
  if (is_first) wake_();
  {
    std::unique_lock lock(mutex_);
    const std::chrono::steady_clock::time_point until(deadline.time_since_epoch());
    changed_.wait_until(lock, until, [&] { return error_ || !leased_.empty(); });
    if (error_) std::rethrow_exception(error_);
    if (leased_.empty()) return std::nullopt;
    lease = {.incarnation = facts_.incarnation, .place = leased_.front()};
    leased_.pop_front();
  }
  wake_();  // for the next one
  return lease;
}

ExchangeDesk::Leases ExchangeDesk::leases() const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t missing = needs_data_ ? kLeasesAhead - std::min(kLeasesAhead, leased_.size()) : 0;
  return {.has = num_leased_, .wants = num_leased_ + missing};
}

void ExchangeDesk::add_leases(std::uint64_t first, std::span<const ShardPlace> places) {
  {
    const std::lock_guard lock(mutex_);
    for (std::uint64_t i = 0; i < places.size(); ++i) {
      if (first + i != num_leased_) continue;
      leased_.push_back(places[i]);
      ++num_leased_;
    }
  }
  changed_.notify_all();
}

bool ExchangeDesk::wait_committed(Timestamp deadline) {
  std::unique_lock lock(mutex_);
  const std::chrono::steady_clock::time_point until(deadline.time_since_epoch());
  const auto is_done = [&] {
    return error_ || std::ranges::all_of(parts_, [](const Fragmented& part) { return part.outgoing.empty(); });
  };
  return changed_.wait_until(lock, until, is_done);
}

ExchangeDesk::StatePiece ExchangeDesk::state(std::size_t fragment, std::size_t begin, std::size_t size) {
  const std::lock_guard lock(mutex_);
  OuterState& outer = state_->state(fragment);
  begin = std::min(begin, outer.parameters.size());
  const OuterView view = outer.view(begin, std::min(size, outer.parameters.size() - begin));
  StatePiece piece{.version = state_->version(fragment)};
  for (const std::span<float> part : {view.parameters, view.momentum, view.buffer})
    piece.values.insert(piece.values.end(), part.begin(), part.end());
  return piece;
}

bool ExchangeDesk::wait_sent(Timestamp deadline) {
  std::unique_lock lock(mutex_);
  const std::chrono::steady_clock::time_point until(deadline.time_since_epoch());
  const auto is_sent = [&] {
    return error_ || std::ranges::all_of(parts_, [](const Fragmented& part) { return part.num_unsent == 0; });
  };
  return changed_.wait_until(lock, until, is_sent);
}

std::optional<std::int64_t> ExchangeDesk::wanted(std::size_t fragment) const {
  const std::lock_guard lock(mutex_);
  const Fragmented& part = parts_.at(fragment);
  if (part.pending.size() >= kFewestPending && part.pending_bytes >= kMostPendingBytes) return std::nullopt;
  return state_->version(fragment) + static_cast<std::int64_t>(part.pending.size()) + 1;
}

void ExchangeDesk::forget_committed(Fragmented& part, const Commit& commit) {
  for (const Entry& entry : commit.entries) {
    if (entry.island != island_) continue;
    const auto done = std::ranges::find(part.outgoing, entry.push, &OutgoingPush::id);
    if (done != part.outgoing.end()) part.outgoing.erase(done);
    if (part.awaited == entry.push) part.awaited = 0;
  }
  part.num_unsent = std::min(part.num_unsent, part.outgoing.size());
}

void ExchangeDesk::add(std::size_t fragment, StoredCommit stored) {
  {
    const std::lock_guard lock(mutex_);
    Fragmented& part = parts_.at(fragment);
    const std::int64_t expected = state_->version(fragment) + static_cast<std::int64_t>(part.pending.size()) + 1;
    if (stored.commit.version != expected) return;  // of before the island joined anew
    forget_committed(part, stored.commit);
    facts_.clock = std::max(facts_.clock, stored.commit.step);
    facts_.tokens = std::max(facts_.tokens, stored.commit.tokens);
    for (const Bytes& bytes : stored.parts) part.pending_bytes += bytes.size();
    part.pending.push_back(std::move(stored));
    if (part.is_pushed && part.awaited != 0) {  // an island waits for what is behind these
      apply_pending(fragment);
      part.is_ahead = true;
    }
  }
  changed_.notify_all();
}

std::vector<OutgoingPush> ExchangeDesk::outgoing(std::size_t fragment) const {
  const std::lock_guard lock(mutex_);
  const auto& all = parts_.at(fragment).outgoing;
  return {all.begin(), all.end()};
}

std::shared_ptr<const Bytes> ExchangeDesk::own_bytes(std::size_t fragment, std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto& all = parts_.at(fragment).outgoing;
  const auto found = std::ranges::find(all, id, &OutgoingPush::id);
  return found == all.end() ? nullptr : found->bytes;
}

void ExchangeDesk::note_arrived(std::size_t fragment, std::uint64_t id) {
  {
    const std::lock_guard lock(mutex_);
    Fragmented& part = parts_.at(fragment);
    const auto found = std::ranges::find(part.outgoing, id, &OutgoingPush::id);
    if (found == part.outgoing.end()) return;
    part.num_unsent = std::min(part.num_unsent, static_cast<std::size_t>(part.outgoing.end() - found) - 1);
  }
  changed_.notify_all();
}

void ExchangeDesk::note_refused(std::size_t fragment, std::uint64_t id, const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    Fragmented& part = parts_.at(fragment);
    const auto found = std::ranges::find(part.outgoing, id, &OutgoingPush::id);
    if (found == part.outgoing.end()) return;
    part.outgoing.erase(found);
    part.num_unsent = std::min(part.num_unsent, part.outgoing.size());
    // What was refused is lost; the island begins its window anew from the global parameters.
    if (part.awaited == id) {
      part.awaited = 0;
      part.is_fresh = true;
    }
  }
  log_warning("this island's delta was left out: {}; its window begins anew", reason);
  changed_.notify_all();
}

void ExchangeDesk::fail_with(std::exception_ptr error) {
  {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  changed_.notify_all();
}

}  // namespace atl::distributed
