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

  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::uint64_t, std::vector<Example>> ready;  // guarded by mutex, as all down to `error`
  std::vector<std::vector<Example>> spent;              // blocks that were served: memory for the next ones
  std::uint64_t next_to_make = 0;
  std::uint64_t next_to_serve = 0;
  bool closed = false;
  std::exception_ptr error;

  // Of the serving thread.
  std::vector<Example> block;
  std::vector<std::uint32_t> order;
  std::uint64_t block_index = 0;
  bool have_block = false;
  std::uint64_t offset = 0;
  Duration waited{};
  std::vector<std::thread> producers;

  void produce();
  void take_block(std::uint64_t index);
};

void ExampleStream::State::produce() {
  try {
    const std::unique_ptr<ExampleSource> source = create_source();
    while (true) {
      std::uint64_t index = 0;
      std::vector<Example> made;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return closed || next_to_make < next_to_serve + kBlocksAhead; });
        if (closed) return;
        index = next_to_make++;
        if (!spent.empty()) {
          made = std::move(spent.back());
          spent.pop_back();
        }
      }
      made = source->create_block(index, options.block_examples, std::move(made));
      {
        const std::lock_guard lock(mutex);
        ready.emplace(index, std::move(made));
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

void ExampleStream::State::take_block(std::uint64_t index) {
  const Timestamp begin = MonotonicClock::now();
  {
    std::unique_lock lock(mutex);
    if (have_block) spent.push_back(std::exchange(block, {}));
    changed.wait(lock, [&] { return error || ready.contains(index); });
    if (!ready.contains(index)) std::rethrow_exception(error);
    block = std::move(ready.extract(index).mapped());
    next_to_serve = index + 1;
  }
  changed.notify_all();
  waited += MonotonicClock::now() - begin;
  order = serving_order(block, options, index);
  block_index = index;
  have_block = true;
}

ExampleStream::ExampleStream(const StreamOptions& options,
                             std::function<std::unique_ptr<ExampleSource>()> create_source, StreamPosition start)
    : state_(std::make_unique<State>()) {
  ATOLL_CHECK(options.producers > 0 && options.passes > 0, "{} producers and {} passes, expected at least 1 of each",
              options.producers, options.passes);
  state_->options = options;
  state_->create_source = std::move(create_source);
  state_->block_index = start.block;
  state_->offset = start.offset;
  state_->next_to_make = start.block;
  state_->next_to_serve = start.block;
  for (int i = 0; i < options.producers; ++i) state_->producers.emplace_back([s = state_.get()] { s->produce(); });
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
  if (!s.have_block) s.take_block(s.block_index);
  if (s.offset + size > s.order.size()) {
    s.take_block(s.block_index + 1);
    s.offset = 0;
    if (s.order.size() < size) {
      fail(ErrorKind::kConfig,
           "a block serves {} examples and a batch of all replicas takes {}: raise trainer.data.block_examples",
           s.order.size(), size);
    }
  }
  std::vector<const Example*> batch;
  for (std::size_t i = 0; i < size; ++i) batch.push_back(&s.block[s.order[s.offset++]]);
  return batch;
}

bool ExampleStream::goes_on_in_block(std::size_t size) const {
  return state_->have_block && state_->offset + size <= state_->order.size();
}

StreamPosition ExampleStream::position() const { return {state_->block_index, state_->offset}; }

std::size_t ExampleStream::num_ready_blocks() const {
  const std::lock_guard lock(state_->mutex);
  return state_->ready.size();
}

double ExampleStream::seconds_waited() const { return to_seconds(state_->waited); }

}  // namespace atl::trainer
