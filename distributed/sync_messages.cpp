#include "distributed/sync_messages.h"

#include "distributed/global_state.h"

#include <zlib.h>

namespace atl::distributed {

void describe(ConfigVisitor& v, JoinBody& body) {
  v.field("name", &body.name);
  v.field("process", &body.process);
  v.field("had", &body.had);
  v.field("software", &body.software);
  v.field("lane", &body.lane);
}

void describe(ConfigVisitor& v, FragmentBody& body) {
  v.field("name", &body.name);
  v.field("num_values", &body.num_values, {.min = 1, .max = 1e12});
  v.field("islands", &body.islands);
}

void describe(ConfigVisitor& v, ModelBody& body) {
  v.list("fragments", body.fragments);
  v.field("layout", &body.layout);
  v.field("contract", &body.contract);
}

void describe(ConfigVisitor& v, JoinedBody& body) {
  v.field("incarnation", &body.incarnation);
  v.field("config", &body.config);
  v.field("todo", &body.todo, {.one_of = {"go", "seed", "wait"}});
  v.table("model", body.model);
  v.field("step", &body.step, {.min = 0});
}

void describe(ConfigVisitor& v, SeedBody& body) {
  v.field("offset", &body.offset);
  v.table("model", body.model);
}

void describe(ConfigVisitor& v, StateBody& body) {
  v.field("begin", &body.begin);
  v.field("size", &body.size, {.max = kStateValues});
}

void describe(ConfigVisitor& v, BeatBody& body) {
  v.table("beat", body.beat);
  v.field("leases", &body.leases);
  v.field("wants", &body.wants);
}

void describe(ConfigVisitor& v, WelcomeBody& body) {
  v.field("tokens", &body.tokens, {.min = 0});
  v.field("islands", &body.islands, {.min = 0});
  v.field("steps", &body.steps, {.min = 0});
  v.field("takes", &body.takes);
  v.field("first_lease", &body.first_lease);
  v.list("leased", body.leased);
}

void describe(ConfigVisitor& v, PushBody& body) {
  v.field("id", &body.id, {.min = 1});
  v.field("step", &body.step, {.min = 0});
  v.field("steps", &body.steps, {.min = 0});
  v.field("tokens", &body.tokens, {.min = 0});
  v.table("data", body.data);
  v.field("offset", &body.offset);
  v.field("total", &body.total);
  v.field("crc", &body.crc);
}

void describe(ConfigVisitor& v, PushedBody& body) {
  v.field("have", &body.have);
  v.field("is_done", &body.is_done);
  v.field("refused", &body.refused);
}

void describe(ConfigVisitor& v, FetchBody& body) {
  v.field("part", &body.part, {.min = 0, .max = 1e6});
  v.field("offset", &body.offset);
  v.field("wait_ms", &body.wait_ms, {.min = 0, .max = 60'000});
}

void describe(ConfigVisitor& v, FetchedBody& body) {
  v.field("is_there", &body.is_there);
  v.field("is_gone", &body.is_gone);
  v.table("commit", body.commit);
  describe_form(v, body.form);
  v.field("sizes", &body.sizes);
  v.field("crc", &body.crc);
}

WelcomeBody make_welcome(const SyncConfig& config, const Rounds& rounds, const std::string& island,
                         const BeatBody& said) {
  const Members& members = rounds.members();
  WelcomeBody body{.tokens = rounds.tokens(),
                   .islands = static_cast<int>(members.all().size()),
                   .steps = config.dynamic_steps ? members.dynamic_steps(island, config.steps) : config.steps};
  for (std::size_t i = 0; i < rounds.num_fragments(); ++i) {
    const std::optional<std::int64_t> from = rounds.takes_from(i, island);
    body.takes.push_back(from ? std::to_string(*from) : "");
  }
  body.leased = rounds.ledger().leased(island, said.leases);
  body.first_lease = rounds.ledger().num_leased(island) - body.leased.size();
  return body;
}

std::uint64_t layout_hash(std::span<const Fragment> fragments) {
  std::uint64_t hash = fragments.size();
  const auto add = [&](const void* data, std::size_t size) {
    hash = hash_bytes({static_cast<const std::uint8_t*>(data), size}, hash);
  };
  for (const Fragment& fragment : fragments) {
    add(fragment.name.data(), fragment.name.size());
    for (const Range& range : fragment.ranges) add(&range, sizeof range);
    for (const std::string& island : fragment.islands) add(island.data(), island.size());
  }
  return hash;
}

std::vector<FragmentBody> bodies_of(std::span<const Fragment> fragments) {
  std::vector<FragmentBody> bodies;
  for (const Fragment& fragment : fragments)
    bodies.push_back({.name = fragment.name, .num_values = fragment.num_values(), .islands = fragment.islands});
  return bodies;
}

std::uint32_t crc_of(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(::crc32(0, bytes.data(), static_cast<uInt>(bytes.size())));
}

}  // namespace atl::distributed
