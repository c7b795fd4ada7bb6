#include "distributed/peer_messages.h"

namespace atl::distributed {

void describe(ConfigVisitor& v, PeerJoinBody& body) {
  v.table("join", body.join);
  v.field("address", &body.address);
  v.field("is_group", &body.is_group);
}

void describe(ConfigVisitor& v, PeerJoinedBody& body) {
  v.field("todo", &body.todo, {.one_of = {"go", "elsewhere", "wait", "none"}});
  v.field("leader", &body.leader);
  v.field("incarnation", &body.incarnation);
  v.field("config", &body.config);
  v.table("model", body.model);
}

void describe(ConfigVisitor& v, PeerSaidBody& body) {
  v.field("island", &body.island);
  v.field("incarnation", &body.incarnation);
  v.table("beat", body.beat);
  v.field("lane", &body.lane);
}

void describe(ConfigVisitor& v, PeerPushBody& body) {
  v.field("island", &body.island);
  v.field("incarnation", &body.incarnation);
  v.table("push", body.push);
  v.field("base", &body.base, {.min = 0});
  v.field("norm", &body.norm, {.min = 0});
}

void describe(ConfigVisitor& v, PeerShard& shard) {
  v.field("island", &shard.island);
  v.field("begin", &shard.begin);
  v.field("size", &shard.size);
}

void describe(ConfigVisitor& v, PeerPlan& plan) {
  v.field("attempt", &plan.attempt);
  v.table("commit", plan.commit);
  describe_form(v, plan.form);
  v.list("shards", plan.shards);
}

void describe(ConfigVisitor& v, PlannedBody& body) {
  v.field("attempt", &body.attempt);
  v.field("is_ready", &body.is_ready);
  v.field("hashes", &body.hashes);
}

void describe(ConfigVisitor& v, GiveBody& body) {
  v.field("what", &body.what, {.one_of = {"delta", "sum", "part"}});
  v.field("id", &body.id);
  v.field("part", &body.part, {.min = 0, .max = 1e6});
  v.field("offset", &body.offset);
  v.field("size", &body.size, {.max = kChunkBytes});
  v.field("wait_ms", &body.wait_ms, {.min = 0, .max = 60'000});
}

void describe(ConfigVisitor& v, GivenBody& body) {
  v.field("is_there", &body.is_there);
  v.field("is_gone", &body.is_gone);
  v.field("total", &body.total);
  v.field("crc", &body.crc);
}

}  // namespace atl::distributed
