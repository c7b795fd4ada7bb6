// What leaders of islands say to each other where there is no master: bodies of net/header.h's verbs, beside those that
// a star has (distributed/sync_messages.h). Whoever asks has dialled; LOG alone is not answered. In the header: env_id
// is the fragment.
#pragma once

#include "core/config.h"
#include "distributed/peer_records.h"
#include "distributed/sync_messages.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::distributed {

/// JOIN, to any member; and again until it says "go".
struct PeerJoinBody {
  JoinBody join{};        // process: the number that it will have in the log's group
  std::string address{};  // where it can be dialled
  bool is_group = false;  // asks only whether there is a group
};
void describe(ConfigVisitor& v, PeerJoinBody& body);

struct PeerJoinedBody {
  std::string todo = "wait";  // "go": it is in, and the leader feeds it; "elsewhere": ask `leader`; "wait": ask again;
                              // "none": there is no group here
  std::string leader{};       // its address
  std::uint64_t incarnation = 0;
  std::string config{};  // of the run, TOML
  ModelBody model{};
};
void describe(ConfigVisitor& v, PeerJoinedBody& body);

/// Who says it: of BEGIN, BEAT and LEAVE, which go to the leader.
struct PeerSaidBody {
  std::string island{};
  std::uint64_t incarnation = 0;
  BeatBody beat{};
  std::string lane{};
};
void describe(ConfigVisitor& v, PeerSaidBody& body);

/// PUSH, to the leader: a delta is there to be fetched. Answered by PushedBody.
struct PeerPushBody {
  std::string island{};
  std::uint64_t incarnation = 0;
  PushBody push{};  // without bytes
  std::int64_t base = 0;
  double norm = 0;
};
void describe(ConfigVisitor& v, PeerPushBody& body);

/// A part of the fragment's values that one member sums.
struct PeerShard {
  std::string island{};
  std::uint64_t begin = 0;  // a multiple of the codec's block
  std::uint64_t size = 0;
};
void describe(ConfigVisitor& v, PeerShard& shard);

/// How the deltas of a step meet.
struct PeerPlan {
  std::uint64_t attempt = 0;  // of all plans of all leaders, another number each
  Commit commit{};
  DeltaForm form = DeltaForm::kDeltas;
  std::vector<PeerShard> shards{};  // in order, all values; none with kDeltas
};
void describe(ConfigVisitor& v, PeerPlan& plan);

/// PLAN, to each member, over and over until the step is in the log. Answered by PlannedBody, at once.
struct PlannedBody {
  std::uint64_t attempt = 0;
  bool is_ready = false;
  std::vector<std::string> hashes{};  // of the parts
};
void describe(ConfigVisitor& v, PlannedBody& body);

/// FETCH of bytes that a member has. Answered by GivenBody with them; held for `wait_ms` while they are not there.
struct GiveBody {
  std::string what = "delta";  // "delta": the one of the asked island with this id; "sum": of this attempt, the shard
                               // that the asked one makes; "part": of the commit that leads to version id
  std::uint64_t id = 0;        // of the delta, the attempt, or the version
  int part = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // at most kChunkBytes
  int wait_ms = 0;
};
void describe(ConfigVisitor& v, GiveBody& body);

struct GivenBody {
  bool is_there = false;
  bool is_gone = false;  // and will not be
  std::uint64_t total = 0;
  std::uint64_t crc = 0;
};
void describe(ConfigVisitor& v, GivenBody& body);

}  // namespace atl::distributed
