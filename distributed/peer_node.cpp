#include "distributed/peer_node.h"

#include "core/error.h"
#include "core/log.h"
#include "net/hello.h"
#include "net/pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace atl::distributed {
namespace {

constexpr Duration kForget = std::chrono::seconds(30);  // connections that nothing was said on
constexpr std::uint64_t kCompactEvery = 512;            // records
constexpr net::PackLimits kLimits{.max_bytes = std::size_t{1} << 22, .max_values = std::size_t{1} << 18};

std::optional<net::ClientKeys> client_keys(const std::filesystem::path& folder) {
  return folder.empty() ? std::nullopt : std::optional(net::load_client_keys(folder));
}

std::optional<net::ServerKeys> server_keys(const std::filesystem::path& folder) {
  return folder.empty() ? std::nullopt : std::optional(net::load_server_keys(folder));
}

}  // namespace

PeerNode::PeerNode(const PeerOptions& options, const std::function<void(const std::string&)>& on_address)
    : options_(options),
      keys_(client_keys(options.keys)),
      router_({.address = options.address,
               .keys = server_keys(options.server_keys),
               .queue_messages = 1024,
               .max_part_bytes = (std::int64_t{1} << 26)}),
      address_(options.advertise.empty() ? router_.address() : options.advertise),
      run_(options.tensors, options.contract),
      led_(MonotonicClock::now()) {
  if (on_address) on_address(address_);
  work_.emplace([this] { wake(); });
  while (phase_ != Phase::kIn || !is_welcome_) {
    if (should_stop()) return;
    turn();
  }
  thread_ = std::thread([this] { run(); });
}

PeerNode::~PeerNode() {
  is_ending_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void PeerNode::wake() { router_.wake(); }

void PeerNode::note(const Beat& beat) {
  const std::lock_guard lock(mutex_);
  said_ = beat;
}

bool PeerNode::should_stop() const {
  return is_ending_ || (!thread_.joinable() && options_.should_stop && options_.should_stop());
}

void PeerNode::run() {
  try {
    while (!is_ending_ && phase_ != Phase::kOut) turn();
  } catch (...) {
    desk_->fail_with(std::current_exception());
  }
  has_left_ = true;
}

// What an island made is of use to others as long as it is here: it goes once its deltas are in steps.
void PeerNode::leave(Timestamp deadline) {
  if (!thread_.joinable()) return;
  static_cast<void>(desk_->wait_committed(deadline));
  is_leaving_ = true;
  wake();
  while (!has_left_ && MonotonicClock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  is_ending_ = true;
  wake();
  thread_.join();
}

void PeerNode::turn() {
  const Timestamp now = MonotonicClock::now();
  work_->run_finished();
  follow_log(now);
  switch (phase_) {
    case Phase::kSeeking: seek(now); break;
    case Phase::kEntering: enter(now); break;
    case Phase::kTaking: take_state(now); break;
    case Phase::kIn:
    case Phase::kLeaving:
      say_beat(now);
      announce(now);
      take_commits(now);
      break;
    case Phase::kOut: return;
  }
  if (phase_ == Phase::kIn && is_leaving_) phase_ = Phase::kLeaving;
  if (phase_ == Phase::kLeaving) say_leave(now);
  lead(now);
  send_receipts(now);
  serve_held(now);
  carry_log();
  drop_late(now);
  wait(now);
  receive_all();
}

// Until something comes, or is due.
void PeerNode::wait(Timestamp now) {
  Timestamp until = now + std::chrono::milliseconds(50);
  if (log_) until = std::min(until, log_->next_tick());
  if (lead_) until = std::min(until, lead_->next_decision().value_or(until));
  std::vector<net::Waitable> sockets{router_.waitable()};
  for (const auto& [address, peer] : peers_) sockets.push_back(peer.dealer->waitable());
  net::wait_any(sockets, std::max(until, now + std::chrono::microseconds(200)));
}

void PeerNode::receive_all() {
  constexpr int kMostAtOnce = 64;  // of one socket: then others have their turn
  const Timestamp now = MonotonicClock::now();
  for (int i = 0; i < kMostAtOnce; ++i) {
    std::optional<net::Router::Incoming> incoming = router_.wait_receive(now);
    if (!incoming) break;
    serve(std::move(*incoming));
  }
  for (auto& [address, peer] : peers_) {
    for (int i = 0; i < kMostAtOnce; ++i) {
      std::optional<net::Parts> parts = peer.dealer->wait_receive(now);
      if (!parts) break;
      Answer answer{.header = {}, .parts = std::move(*parts)};
      if (answer.parts.size() < 2 || net::decode(answer.parts[0], answer.header)) continue;
      peer.heard = now;
      receive(answer);
    }
  }
}

void PeerNode::receive(const Answer& answer) {
  const auto found = requests_.find(answer.header.request_id);
  if (found == requests_.end()) return;  // it was given up
  const Request request = found->second;
  requests_.erase(found);
  if (answer.header.verb == net::Verb::kError) {
    const std::string reason = net::unpack<net::ErrorBody>(answer.body(), "a refusal", kLimits).reason;
    if (answer.header.status == net::Status::kOrder && request.verb == net::Verb::kJoin)
      fail(ErrorKind::kNetwork, "island {} was refused by {}: {}", options_.island, request.address, reason);
    return;  // asked again, here or elsewhere
  }
  const auto body = [&](auto kind) { return net::unpack<decltype(kind)>(answer.body(), request.address, kLimits); };
  switch (request.verb) {
    case net::Verb::kJoin: return joined(request, body(PeerJoinedBody{}));
    case net::Verb::kBegin:
    case net::Verb::kBeat: return welcome(body(WelcomeBody{}));
    case net::Verb::kPush: return announced(request.fragment, request.number, body(PushedBody{}));
    case net::Verb::kGive: return take_given(request, answer);
    case net::Verb::kFetch:
      return phase_ == Phase::kTaking ? take_missed_commit(request, answer) : take_fetched(request, answer);
    case net::Verb::kState: return take_piece(request, answer);
    case net::Verb::kPlan: {
      const auto planned = body(PlannedBody{});
      const auto place = std::ranges::find_if(agreed_->places(),
                                              [&](const auto& one) { return one.second.address == request.address; });
      if (lead_ && planned.is_ready && place != agreed_->places().end())
        lead_->note_ready(request.fragment, planned.attempt, place->first, planned.hashes);
      return;
    }
    default: return;
  }
}

PeerNode::Peer& PeerNode::peer_at(const std::string& address) {
  Peer& peer = peers_[address];
  peer.wanted = MonotonicClock::now();
  if (peer.dealer) return peer;
  peer.address = address;
  peer.dealer = std::make_unique<net::Dealer>(net::Dealer::Options{.address = address, .keys = keys_});
  return peer;
}

std::uint64_t PeerNode::ask(const Request& request, net::Part body, net::Part bytes, std::uint64_t tick) {
  const std::uint64_t id = next_request_++;
  const net::Header header{
      .verb = request.verb, .env_id = static_cast<std::uint32_t>(request.fragment), .request_id = id, .tick = tick};
  const std::span<const net::Part> buffers(&bytes, bytes.empty() ? 0 : 1);
  // What a broken connection does not take is asked for again.
  static_cast<void>(peer_at(request.address).dealer->send({.header = header, .body = body, .buffers = buffers}));
  requests_[id] = request;
  return id;
}

bool PeerNode::is_asking(net::Verb verb, std::size_t fragment) const {
  return std::ranges::any_of(
      requests_, [&](const auto& one) { return one.second.verb == verb && one.second.fragment == fragment; });
}

void PeerNode::drop_late(Timestamp now) {
  std::erase_if(requests_, [&](const auto& one) {
    const Request& request = one.second;
    if (now < request.until) return false;
    if (request.verb == net::Verb::kGive) {
      const auto receipt = receipts_.find(request.number);
      if (receipt != receipts_.end()) receipt->second.todo.push_front(request.offset);
    }
    if (request.verb == net::Verb::kState && request.number < pieces_.size()) pieces_[request.number].is_asked = false;
    const bool is_rest = request.verb == net::Verb::kFetch && (request.part != 0 || request.offset != 0);
    const CommitDownload::Piece piece{.part = request.part, .offset = request.offset};
    if (is_rest && phase_ == Phase::kTaking && missed_) missed_->ask_again(piece);
    if (is_rest && phase_ != Phase::kTaking && downloads_[request.fragment].has_head())
      downloads_[request.fragment].ask_again(piece);
    return true;
  });
  std::erase_if(peers_, [&](const auto& one) { return now - one.second.wanted > kForget; });
}

// ---- The log.

const PeerPlace* PeerNode::place_of(std::uint64_t process) const {
  if (!agreed_) return nullptr;
  for (const auto& [island, place] : agreed_->places())
    if (place.process == process) return &place;
  return nullptr;
}

const PeerPlace* PeerNode::leader() const { return log_ && log_->leader() != 0 ? place_of(log_->leader()) : nullptr; }

void PeerNode::follow_log(Timestamp now) {
  if (!log_) return;
  log_->tick(now);
  if (log_->leader() != 0) {
    led_ = now;
    last_leader_ = log_->leader();
  }
  CommittedEntries news = log_->take_committed();
  if (news.snapshot) {
    const auto kept = net::unpack<KeptPeers>(news.snapshot->body, "the log's snapshot",
                                             {.max_bytes = std::size_t{1} << 28, .max_values = std::size_t{1} << 22});
    run_.follow(kept.config, kept.model, "the other islands");
    agreed_.emplace(run_.config(), kept.model);
    agreed_->restore(kept, now);
    compacted_ = news.snapshot->index;
  }
  for (const CommittedEntry& entry : news.entries) {
    if (entry.entry.kind != LogEntryKind::kData || !agreed_) continue;
    follow(net::unpack<PeerRecord>(entry.entry.body, "a record of the log", kLimits), now);
  }
  if (!log_->leads()) lead_.reset();
  compact();
  if (phase_ == Phase::kEntering || phase_ == Phase::kTaking || phase_ == Phase::kIn) {
    const auto own =
        agreed_ ? agreed_->places().find(options_.island) : std::map<std::string, PeerPlace>::const_iterator{};
    const bool is_known = agreed_ && own != agreed_->places().end();
    if (is_known && own->second.process != process_ && phase_ != Phase::kEntering)
      fail(ErrorKind::kNetwork, "island {}: another process has joined by this name since", options_.island);
    if (log_->is_removed() || (phase_ == Phase::kIn && !is_known)) return begin_anew("it was given up");
    if (phase_ != Phase::kEntering && options_.patience_s > 0 && to_seconds(now - led_) > options_.patience_s)
      fail(ErrorKind::kNetwork, "island {} has not heard of a leader for {:g} s: most of the islands are gone",
           options_.island, options_.patience_s);
  }
}

void PeerNode::follow(const PeerRecord& record, Timestamp now) {
  if (!agreed_->apply(record, now)) return;
  const RunEvent& event = record.event;
  if (event.what == "join") addresses_[event.process] = record.address;
  if (event.what == "commit" && record.commit.fragment < newest_.size())
    newest_[record.commit.fragment] = {.hashes = record.hashes, .holders = record.holders, .at = now};
  if (event.what == "lead" && log_->leads() && event.process == process_ && event.incarnation == log_->term() &&
      !lead_) {
    lead_.emplace(run_.config(), *agreed_, log_->term(), now);
    told_.clear();
    log_info("island {} leads the islands' log, term {}", options_.island, log_->term());
    return;
  }
  if (lead_) lead_->follow(record, now);
}

void PeerNode::carry_log() {
  if (!log_) return;
  for (const LogMessage& message : log_->take_messages()) {
    const PeerPlace* place = place_of(message.to);
    const auto known = addresses_.find(message.to);
    if (!place && known == addresses_.end()) continue;
    const std::string& address = place ? place->address : known->second;
    const Bytes body = encode(message);
    const Bytes sender = net::pack(PeerPlace{.island = options_.island, .process = process_, .address = address_});
    const net::Part buffer(body);
    static_cast<void>(peer_at(address).dealer->send({.header = {.verb = net::Verb::kLog, .request_id = next_request_++},
                                                     .body = sender,
                                                     .buffers = std::span(&buffer, 1)}));
  }
}

void PeerNode::lead(Timestamp now) {
  if (!log_ || !log_->leads() || !agreed_) return;
  if (!lead_) {
    if (lead_asked_ == log_->term()) return;
    const PeerRecord record{
        .event = {.what = "lead", .island = options_.island, .process = process_, .incarnation = log_->term()}};
    if (log_->propose(net::pack(record), now)) lead_asked_ = log_->term();
    return;
  }
  tend_members(now);
  tell_plans(now);
  for (const PeerRecord& record : lead_->decide(log_->members().majority(), now))
    static_cast<void>(log_->propose(net::pack(record), now));
}

// The log's members are to be the islands' leaders: who is in and has begun has a vote, who is out has to go.
void PeerNode::tend_members(Timestamp now) {
  if (log_->is_changing()) return;
  const LogMembers& members = log_->members();
  for (const std::vector<std::uint64_t>* list : {&members.voters, &members.learners}) {
    for (const std::uint64_t process : *list) {
      if (place_of(process) || (process == process_ && phase_ != Phase::kLeaving)) continue;
      static_cast<void>(log_->remove(process, now));
      return;
    }
  }
  for (const auto& [island, place] : agreed_->places()) {
    if (!members.has(place.process)) {
      static_cast<void>(log_->add_learner(place.process, now));
      return;
    }
    if (agreed_->rounds().has_begun(island) && members.is_learner(place.process) &&
        log_->promote(place.process, now) == ChangeResult::kBegun)
      return;
  }
}

void PeerNode::compact() {
  // From the first entry on: newcomers begin with a snapshot.
  if (!agreed_ || log_->commit_index() < compacted_ + (compacted_ == 0 ? 1 : kCompactEvery)) return;
  compacted_ = log_->commit_index();
  log_->compact(compacted_, net::pack(agreed_->kept(run_.config_text())));
}

}  // namespace atl::distributed
