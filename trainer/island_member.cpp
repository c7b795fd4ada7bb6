#include "trainer/island_member.h"

#include "core/clock.h"
#include "core/error.h"
#include "distributed/global_state.h"
#include "distributed/island.h"
#include "distributed/star_exchange.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>

#include <cstring>
#include <optional>
#include <thread>

namespace atl::trainer {
namespace {

constexpr Duration kGoodbye = std::chrono::seconds(30);

at::Tensor slice_of(const at::Tensor& flat, const distributed::Range& range) {
  return flat.slice(0, static_cast<std::int64_t>(range.begin), static_cast<std::int64_t>(range.begin + range.size));
}

void read(const at::Tensor& flat, const distributed::Fragment& fragment, std::span<float> values) {
  std::size_t at = 0;
  for (const distributed::Range& range : fragment.ranges) {
    at::from_blob(values.data() + at, {static_cast<std::int64_t>(range.size)}).copy_(slice_of(flat, range));
    at += range.size;
  }
}

void write(const at::Tensor& flat, const distributed::Fragment& fragment, std::span<const float> values) {
  std::size_t at = 0;
  for (const distributed::Range& range : fragment.ranges) {
    // The tensor is read from alone; LibTorch has no tensors of what is constant.
    auto* begin = const_cast<float*>(values.data() + at);
    slice_of(flat, range).copy_(at::from_blob(begin, {static_cast<std::int64_t>(range.size)}));
    at += range.size;
  }
}

std::vector<float> host_copy(const at::Tensor& flat) {
  std::vector<float> values(static_cast<std::size_t>(flat.numel()));
  at::from_blob(values.data(), {flat.numel()}).copy_(flat);
  return values;
}

}  // namespace

void describe(ConfigVisitor& v, IslandConfig& config) {
  v.field("name", &config.name);
  v.field("syncer", &config.syncer);
  v.field("keys", &config.keys);
  v.field("sources", &config.sources, {.min = 0, .max = 1e4});
  v.field("patience_s", &config.patience_s, {.min = 0, .max = 1e7});
  v.field("least_step_s", &config.least_step_s, {.min = 0, .max = 3600});
}

struct IslandMember::State {
  IslandConfig config;
  at::Tensor parameters;
  std::unique_ptr<distributed::Exchange> exchange;
  std::optional<distributed::Island> island;
  bool has_joined = false;
};

IslandMember::IslandMember(const IslandConfig& config, const IslandModel& model, at::Tensor parameters,
                           std::function<bool()> should_stop)
    : state_(std::make_unique<State>()) {
  state_->config = config;
  state_->parameters = std::move(parameters);
  const at::Tensor& flat = state_->parameters;
  state_->exchange = distributed::create_star_exchange({.island = config.name,
                                                        .addresses = config.syncer,
                                                        .keys = config.keys,
                                                        .patience_s = config.patience_s,
                                                        .tensors = model.tensors,
                                                        .lane = model.lane,
                                                        .contract = model.contract,
                                                        .first_parameters = [flat] { return host_copy(flat); },
                                                        .should_stop = should_stop});
  if (!state_->exchange) return;  // it should stop
  state_->island.emplace(
      *state_->exchange,
      distributed::LocalParameters{
          .read = [flat](const auto& fragment, std::span<float> values) { read(flat, fragment, values); },
          .write = [flat](const auto& fragment, std::span<const float> values) { write(flat, fragment, values); }},
      std::move(should_stop));
  state_->has_joined = state_->island->begin();
}

IslandMember::~IslandMember() = default;

bool IslandMember::has_joined() const { return state_->has_joined; }

bool IslandMember::after_step(std::int64_t pictures, double step_s, const distributed::ShardPlace& place) {
  if (const double rest = state_->config.least_step_s - step_s; rest > 0) {
    std::this_thread::sleep_for(from_seconds(rest));
    step_s += rest;
  }
  return state_->island->after_step(pictures, step_s, place);
}

std::optional<distributed::DataLease> IslandMember::wait_lease(Duration time) {
  return state_->exchange->wait_lease(MonotonicClock::now() + time);
}

std::uint64_t IslandMember::incarnation() const { return state_->exchange->facts().incarnation; }

void IslandMember::leave() {
  if (state_->exchange) state_->exchange->leave(MonotonicClock::now() + kGoodbye);
}

std::int64_t IslandMember::clock() const { return state_->island->clock(); }
double IslandMember::waited_s() const { return state_->island->waited_s(); }

}  // namespace atl::trainer
