#include "distributed/global_state.h"

#include "core/error.h"
#include "core/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace atl::distributed {
namespace {

constexpr std::size_t kPieceValues = std::size_t{1} << 16;  // summed at a time: stays in the cache

// The least multiple of the codec's blocks that is no less.
std::size_t piece_values(const DeltaCodecConfig& codec) {
  const std::size_t block = block_values(codec);
  return (kPieceValues + block - 1) / block * block;
}

// Calls visit(begin, size) for one piece after another.
template <class Visit>
void each_piece(std::size_t num_values, std::size_t piece, Visit visit) {
  for (std::size_t begin = 0; begin < num_values; begin += piece) visit(begin, std::min(piece, num_values - begin));
}

}  // namespace

void describe_form(ConfigVisitor& v, DeltaForm& form) {
  static const std::vector<std::string> kNames{"deltas", "mean", "sum"};
  std::string name = kNames[static_cast<std::size_t>(form)];
  v.field("form", &name, {.one_of = kNames});
  form = static_cast<DeltaForm>(std::ranges::find(kNames, name) - kNames.begin());
}

std::size_t num_parts(DeltaForm form, const Commit& commit) {
  return form == DeltaForm::kDeltas ? commit.entries.size() : 1;
}

DeltaCodecConfig codec_of(DeltaForm form, const SyncConfig& config) {
  return form == DeltaForm::kSum ? DeltaCodecConfig{.kind = "fp32"} : config.codec;
}

CommitDeltas StoredCommit::deltas() const {
  CommitDeltas deltas{.form = form};
  for (const Bytes& part : parts) deltas.parts.emplace_back(part);
  return deltas;
}

double check_delta(const DeltaCodecConfig& codec, std::span<const std::uint8_t> bytes, std::size_t num_values) {
  const std::size_t expected = encoded_bytes(codec, num_values);
  if (bytes.size() != expected)
    fail(ErrorKind::kFormat, "a delta of {} values as {} has {} bytes, expected {}", num_values, codec.kind,
         bytes.size(), expected);
  const std::size_t piece = piece_values(codec);
  std::vector<float> values(std::min(piece, num_values));
  double squares = 0;
  each_piece(num_values, piece, [&](std::size_t begin, std::size_t size) {
    const std::span<float> part = std::span(values).first(size);
    std::ranges::fill(part, 0.0F);
    decode_add(codec, bytes.subspan(encoded_bytes(codec, begin), encoded_bytes(codec, size)), 1.0F, part);
    for (const float value : part) squares += static_cast<double>(value) * static_cast<double>(value);
  });
  return std::sqrt(squares);
}

void sum_deltas(const SyncConfig& config, const Commit& commit, const CommitDeltas& deltas, std::size_t begin,
                std::span<float> sum) {
  const std::size_t expected = num_parts(deltas.form, commit);
  const DeltaCodecConfig codec = codec_of(deltas.form, config);
  ATOLL_CHECK(deltas.parts.size() == expected, "{} deltas for a commit of {}", deltas.parts.size(), expected);
  std::ranges::fill(sum, 0.0F);
  const std::size_t first = encoded_bytes(codec, begin);
  const std::size_t bytes = encoded_bytes(codec, sum.size());
  for (std::size_t i = 0; i < expected; ++i) {
    const auto part = deltas.parts[i];
    ATOLL_CHECK(part.size() >= first + bytes, "{} bytes of a delta, expected {}", part.size(), first + bytes);
    const double weight = deltas.form == DeltaForm::kDeltas ? commit.entries[i].weight : 1.0;
    decode_add(codec, part.subspan(first, bytes), static_cast<float>(weight), sum);
  }
}

MeanEncoder::MeanEncoder(const SyncConfig& config, std::size_t num_values)
    : config_(config), feedback_(num_values, 1.0F), sum_(num_values) {}

Bytes MeanEncoder::encode(const Commit& commit, const CommitDeltas& deltas) {
  sum_deltas(config_, commit, deltas, 0, sum_);
  Bytes bytes(encoded_bytes(config_.codec, sum_.size()));
  if (!feedback_.encode(config_.codec, sum_, bytes))
    fail(ErrorKind::kFormat, "the deltas of version {} of fragment {} sum up to no finite numbers", commit.version,
         commit.fragment);
  return bytes;
}

GlobalState::GlobalState(const SyncConfig& config, std::vector<Fragment> fragments, std::span<const float> parameters)
    : config_(config), fragments_(std::move(fragments)), versions_(fragments_.size()) {
  for (const Fragment& fragment : fragments_) {
    std::vector<float> values(fragment.num_values());
    gather(fragment, parameters, values);
    states_.push_back(begin_outer(config.outer, values));
  }
}

void GlobalState::scatter_all(std::span<float> parameters) const {
  for (std::size_t i = 0; i < fragments_.size(); ++i) scatter(fragments_[i], states_[i].parameters, parameters);
}

void GlobalState::apply(const Commit& commit, const CommitDeltas& deltas) {
  std::int64_t& version = versions_.at(commit.fragment);
  ATOLL_CHECK(commit.version == version + 1, "a step to version {} of fragment {}, which is at {}", commit.version,
              commit.fragment, version);
  apply_to(0, states_[commit.fragment].parameters.size(), commit, deltas);
  ++version;
}

void GlobalState::apply_to(std::size_t begin, std::size_t size, const Commit& commit, const CommitDeltas& deltas) {
  const std::size_t piece = piece_values(config_.codec);
  sum_.resize(std::min(piece, size));
  each_piece(size, piece, [&](std::size_t offset, std::size_t count) {
    const std::span<float> sum = std::span(sum_).first(count);
    sum_deltas(config_, commit, deltas, begin + offset, sum);
    outer_step(config_.outer, commit.version - 1, sum, states_.at(commit.fragment).view(begin + offset, count));
  });
}

std::uint64_t hash_bytes(std::span<const std::uint8_t> bytes, std::uint64_t seed) {
  std::uint64_t hash = mix_bits(seed ^ bytes.size());
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  std::uint64_t rest = 0;
  if (at < bytes.size()) std::memcpy(&rest, bytes.data() + at, bytes.size() - at);
  return mix_bits(hash ^ rest);
}

std::uint64_t GlobalState::hash(std::size_t fragment) const {
  const OuterState& state = states_.at(fragment);
  std::uint64_t hash = static_cast<std::uint64_t>(versions_[fragment]);
  for (const std::vector<float>* part : {&state.parameters, &state.momentum, &state.buffer})
    hash = hash_bytes({reinterpret_cast<const std::uint8_t*>(part->data()), part->size() * sizeof(float)}, hash);
  return hash;
}

std::vector<std::string> GlobalState::hashes() const {
  std::vector<std::string> hashes;
  for (std::size_t i = 0; i < states_.size(); ++i) hashes.push_back(fmt::format("{:016x}", hash(i)));
  return hashes;
}

}  // namespace atl::distributed
