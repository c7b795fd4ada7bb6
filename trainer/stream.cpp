#include "trainer/stream.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/random.h"

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace atl::trainer {
namespace {

constexpr std::size_t kBlocksAhead = kMaxBlocks - 1;  // made or being made beyond the one that is served
constexpr std::uint64_t kOrderStream = 0x6f72646572;

void shuffle(std::vector<std::uint32_t>& values, Random& random) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[random.below(static_cast<std::uint32_t>(i))]);
  }
}

// Deals members of `pool` one after another, shuffled anew each time round.
class Dealer {
 public:
  Dealer(std::vector<std::uint32_t> pool, Random& random) : pool_(std::move(pool)), random_(random) {}
  std::uint32_t next() {
    if (used_ % pool_.size() == 0) shuffle(pool_, random_);
    return pool_[used_++ % pool_.size()];
  }

 private:
  std::vector<std::uint32_t> pool_;
  Random& random_;
  std::size_t used_ = 0;
};

}  // namespace

std::vector<std::uint32_t> serving_order(const std::vector<Example>& block, const StreamOptions& options,
                                         std::uint64_t block_index) {
  Random random(derive_seed(derive_seed(options.seed, kOrderStream), block_index));
  std::vector<std::uint32_t> ordinary;
  std::vector<std::uint32_t> goal_frames;
  for (std::uint32_t i = 0; i < block.size(); ++i) {
    (options.goal_frame_share > 0 && block[i].shows_what_was_named() ? goal_frames : ordinary).push_back(i);
  }
  const bool deal_goals = !goal_frames.empty() && !ordinary.empty();
  if (ordinary.empty()) std::swap(ordinary, goal_frames);
  const std::size_t num_ordinary = ordinary.size() * static_cast<std::size_t>(options.passes);
  Dealer ordinary_dealer(std::move(ordinary), random);
  Dealer goal_dealer(std::move(goal_frames), random);
  std::vector<std::uint32_t> order;
  double goals_due = 0.0;
  const double goals_per_ordinary = options.goal_frame_share / (1.0 - options.goal_frame_share);
  for (std::size_t i = 0; i < num_ordinary; ++i) {
    order.push_back(ordinary_dealer.next());
    if (!deal_goals) continue;
    for (goals_due += goals_per_ordinary; goals_due >= 1.0; goals_due -= 1.0) order.push_back(goal_dealer.next());
  }
  return order;
}

struct ExampleStream::State {
  StreamOptions options;
  std::function<std::unique_ptr<ExampleSource>()> create_source;

  BlockOrder next_block;
  std::mutex taking;  // of next_block and the number that goes with what it gave

  struct Block {
    BlockLease lease;
    std::vector<Example> examples{};
  };
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::uint64_t, Block> ready;     // by number; guarded by mutex, as all down to `error`
  std::vector<std::vector<Example>> spent;  // blocks that were served: memory for the next ones
  std::uint64_t next_to_make = 0;           // numbers
  std::uint64_t next_to_serve = 0;
  bool closed = false;
  std::exception_ptr error;

  // Of the serving thread.
  Block block;
  std::vector<std::uint32_t> order;
  bool have_block = false;
  StreamPosition at;
  std::optional<std::uint64_t> only_owner;
  Duration waited{};
  std::vector<std::thread> producers;

  [[nodiscard]] std::optional<std::pair<std::uint64_t, Block>> take_lease();
  void produce();
  void take_block();
};

// What is to be made next, with memory for it; nothing at the end.
std::optional<std::pair<std::uint64_t, ExampleStream::State::Block>> ExampleStream::State::take_lease() {
  const std::lock_guard only(taking);
  while (true) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return closed || next_to_make < next_to_serve + kBlocksAhead; });
      if (closed) return std::nullopt;
    }
    const std::optional<BlockLease> lease = next_block();
    if (!lease) continue;
    const std::lock_guard lock(mutex);
    Block made{.lease = *lease};
    if (!spent.empty()) {
      made.examples = std::move(spent.back());
      spent.pop_back();
    }
    return std::pair(next_to_make++, std::move(made));
  }
}

void ExampleStream::State::produce() {
  try {
    const std::unique_ptr<ExampleSource> source = create_source();
    while (std::optional<std::pair<std::uint64_t, Block>> next = take_lease()) {
      auto& [number, made] = *next;
      made.examples = source->create_block(made.lease.begin.block, options.block_examples, std::move(made.examples));
      {
        const std::lock_guard lock(mutex);
        ready.emplace(number, std::move(made));
      }
      changed.notify_all();
    }
  } catch (...) {
    {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
    changed.notify_all();
  }
}

void ExampleStream::State::take_block() {
  const Timestamp begin = MonotonicClock::now();
  const auto is_other = [&] { return only_owner && block.lease.owner != *only_owner; };
  do {
    {
      std::unique_lock lock(mutex);
      if (have_block) spent.push_back(std::exchange(block.examples, {}));
      have_block = false;
      changed.wait(lock, [&] { return error || ready.contains(next_to_serve); });
      if (!ready.contains(next_to_serve)) std::rethrow_exception(error);
      block = std::move(ready.extract(next_to_serve).mapped());
      have_block = true;
      ++next_to_serve;
    }
    changed.notify_all();
  } while (is_other());
  waited += MonotonicClock::now() - begin;
  order = serving_order(block.examples, options, block.lease.begin.block);
  at = block.lease.begin;
}

ExampleStream::ExampleStream(const StreamOptions& options,
                             std::function<std::unique_ptr<ExampleSource>()> create_source, BlockOrder order)
    : state_(std::make_unique<State>()) {
  ATOLL_CHECK(options.producers > 0 && options.passes > 0, "{} producers and {} passes, expected at least 1 of each",
              options.producers, options.passes);
  state_->options = options;
  state_->create_source = std::move(create_source);
  state_->next_block = std::move(order);
  for (int i = 0; i < options.producers; ++i) state_->producers.emplace_back([s = state_.get()] { s->produce(); });
}

ExampleStream::ExampleStream(const StreamOptions& options,
                             std::function<std::unique_ptr<ExampleSource>()> create_source, StreamPosition start)
    : ExampleStream(options, std::move(create_source), [next = start]() mutable {
        const BlockLease lease{.begin = next};
        next = {.block = next.block + 1, .offset = 0};
        return std::optional(lease);
      }) {
  state_->at = start;
}

ExampleStream::~ExampleStream() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
  }
  state_->changed.notify_all();
  for (std::thread& producer : state_->producers) producer.join();
}

std::vector<const Example*> ExampleStream::next_batch(std::size_t size) {
  State& s = *state_;
  while (!s.have_block || s.at.offset + size > s.order.size()) {
    if (s.have_block && s.order.size() < size) {
      fail(ErrorKind::kConfig,
           "a block serves {} examples and a batch of all replicas takes {}: raise trainer.data.block_examples",
           s.order.size(), size);
    }
    s.take_block();
  }
  std::vector<const Example*> batch;
  for (std::size_t i = 0; i < size; ++i) batch.push_back(&s.block.examples[s.order[s.at.offset++]]);
  return batch;
}

bool ExampleStream::goes_on_in_block(std::size_t size) const {
  return state_->have_block && state_->at.offset + size <= state_->order.size();
}

void ExampleStream::serve_only(std::uint64_t owner) {
  State& s = *state_;
  s.only_owner = owner;
  if (!s.have_block || s.block.lease.owner == owner) return;
  const std::lock_guard lock(s.mutex);
  s.spent.push_back(std::exchange(s.block.examples, {}));
  s.have_block = false;
}

StreamPosition ExampleStream::position() const { return state_->at; }

std::size_t ExampleStream::num_ready_blocks() const {
  const std::lock_guard lock(state_->mutex);
  return state_->ready.size();
}

double ExampleStream::seconds_waited() const { return to_seconds(state_->waited); }

}  // namespace atl::trainer
