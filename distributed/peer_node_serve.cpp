#include "core/error.h"
#include "core/log.h"
#include "core/version.h"
#include "distributed/peer_node.h"
#include "net/hello.h"
#include "net/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

// What others ask a PeerNode.
namespace atl::distributed {
namespace {

constexpr std::size_t kMostIslands = 1000;
constexpr std::size_t kMostHeld = 4096;
constexpr net::PackLimits kLimits{.max_bytes = std::size_t{1} << 22, .max_values = std::size_t{1} << 18};

template <class T>
T unpacked(net::Verb verb, net::Part body) {
  return net::unpack<T>(body, fmt::format("the body of {}", net::to_string(verb)), kLimits);
}

}  // namespace

void PeerNode::reply(const Asked& asked, net::Part body, net::Part bytes, std::uint64_t tick) {
  net::Header header = asked.header;
  header.status = net::Status::kOk;
  header.tick = tick;
  const std::span<const net::Part> buffers(&bytes, bytes.empty() ? 0 : 1);
  // Who does not read, or is gone, asks again.
  static_cast<void>(router_.send(asked.peer, {.header = header, .body = body, .buffers = buffers}));
}

void PeerNode::refuse(const Asked& asked, net::Status status, const std::string& reason) {
  net::Header header = asked.header;
  header.verb = net::Verb::kError;
  header.status = status;
  header.flags = 0;
  static_cast<void>(router_.send(asked.peer, {.header = header, .body = net::pack(net::ErrorBody{.reason = reason})}));
}

void PeerNode::serve(net::Router::Incoming incoming) {
  const net::Parts& parts = incoming.parts;
  Asked asked{.peer = std::move(incoming.peer), .header = {}};
  if (parts.size() == 0) return;
  if (const auto refusal = net::decode(parts[0], asked.header)) return refuse(asked, refusal->status, refusal->reason);
  if (parts.size() < 2 || parts.size() > 3 || asked.header.n_parts != parts.size() ||
      parts.num_received() != parts.size()) {
    return refuse(
        asked, net::Status::kMalformed,
        fmt::format("a message of {} parts, expected header, body and at most one more", parts.num_received()));
  }
  const net::Verb verb = asked.header.verb;
  const net::Part bytes = parts.size() == 3 ? parts[2] : net::Part{};
  try {
    switch (verb) {
      case net::Verb::kHello:
        return reply(asked, net::pack(net::ServerHello{.kind = "peer",
                                                       .name = options_.island,
                                                       .software = fmt::format("atoll {}", version()),
                                                       .credit = 64,
                                                       .environments = 1}));
      case net::Verb::kPing: return reply(asked, parts[1]);
      case net::Verb::kJoin: return serve_join(asked, unpacked<PeerJoinBody>(verb, parts[1]));
      case net::Verb::kLog: return hear_log(unpacked<PeerPlace>(verb, parts[1]), bytes);
      default: return serve_member(asked, parts[1]);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kFormat) throw;  // not the asker's doing
    refuse(asked, net::Status::kMalformed, error.what());
  }
}

void PeerNode::serve_member(const Asked& asked, net::Part body) {
  const net::Verb verb = asked.header.verb;
  if (!agreed_) return refuse(asked, net::Status::kUnknown, "this island takes part in no run yet");
  switch (verb) {
    case net::Verb::kBegin:
    case net::Verb::kBeat:
    case net::Verb::kLeave: {
      if (!lead_) return refuse(asked, net::Status::kUnknown, "this island does not lead the others");
      return reply(asked, net::pack(hear_member(verb, unpacked<PeerSaidBody>(verb, body))));
    }
    case net::Verb::kPush:
      if (!lead_) return refuse(asked, net::Status::kUnknown, "this island does not lead the others");
      if (!has_fragment(asked)) return;
      return reply(asked, net::pack(hear_push(asked.header.env_id, unpacked<PeerPushBody>(verb, body))));
    case net::Verb::kPlan: {
      if (!has_fragment(asked)) return;
      const auto plan = unpacked<PeerPlan>(verb, body);
      if (plan.commit.fragment != asked.header.env_id || !is_sound(plan))
        return refuse(asked, net::Status::kMalformed, "a plan that does not fit the run");
      carry_out(plan);
      return reply(asked, net::pack(planned(asked.header.env_id)));
    }
    case net::Verb::kState: return serve_state(asked, unpacked<StateBody>(verb, body));
    case net::Verb::kFetch: return serve_fetch(asked, unpacked<FetchBody>(verb, body));
    case net::Verb::kGive: {
      if (!has_fragment(asked)) return;
      const auto wanted = unpacked<GiveBody>(verb, body);
      if (give(asked, wanted, wanted.wait_ms == 0 || held_.size() >= kMostHeld)) return;
      held_.push_back(
          {.asked = asked, .body = wanted, .until = MonotonicClock::now() + std::chrono::milliseconds(wanted.wait_ms)});
      return;
    }
    default:
      return refuse(asked, net::Status::kUnsupported, fmt::format("islands do not answer {}", net::to_string(verb)));
  }
}

bool PeerNode::has_fragment(const Asked& asked) {
  if (asked.header.env_id < run_.fragments().size()) return true;
  refuse(asked, net::Status::kUnknown,
         fmt::format("fragment {}, expected less than {}", asked.header.env_id, run_.fragments().size()));
  return false;
}

// Whether its shards are all of the fragment, in order, and every entry is somebody's.
bool PeerNode::is_sound(const PeerPlan& plan) const {
  if (plan.commit.entries.empty() || plan.commit.fragment >= run_.fragments().size()) return false;
  if (plan.form == DeltaForm::kDeltas) return plan.shards.empty();
  const std::size_t block = block_values(run_.config().codec);
  std::uint64_t at = 0;
  for (const PeerShard& shard : plan.shards) {
    if (shard.begin != at || shard.begin % block != 0 || shard.size == 0) return false;
    at += shard.size;
    if (at > run_.fragments()[plan.commit.fragment].num_values()) return false;
  }
  return at == run_.fragments()[plan.commit.fragment].num_values();
}

void PeerNode::hear_log(const PeerPlace& sender, net::Part bytes) {
  if (!log_) return;
  const LogMessage message = decode_log_message(bytes);
  if (message.from != sender.process) return;
  addresses_[sender.process] = sender.address;
  log_->receive(message, MonotonicClock::now());
}

// ---- To whoever wants to come in.

void PeerNode::serve_join(const Asked& asked, const PeerJoinBody& body) {
  const std::string& name = body.join.name;
  if (name.empty() || name.size() > 64)
    return refuse(asked, net::Status::kMalformed,
                  fmt::format("an island's name has {} bytes, expected 1 to 64", name.size()));
  PeerJoinedBody joined;
  const bool is_in =
      agreed_ && (phase_ == Phase::kIn || phase_ == Phase::kLeaving || (lead_ && phase_ == Phase::kTaking));
  if (!is_in) {
    joined.todo = "none";
    return reply(asked, net::pack(joined));
  }
  if (body.is_group) return reply(asked, net::pack(joined));
  if (!lead_) {
    const PeerPlace* place = leader();
    joined.todo = place && place->process != process_ ? "elsewhere" : "wait";
    joined.leader = place ? place->address : "";
    return reply(asked, net::pack(joined));
  }
  const auto known = agreed_->places().find(name);
  const bool is_known = known != agreed_->places().end();
  if (is_known && known->second.process == body.join.process) {
    joined = {.todo = "go",
              .incarnation = agreed_->rounds().members().all().at(name).incarnation,
              .config = run_.config_text(),
              .model = run_.model()};
    return reply(asked, net::pack(joined));
  }
  if (is_known && body.join.had > 0)
    return refuse(asked, net::Status::kOrder,
                  fmt::format("island {}, incarnation {}: {}", name, body.join.had, to_string(Standing::kSuperseded)));
  if (agreed_->places().size() >= kMostIslands)
    return refuse(asked, net::Status::kLimit, fmt::format("{} islands take part, which is the most", kMostIslands));
  let_in(body);
  reply(asked, net::pack(joined));
}

// Once for each process.
void PeerNode::let_in(const PeerJoinBody& body) {
  const Timestamp now = MonotonicClock::now();
  Timestamp& again = let_in_[body.join.process];
  if (now < again) return;
  again = now + std::chrono::seconds(2);
  const PeerRecord record{.event = {.what = "join", .island = body.join.name, .process = body.join.process},
                          .address = body.address};
  static_cast<void>(log_->propose(net::pack(record), now));
}

// ---- As the leader.

WelcomeBody PeerNode::hear_member(net::Verb verb, const PeerSaidBody& body) {
  const Timestamp now = MonotonicClock::now();
  const Rounds& rounds = agreed_->rounds();
  const bool is_member = rounds.members().standing(body.island, body.incarnation) == Standing::kMember;
  if (!is_member) return {};
  const auto write = [&](const RunEvent& event) {
    Timestamp& again = written_[{event.what, body.island, body.incarnation}];
    if (now < again) return;
    again = now + std::chrono::seconds(2);
    static_cast<void>(log_->propose(net::pack(PeerRecord{.event = event}), now));
  };
  if (verb == net::Verb::kBegin && !rounds.has_begun(body.island)) write({.what = "begin", .island = body.island});
  if (verb == net::Verb::kLeave)
    write({.what = "leave", .island = body.island, .data = {.drawn = lead_->rounds().drawn(body.island)}});
  lead_->beat(body.island, body.incarnation, body.beat, body.lane, now);
  return lead_->welcome(body.island, body.beat);
}

PushedBody PeerNode::hear_push(std::size_t fragment, const PeerPushBody& body) {
  const PeerLead::Judged judged = lead_->announce({.island = body.island,
                                                   .incarnation = body.incarnation,
                                                   .id = body.push.id,
                                                   .fragment = fragment,
                                                   .base = body.base,
                                                   .step = body.push.step,
                                                   .steps = body.push.steps,
                                                   .tokens = body.push.tokens,
                                                   .data = body.push.data},
                                                  body.norm, MonotonicClock::now());
  return {.have = body.push.total, .is_done = true, .refused = judged.refused};
}

// ---- Bytes.

void PeerNode::serve_state(const Asked& asked, const StateBody& body) {
  if (!has_fragment(asked)) return;
  if (!has_joined()) return refuse(asked, net::Status::kUnknown, "this island has no state yet");
  const ExchangeDesk::StatePiece piece = desk_->state(asked.header.env_id, body.begin, body.size);
  reply(asked, net::pack(body),
        {reinterpret_cast<const std::uint8_t*>(piece.values.data()), piece.values.size() * sizeof(float)},
        static_cast<std::uint64_t>(piece.version));
}

void PeerNode::serve_fetch(const Asked& asked, const FetchBody& body) {
  if (!has_fragment(asked)) return;
  const std::size_t fragment = asked.header.env_id;
  const auto version =
      static_cast<std::int64_t>(std::min<std::uint64_t>(asked.header.tick, std::numeric_limits<std::int64_t>::max()));
  const std::optional<CommitStore::Found> found = store_ ? store_->find(fragment, version) : std::nullopt;
  if (!found || !found->stored) {
    const bool is_gone = store_ && version <= store_->newest(fragment);
    return reply(asked, net::pack(FetchedBody{.is_gone = is_gone}), {}, asked.header.tick);
  }
  const StoredCommit& stored = *found->stored;
  const auto part = static_cast<std::size_t>(body.part);
  if (part >= stored.parts.size() || body.offset > stored.parts[part].size())
    return refuse(asked, net::Status::kMalformed, fmt::format("byte {} of part {}", body.offset, body.part));
  const net::Part whole(stored.parts[part]);
  const net::Part bytes = whole.subspan(body.offset, std::min<std::size_t>(kChunkBytes, whole.size() - body.offset));
  FetchedBody fetched{.is_there = true, .form = stored.form, .crc = crc_of(bytes)};
  if (body.part == 0 && body.offset == 0) fetched.commit = stored.commit;
  for (const Bytes& one : stored.parts) fetched.sizes.push_back(std::to_string(one.size()));
  reply(asked, net::pack(fetched), bytes, asked.header.tick);
}

// Whether an answer was sent.
bool PeerNode::give(const Asked& asked, const GiveBody& body, bool is_last) {
  const std::size_t fragment = asked.header.env_id;
  std::shared_ptr<const Bytes> bytes;
  if (body.what == "delta" && desk_) bytes = desk_->own_bytes(fragment, body.id);
  if (body.what == "sum") {
    const auto found = carrying_.find(fragment);
    if (found != carrying_.end() && found->second.plan.attempt == body.id && found->second.own_shard)
      bytes = found->second.sums[*found->second.own_shard];
  }
  if (!bytes && !is_last) return false;
  if (!bytes) {
    reply(asked, net::pack(GivenBody{}));
    return true;
  }
  const std::uint64_t offset = std::min<std::uint64_t>(body.offset, bytes->size());
  const net::Part part =
      net::Part(*bytes).subspan(offset, std::min<std::uint64_t>({body.size, kChunkBytes, bytes->size() - offset}));
  reply(asked, net::pack(GivenBody{.is_there = true, .total = bytes->size(), .crc = crc_of(part)}), part);
  return true;
}

void PeerNode::serve_held(Timestamp now) {
  std::erase_if(held_, [&](const Held& one) { return give(one.asked, one.body, now >= one.until); });
}

}  // namespace atl::distributed
