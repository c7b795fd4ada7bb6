// Batches without end: blocks made ahead by producer threads, shuffled, and served in an order that depends only on the
// seed and the position. Blocks come one after another, or as others lease them (islands share one order of blocks
// out), whatever the number of producers. There are at most kMaxBlocks at a time, however much data lies behind them; a
// block that was served becomes the memory of a later one.
#pragma once

#include "trainer/source.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace atl::trainer {

/// Where in the stream the next batch begins; stored in checkpoints.
struct StreamPosition {
  std::uint64_t block = 0;
  std::uint64_t offset = 0;  // examples of the block's order that were served
  friend bool operator==(const StreamPosition&, const StreamPosition&) = default;
};

/// A block that is to be served.
struct BlockLease {
  StreamPosition begin;     // the block, and where in it to begin
  std::uint64_t owner = 0;  // whose it is, for `serve_only`
};
/// Gives the next one, and may take some tenths of a second to: nothing if there is none yet, and it is asked again.
/// One producer's thread at a time.
using BlockOrder = std::function<std::optional<BlockLease>()>;

/// The one that is served, and those that are made or being made beyond it.
inline constexpr std::size_t kMaxBlocks = 3;

struct StreamOptions {
  std::uint64_t seed = 0;
  std::size_t block_examples = 4096;
  int passes = 2;
  int producers = 1;
  double goal_frame_share = 0.0;  // of each batch; 0: as they come
};

/// Serves one thread. Destroying it ends and joins the producers.
class ExampleStream {
 public:
  /// `create_source` is called once in each producer thread. Its errors, and those of sources and `order`, come out of
  /// next_batch.
  ExampleStream(const StreamOptions& options, std::function<std::unique_ptr<ExampleSource>()> create_source,
                BlockOrder order);
  /// All blocks in their order.
  ExampleStream(const StreamOptions& options, std::function<std::unique_ptr<ExampleSource>()> create_source,
                StreamPosition start = {});
  ~ExampleStream();
  ExampleStream(const ExampleStream&) = delete;
  ExampleStream& operator=(const ExampleStream&) = delete;

  /// The next `size` examples, all of one block; what is left of a block and too little for a batch is passed over.
  /// Blocks until they are made. Valid until the next call. Throws Error(kConfig) if a block holds less than a batch.
  [[nodiscard]] std::vector<const Example*> next_batch(std::size_t size);

  /// Whether the next batch is of the same block as the last, whose examples then stay valid with it.
  [[nodiscard]] bool goes_on_in_block(std::size_t size) const;
  /// Passes over blocks of other owners from now on, the present one included; examples of the last batch end to be
  /// valid.
  void serve_only(std::uint64_t owner);
  /// Where the batch after the last one begins.
  [[nodiscard]] StreamPosition position() const;
  /// Blocks that are made and wait.
  [[nodiscard]] std::size_t num_ready_blocks() const;
  /// How long next_batch has waited for blocks since the stream began.
  [[nodiscard]] double seconds_waited() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The order in which a block of examples is served: `passes` shuffles, one after another. With a goal frame share,
/// ordinary examples keep their `passes` and goal frames are dealt in evenly between them, as often as the share needs.
[[nodiscard]] std::vector<std::uint32_t> serving_order(const std::vector<Example>& block, const StreamOptions& options,
                                                       std::uint64_t block_index);

}  // namespace atl::trainer
