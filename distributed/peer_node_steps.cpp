#include "core/error.h"
#include "core/log.h"
#include "distributed/peer_node.h"
#include "net/pack.h"

#include <fmt/format.h>

#include <algorithm>

// How deltas become steps at a PeerNode: it tells the leader what it has made, carries out plans, and takes commits.
namespace atl::distributed {
namespace {

constexpr Duration kAnswerTime = std::chrono::seconds(2);
constexpr int kHeldMs = 1000;
constexpr Duration kGiveTime = std::chrono::milliseconds(kHeldMs + 2000);
constexpr Duration kFetchTime = std::chrono::seconds(3);
constexpr Duration kStillComing = std::chrono::seconds(2);  // by a plan, before it is fetched from who has it
constexpr Duration kPlanTime = std::chrono::milliseconds(500);
constexpr net::PackLimits kLimits{.max_bytes = std::size_t{1} << 22, .max_values = std::size_t{1} << 18};

std::string hash_of(const Bytes& bytes) { return fmt::format("{:016x}", hash_bytes(bytes)); }

}  // namespace

// ---- What this island has made.

// The oldest delta that no step has, of each fragment; anew to each leader.
void PeerNode::announce(Timestamp now) {
  if (!lead_ && !leader()) return;
  for (std::size_t i = 0; i < run_.fragments().size(); ++i) {
    const std::vector<OutgoingPush> all = desk_->outgoing(i);
    if (all.empty() || is_asking(net::Verb::kPush, i)) continue;
    Announced& known = announced_[i];
    const auto next = std::ranges::find_if(all, [&](const OutgoingPush& push) {
      return push.id > known.id || (push.id == known.id && !known.is_done) || known.term != log_->term();
    });
    if (next == all.end()) continue;
    known = {.id = next->id, .term = log_->term()};
    const PeerPushBody body{.island = options_.island,
                            .incarnation = incarnation_,
                            .push = {.id = next->id,
                                     .step = next->window.step,
                                     .steps = next->window.steps,
                                     .tokens = next->window.tokens,
                                     .data = next->window.data,
                                     .total = next->bytes->size()},
                            .base = next->base,
                            .norm = next->norm};
    if (lead_) {
      announced(i, next->id, hear_push(i, body));
    } else if (const PeerPlace* place = leader(); place && place->process != process_) {
      ask({.address = place->address,
           .verb = net::Verb::kPush,
           .fragment = i,
           .number = next->id,
           .until = now + kAnswerTime},
          net::pack(body));
    }
  }
}

void PeerNode::announced(std::size_t fragment, std::uint64_t id, const PushedBody& body) {
  if (!body.is_done || fragment >= announced_.size() || announced_[fragment].id != id) return;
  announced_[fragment].is_done = true;
  if (body.refused.empty())
    desk_->note_arrived(fragment, id);
  else
    desk_->note_refused(fragment, id, body.refused);
}

// ---- Plans.

// The leader's: whoever has a vote carries them out, and is asked until it has.
void PeerNode::tell_plans(Timestamp now) {
  for (std::size_t i = 0; i < run_.fragments().size(); ++i) {
    const PeerPlan* plan = lead_->plan(i);
    if (!plan) continue;
    for (const auto& member : agreed_->places()) {
      const std::string& island = member.first;
      const PeerPlace& place = member.second;
      if (!log_->members().is_voter(place.process)) continue;
      if (place.process == process_) {
        carry_out(*plan);
        const PlannedBody body = planned(i);
        if (body.is_ready) lead_->note_ready(i, body.attempt, island, body.hashes);
        continue;
      }
      const bool is_told = std::ranges::any_of(requests_, [&](const auto& one) {
        return one.second.verb == net::Verb::kPlan && one.second.fragment == i && one.second.address == place.address &&
               one.second.number == plan->attempt;
      });
      Timestamp& again = told_[{island, i}];
      if (is_told || now < again) continue;
      again = now + std::chrono::milliseconds(20);
      ask({.address = place.address,
           .verb = net::Verb::kPlan,
           .fragment = i,
           .number = plan->attempt,
           .until = now + kPlanTime},
          net::pack(*plan));
    }
  }
}

PlannedBody PeerNode::planned(std::size_t fragment) const {
  const auto found = carrying_.find(fragment);
  if (found == carrying_.end()) return {};
  return {.attempt = found->second.plan.attempt, .is_ready = found->second.is_ready, .hashes = found->second.hashes};
}

void PeerNode::carry_out(const PeerPlan& plan) {
  const std::size_t fragment = plan.commit.fragment;
  Carrying& now = carrying_[fragment];
  if (phase_ == Phase::kSeeking || phase_ == Phase::kEntering || now.plan.attempt >= plan.attempt) return;
  std::erase_if(receipts_, [&](const auto& one) { return one.second.fragment == fragment; });
  now = {.plan = plan};
  const std::vector<Entry>& entries = plan.commit.entries;
  const SyncConfig& config = run_.config();
  const bool is_sum = plan.form != DeltaForm::kDeltas;
  now.deltas.resize(entries.size());
  now.sums.resize(plan.shards.size());
  std::uint64_t begin = 0;
  std::uint64_t size = encoded_bytes(config.codec, run_.fragments()[fragment].num_values());
  for (std::size_t i = 0; i < plan.shards.size(); ++i) {
    const PeerShard& shard = plan.shards[i];
    if (shard.island != options_.island) {
      begin_receipt(plan, {.is_sum = true, .index = i}, 0, encoded_bytes(codec_of(plan.form, config), shard.size));
      continue;
    }
    now.own_shard = i;
    begin = encoded_bytes(config.codec, shard.begin);
    size = encoded_bytes(config.codec, shard.size);
  }
  if (is_sum && !now.own_shard) return;  // it makes no part of the sum, and takes all
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].island != options_.island) {
      begin_receipt(plan, {.is_sum = false, .index = i}, begin, size);
      continue;
    }
    const std::shared_ptr<const Bytes> own = desk_ ? desk_->own_bytes(fragment, entries[i].push) : nullptr;
    if (!own || own->size() < begin + size) continue;  // of its former self: the leader will hear that it is lost
    now.deltas[i] = std::make_shared<Bytes>(own->begin() + static_cast<std::ptrdiff_t>(begin),
                                            own->begin() + static_cast<std::ptrdiff_t>(begin + size));
  }
  put_together(fragment);
}

void PeerNode::begin_receipt(const PeerPlan& plan, const Place& place, std::uint64_t begin, std::uint64_t size) {
  Receipt receipt;
  receipt.fragment = plan.commit.fragment;
  receipt.attempt = plan.attempt;
  receipt.place = place;
  receipt.begin = begin;
  if (place.is_sum) {
    receipt.island = plan.shards[place.index].island;
    receipt.what.what = "sum";
    receipt.what.id = plan.attempt;
  } else {
    receipt.island = plan.commit.entries[place.index].island;
    receipt.what.what = "delta";
    receipt.what.id = plan.commit.entries[place.index].push;
  }
  receipt.bytes = std::make_shared<Bytes>(size);
  receipt.missing = size;
  for (std::uint64_t at = 0; at < size; at += kChunkBytes) receipt.todo.push_back(at);
  receipts_[next_receipt_++] = std::move(receipt);
}

// Until the first bytes have come, it is waited for; then several pieces are under way.
void PeerNode::send_receipts(Timestamp now) {
  for (auto& [number, receipt] : receipts_) {
    const auto place = agreed_->places().find(receipt.island);
    if (place == agreed_->places().end()) continue;  // its leader has been lost: there will be another plan
    const std::uint64_t id = number;
    auto under_way = static_cast<int>(std::ranges::count_if(
        requests_, [&](const auto& one) { return one.second.verb == net::Verb::kGive && one.second.number == id; }));
    const bool has_begun = receipt.missing < receipt.bytes->size();
    for (; under_way < (has_begun ? kChunksUnderWay : 1) && !receipt.todo.empty(); ++under_way) {
      const std::uint64_t offset = receipt.todo.front();
      receipt.todo.pop_front();
      GiveBody body = receipt.what;
      body.offset = receipt.begin + offset;
      body.size = std::min<std::uint64_t>(kChunkBytes, receipt.bytes->size() - offset);
      body.wait_ms = kHeldMs;
      ask({.address = place->second.address,
           .verb = net::Verb::kGive,
           .fragment = receipt.fragment,
           .number = number,
           .offset = offset,
           .until = now + kGiveTime},
          net::pack(body));
    }
  }
}

void PeerNode::take_given(const Request& request, const Answer& answer) {
  const auto found = receipts_.find(request.number);
  if (found == receipts_.end()) return;
  Receipt& receipt = found->second;
  const auto given = net::unpack<GivenBody>(answer.body(), "GIVE", kLimits);
  const net::Part bytes = answer.bytes();
  const std::uint64_t size = std::min<std::uint64_t>(kChunkBytes, receipt.bytes->size() - request.offset);
  if (!given.is_there || bytes.size() != size || crc_of(bytes) != given.crc) {
    receipt.todo.push_front(request.offset);  // not there yet, or damaged on its way
    return;
  }
  std::ranges::copy(bytes, receipt.bytes->begin() + static_cast<std::ptrdiff_t>(request.offset));
  receipt.missing -= size;
  if (receipt.missing > 0) return;
  const Receipt whole = std::move(receipt);
  receipts_.erase(found);
  got(whole);
}

void PeerNode::got(const Receipt& receipt) {
  const auto found = carrying_.find(receipt.fragment);
  if (found == carrying_.end() || found->second.plan.attempt != receipt.attempt) return;
  auto& target = receipt.place.is_sum ? found->second.sums : found->second.deltas;
  target[receipt.place.index] = receipt.bytes;
  put_together(receipt.fragment);
}

void PeerNode::put_together(std::size_t fragment) {
  Carrying& now = carrying_[fragment];
  const auto is_here = [](const auto& bytes) { return bytes != nullptr; };
  const bool has_deltas = std::ranges::all_of(now.deltas, is_here);
  if (now.plan.form == DeltaForm::kDeltas) {
    if (has_deltas && !now.is_joining) join_parts(fragment);
    return;
  }
  if (now.own_shard && has_deltas && !now.is_summing) sum_shard(fragment);
  if (std::ranges::all_of(now.sums, is_here) && !now.is_joining) join_parts(fragment);
}

// This island's share of the sum, in the order of the entries: the same bits as a syncer's.
void PeerNode::sum_shard(std::size_t fragment) {
  Carrying& now = carrying_[fragment];
  now.is_summing = true;
  const PeerShard shard = now.plan.shards[*now.own_shard];
  Feedback& kept = feedback_[fragment];
  if (kept.begin != shard.begin || kept.size != shard.size || !kept.state)
    kept = {.begin = shard.begin, .size = shard.size, .state = std::make_shared<ErrorFeedback>(shard.size, 1.0F)};
  auto feedback = std::make_shared<ErrorFeedback>(*kept.state);
  work_->post([this, fragment, shard, feedback, plan = now.plan, deltas = now.deltas]() -> WorkThread::Then {
    const SyncConfig& config = run_.config();
    std::vector<float> sum(shard.size);
    for (std::size_t i = 0; i < deltas.size(); ++i)
      decode_add(config.codec, *deltas[i], static_cast<float>(plan.commit.entries[i].weight), sum);
    const DeltaCodecConfig codec = codec_of(plan.form, config);
    auto bytes = std::make_shared<Bytes>(encoded_bytes(codec, shard.size));
    const bool is_finite =
        plan.form == DeltaForm::kMean ? feedback->encode(codec, sum, *bytes) : encode(codec, sum, *bytes);
    if (!is_finite)
      fail(ErrorKind::kFormat, "the deltas of version {} of fragment {} sum up to no finite numbers",
           plan.commit.version, fragment);
    return [this, fragment, bytes, feedback, attempt = plan.attempt] {
      const auto found = carrying_.find(fragment);
      if (found == carrying_.end() || found->second.plan.attempt != attempt) return;
      found->second.feedback = feedback;
      found->second.sums[*found->second.own_shard] = bytes;
      put_together(fragment);
    };
  });
}

// Everything is here: parts are put together and hashed, which says whether all have the same.
void PeerNode::join_parts(std::size_t fragment) {
  Carrying& now = carrying_[fragment];
  now.is_joining = true;
  const bool is_sum = now.plan.form != DeltaForm::kDeltas;
  work_->post([this, fragment, plan = now.plan, pieces = is_sum ? now.sums : now.deltas, is_sum]() -> WorkThread::Then {
    auto stored = std::make_shared<StoredCommit>(StoredCommit{.commit = plan.commit, .form = plan.form});
    if (is_sum) stored->parts.emplace_back();
    for (const std::shared_ptr<const Bytes>& piece : pieces) {
      if (!is_sum) stored->parts.emplace_back();
      stored->parts.back().insert(stored->parts.back().end(), piece->begin(), piece->end());
    }
    const DeltaCodecConfig codec = codec_of(plan.form, run_.config());
    std::vector<std::string> hashes;
    for (const Bytes& part : stored->parts) {
      static_cast<void>(check_delta(codec, part, run_.fragments()[fragment].num_values()));
      hashes.push_back(hash_of(part));
    }
    return [this, fragment, stored, hashes, attempt = plan.attempt] {
      const auto found = carrying_.find(fragment);
      if (found == carrying_.end() || found->second.plan.attempt != attempt) return;
      found->second.stored = stored;
      found->second.hashes = hashes;
      found->second.is_ready = true;
    };
  });
}

// ---- Steps that are in the log.

void PeerNode::take_commits(Timestamp now) {
  for (std::size_t i = 0; i < run_.fragments().size(); ++i) {
    const std::optional<std::int64_t> wanted = desk_->wanted(i);
    if (!wanted || *wanted > agreed_->rounds().version(i)) continue;
    const auto carried = carrying_.find(i);
    const bool is_newest = *wanted == agreed_->rounds().version(i);
    if (is_newest && carried != carrying_.end() && carried->second.is_ready &&
        carried->second.plan.commit.version == *wanted && carried->second.hashes == newest_[i].hashes) {
      add_commit(i, *carried->second.stored);
      continue;
    }
    const bool is_coming = is_newest && now - newest_[i].at < kStillComing &&
                           std::ranges::any_of(receipts_, [&](const auto& one) { return one.second.fragment == i; });
    if (is_coming) continue;
    CommitDownload& download = downloads_[i];
    if (download.version() != *wanted) download = {i, *wanted};
    if (is_asking(net::Verb::kFetch, i)) continue;
    const std::optional<CommitDownload::Piece> piece =
        download.has_head() ? download.next() : std::optional(CommitDownload::Piece{});
    std::vector<std::string> sources;
    for (const auto& [island, place] : agreed_->places()) {
      const bool holds = !is_newest || std::ranges::find(newest_[i].holders, island) != newest_[i].holders.end();
      if (place.process != process_ && holds) sources.push_back(place.address);
    }
    if (!piece || sources.empty()) continue;
    const FetchBody body{.part = static_cast<int>(piece->part), .offset = piece->offset};
    ask({.address = sources[source_ % sources.size()],
         .verb = net::Verb::kFetch,
         .fragment = i,
         .offset = piece->offset,
         .part = piece->part,
         .until = now + kFetchTime},
        net::pack(body), {}, static_cast<std::uint64_t>(*wanted));
  }
}

void PeerNode::take_fetched(const Request& request, const Answer& answer) {
  if (!desk_ || request.fragment >= downloads_.size()) return;
  CommitDownload& download = downloads_[request.fragment];
  if (static_cast<std::int64_t>(answer.header.tick) != download.version()) return;
  const auto fetched = net::unpack<FetchedBody>(answer.body(), "FETCH", kLimits);
  if (!fetched.is_there) {
    ++source_;
    if (!fetched.is_gone || ++num_gone_ < 4 * agreed_->places().size()) return;
    num_gone_ = 0;
    return begin_anew(
        fmt::format("version {} of fragment {} is gone everywhere", download.version(), request.fragment));
  }
  num_gone_ = 0;
  const bool is_first = request.part == 0 && request.offset == 0;
  if (is_first == download.has_head()) return;
  download.put(run_.config(), run_.fragments()[request.fragment].num_values(),
               {.part = request.part, .offset = request.offset}, fetched, answer.bytes(),
               {.desk = desk_.get(), .island = options_.island}, request.address);
  if (download.is_whole()) add_commit(request.fragment, download.take());
}

void PeerNode::add_commit(std::size_t fragment, StoredCommit stored) {
  const auto carried = carrying_.find(fragment);
  if (carried != carrying_.end() && carried->second.feedback && carried->second.stored &&
      carried->second.plan.commit.version == stored.commit.version &&
      carried->second.hashes == newest_[fragment].hashes)
    feedback_[fragment].state = carried->second.feedback;
  store_->add(std::make_shared<const StoredCommit>(stored), {});
  desk_->add(fragment, std::move(stored));
  downloads_[fragment] = {};
}

}  // namespace atl::distributed
