// The global parameters, with what the outer optimiser knows of them and a version for each fragment. A commit and its
// deltas lead from a version to the next, to the same bits wherever it is done: the syncer, every island, a standby and
// the replay of a tape follow the same commits and hold the same state. One thread.
#pragma once

#include "distributed/outer_optimizer.h"
#include "distributed/rounds.h"
#include "distributed/sync_config.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace atl::distributed {

using Bytes = std::vector<std::uint8_t>;

/// How a commit's deltas come.
enum class DeltaForm : std::uint8_t {
  kDeltas,  // one for each of its entries, as it was sent
  kMean,    // their mean, encoded anew: SyncConfig::reply = "mean"
  kSum,     // their weighted sum in fp32, exact: from peers, where that is smaller than all deltas
};

void describe_form(ConfigVisitor& v, DeltaForm& form);

/// The deltas of a commit. Borrowed.
struct CommitDeltas {
  DeltaForm form = DeltaForm::kDeltas;
  std::vector<std::span<const std::uint8_t>> parts{};
};

/// A commit with bytes of its own.
struct StoredCommit {
  Commit commit;
  DeltaForm form = DeltaForm::kDeltas;
  std::vector<Bytes> parts{};

  [[nodiscard]] CommitDeltas deltas() const;
};

/// How many parts a commit's deltas have in a form, and the code that they are in.
[[nodiscard]] std::size_t num_parts(DeltaForm form, const Commit& commit);
[[nodiscard]] DeltaCodecConfig codec_of(DeltaForm form, const SyncConfig& config);

/// The Euclidean norm of a fragment's delta. Throws Error(kFormat) for bytes that no encoder made, another length
/// included: whatever came from elsewhere has to pass here first.
[[nodiscard]] double check_delta(const DeltaCodecConfig& codec, std::span<const std::uint8_t> bytes,
                                 std::size_t num_values);

/// The weighted sum of a commit's deltas, values `begin` .. `begin + sum.size()` of the fragment, in the order of its
/// entries. `begin` is a multiple of the codec's block. The deltas have passed `check_delta`.
void sum_deltas(const SyncConfig& config, const Commit& commit, const CommitDeltas& deltas, std::size_t begin,
                std::span<float> sum);

/// Makes the mean of a fragment's deltas small again (SyncConfig::reply = "mean"), with error feedback of its own.
class MeanEncoder {
 public:
  MeanEncoder(const SyncConfig& config, std::size_t num_values);
  /// The mean's code. Throws Error(kFormat) where the deltas sum up to no finite number.
  [[nodiscard]] Bytes encode(const Commit& commit, const CommitDeltas& deltas);
  /// What was not sent yet; a part of the state of whoever encodes.
  [[nodiscard]] std::span<float> residual() { return feedback_.residual(); }

 private:
  const SyncConfig& config_;
  ErrorFeedback feedback_;
  std::vector<float> sum_;
};

class GlobalState {
 public:
  /// Version 0 of all fragments. `config` must outlive it.
  GlobalState(const SyncConfig& config, std::vector<Fragment> fragments, std::span<const float> parameters);

  [[nodiscard]] const SyncConfig& config() const { return config_; }
  [[nodiscard]] const std::vector<Fragment>& fragments() const { return fragments_; }
  [[nodiscard]] std::int64_t version(std::size_t fragment) const { return versions_[fragment]; }
  [[nodiscard]] std::vector<std::int64_t> versions() const { return versions_; }
  /// The fragment's values; valid as long as this object.
  [[nodiscard]] std::span<const float> values(std::size_t fragment) const { return states_[fragment].parameters; }
  [[nodiscard]] std::span<const float> momentum(std::size_t fragment) const { return states_[fragment].momentum; }
  /// Writes all fragments' values to where they lie among all parameters.
  void scatter_all(std::span<float> parameters) const;

  /// One outer step. The deltas have passed `check_delta`. Throws Error(kInternal), before anything has changed, unless
  /// the commit leads from this version to the next.
  void apply(const Commit& commit, const CommitDeltas& deltas);

  /// The step to `commit.version` for some values alone, `begin` a multiple of the codec's block: for who has a state
  /// in pieces of several versions, and sets the version at the end.
  void apply_to(std::size_t begin, std::size_t size, const Commit& commit, const CommitDeltas& deltas);

  /// 64 bits of a fragment's parameters, momentum and buffer and of its version: what islands compare.
  [[nodiscard]] std::uint64_t hash(std::size_t fragment) const;
  /// Of all fragments, hexadecimal: for people and files.
  [[nodiscard]] std::vector<std::string> hashes() const;

  /// The state of a fragment, for snapshots and joiners; whoever changes it sets the version, too.
  [[nodiscard]] OuterState& state(std::size_t fragment) { return states_[fragment]; }
  [[nodiscard]] const OuterState& state(std::size_t fragment) const { return states_[fragment]; }
  void set_version(std::size_t fragment, std::int64_t version) { versions_[fragment] = version; }

 private:
  const SyncConfig& config_;
  std::vector<Fragment> fragments_;
  std::vector<OuterState> states_;
  std::vector<std::int64_t> versions_;
  std::vector<float> sum_;  // of one piece
};

/// 64 bits of bytes, the same on every machine; no cryptographic strength.
[[nodiscard]] std::uint64_t hash_bytes(std::span<const std::uint8_t> bytes, std::uint64_t seed = 0);

}  // namespace atl::distributed
