#include "core/error.h"
#include "core/version.h"
#include "distributed/run_facts.h"
#include "distributed/syncer_state.h"
#include "net/hello.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace atl::distributed {
namespace {

constexpr Duration kSeederSilence = std::chrono::seconds(10);
constexpr std::size_t kMostIslands = 20'000;
constexpr net::PackLimits kLimits{.max_bytes = std::size_t{1} << 22, .max_values = std::size_t{1} << 18};

template <class T>
T unpacked(net::Verb verb, net::Part body) {
  return net::unpack<T>(body, fmt::format("the body of {}", net::to_string(verb)), kLimits);
}

}  // namespace

void Syncer::State::reply(const Asked& asked, Part body, Part buffer, std::uint64_t tick) {
  net::Header header = asked.header;
  header.status = net::Status::kOk;
  header.tick = tick;
  const std::array<Part, 1> buffers{buffer};
  bytes_out_ += net::kHeaderBytes + body.size() + buffer.size();
  // An island that does not read, or is gone, asks again.
  static_cast<void>(router_.send(
      asked.peer, {.header = header, .body = body, .buffers = buffer.empty() ? std::span<const Part>() : buffers}));
}

void Syncer::State::refuse(const Asked& asked, net::Status status, const std::string& reason) {
  ++num_refused_;
  net::Header header = asked.header;
  header.verb = net::Verb::kError;
  header.status = status;
  header.flags = 0;
  const Bytes body = net::pack(net::ErrorBody{.reason = reason});
  bytes_out_ += net::kHeaderBytes + body.size();
  static_cast<void>(router_.send(asked.peer, {.header = header, .body = body}));
}

void Syncer::State::receive(net::Router::Incoming incoming) {
  const net::Parts& parts = incoming.parts;
  for (const Part part : parts.all()) bytes_in_ += part.size();
  Asked asked{.peer = std::move(incoming.peer), .header = {}};
  if (parts.size() == 0) return;
  if (const auto refusal = net::decode(parts[0], asked.header)) return refuse(asked, refusal->status, refusal->reason);
  if (parts.size() < 2 || parts.size() > 3 || asked.header.n_parts != parts.size() ||
      parts.num_received() != parts.size()) {
    return refuse(
        asked, net::Status::kMalformed,
        fmt::format("a message of {} parts, expected header, body and at most one more", parts.num_received()));
  }
  const Part body = parts[1];
  const Part bytes = parts.size() == 3 ? parts[2] : Part{};
  try {
    switch (asked.header.verb) {
      case net::Verb::kHello: return hello(asked);
      case net::Verb::kPing: return reply(asked, body);
      case net::Verb::kJoin: return join(asked, unpacked<JoinBody>(asked.header.verb, body));
      case net::Verb::kSeed: return seed(asked, unpacked<SeedBody>(asked.header.verb, body), bytes);
      default: return answer_member(asked, body, std::span(&bytes, 1));
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kFormat) throw;  // not the island's doing
    refuse(asked, net::Status::kMalformed, error.what());
  }
}

void Syncer::State::answer_member(const Asked& asked, Part body, std::span<const Part> buffers) {
  const auto found = sessions_.find(asked.peer);
  if (!run_ || found == sessions_.end())
    return refuse(asked, net::Status::kUnknown, "this connection has not joined; say JOIN first");
  const Session session = found->second;
  const Standing standing = run_->rounds.members().standing(session.island, session.incarnation);
  if (standing != Standing::kMember) {
    const bool is_over = standing == Standing::kSuperseded;
    return refuse(
        asked, is_over ? net::Status::kOrder : net::Status::kUnknown,
        fmt::format("island {}, incarnation {}, is {}", session.island, session.incarnation, to_string(standing)));
  }
  run_->rounds.hear(session.island, MonotonicClock::now());
  const net::Verb verb = asked.header.verb;
  switch (verb) {
    case net::Verb::kState: return state(asked, unpacked<StateBody>(verb, body));
    case net::Verb::kBegin: return begin(asked, session, unpacked<BeatBody>(verb, body));
    case net::Verb::kBeat: return beat(asked, session, unpacked<BeatBody>(verb, body));
    case net::Verb::kPush: return push(asked, session, unpacked<PushBody>(verb, body), buffers[0]);
    case net::Verb::kFetch: return fetch(asked, session, unpacked<FetchBody>(verb, body));
    case net::Verb::kLeave: return leave(asked, session);
    default:
      return refuse(asked, net::Status::kUnsupported, fmt::format("a syncer does not answer {}", net::to_string(verb)));
  }
}

void Syncer::State::hello(const Asked& asked) {
  const net::ServerHello body{.kind = "syncer",
                              .name = options_.folder.filename().string(),
                              .software = fmt::format("atoll {}", version()),
                              .credit = 64,
                              .environments = 1};
  reply(asked, net::pack(body));
}

void Syncer::State::join(const Asked& asked, const JoinBody& body) {
  if (body.name.empty() || body.name.size() > 64)
    return refuse(asked, net::Status::kMalformed,
                  fmt::format("an island's name has {} bytes, expected 1 to 64", body.name.size()));
  if (!run_) return join_before_run(asked, body);
  const Timestamp now = MonotonicClock::now();
  const Members& members = run_->rounds.members();
  JoinedBody joined{.config = config_text_, .model = run_->model, .step = run_->rounds.step()};
  if (!members.has(body.name) && members.all().size() >= kMostIslands)
    return refuse(asked, net::Status::kLimit,
                  fmt::format("{} islands take part, which is as many as a syncer takes", kMostIslands));
  if (body.had > 0 && members.has(body.name) && members.all().at(body.name).process != body.process)
    return refuse(asked, net::Status::kOrder,
                  fmt::format("island {}, incarnation {}: {}", body.name, body.had, to_string(Standing::kSuperseded)));
  const auto before = members.all().find(body.name);
  const std::uint64_t had = before == members.all().end() ? 0 : before->second.incarnation;
  joined.incarnation = run_->rounds.join(body.name, body.process, now);
  sessions_[asked.peer] = {.island = body.name, .incarnation = joined.incarnation, .lane = body.lane};
  if (joined.incarnation == had) return reply(asked, net::pack(joined));
  run_->uploads.drop(body.name);
  std::erase_if(sessions_, [&](const auto& one) {  // connections of the past
    return members.standing(one.second.island, one.second.incarnation) != Standing::kMember;
  });
  log_event({.what = "join", .island = body.name, .process = body.process, .incarnation = joined.incarnation},
            [this, asked, joined] { reply(asked, net::pack(joined)); });
}

// The first island that asks gives the parameters; if it falls silent, the next one that asks does.
void Syncer::State::join_before_run(const Asked& asked, const JoinBody& body) {
  const Timestamp now = MonotonicClock::now();
  if (seeding_.island.empty() || now - seeding_.heard > kSeederSilence) seeding_ = {.island = body.name, .heard = now};
  const bool is_seeder = seeding_.island == body.name;
  reply(asked, net::pack(JoinedBody{.config = config_text_, .todo = is_seeder ? "seed" : "wait"}));
}

void Syncer::State::seed(const Asked& asked, const SeedBody& body, Part bytes) {
  const auto have = [&] {
    reply(asked, net::pack(PushedBody{.have = seeding_.values.size(), .is_done = run_ != nullptr}));
  };
  if (run_) return have();
  const std::size_t total = num_values(body.model.fragments);
  if (total == 0 || bytes.size() % sizeof(float) != 0)
    return refuse(asked, net::Status::kMalformed, fmt::format("{} bytes of {} parameters", bytes.size(), total));
  if (body.offset == 0) seeding_.values.clear();
  if (body.offset == seeding_.values.size() && bytes.size() / sizeof(float) <= total - seeding_.values.size()) {
    const std::size_t count = bytes.size() / sizeof(float);
    seeding_.values.resize(body.offset + count);
    std::memcpy(seeding_.values.data() + body.offset, bytes.data(), bytes.size());
  }
  seeding_.heard = MonotonicClock::now();
  if (seeding_.values.size() == total) {
    if (!std::ranges::all_of(seeding_.values, [](float value) { return std::isfinite(value); })) {
      seeding_ = {};
      return refuse(asked, net::Status::kFailed, "the first parameters hold values that are no finite numbers");
    }
    seeding_.model = body.model;
    begin_run(seeding_);
    seeding_.values = {};
  }
  have();
}

bool Syncer::State::has_fragment(const Asked& asked) {
  if (asked.header.env_id < run_->model.fragments.size()) return true;
  refuse(asked, net::Status::kUnknown,
         fmt::format("fragment {}, expected less than {}", asked.header.env_id, run_->model.fragments.size()));
  return false;
}

void Syncer::State::state(const Asked& asked, const StateBody& body) {
  if (!has_fragment(asked)) return;
  work_->post([this, asked, body]() -> Then {
    const std::size_t fragment = asked.header.env_id;
    OuterState& outer = run_->global.state(fragment);
    const std::size_t total = outer.parameters.size();
    const std::size_t begin = std::min<std::size_t>(body.begin, total);
    const OuterView view = outer.view(begin, std::min<std::size_t>(body.size, total - begin));
    auto values = std::make_shared<std::vector<float>>();
    for (const std::span<float> part : {view.parameters, view.momentum, view.buffer})
      values->insert(values->end(), part.begin(), part.end());
    const auto version = static_cast<std::uint64_t>(run_->global.version(fragment));
    return [this, asked, body, values, version] {
      reply(asked, net::pack(body),
            {reinterpret_cast<const std::uint8_t*>(values->data()), values->size() * sizeof(float)}, version);
    };
  });
}

void Syncer::State::begin(const Asked& asked, const Session& session, const BeatBody& body) {
  run_->rounds.begin(session.island);
  log_event({.what = "begin", .island = session.island}, [this, asked, session, body] { beat(asked, session, body); });
}

// Shards are leased on the disk before an island hears of them.
void Syncer::State::beat(const Asked& asked, const Session& session, const BeatBody& body) {
  constexpr std::uint64_t kMostAtOnce = 8;
  Rounds& rounds = run_->rounds;
  const Standing standing = rounds.beat(session.island, session.incarnation, body.beat, MonotonicClock::now());
  const std::uint64_t has = rounds.ledger().num_leased(session.island);
  if (standing != Standing::kMember || body.wants <= has) return welcome(asked, session, body);
  for (std::uint64_t i = has; i < std::min(body.wants, has + kMostAtOnce); ++i) {
    const ShardPlace place = rounds.lease(session.island, session.lane);
    log_event({.what = "lease", .island = session.island, .data = {.place = place}, .lane = session.lane});
  }
  work_->post([this, asked, session, body]() -> Then {
    return [this, asked, session, body] { welcome(asked, session, body); };
  });
}

void Syncer::State::welcome(const Asked& asked, const Session& session, const BeatBody& said) {
  reply(asked, net::pack(make_welcome(options_.config, run_->rounds, session.island, said)));
}

void Syncer::State::push(const Asked& asked, const Session& session, const PushBody& body, Part bytes) {
  if (!has_fragment(asked)) return;
  const std::size_t fragment = asked.header.env_id;
  Run::Arrived& arrived = run_->arrived[{session.island, fragment}];
  const std::uint64_t expected = encoded_bytes(options_.config.codec, run_->model.fragments[fragment].num_values);
  if (arrived.incarnation == session.incarnation && body.id <= arrived.id) {  // it is here
    const bool is_last = body.id == arrived.id;
    return reply(asked, net::pack(PushedBody{.have = expected,
                                             .is_done = !is_last || arrived.is_judged,
                                             .refused = is_last ? arrived.refused : ""}));
  }
  Uploads::Result result = run_->uploads.add(
      {.island = session.island, .incarnation = session.incarnation, .fragment = fragment}, body, expected, bytes);
  if (!result.refused.empty()) return refuse(asked, net::Status::kMalformed, result.refused);
  if (!result.whole) return reply(asked, net::pack(PushedBody{.have = result.have}));
  arrived = {.incarnation = session.incarnation, .id = body.id};
  judge(asked,
        {.island = session.island,
         .incarnation = session.incarnation,
         .id = body.id,
         .fragment = fragment,
         .base = static_cast<std::int64_t>(asked.header.tick),
         .step = body.step,
         .steps = body.steps,
         .tokens = body.tokens,
         .data = body.data},
        std::move(*result.whole));
}

// The worker looks whether an encoder made it and how large it is; then the rounds say whether it is in.
void Syncer::State::judge(const Asked& asked, const Push& push, Bytes bytes) {
  auto shared = std::make_shared<Bytes>(std::move(bytes));
  work_->post([this, asked, push, shared]() -> Then {
    double norm = 0;
    std::string refused;
    try {
      norm = check_delta(options_.config.codec, *shared, run_->model.fragments[push.fragment].num_values);
    } catch (const Error& error) {
      refused = error.what();
    }
    return [this, asked, push, shared, norm, refused]() mutable {
      if (refused.empty() && run_->norms.refuses(push.fragment, norm))
        refused =
            fmt::format("its norm is {:.3g}, more than {:g} times that of others", norm, options_.config.max_norm);
      if (refused.empty()) {
        const PushResult result = run_->rounds.push(push, MonotonicClock::now());
        if (result == PushResult::kAccepted) run_->pushed[{push.island, push.fragment, push.id}] = std::move(*shared);
        if (result != PushResult::kAccepted && result != PushResult::kKnown) refused = to_string(result);
      }
      Run::Arrived& arrived = run_->arrived[{push.island, push.fragment}];
      if (arrived.incarnation == push.incarnation && arrived.id == push.id) {
        arrived.is_judged = true;
        arrived.refused = refused;
      }
      if (!refused.empty()) refuse(push, refused);
      reply(asked, net::pack(PushedBody{.have = shared->size(), .is_done = true, .refused = refused}));
    };
  });
}

void Syncer::State::refuse(const Push& push, const std::string& reason) {
  ++num_refused_;
  run_->rounds.refuse(push);
  note_fault(fmt::format("a delta of island {} is left out: {}", push.island, reason));
  log_event({.what = "refused",
             .island = push.island,
             .incarnation = push.incarnation,
             .reason = reason,
             .fragment = push.fragment,
             .tokens = push.tokens,
             .data = push.data});
}

void Syncer::State::fetch(const Asked& asked, const Session& session, const FetchBody& body) {
  if (!has_fragment(asked)) return;
  const std::size_t fragment = asked.header.env_id;
  const auto version =
      static_cast<std::int64_t>(std::min<std::uint64_t>(asked.header.tick, std::numeric_limits<std::int64_t>::max()));
  const std::optional<CommitStore::Found> found = run_->store.find(fragment, version);
  if (found && found->stored) return reply_commit(asked, session, body, *found->stored);
  const auto gone = [this, asked] { reply(asked, net::pack(FetchedBody{.is_gone = true})); };
  if (found) {
    return work_->post([this, asked, session, body, gone, place = found->place]() -> Then {
      auto stored = std::make_shared<std::optional<StoredCommit>>(run_->log->read_commit(place));
      if (!*stored) return gone;
      return [this, asked, session, body, stored] { reply_commit(asked, session, body, **stored); };
    });
  }
  if (version <= run_->store.newest(fragment)) return gone();
  if (version > run_->rounds.version(fragment) + 1) {
    return refuse(asked, net::Status::kOrder,
                  fmt::format("version {} of fragment {} is asked for, which is at {}: the island is of another run, "
                              "or this one lost versions",
                              version, fragment, run_->rounds.version(fragment)));
  }
  auto& held = run_->held[{fragment, version}];
  if (body.wait_ms == 0 || held.size() >= 4 * kMostIslands) return reply(asked, net::pack(FetchedBody{}));
  held.push_back({.asked = asked,
                  .session = session,
                  .body = body,
                  .until = MonotonicClock::now() + std::chrono::milliseconds(body.wait_ms)});
}

void Syncer::State::reply_commit(const Asked& asked, const Session& session, const FetchBody& body,
                                 const StoredCommit& stored) {
  const auto part = static_cast<std::size_t>(body.part);
  if (part >= stored.parts.size() || body.offset > stored.parts[part].size()) {
    return refuse(
        asked, net::Status::kMalformed,
        fmt::format("byte {} of part {} of a commit of {} parts", body.offset, body.part, stored.parts.size()));
  }
  const bool is_own = stored.form == DeltaForm::kDeltas && stored.commit.entries[part].island == session.island &&
                      incarnation_of(stored.commit.entries[part].push) == session.incarnation;
  const Part whole = is_own ? Part{} : Part(stored.parts[part]);
  const std::size_t offset = std::min<std::size_t>(body.offset, whole.size());
  const Part bytes = whole.subspan(offset, std::min(kChunkBytes, whole.size() - offset));
  FetchedBody fetched{.is_there = true, .form = stored.form, .crc = crc_of(bytes)};
  if (body.part == 0 && body.offset == 0) fetched.commit = stored.commit;
  for (const Bytes& one : stored.parts) fetched.sizes.push_back(std::to_string(one.size()));
  reply(asked, net::pack(fetched), bytes, asked.header.tick);
}

void Syncer::State::leave(const Asked& asked, const Session& session) {
  const std::int64_t drawn = run_->rounds.drawn(session.island);
  run_->rounds.leave(session.island, drawn);
  run_->uploads.drop(session.island);
  log_event({.what = "leave", .island = session.island, .data = {.drawn = drawn}}, [this, asked] { reply(asked, {}); });
}

}  // namespace atl::distributed
